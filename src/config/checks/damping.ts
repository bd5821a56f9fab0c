/** Parameters of route flap damping that cannot work, and peers whose routes are not to be damped. */
import { penaltyCeiling } from '../../rib/damping.ts';
import { dampingSpec } from '../resolve/damping.ts';
import { sideOf } from '../resolve/effective.ts';
import { type CheckContext, subjects } from './context.ts';

/** RFC 2439 4.2: reuse below suppress, and a penalty can come above suppress at all. */
export function checkDamping({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    const parameters = dampingSpec(subject.get('damping'));
    if (parameters === null || !subject.says('damping')) continue;
    const path = [...subject.path, 'damping'];
    const { reuse, suppress } = parameters;
    const most = Math.floor(penaltyCeiling(parameters));
    if (reuse >= suppress) {
      report.error(path, `\`reuse\`, ${reuse}, is not below \`suppress\`, ${suppress}`, 'a `reuse` below `suppress`');
    } else if (most <= suppress) {
      const what = `no penalty comes above \`suppress\`, ${suppress}: with \`reuse\`, \`half-life\` and \`max-suppress-time\` the most is ${most}`;
      report.error(path, what, 'a longer `max-suppress-time`, a shorter `half-life`, or a lower `suppress`');
    }
  }
}

/** RFC 2439 4.3: routes of one's own AS are damped where they come in, or routers would disagree. */
export function checkDampedInside({ report, domain, ...context }: CheckContext): void {
  for (const subject of subjects({ report, domain, ...context })) {
    if (dampingSpec(subject.get('damping')) === null || !subject.says('damping')) continue;
    const side = sideOf(subject.get('as'), domain);
    if (report.isUnsure(subject, 'as') || (side !== 'internal' && side !== 'confederation')) continue;
    const what = 'routes from inside the AS are damped: reflectors and hosts may disagree on what can be reached';
    report.warn([...subject.path, 'damping'], what, '`damping` for peers of other AS only');
  }
}
