/** The small texts of policies: prefixes with lengths, comparisons, AS numbers, communities, AS path patterns. */

import { parseAs } from '../../lib/as-number.ts';
import {
  formatPrefix,
  maskAddress,
  type Prefix,
  parseAddress,
  parseIpv4,
  parsePrefix,
  sameAddress,
} from '../../lib/ip.ts';
import { MAX_TOKENS } from '../../policy/match/as-path-pattern.ts';
import { ordered } from '../../policy/match/numbers.ts';
import type { CommunityPattern, CommunityValue, NumberRange, Numbers, PathToken } from '../../spec/policy.ts';
import { HIGHEST } from '../../spec/policy.ts';
import { wellKnownCommunity } from '../../wire/attributes/communities.ts';
import { textOf } from './reader.ts';

const MAX_U16 = 0xffff;
export const MAX_U32 = 0xffff_ffff;

/** A text that cannot be read: what is wrong, and what is expected. */
interface Fault {
  readonly what: string;
  readonly expected: string;
}

export function isFault(value: object): value is Fault {
  return 'what' in value && 'expected' in value;
}

/** A prefix and the lengths that match. */
export interface PrefixEntry {
  readonly prefix: Prefix;
  readonly ge: number;
  readonly le: number;
}

const PREFIX_FORMS = '`10.0.0.0/8`, `10.0.0.0/8 ge 16 le 24` or `10.0.0.0/8 or-longer`';

/** `P`, `P ge N`, `P le N`, `P ge N le N`, `P or-longer`. */
export function parsePrefixEntry(text: string): PrefixEntry | Fault {
  const match = /^(\S+?)(?:\s+(or-longer)|(?:\s+ge\s+(\d+))?(?:\s+le\s+(\d+))?)$/.exec(text.trim());
  const prefix = match === null ? null : parsePrefix(match[1]!);
  if (match === null || prefix === null) {
    const meant = inOurWords(text.trim());
    const what = `\`${text}\` is not a valid prefix`;
    return { what, expected: meant === null ? PREFIX_FORMS : `\`${meant}\`` };
  }
  const written = parseAddress(match[1]!.slice(0, match[1]!.lastIndexOf('/')))!;
  if (!sameAddress(written, maskAddress(written, prefix.length))) {
    const expected = `\`${formatPrefix({ address: maskAddress(written, prefix.length), length: prefix.length })}\``;
    return { what: `\`${match[1]}\` has host bits`, expected };
  }
  const most = prefix.address.length * 8;
  const longer = match[2] !== undefined;
  const hasBounds = longer || match[3] !== undefined || match[4] !== undefined;
  const ge = match[3] === undefined ? prefix.length : Number(match[3]);
  const le = match[4] === undefined ? (longer || match[3] !== undefined ? most : prefix.length) : Number(match[4]);
  if (hasBounds && (ge < prefix.length || le < ge || le > most)) {
    return { what: `no prefix matches \`${text}\``, expected: `${prefix.length} <= ge <= le <= ${most}` };
  }
  return { prefix, ge, le };
}

/** The patterns of BIRD: `P+` and `P{ge,le}`. */
function inOurWords(text: string): string | null {
  const [, prefix = '', plus, ge, le] = /^(\S+?\/\d+)(?:(\+)|\{(\d+),\s*(\d+)\})$/.exec(text) ?? [];
  if (parsePrefix(prefix) === null) return null;
  return plus === undefined ? `${prefix} ge ${ge} le ${le}` : `${prefix} or-longer`;
}

const COMPARISON = 'a number, `24-28`, `> 24`, `>= 24`, `< 24`, `<= 24`, `!= 24`, or several with `|` between them';

/** A number, or comparisons with `|` between them, as ranges within 0 to `most`. */
export function parseComparison(value: unknown, most = HIGHEST): NumberRange[] | Fault {
  const text = textOf(value);
  const ranges: NumberRange[] = [];
  if (typeof value !== 'number' && typeof value !== 'string') {
    return { what: 'this is not a comparison', expected: COMPARISON };
  }
  for (const part of text.split('|')) {
    const match = /^\s*(>=|<=|!=|>|<|=)?\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part);
    if (match === null || (match[1] !== undefined && match[3] !== undefined)) {
      return { what: `\`${text}\` is not a valid comparison`, expected: COMPARISON };
    }
    const low = Number(match[2]);
    const high = match[3] === undefined ? low : Number(match[3]);
    const found = compared(match[1] ?? '=', low, high, most).filter((range) => range.low <= range.high);
    if (low > most || high > most || high < low || found.length === 0) {
      return { what: `\`${part.trim()}\` never holds`, expected: `numbers from 0 to ${most}` };
    }
    ranges.push(...found);
  }
  return ordered(ranges);
}

