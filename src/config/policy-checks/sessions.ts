/** Checks what `from` and `to` name: a group, a label or a peer that the file does not have matches no session. */
import { parseAddress, parsePrefix, prefixContains } from '../../lib/ip.ts';
import { type CheckContext, subjects } from '../checks/context.ts';
import { rangesOf } from '../checks/peers.ts';
import { SESSION_KEYS } from '../policy/conditions.ts';
import { isMapping, listed, type Mapping, shownNames, textOf } from '../policy/reader.ts';
import { nearest } from '../problems/nearest.ts';
import type { Path } from '../problems/problems.ts';

/** All conditions about sessions, in the rules as they are written. */
export function checkSessionNames(context: CheckContext): void {
  const { draft, policies } = context;
  const labels = labelsOf(context);
  for (const path of policies.paths.values()) {
    const rule = path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)?.[step], draft);
    if (!isMapping(rule)) continue;
    for (const session of sessionsIn([...path, 'if'], rule.if)) {
      checkGroups(context, session);
      checkPeers(context, session);
      checkLabels(context, session, labels);
    }
  }
}

/** A `from` or `to` with its place. */
interface WrittenSession {
  readonly path: Path;
  readonly match: Mapping;
}

function* sessionsIn(path: Path, condition: unknown): Iterable<WrittenSession> {
  if (!isMapping(condition)) return;
  for (const [key, value] of Object.entries(condition)) {
    const at = [...path, key];
    if ((key === 'from' || key === 'to') && isMapping(value)) yield { path: at, match: value };
    if (key === 'any' || key === 'not') for (const one of listed(at, value)) yield* sessionsIn(one.path, one.value);
  }
}

function checkGroups({ draft, report }: CheckContext, { path, match }: WrittenSession): void {
  if (match.group === undefined) return;
  const known = Object.keys(draft.groups);
  for (const { path: at, value } of listed([...path, 'group'], match.group)) {
    const name = textOf(value);
    // A group with errors is not in the draft.
    if (known.includes(name) || report.written(['groups', name])) continue;
    const expected = known.length === 0 ? 'a group of the file; it has none' : `one of ${shownNames(known)}`;
    report.error(at, `unknown group \`${name}\``, expected, didYouMean(name, known));
  }
}

/** Peers of dynamic ranges and neighbors that are found on an interface have names that no file has. */
function checkPeers({ draft, report, peers }: CheckContext, { path, match }: WrittenSession): void {
  if (match.peer === undefined) return;
  for (const { path: at, value } of listed([...path, 'peer'], match.peer)) {
    const name = textOf(value);
    const address = parseAddress(name);
    const names = peers.map((peer) => peer.name);
    if (names.includes(name) || name.includes('%')) continue;
    const isKnown =
      address !== null &&
      (peers.some((peer) => Buffer.compare(peer.address, address) === 0) ||
        rangesOf(draft).some(({ range }) => prefixContains(parsePrefix(range)!, address)));
    if (isKnown) continue;
    report.warn(at, `no session matches: there is no peer ${name}`, 'the address or interface of a peer', {
      ...didYouMean(name, names),
    });
  }
}

function checkLabels(
  { report }: CheckContext,
  { path, match }: WrittenSession,
  labels: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  for (const [name, wanted] of Object.entries(match)) {
    if (SESSION_KEYS.includes(name)) continue;
    const values = labels.get(name);
    if (values === undefined) {
      const what = `no session matches: no group or peer has the label \`${name}\``;
      const known = [...SESSION_KEYS, ...labels.keys()];
      report.warn([...path, name], what, '`labels` of a group or peer', { at: 'key', ...didYouMean(name, known) });
      continue;
    }
    for (const { path: at, value } of listed([...path, name], wanted)) {
      if (values.has(textOf(value))) continue;
      const what = `no session matches: the label \`${name}\` is \`${textOf(value)}\` nowhere`;
      const expected = `one of ${shownNames([...values])}`;
      report.warn(at, what, expected, didYouMean(textOf(value), [...values]));
    }
  }
}

/** The values of each label, over all groups and peers. */
function labelsOf(context: CheckContext): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const subject of subjects(context)) {
    for (const [name, value] of Object.entries(subject.get('labels'))) {
      const values = found.get(name) ?? new Set();
      found.set(name, values.add(textOf(value)));
    }
  }
  return found;
}

function didYouMean(name: string, known: readonly string[]): { readonly suggestion?: string } {
  const near = nearest(name, known);
  return near === null ? {} : { suggestion: `did you mean \`${near}\`?` };
}
