/** Confederations that cannot be meant (RFC 5065), and peers that have the number of the whole. */
import { parseAs } from '../schema/as-number.ts';
import { reserved, rulesOf } from './as-numbers.ts';
import { type CheckContext, subjects } from './context.ts';

const PATH = ['router', 'confederation'] as const;

/** The identifier is no member's number, the router is in a member AS, and every member is there once. */
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
    if (seen.has(as)) report.error(path, `AS ${value} stands in the list already`, 'each AS number once');
    seen.add(as);
    if (as === identifier) {
      const what = `AS ${value} is the identifier: it is the number of the whole, and no member has it`;
      report.error(path, what, 'the numbers of the member AS alone');
    }
  }
  if (ourAs === null || seen.has(ourAs)) return;
  if (ourAs === identifier) {
    const what = `\`router.as\`, ${ourAs}, is the identifier: this router has the number of its member AS`;
    report.error(['router', 'as'], what, 'one of `router.confederation.members`');
  } else {
    const what = `\`router.as\`, ${ourAs}, is not among the members`;
    report.error([...PATH, 'members'], what, 'the numbers of all member AS, that of this router too');
  }
}

/** Who opens with the identifier is neither a member nor somebody else. */
export function checkIdentifierPeers(context: CheckContext): void {
  const identifier = context.domain.confederation?.identifier;
  if (identifier === undefined) return;
  for (const subject of subjects(context)) {
    if (!subject.says('as') || !rulesOf(subject).includes(identifier)) continue;
    const what = `AS ${identifier} is the identifier of our confederation, which no peer can have`;
    context.report.error([...subject.path, 'as'], what, 'the number of the member AS that the peer is in');
  }
}
