/** Reads the conditions of a rule (`if:`): one row for each key. */
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { ordered } from '../../policy/match/numbers.ts';
import type { CommunityPattern, Condition, Numbers, PrefixSet, SessionMatch, SessionRole } from '../../spec/policy.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { useFamily } from '../../wire/families.ts';
import type { Path } from '../problems/problems.ts';
import { NLRI_ROWS } from './nlri-conditions.ts';
import { orLongerOf, packPrefixes } from './prefix-sets.ts';
import { isMapping, listed, type Reader, textOf } from './reader.ts';
import { parseHosts, type Sets } from './sets.ts';
import {
  isFault,
  MAX_U32,
  parseAsRange,
  parseCommunityPattern,
  parseComparison,
  parsePathPattern,
  parsePrefixEntry,
} from './values.ts';

/** What the readers of conditions and actions use. */
export interface Scope {
  readonly reader: Reader;
  readonly sets: Sets;
  /** Names of all policies. */
  readonly policies: readonly string[];
  /** Called for each policy that a condition names. */
  readonly usePolicy: (name: string) => void;
}

type Read = (path: Path, value: unknown, scope: Scope) => Condition | null;

const ORIGINS = ['igp', 'egp', 'incomplete'];
const ROLES: readonly SessionRole[] = ['ibgp', 'ebgp', 'confederation'];
/** Keys of `from` and `to` that are not labels. */
export const SESSION_KEYS = ['peer', 'group', 'role', 'client', 'session'];
const LONGEST = 128;
const MAX_AS_PATH = 65_535;

const ROWS: Readonly<Record<string, Read>> = {
  prefix: (path, value, scope) => ({ kind: 'prefix', set: prefixesOf(path, value, scope) }),
  length: comparison('length', LONGEST),
  family: (path, value, { reader }) => {
    const families = listed(path, value).flatMap((one) => {
      const found = KNOWN_FAMILIES.find(({ name }) => name === one.value);
      if (found !== undefined) return [useFamily(found).id];
      const names = KNOWN_FAMILIES.map(({ name }) => name);
      const meant = KNOWN_FAMILIES.find(({ shortNames }) => shortNames.includes(textOf(one.value)))?.name;
      reader.unknown(one.path, textOf(one.value), 'family', names, meant);
      return [];
    });
    return { kind: 'family', families };
  },
  ...NLRI_ROWS,
  communities: readCommunities,
  'as-path': readAsPath,
  'next-hop': (path, value, { reader, sets }) => {
    const all = listed(path, value).map((one) => ({ ...one, text: textOf(one.value) }));
    const hosts = all.filter(({ text }) => text !== 'peer' && text !== 'self');
    const prefixes = hosts.flatMap(({ path: at, text }) => {
      const host = parseHosts(text);
      if (host !== null) return [host];
      if (!/[.:]\d|::/.test(text)) return sets.get('next-hops', text, at) ?? [];
      reader.wrong(at, text, 'next hop', '`peer`, `self`, an address, a prefix, or the name of a set');
      return [];
    });
    const has = (word: string) => all.some(({ text }) => text === word);
    return { kind: 'next-hop', peer: has('peer'), self: has('self'), prefixes };
  },
  'local-pref': comparison('local-pref', MAX_U32),
  med: comparison('med', MAX_U32),
  aigp: comparison('aigp'),
  origin: (path, value, { reader }) => {
    const values = listed(path, value).flatMap((one) => {
      const at = ORIGINS.indexOf(textOf(one.value));
      if (at < 0) reader.unknown(one.path, textOf(one.value), 'origin', ORIGINS);
      return at < 0 ? [] : [{ low: at, high: at }];
    });
    return { kind: 'origin', values };
  },
  from: (path, value, scope) => readSession('from', path, value, scope),
  to: (path, value, scope) => readSession('to', path, value, scope),
  stale: (path, value, { reader }) => {
    if (typeof value !== 'boolean') return reader.wrong(path, value, 'boolean', 'true or false');
    const stale: Condition = {
      kind: 'communities',
      patterns: [parseCommunityPattern('llgr-stale') as CommunityPattern],
    };
    return value ? stale : { kind: 'not', of: stale };
  },
  any: (path, value, scope) => ({ kind: 'any', of: conditionsOf(path, value, scope) }),
  not: (path, value, scope) => {
    const all = conditionsOf(path, value, scope);
    return { kind: 'not', of: all.length === 1 ? all[0]! : { kind: 'any', of: all } };
  },
  policy: (path, value, { reader, policies, usePolicy }) => {
    const name = textOf(value);
    if (policies.includes(name)) usePolicy(name);
    else reader.unknown(path, name, 'policy', policies);
    return { kind: 'policy', name };
  },
};