function compared(operator: string, low: number, high: number, most: number): NumberRange[] {
  switch (operator) {
    case '>':
      return [{ low: low + 1, high: most }];
    case '>=':
      return [{ low, high: most }];
    case '<':
      return [{ low: 0, high: low - 1 }];
    case '<=':
      return [{ low: 0, high: low }];
    case '!=':
      return [
        { low: 0, high: low - 1 },
        { low: low + 1, high: most },
      ];
    default:
      return [{ low, high }];
  }
}

/** An AS number, asdot included, or a range of them; null: it is a name. */
export function parseAsRange(value: unknown): NumberRange | Fault | null {
  if (typeof value !== 'number' && typeof value !== 'string') {
    return {
      what: 'this is not an AS number',
      expected: 'an AS number, a range such as 64512-64520, or the name of a set',
    };
  }
  const text = textOf(value).trim();
  if (!/^\d/.test(text)) return null;
  const [low, high = low, ...more] = text.split('-').map((part) => parseAs(/^\d+$/.test(part) ? Number(part) : part));
  if (low === null || high === null || more.length > 0 || high! < low!) {
    const expected = 'a number from 1 to 4294967295, or a range such as 64512-64520';
    return { what: `\`${text}\` is not a valid AS number or range`, expected };
  }
  return { low: low!, high: high! };
}

const EXTENDED: Readonly<Record<string, { readonly types: readonly number[]; readonly subtype: number }>> = {
  rt: { types: [0, 1, 2], subtype: 2 },
  ro: { types: [0, 1, 2], subtype: 3 },
  bandwidth: { types: [0], subtype: 4 },
};

const COMMUNITY =
  '`64512:100`, `64512:*`, `64512:100-200`, `64512:1:2` (large), `rt:64512:100`, a name such as NO_EXPORT, or that of a set';

/** A community with wildcards and ranges; null: it is the name of a set. */
export function parseCommunityPattern(text: string): CommunityPattern | Fault | null {
  const known = wellKnownCommunity(text);
  if (known !== null) return pattern('standard', [exactly(known >>> 16), exactly(known & MAX_U16)]);
  if (!text.includes(':')) return null;
  const [first = '', ...rest] = text.split(':');
  const extended = EXTENDED[first];
  if (extended !== undefined) return extendedPattern(text, rest, extended);
  const words = [first, ...rest];
  const most = words.length === 2 ? MAX_U16 : MAX_U32;
  if (words.length > 3) return { what: `\`${text}\` is not a valid community`, expected: COMMUNITY };
  const parts = words.map((word) => parsePart(word, most));
  const wrong = parts.find((part) => part === null);
  if (wrong === null) {
    return { what: `\`${text}\` is not a valid community`, expected: `${COMMUNITY}; numbers from 0 to ${most}` };
  }
  return pattern(words.length === 2 ? 'standard' : 'large', parts as NumberRange[]);
}

function extendedPattern(
  text: string,
  words: readonly string[],
  { types, subtype }: { readonly types: readonly number[]; readonly subtype: number },
): CommunityPattern | Fault {
  const [administrator = '', value = '', ...more] = words;
  const address = parseIpv4(administrator);
  const first = address === null ? parsePart(administrator, MAX_U32) : exactly(address);
  const isWide = address !== null || (first !== null && first.low > MAX_U16);
  const second = parsePart(value, isWide ? MAX_U16 : MAX_U32);
  if (first === null || second === null || more.length > 0) {
    return { what: `\`${text}\` is not a valid extended community`, expected: COMMUNITY };
  }
  const possible = address === null ? types.filter((type) => type !== 1) : [1];
  return { kind: 'extended', types: administrator === '*' ? types : possible, subtype, parts: [first, second] };
}

