/** Checks the parameters of route flap damping, and the peers that have it. */
import { penaltyCeiling } from '../../rib/damping.ts';
import { dampingSpec } from '../resolve/damping.ts';
import { sideOf } from '../resolve/effective.ts';
import { type CheckContext, subjects } from './context.ts';

/** RFC 2439 4.2: reuse is below suppress, and a penalty can exceed suppress. */
export function checkDamping({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    const parameters = dampingSpec(subject.get('damping'));
    if (parameters === null || !subject.says('damping')) continue;
    const path = [...subject.path, 'damping'];
    const { reuse, suppress } = parameters;
    const max = Math.floor(penaltyCeiling(parameters));
    if (reuse >= suppress) {
      report.error(path, `\`reuse\` ${reuse} is not below \`suppress\` ${suppress}`, 'a `reuse` below `suppress`');
    } else if (max <= suppress) {
      const what = `no penalty can exceed \`suppress\` ${suppress}: the maximum with \`reuse\`, \`half-life\` and \`max-suppress-time\` is ${max}`;
      report.error(path, what, 'a longer `max-suppress-time`, a shorter `half-life`, or a lower `suppress`');
    }
  }
}

/** RFC 2439 4.3: routes are damped at the border of the AS; damping inside would make routers disagree. */
export function checkDampedInside({ report, domain, ...context }: CheckContext): void {
  for (const subject of subjects({ report, domain, ...context })) {
    if (dampingSpec(subject.get('damping')) === null || !subject.says('damping')) continue;
    const side = sideOf(subject.get('as'), domain);
    if (report.isUnsure(subject, 'as') || (side !== 'internal' && side !== 'confederation')) continue;
    const what = 'damping of iBGP routes: reflectors and hosts may disagree on which prefixes are reachable';
    report.warn([...subject.path, 'damping'], what, '`damping` for eBGP peers only');
  }
}
