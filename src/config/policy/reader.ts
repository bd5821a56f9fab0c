/** Collects what is wrong in the policies of a file, with the path of each place. */
import type { Finding } from '../problems/findings.ts';
import { nearest } from '../problems/nearest.ts';
import type { Path } from '../problems/problems.ts';

/** The value of a mapping of the file. */
export type Mapping = Readonly<Record<string, unknown>>;

export class Reader {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];

  error(path: Path, what: string, expected: string, suggestion: string | null = null, at?: 'key'): void {
    this.errors.push({ path, what, expected, suggestion, ...(at === undefined ? {} : { at }) });
  }

  warn(path: Path, what: string, expected: string, at?: 'key'): void {
    this.warnings.push({ path, what, expected, ...(at === undefined ? {} : { at }) });
  }

  /** A value of the wrong kind. */
  wrong(path: Path, value: unknown, title: string, expected: string, suggestion: string | null = null): null {
    const shown = typeof value === 'object' ? textOf(value) : `\`${textOf(value)}\``;
    this.error(
      path,
      value === null ? 'the value is missing' : `${shown} is not a valid ${title}`,
      expected,
      suggestion,
    );
    return null;
  }

  /** A name that is not defined; `meant` is the one that it stands for elsewhere, or the nearest one. */
  unknown(path: Path, name: string, kind: string, known: readonly string[], meant?: string): void {
    const near = meant ?? meantBy(name, known);
    const expected =
      known.length === 0 ? `a ${kind} that the file defines; it has none` : `one of ${shownNames(known)}`;
    this.error(path, `unknown ${kind} \`${name}\``, expected, near === null ? null : `did you mean \`${near}\`?`);
  }

  /** The entries of a mapping with these keys; the others are errors. null: it is not a mapping. */
  entries(path: Path, value: unknown, title: string, keys: readonly string[]): [string, unknown][] | null {
    if (!isMapping(value)) return this.wrong(path, value, title, `a mapping with ${keys.join(', ')}`);
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(value)) {
      if (keys.includes(key)) entries.push([key, value[key]]);
      else this.unknownKey([...path, key], key, title, keys);
    }
    return entries;
  }

  private unknownKey(path: Path, key: string, title: string, keys: readonly string[]): void {
    const near = meantBy(key, keys);
    const suggestion = near === null ? null : `did you mean \`${near}\`?`;
    this.error(path, `unknown key \`${key}\` in a ${title}`, `one of ${keys.join(', ')}`, suggestion, 'key');
  }
}

/** Words of FRR, BIRD, GoBGP and OpenConfig, and what they are here. */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  ...{ permit: ['accept'], deny: ['reject'], continue: ['next'], pass: ['next'], match: ['if'], action: ['then'] },
  ...{ call: ['use', 'policy'], description: ['because'], seq: ['name'], statements: ['rules'], terms: ['rules'] },
  ...{ metric: ['med'], 'local-preference': ['local-pref'], preference: ['weight'], additive: ['add'] },
  ...{
    delete: ['remove'],
    filter: ['remove'],
    set: ['replace', 'prefix'],
    none: ['replace'],
    bandwidth: ['link-bandwidth'],
  },
  ...{ 'prefix-list': ['prefix'], 'prefix-set': ['prefix'], net: ['prefix'], 'community-set': ['communities'] },
  ...{
    extcommunity: ['communities'],
    'large-community': ['communities'],
    'route-target': ['communities'],
    rt: ['communities'],
  },
  ...{ neighbor: ['from'], peer: ['from'], group: ['from'], proto: ['from'], nexthop: ['next-hop'], afi: ['family'] },
  ...{ count: ['times'], 'repeat-n': ['times'], 'last-as': ['neighbor'], asn: ['as'] },
};

/** The known name that another stands for elsewhere, or that is nearly the same; null: none. */
function meantBy(name: string, known: readonly string[]): string | null {
  const word = Object.hasOwn(OTHER_WORDS, name) ? OTHER_WORDS[name]!.find((one) => known.includes(one)) : undefined;
  return word ?? nearest(name, known);
}

/** Names that an error shows at most. */
const MAX_SHOWN = 30;

/** Known names for an error, with the number of those that are left out. */
export function shownNames(known: readonly string[]): string {
  const more = known.length <= MAX_SHOWN ? '' : ` and ${known.length - MAX_SHOWN} more`;
  return `${known.slice(0, MAX_SHOWN).join(', ')}${more}`;
}

/** A value in a text; a mapping has no text of its own. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list, or a single value as a list of one, each with its path. */
export function listed(path: Path, value: unknown): { readonly path: Path; readonly value: unknown }[] {
  if (!Array.isArray(value)) return [{ path, value }];
  return value.map((one: unknown, at) => ({ path: [...path, at], value: one }));
}
