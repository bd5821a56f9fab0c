/** Checks `local-as` (RFC 7705). */
import { type Subject, sideOf } from '../resolve/effective.ts';
import { localAsOf } from '../resolve/local-as.ts';
import { reserved, rulesOf } from './as-numbers.ts';
import { type CheckContext, subjects } from './context.ts';

const EXPECTED = 'no `local-as` here, or `local-as: false`';

const KNOWN = {
  internal: 'iBGP peers see the AS number of the AS',
  confederation: 'confederation peers see the number of the member AS',
};

/** It differs from the AS numbers of the router and of the peer. Each error is reported once, where it is written. */
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
      report.error(path, `\`local-as\` is for eBGP peers; ${KNOWN[side]}`, EXPECTED);
    } else if (rulesOf(subject).includes(own.as)) {
      const what = `AS ${own.as} is the AS number of the peer; with it as \`local-as\` the session would be iBGP`;
      report.error(path, what, 'a `local-as` that is not the AS number of the peer');
    }
  }
}

function checkNumber(subject: Subject, as: number, { report, domain }: CheckContext): void {
  const path = [...subject.path, 'local-as'];
  const { confederation } = domain;
  if (as === (confederation?.identifier ?? domain.as)) {
    report.error(path, `AS ${as} is already the AS number of this router toward eBGP peers`, EXPECTED);
  } else if (confederation?.members.includes(as)) {
    const what = `AS ${as} is a member of our confederation, which eBGP peers do not see`;
    report.error(path, what, 'an AS number outside the confederation');
  } else {
    reserved(as, path, report);
  }
}