const CONDITION_KEYS = Object.keys(ROWS);

/** Reads a condition: all keys of the mapping must hold. */
export function readCondition(path: Path, value: unknown, scope: Scope): Condition | null {
  const entries = scope.reader.entries(path, value, 'condition', CONDITION_KEYS);
  if (entries === null) return null;
  if (entries.length === 0 && isMapping(value) && Object.keys(value).length === 0) {
    scope.reader.error(path, 'the condition is empty', `one or more of ${CONDITION_KEYS.join(', ')}, or no \`if\``);
  }
  const all = entries.flatMap(([key, one]) => ROWS[key]!([...path, key], one, scope) ?? []);
  return all.length === 1 ? all[0]! : { kind: 'all', of: all };
}

/** A mapping, or a list of them. */
function conditionsOf(path: Path, value: unknown, scope: Scope): Condition[] {
  return listed(path, value).flatMap((one) => readCondition(one.path, one.value, scope) ?? []);
}

function comparison(kind: 'length' | 'local-pref' | 'med' | 'aigp' | 'as-length', most?: number): Read {
  return (path, value, { reader }) => {
    const values = listed(path, value).flatMap((one) => {
      const found = parseComparison(one.value, most);
      if (!isFault(found)) return found;
      reader.error(one.path, found.what, found.expected);
      return [];
    });
    return { kind, values: ordered(values) };
  };
}

/** Names of sets and prefixes, or `{ set, or-longer }`. */
export function prefixesOf(path: Path, value: unknown, { reader, sets }: Pick<Scope, 'reader' | 'sets'>): PrefixSet {
  if (isMapping(value)) {
    const entries = new Map(reader.entries(path, value, 'prefix condition', ['set', 'or-longer']) ?? []);
    if (!entries.has('set')) reader.error(path, '`set` is missing', 'the name of a set');
    const set = union(listed([...path, 'set'], entries.get('set')).flatMap((one) => named(one) ?? []));
    const longer = entries.get('or-longer');
    if (longer !== undefined && typeof longer !== 'boolean') {
      reader.wrong([...path, 'or-longer'], longer, 'boolean', 'true or false');
    }
    return longer === true ? orLongerOf(set) : set;
  }
  return union(
    listed(path, value).flatMap((one) => {
      if (!textOf(one.value).includes('/')) return named(one) ?? [];
      const entry = parsePrefixEntry(textOf(one.value));
      if (!isFault(entry)) return packPrefixes(textOf(one.value), [entry]);
      reader.error(one.path, entry.what, entry.expected);
      return [];
    }),
  );

  function named(one: { readonly path: Path; readonly value: unknown }): PrefixSet | null {
    return sets.get('prefixes', textOf(one.value), one.path);
  }
}

function union(all: readonly PrefixSet[]): PrefixSet {
  if (all.length === 1) return all[0]!;
  const digest = all.map((set) => set.digest).join('+');
  const join = (arrays: readonly Uint32Array[]) => {
    const out = new Uint32Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of arrays) {
      out.set(array, at);
      at += array.length;
    }
    return out;
  };
  return {
    name: all.map(({ name }) => name).join(', '),
    digest,
    ipv4: join(all.map(({ ipv4 }) => ipv4)),
    ipv6: join(all.map(({ ipv6 }) => ipv6)),
    toJSON: () => digest,
  };
}

/** Patterns and names of sets. */
export function patternsOf(path: Path, value: unknown, { reader, sets }: Scope): CommunityPattern[] {
  return listed(path, value).flatMap((one) => {
    const found = parseCommunityPattern(textOf(one.value));
    if (found === null) return sets.get('communities', textOf(one.value), one.path) ?? [];
    if (!isFault(found)) return [found];
    reader.error(one.path, found.what, found.expected);
    return [];
  });
}

