/**
 * Finds routes by what operators write: a prefix or an address, the text of a route in a family with a codec, and filters.
 * A word such as `evpn` selects a family; `rd 65000:1` filters by a field of the NLRI.
 */
import { maskAddress, parseAddress, parsePrefix } from '../../lib/ip.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { parseRd } from '../../wire/families/parts/route-distinguisher.ts';
import { FAMILIES, type Family } from '../../wire/families.ts';
import type { FamilyKind } from '../../wire/family.ts';
import type { NlriCodec, NlriFields } from '../../wire/nlri-codec.ts';
import { NlriReader } from '../../wire/update/nlri.ts';
import { CommandError } from '../api/commands.ts';
import { standOn } from '../fib-feed/best-routes.ts';

/** The names that a filter may have, with the fields of an NLRI that it compares. */
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  rd: ['rd'],
  'route-type': ['route-type'],
  mac: ['mac'],
  ip: ['ip', 'prefix', 'originator', 'gateway', 'address', 'endpoint', 'source', 'group'],
  esi: ['esi'],
  vni: ['vni', 'labels'],
  'route-target': ['route-target'],
};
/** The name of the filter that compares extended communities instead. */
const ROUTE_TARGET = 'route-target';

/** One filter: its name and the wanted value. */
export type RouteFilter = readonly [name: string, value: string];

/** A search as it is written. */
interface RouteSearch {
  readonly target?: string;
  readonly family?: string;
  readonly filters: readonly RouteFilter[];
}

/**
 * Reads the words of a search: a family or its short name, a route, filters with their values, in any order.
 * @throws CommandError that lists what is possible
 */
export function readSearch(words: readonly string[]): RouteSearch {
  let target: string | undefined;
  let family: string | undefined;
  const filters: RouteFilter[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (Object.hasOwn(FILTERS, word)) {
      const value = words[++at];
      if (value === undefined) throw new CommandError(`"${word}" needs a value, such as "${EXAMPLES[word]}"`);
      if (!VALUES[word]!(value))
        throw new CommandError(`"${value}" is not a value of "${word}", such as "${EXAMPLES[word]}"`);
      filters.push([word, value]);
    } else if (family === undefined && isFamily(word)) family = word;
    else if (target === undefined) target = word;
    else
      throw new CommandError(
        `"${word}" is neither a family nor a filter; filters are: ${Object.keys(FILTERS).join(', ')}`,
      );
  }
  return { ...(target === undefined ? {} : { target }), ...(family === undefined ? {} : { family }), filters };
}

const EXAMPLES: Readonly<Record<string, string>> = {
  rd: 'rd 65000:1',
  'route-type': 'route-type 2',
  mac: 'mac 02:00:5e:00:00:01',
  ip: 'ip 192.0.2.1',
  esi: 'esi 00:11:22:33:44:55:66:77:88:99',
  vni: 'vni 10100',
  'route-target': 'route-target 65000:1',
};

/** Whether a text can be the value of a filter: a mistyped one would find nothing, as if there were no such route. */
const VALUES: Readonly<Record<string, (text: string) => boolean>> = {
  rd: (text) => parseRd(text) !== null,
  'route-type': isNumber,
  mac: (text) => /^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text),
  ip: (text) => parseAddress(text) !== null || parsePrefix(text) !== null,
  esi: (text) => /^[\da-f]{2}(:[\da-f]{2}){9}$/i.test(text),
  vni: isNumber,
  'route-target': (text) => /^(rt:)?[\d.]+:\d+$/.test(text),
};

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

function familyNamed(name: string): Family | undefined {
  return FAMILIES.find((family) => isNamed(family, name));
}

function isNamed({ name, shortNames }: FamilyKind, text: string): boolean {
  return name === text || shortNames.includes(text);
}

/** Whether a word is the name of a family, in use or not. */
function isFamily(word: string): boolean {
  return familyNamed(word) !== undefined || OPAQUE.test(word) || KNOWN_FAMILIES.some((kind) => isNamed(kind, word));
}

const OPAQUE = /^afi-\d+-safi-\d+$/;

