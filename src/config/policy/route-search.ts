/**
 * Reads a search for routes as operators write it: a family, a prefix or a route, and filters with their values, in any
 * order. Attributes are written as in the rules of policies. `10.0.0.0/8 longer community 65000:1 as-path "65001 *"`.
 */
import { CommandError } from '../../engine/api/commands.ts';
import {
  addressFilter,
  type FieldFilter,
  isAddressOrPrefix,
  type Scope,
} from '../../engine/show/routes/field-filter.ts';
import type { RouteQuery } from '../../engine/show/routes/selection.ts';
import type { Folded } from '../../policy/rules/folded.ts';
import type { CommunityPattern } from '../../spec/policy.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { parseRd } from '../../wire/families/parts/route-distinguisher.ts';
import { FAMILIES } from '../../wire/families.ts';
import { parseHosts } from './sets.ts';
import { isFault, parseAsRange, parseCommunityPattern, parsePathPattern } from './values.ts';

/** What a filter adds to a query; a sentence if it cannot be read. */
type Read = (value: string) => FieldFilter | Folded | string;

interface FilterRow {
  readonly example: string;
  readonly read: Read;
}

const ROWS: Readonly<Record<string, FilterRow>> = {
  rd: byField('rd 65000:1', (text) => parseRd(text) !== null, ['rd']),
  'route-type': byField('route-type 2', isNumber, ['route-type']),
  mac: byField('mac 02:00:5e:00:00:01', (text) => /^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text), ['mac']),
  ip: { example: 'ip 192.0.2.1', read: (value) => (isAddressOrPrefix(value) ? addressFilter(value) : '') },
  esi: byField('esi 00:11:22:33:44:55:66:77:88:99', (text) => /^[\da-f]{2}(:[\da-f]{2}){9}$/i.test(text), ['esi']),
  vni: byField('vni 10100', isNumber, ['vni', 'labels']),
  'route-target': byField('route-target 65000:1', (text) => /^(rt:)?[\d.]+:\d+$/.test(text), ['route-target'], true),
  community: communities('community 65000:100', 'standard', '`65000:100`, `65000:*`, `no-export`'),
  'large-community': communities('large-community 65000:1:2', 'large', '`65000:1:2`, `65000:*:*`'),
  'ext-community': communities('ext-community rt:65000:1', 'extended', '`rt:65000:1`, `ro:65000:*`, `bandwidth:*:*`'),
  'as-path': {
    example: 'as-path "65001 *"',
    read: (text) => {
      const tokens = parsePathPattern(text, () => null);
      return isFault(tokens) ? `${tokens.what}; expected: ${tokens.expected}` : { kind: 'as-matches', tokens };
    },
  },
  'origin-as': numbers('origin-as 65010', 'as-origin'),
  'neighbor-as': numbers('neighbor-as 65001', 'as-neighbor'),
  'next-hop': {
    example: 'next-hop 192.0.2.1',
    read: (text) => {
      const hosts = parseHosts(text);
      return hosts === null
        ? 'an address or a prefix is expected'
        : { kind: 'next-hop', peer: false, self: false, prefixes: [hosts] };
    },
  },
};

const SCOPES: readonly Scope[] = ['longer', 'or-longer', 'shorter', 'or-shorter'];

/** The names of all filters, and the words that widen a prefix. */
export const FILTER_NAMES: readonly string[] = [...Object.keys(ROWS), ...SCOPES];

/** A search, and the words of it that are neither its family nor its target. */
interface RouteSearch extends RouteQuery {
  readonly filters: readonly FieldFilter[];
  readonly conditions: readonly Folded[];
  readonly words: readonly string[];
}

/** @throws CommandError that lists what is possible */
export function readSearch(search: readonly string[]): RouteSearch {
  let target: string | undefined;
  let family: string | undefined;
  let scope: Scope | undefined;
  const filters: FieldFilter[] = [];
  const conditions: Folded[] = [];
  const words: string[] = [];
  for (let at = 0; at < search.length; at++) {
    const word = search[at]!;
    if (Object.hasOwn(ROWS, word)) {
      const found = readFilter(word, search[++at]);
      words.push(word, search[at]!);
      if ('kind' in found) conditions.push(found);
      else filters.push(found);
    } else if (scope === undefined && SCOPES.includes(word as Scope)) {
      scope = word as Scope;
      words.push(word);
    } else if (family === undefined && isFamily(word)) family = word;
    else if (target === undefined) target = word;
    else throw new CommandError(`"${word}" is neither a family nor a filter; filters are: ${FILTER_NAMES.join(', ')}`);
  }
  return { ...(target && { target }), ...(family && { family }), ...(scope && { scope }), filters, conditions, words };
}

function readFilter(word: string, value: string | undefined): FieldFilter | Folded {
  const { example, read } = ROWS[word]!;
  if (value === undefined) throw new CommandError(`"${word}" needs a value, such as "${example}"`);
  const found = read(value);
  if (typeof found !== 'string') return found;
  const why = found === '' ? '' : `: ${found}`;
  throw new CommandError(`"${value}" is not a value of "${word}", such as "${example}"${why}`);
}

/** A filter by the NLRI. A mistyped value would find nothing, as if there were no such route. */
function byField(
  example: string,
  isValid: (text: string) => boolean,
  fields: readonly string[],
  orCommunity = false,
): FilterRow {
  return { example, read: (value) => (isValid(value) ? { fields, value, orCommunity } : '') };
}

function communities(example: string, kind: CommunityPattern['kind'], forms: string): FilterRow {
  return {
    example,
    read: (text) => {
      const pattern = parseCommunityPattern(text);
      if (pattern === null || isFault(pattern) || pattern.kind !== kind) return `${forms} are expected`;
      return { kind: 'communities', patterns: [pattern] };
    },
  };
}

function numbers(example: string, kind: 'as-origin' | 'as-neighbor'): FilterRow {
  return {
    example,
    read: (text) => {
      const range = parseAsRange(text);
      return range === null || isFault(range) ? 'an AS number or a range is expected' : { kind, as: [range] };
    },
  };
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Whether a word is the name of a family, in use or not. */
function isFamily(word: string): boolean {
  const isNamed = ({ name, shortNames }: { readonly name: string; readonly shortNames: readonly string[] }) =>
    name === word || shortNames.includes(word);
  return FAMILIES.some(isNamed) || KNOWN_FAMILIES.some(isNamed) || /^afi-\d+-safi-\d+$/.test(word);
}
