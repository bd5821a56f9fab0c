/** Checks transport settings: keys that cannot be read, and contradictions. */
import { formatAddress, formatPrefix, parsePrefix, prefixContains } from '../../lib/ip.ts';
import type { Path } from '../problems/problems.ts';
import { type PasswordSetting, readPassword } from '../problems/secrets.ts';
import type { Subject } from '../resolve/effective.ts';
import { type CheckContext, subjects } from './context.ts';

/** Keys in files and in the environment must be readable. Reported once, where they are written. */
export function checkPasswords(context: CheckContext): void {
  for (const subject of subjects(context)) {
    const setting = subject.get('password') as PasswordSetting | null;
    if (!subject.says('password') || setting === null) continue;
    const problem = readPassword(setting, context.readSecret);
    if (problem === null || 'key' in problem) continue;
    context.report.error([...subject.path, 'password'], problem.what, problem.expected);
  }
}

interface RangeAt {
  readonly path: Path;
  readonly text: string;
  readonly prefix: { readonly address: Uint8Array; readonly length: number };
  readonly hasKey: boolean;
  /** Its `password` is invalid. */
  readonly isUnsure: boolean;
}

/** The kernel requires the key of a range from all of its addresses, without exceptions. */
export function checkRangePasswords(context: CheckContext): void {
  const { draft, groups, peers, report } = context;
  const open = groups.filter(({ subject }) => !subject.get('shutdown'));
  const ranges: RangeAt[] = open.flatMap(({ name, subject }) =>
    (draft.groups[name]!.dynamic ?? []).map(({ range }, at) => ({
      path: ['groups', name, 'dynamic', at, 'range'],
      text: range,
      prefix: parsePrefix(range)!,
      hasKey: hasKey(subject),
      isUnsure: report.isUnsure(subject, 'password'),
    })),
  );
  const keyed = ranges.filter((range) => range.hasKey);
  for (const { address, subject } of peers) {
    if (hasKey(subject) || report.isUnsure(subject, 'password')) continue;
    const around = keyed.find(({ prefix }) => prefixContains(prefix, address));
    if (around !== undefined) missing([...subject.path, 'address'], formatAddress(address), around);
  }
  for (const { path, prefix, hasKey: has, isUnsure } of ranges) {
    if (has || isUnsure) continue;
    const around = keyed.find((one) => one.prefix.length < prefix.length && prefixContains(one.prefix, prefix.address));
    if (around !== undefined) missing(path, formatPrefix(prefix), around);
  }

  function missing(path: Path, name: string, { text }: RangeAt): void {
    const what = `${name} has no \`password\`, but is in the range ${text}, which has one: the kernel requires it from every address of the range`;
    report.error(path, what, 'a `password` (the same or another one), or a range without this address');
  }
}

function hasKey(subject: Subject): boolean {
  return (subject.get('password') ?? false) !== false;
}

/** TTL security limits the hops itself. */
export function checkTtl(context: CheckContext): void {
  for (const subject of subjects(context)) {
    const hops = subject.get('ttl-security');
    const ttl = subject.get('multihop');
    if (!hops || !ttl || context.report.isUnsure(subject, 'ttl-security', 'multihop')) continue;
    if (!subject.says('ttl-security') && !subject.says('multihop')) continue;
    const name = subject.says('multihop') ? 'multihop' : 'ttl-security';
    const what = `\`multihop: ${ttl}\` sends TTL ${ttl}, \`ttl-security: ${hops}\` sends 255`;
    const expected = `only \`ttl-security: ${ttl}\` for a peer up to ${ttl} hops away, or \`${name}: false\` here`;
    context.report.error([...subject.path, name], what, expected);
  }
}
