/** AS numbers that single peers know this router by, where they cannot be meant (RFC 7705). */
import { parseAs, reservedAs } from '../as-number.ts';
import { type Subject, sideOf } from '../effective.ts';
import { localAsOf } from '../resolve-local-as.ts';
import { type CheckContext, subjects } from './context.ts';

const RIGHT = 'no `local-as` here, or `local-as: false`';

/** It is another number than that of the router, and that of nobody else. Each mistake is told once, where it is written. */
export function checkLocalAs(context: CheckContext): void {
  const { report, ourAs } = context;
  for (const subject of subjects(context)) {
    const own = localAsOf(subject);
    if (own === null || report.isUnsure(subject, 'as', 'local-as')) continue;
    if (subject.says('local-as')) checkNumber(subject, own.as, context);
    if (!subject.says('as') && !subject.says('local-as')) continue;
    const path = [...subject.path, subject.says('local-as') ? 'local-as' : 'as'];
    if (sideOf(subject.get('as'), ourAs) === 'internal') {
      const what = '`local-as` is for peers of another AS: inside the AS this router has the number of the AS';
      report.error(path, what, RIGHT);
    } else if (peersOf(subject).includes(own.as)) {
      const what = `AS ${own.as} is the peer's own: with it as \`local-as\` the session would be inside that AS, and this router is not`;
      report.error(path, what, 'a `local-as` that is not the AS number of the peer');
    }
  }
}

function checkNumber(subject: Subject, as: number, { report, ourAs }: CheckContext): void {
  const path = [...subject.path, 'local-as'];
  const why = reservedAs(as);
  if (as === ourAs) {
    report.error(path, `AS ${as} is the number that this router has anyway`, RIGHT);
  } else if (why?.forbidden) {
    report.error(path, `AS ${as} ${why.why}`, 'an AS number that a speaker can have');
  } else if (why !== null) {
    report.warn(path, `AS ${as} ${why.why}`, 'an AS number of your own, or one for private use (64512 to 65534)');
  }
}

/** The AS numbers that the peer may have, as far as they are told. */
function peersOf(subject: Subject): (number | null)[] {
  const rule = subject.get('as');
  if (rule === null || rule === 'internal' || rule === 'external') return [];
  return (Array.isArray(rule) ? rule : [rule]).map((as: number | string) => parseAs(as));
}
