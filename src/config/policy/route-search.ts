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
} from '../../engine/show/search/field-filter.ts';
import type { RouteQuery } from '../../engine/show/search/selection.ts';
import type { Folded } from '../../policy/rules/folded.ts';
import type { CommunityPattern } from '../../spec/policy.ts';
import { parseAdministered } from '../../wire/communities/administered.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { parseRd } from '../../wire/families/parts/route-distinguisher.ts';
import { FAMILIES } from '../../wire/families.ts';
import { nearest } from '../problems/nearest.ts';
import { parseHosts } from './sets.ts';
import { isFault, parseAsRange, parseCommunityPattern, parsePathPattern } from './values.ts';

/** What a filter adds to a query; a sentence if it cannot be read. */
type Read = (value: string) => FieldFilter | Folded | string;

interface FilterRow {
  readonly example: string;
  readonly read: Read;
}

/** Route types of EVPN as the command lines of switches call them. */
const ROUTE_TYPES: Readonly<Record<string, string>> = { ead: '1', macip: '2', multicast: '3', es: '4', prefix: '5' };

const ROWS: Readonly<Record<string, FilterRow>> = {
  rd: byField('rd 65000:1', (text) => (parseRd(text) === null ? null : text), ['rd']),
  'route-type': byField('route-type 2', (text) => ROUTE_TYPES[text] ?? numberIn(text), ['route-type']),
  mac: byField('mac 02:00:5e:00:00:01', (text) => colonHex(text, 6), ['mac']),
  ip: { example: 'ip 192.0.2.1', read: (value) => (isAddressOrPrefix(value) ? addressFilter(value) : '') },
  esi: byField('esi 00:11:22:33:44:55:66:77:88:99', (text) => colonHex(text, 10), ['esi']),
  vni: byField('vni 10100', numberIn, ['vni', 'labels']),
  'route-target': byField('route-target 65000:1', routeTarget, ['route-target'], true),
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

/** Other words for filters. */
const ALIASES: Readonly<Record<string, string>> = { rt: 'route-target', type: 'route-type', label: 'vni' };

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
  const all = search.flatMap(splitOption);
  for (let at = 0; at < all.length; at++) {
    const word = all[at]!;
    const filter = filterNamed(word);
    if (filter !== null) {
      const found = readFilter(filter, all[++at]);
      words.push(filter, all[at]!);
      if ('kind' in found) conditions.push(found);
      else filters.push(found);
    } else if (word.startsWith('--')) throw unknownOption(word);
    else if (scope === undefined && SCOPES.includes(word as Scope)) {
      scope = word as Scope;
      words.push(word);
    } else if (family === undefined && isFamily(word)) family = word;
    else if (target === undefined) target = word;
    else throw notAFilter(word);
  }
  return { ...(target && { target }), ...(family && { family }), ...(scope && { scope }), filters, conditions, words };
}

/** `--mac=X` is two words. */
function splitOption(word: string): readonly string[] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

/** The filter that a word names, which may be written as an option; or null. */
function filterNamed(word: string): string | null {
  const name = word.replace(/^--/, '');
  const filter = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
  return Object.hasOwn(ROWS, filter) ? filter : null;
}

function notAFilter(word: string): CommandError {
  const near = nearest(word, FILTER_NAMES);
  const meant = near === null ? '' : `; did you mean "${near}"?`;
  return new CommandError(
    `"${word}" is neither a family nor a filter${meant || `; filters are: ${FILTER_NAMES.join(', ')}`}`,
  );
}

function unknownOption(word: string): CommandError {
  const near = nearest(word.slice(2), Object.keys(ROWS));
  const meant = near === null ? `; filters are: ${FILTER_NAMES.join(', ')}` : `; did you mean "${near}"?`;
  return new CommandError(`"${word}" is neither an option nor a filter${meant}`);
}

function readFilter(word: string, value: string | undefined): FieldFilter | Folded {
  const { example, read } = ROWS[word]!;
  if (value === undefined) throw new CommandError(`"${word}" needs a value, such as "${example}"`);
  const found = read(value);
  if (typeof found !== 'string') return found;
  const why = found === '' ? '' : `: ${found}`;
  throw new CommandError(`"${value}" is not a value of "${word}", such as "${example}"${why}`);
}

/**
 * A filter by the NLRI. A mistyped value would find nothing, as if there were no such route.
 * @param normal the value as the fields have it, or null: it is wrong
 */
function byField(
  example: string,
  normal: (text: string) => string | null,
  fields: readonly string[],
  orCommunity = false,
): FilterRow {
  return {
    example,
    read: (text) => {
      const value = normal(text);
      return value === null ? '' : { fields, value, orCommunity };
    },
  };
}

/** So many octets in hexadecimal, in any of the usual groups: `02:00:5e:00:00:01`, `0200.5e00.0001`, `02-00-5e-00-00-01`. */
function colonHex(text: string, octets: number): string | null {
  const isGrouped =
    /^[\da-f]+([:.-][\da-f]+)*$/i.test(text) && text.split(/[:.-]/).every(({ length }) => length % 2 === 0);
  const digits = text.replaceAll(/[:.-]/g, '').toLowerCase();
  return isGrouped && digits.length === 2 * octets ? digits.match(/../g)!.join(':') : null;
}

function routeTarget(text: string): string | null {
  return parseAdministered(text.replace(/^rt:/, '')) === null ? null : text;
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

function numberIn(text: string): string | null {
  return /^\d+$/.test(text) ? text : null;
}

/** Whether a word is the name of a family, in use or not. */
function isFamily(word: string): boolean {
  const isNamed = ({ name, shortNames }: { readonly name: string; readonly shortNames: readonly string[] }) =>
    name === word || shortNames.includes(word);
  return FAMILIES.some(isNamed) || KNOWN_FAMILIES.some(isNamed) || /^afi-\d+-safi-\d+$/.test(word);
}