/** The family of a name, or all of them. @throws CommandError that lists the families in use */
export function familiesNamed(name: string | undefined): readonly Family[] {
  if (name === undefined) return FAMILIES;
  const family = familyNamed(name);
  const known = FAMILIES.map((row) => row.name).join(', ');
  if (family === undefined) throw new CommandError(`"${name}" is no address family in use; these are: ${known}`);
  return [family];
}

/** Whether a path passes the filters, by the fields of its NLRI and its extended communities. */
export function passes(
  filters: readonly RouteFilter[],
  fields: NlriFields | null,
  extendedCommunities: readonly string[],
): boolean {
  return filters.every(([name, wanted]) => {
    const values = FILTERS[name]!.flatMap((field) => fields?.[field] ?? []);
    if (name === ROUTE_TARGET) values.push(...extendedCommunities.filter((text) => text.startsWith('rt:')));
    return values.some((value) => isSame(String(value), wanted));
  });
}

/** A host prefix also matches as an address, and a route target without its type. */
function isSame(value: string, wanted: string): boolean {
  const [one, other] = [value.toLowerCase(), wanted.toLowerCase()];
  return one === other || one.replace(/\/(32|128)$/, '') === other || one === `rt:${other}`;
}

/** A target that no family in question can read. */
function notARoute(target: string, families: readonly Family[]): CommandError {
  const problems = families.flatMap(({ codec }) => {
    const read = codec?.parse(target);
    return read === undefined || read instanceof Uint8Array ? [] : [read.problem];
  });
  if (families.length === 1 && problems.length === 1) return new CommandError(problems[0]!);
  return new CommandError(`"${target}" is no prefix; a prefix looks like 10.0.0.0/8 or 2001:db8::/32`);
}

/**
 * The routes that a target names, family by family: a prefix or the text of a route exactly; with `longest`, an address by
 * longest match.
 * @throws CommandError when no family can read the target
 */
export function findRoutes(ribs: readonly FamilyRib[], target: string, longest: boolean): [FamilyRib, PrefixId][] {
  const families = ribs.map(({ family }) => FAMILIES[family]);
  if (!families.some((family) => isReadable(family, target))) throw notARoute(target, families);
  const found = ribs.map((rib): [FamilyRib, PrefixId] => [rib, findRoute(rib, target, longest)]);
  return found.filter(([, prefix]) => prefix !== 0);
}

function isReadable({ codec }: Family, target: string): boolean {
  if (codec !== null) return codec.parse(target) instanceof Uint8Array;
  return (target.includes('/') ? parsePrefix(target) : parseAddress(target)) !== null;
}

function findRoute(rib: FamilyRib, target: string, longest: boolean): PrefixId {
  const family = FAMILIES[rib.family];
  if (family.codec !== null) return findKey(rib, family.codec, target);
  if (longest && !target.includes('/')) return findLongest(rib, target);
  const prefix = parsePrefix(target);
  return prefix === null ? (0 as PrefixId) : lookUp(rib, family, prefix.address, prefix.length);
}

const reader = new NlriReader();

function findKey(rib: FamilyRib, codec: NlriCodec, target: string): PrefixId {
  const key = codec.parse(target);
  return key instanceof Uint8Array ? rib.prefixes.find(reader.standOn(key)) : (0 as PrefixId);
}

/** Longest match as in forwarding: among prefixes with a usable path; if there is none, among all. */
function findLongest(rib: FamilyRib, target: string): PrefixId {
  const address = parseAddress(target);
  if (address === null) return 0 as PrefixId;
  let unusable = 0 as PrefixId;
  for (let length = address.length * 8; length >= 0; length--) {
    const id = lookUp(rib, FAMILIES[rib.family], maskAddress(address, length), length);
    if (id === 0 || rib.prefixes.head(id) === 0) continue;
    if (rib.decision.best(rib.prefixes.head(id)) !== 0) return id;
    if (unusable === 0) unusable = id;
  }
  return unusable;
}

function lookUp(rib: FamilyRib, family: Family, address: Uint8Array, length: number): PrefixId {
  if (address.length !== (family.afi === 1 ? 4 : 16)) return 0 as PrefixId;
  return rib.prefixes.find(standOn(new NlriReader(), family.id, { address, length }));
}
