/** Checks the confederation (RFC 5065), and peers that have its identifier. */
import { parseAs } from '../../lib/as-number.ts';
import { reserved, rulesOf } from './as-numbers.ts';
import { type CheckContext, subjects } from './context.ts';

const PATH = ['router', 'confederation'] as const;

/** The identifier is not a member, the router is in a member AS, and every member is listed once. */
export function checkConfederation({ draft, report, ourAs }: CheckContext): void {
  const { confederation: words } = draft.router;
  if (words === undefined) return;
  const identifier = parseAs(words.identifier);
  reserved(words.identifier, [...PATH, 'identifier'], report);
  const seen = new Set<number>();
  for (const [at, value] of words.members.entries()) {
    const as = parseAs(value)!;
    const path = [...PATH, 'members', at];
    reserved(value, path, report);
    if (seen.has(as)) report.error(path, `AS ${value} is already in the list`, 'each AS number once');
    seen.add(as);
    if (as === identifier) {
      const what = `AS ${value} is the identifier of the confederation and cannot be a member`;
      report.error(path, what, 'only the numbers of the member ASes');
    }
  }
  if (ourAs === null || seen.has(ourAs)) return;
  if (ourAs === identifier) {
    const what = `\`router.as\` ${ourAs} is the identifier of the confederation, not a member AS`;
    report.error(['router', 'as'], what, 'one of `router.confederation.members`');
  } else {
    const what = `\`router.as\` ${ourAs} is not one of the members`;
    report.error([...PATH, 'members'], what, 'the numbers of all member ASes, including `router.as`');
  }
}

/** A peer cannot have the identifier of our confederation as its AS number. */
export function checkIdentifierPeers(context: CheckContext): void {
  const identifier = context.domain.confederation?.identifier;
  if (identifier === undefined) return;
  for (const subject of subjects(context)) {
    if (!subject.says('as') || !rulesOf(subject).includes(identifier)) continue;
    const what = `AS ${identifier} is the identifier of our confederation; no peer can have it`;
    context.report.error([...subject.path, 'as'], what, 'the number of the member AS of the peer');
  }
}
