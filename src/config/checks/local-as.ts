/** AS numbers that single peers know this router by, where they cannot be meant (RFC 7705). */
import { type Subject, sideOf } from '../resolve/effective.ts';
import { localAsOf } from '../resolve/local-as.ts';
import { reserved, rulesOf } from './as-numbers.ts';
import { type CheckContext, subjects } from './context.ts';

const RIGHT = 'no `local-as` here, or `local-as: false`';

const KNOWN = {
  internal: 'inside the AS this router has the number of the AS',
  confederation: 'inside the confederation this router has the number of its member AS',
};

/** It is another number than that of the router, and that of nobody else. Each mistake is told once, where it is written. */
export function checkLocalAs(context: CheckContext): void {
  const { report, domain } = context;
  for (const subject of subjects(context)) {
    const own = localAsOf(subject);
    if (own === null || report.isUnsure(subject, 'as', 'local-as')) continue;
    if (subject.says('local-as')) checkNumber(subject, own.as, context);
    if (!subject.says('as') && !subject.says('local-as')) continue;
    const path = [...subject.path, subject.says('local-as') ? 'local-as' : 'as'];
    const side = sideOf(subject.get('as'), domain);
    if (side === 'internal' || side === 'confederation') {
      report.error(path, `\`local-as\` is for peers of another AS: ${KNOWN[side]}`, RIGHT);
    } else if (rulesOf(subject).includes(own.as)) {
      const what = `AS ${own.as} is the peer's own: with it as \`local-as\` the session would be inside that AS, and this router is not`;
      report.error(path, what, 'a `local-as` that is not the AS number of the peer');
    }
  }
}

function checkNumber(subject: Subject, as: number, { report, domain }: CheckContext): void {
  const path = [...subject.path, 'local-as'];
  const { confederation } = domain;
  if (as === (confederation?.identifier ?? domain.as)) {
    report.error(path, `AS ${as} is the number that this router has anyway`, RIGHT);
  } else if (confederation?.members.includes(as)) {
    const what = `AS ${as} is a member of our confederation: outside nobody knows it`;
    report.error(path, what, 'an AS number that is not of the confederation');
  } else {
    reserved(as, path, report);
  }
}