function pattern(kind: 'standard' | 'large', parts: readonly NumberRange[]): CommunityPattern {
  return { kind, types: [], subtype: 0, parts };
}

function exactly(value: number): NumberRange {
  return { low: value, high: value };
}

/** `*`, a number, or a range. */
export function parsePart(text: string, most: number): NumberRange | null {
  if (text === '*') return { low: 0, high: most };
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text);
  if (match === null) return null;
  const low = Number(match[1]);
  const high = match[2] === undefined ? low : Number(match[2]);
  return high > most || high < low ? null : { low, high };
}

/** The octets of a pattern without wildcards and ranges. */
export function octetsOf({ kind, types, subtype, parts }: CommunityPattern): CommunityValue | null {
  if (parts.some(({ low, high }) => low !== high)) return null;
  const [first, second, third] = parts.map(({ low }) => low);
  if (kind === 'standard') return { kind, octets: [...octets(first!, 2), ...octets(second!, 2)] };
  if (kind === 'large') return { kind, octets: [first!, second!, third!].flatMap((part) => octets(part, 4)) };
  const isWide = types[0] === 1 || first! > MAX_U16;
  const type = types[0] === 1 ? 1 : isWide ? 2 : 0;
  const widths = isWide ? [4, 2] : [2, 4];
  return { kind, octets: [type, subtype, ...octets(first!, widths[0]!), ...octets(second!, widths[1]!)] };
}

function octets(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, at) => Math.floor(value / 256 ** (width - 1 - at)) % 256);
}

const PATTERN = 'AS numbers, ranges, sets and `any` with spaces between them, each with `*`, `+` or `?` behind it';
/** What names do not have, and AS path filters of other daemons do: `^65001_`, `_65001$`, `(65001|65002)`. */
const REGULAR_EXPRESSION = /[\^$()\\|]|^_|_$|\.[*+]/;
const EXAMPLES = '`65001 *` for `^65001_`, `* 65001` for `_65001$`, `* 65001 *` for `_65001_`';
const ANY: Numbers = [{ low: 0, high: MAX_U32 }];

/**
 * A pattern for a whole AS path: `65001 transit* [65002,65010-65019] ?`. A `*`, `+` or `?` of its own stands for any AS
 * numbers: none or more, one or more, exactly one.
 * @param setOf the AS numbers of a set, or null
 */
export function parsePathPattern(text: string, setOf: (name: string) => Numbers | null): PathToken[] | Fault {
  const words = text.trim() === '' ? [] : text.trim().split(/\s+/);
  if (words.length > MAX_TOKENS) {
    return { what: `the pattern has ${words.length} parts`, expected: `at most ${MAX_TOKENS} parts` };
  }
  const tokens: PathToken[] = [];
  for (const word of words) {
    const token = pathToken(word, setOf);
    if ('what' in token) return token;
    tokens.push(token);
  }
  return tokens;
}

function pathToken(word: string, setOf: (name: string) => Numbers | null): PathToken | Fault {
  if (word === '?') return { as: ANY, min: 1, repeats: false };
  const match = /^(.*?)([*+?]?)$/.exec(word)!;
  const base = match[1]!;
  const suffix = match[2]!;
  const as = base === '' || base === 'any' ? ANY : tokenNumbers(base, setOf);
  if ('what' in as) return as as unknown as Fault;
  return {
    as: as as Numbers,
    min: suffix === '*' || suffix === '?' ? 0 : 1,
    repeats: suffix === '*' || suffix === '+',
  };
}

function tokenNumbers(word: string, setOf: (name: string) => Numbers | null): Numbers | Fault {
  const names = /^\[(.*)\]$/.exec(word)?.[1]?.split(',') ?? [word];
  const found: NumberRange[] = [];
  for (const name of names) {
    const range = parseAsRange(name);
    if (range !== null && isFault(range)) return range;
    const numbers = range === null ? setOf(name) : [range];
    if (numbers === null && REGULAR_EXPRESSION.test(name)) {
      return { what: `\`${name}\` is a regular expression, not a pattern`, expected: `${PATTERN}: ${EXAMPLES}` };
    }
    if (numbers === null) return { what: `unknown set of AS numbers \`${name}\` in the pattern`, expected: PATTERN };
    found.push(...numbers);
  }
  return ordered(found);
}