function readCommunities(path: Path, value: unknown, scope: Scope): Condition | null {
  if (!isMapping(value)) return { kind: 'communities', patterns: patternsOf(path, value, scope) };
  const entries = scope.reader.entries(path, value, 'communities condition', ['any', 'all', 'none']) ?? [];
  const of = entries.flatMap(([key, list]): Condition[] => {
    const at = [...path, key];
    const any: Condition = { kind: 'communities', patterns: patternsOf(at, list, scope) };
    if (key === 'any') return [any];
    if (key === 'none') return [{ kind: 'not', of: any }];
    return listed(at, list).map((one) => ({ kind: 'communities', patterns: patternsOf(one.path, one.value, scope) }));
  });
  return { kind: 'all', of };
}

/** AS numbers, ranges and names of sets. */
export function numbersOf(path: Path, value: unknown, { reader, sets }: Scope): Numbers {
  const found = listed(path, value).flatMap((one) => {
    const range = parseAsRange(one.value);
    if (range === null) return sets.get('as-numbers', textOf(one.value), one.path) ?? [];
    if (!isFault(range)) return [range];
    reader.error(one.path, range.what, range.expected);
    return [];
  });
  return ordered(found);
}

const AS_PATH_KEYS = ['origin', 'neighbor', 'contains', 'length', 'matches'];

function readAsPath(path: Path, value: unknown, scope: Scope): Condition | null {
  if (!isMapping(value)) {
    const expected = `a mapping with ${AS_PATH_KEYS.join(', ')}, such as \`{ contains: 65001 }\` or \`{ matches: "65001 *" }\``;
    return scope.reader.wrong(path, value, 'as-path condition', expected);
  }
  const entries = scope.reader.entries(path, value, 'as-path condition', AS_PATH_KEYS) ?? [];
  const of = entries.flatMap(([key, one]): Condition[] => {
    const at = [...path, key];
    if (key === 'length') return [comparison('as-length', MAX_AS_PATH)(at, one, scope)!];
    if (key !== 'matches') {
      const kind = `as-${key}` as 'as-origin' | 'as-neighbor' | 'as-contains';
      return [{ kind, as: numbersOf(at, one, scope) }];
    }
    return [{ kind: 'any', of: listed(at, one).flatMap((each) => matching(each.path, each.value, scope)) }];
  });
  return of.length === 1 ? of[0]! : { kind: 'all', of };
}

function matching(path: Path, value: unknown, { reader, sets }: Scope): Condition[] {
  const tokens = parsePathPattern(textOf(value), (name) => sets.find('as-numbers', name));
  if (!isFault(tokens)) return [{ kind: 'as-matches', tokens }];
  reader.error(path, tokens.what, tokens.expected);
  return [];
}

function readSession(kind: 'from' | 'to', path: Path, value: unknown, { reader }: Scope): Condition | null {
  if (!isMapping(value)) {
    const hint = parseAddress(textOf(value)) === null ? null : `did you mean \`{ peer: ${textOf(value)} }\`?`;
    const expected = `a mapping with ${SESSION_KEYS.join(', ')} or labels`;
    return reader.wrong(path, value, `\`${kind}\` condition`, expected, hint);
  }
  const match = { peers: null, groups: null, roles: null, client: null, session: null } as {
    -readonly [Field in keyof Omit<SessionMatch, 'labels'>]: SessionMatch[Field];
  };
  const labels: Record<string, readonly string[]> = {};
  for (const [key, one] of Object.entries(value)) {
    const at = [...path, key];
    const texts = listed(at, one).flatMap((each) => {
      if (typeof each.value !== 'object') return [String(each.value)];
      reader.wrong(each.path, each.value, 'name', 'a text, or a list of texts');
      return [];
    });
    if (key === 'peer') match.peers = texts.map(peerName);
    else if (key === 'group') match.groups = texts;
    else if (key === 'role') match.roles = words(at, one, ROLES, reader);
    else if (key === 'session') match.session = words(at, one, ['ipv4', 'ipv6'] as const, reader)[0] ?? null;
    else if (key !== 'client') labels[key] = texts;
    else if (typeof one === 'boolean') match.client = one;
    else reader.wrong(at, one, 'boolean', 'true or false');
  }
  return { kind, match: { ...match, labels } };
}

/** The name of a peer: its address in the usual form, or its interface. */
function peerName(text: string): string {
  const address = parseAddress(text);
  return address === null ? text : formatAddress(address);
}

function words<T extends string>(path: Path, value: unknown, known: readonly T[], reader: Reader): T[] {
  return listed(path, value).flatMap((one) => {
    const found = known.find((word) => word === one.value);
    if (found === undefined) reader.unknown(one.path, textOf(one.value), 'word', known);
    return found === undefined ? [] : [found];
  });
}
