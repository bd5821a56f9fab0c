/**
 * Finds routes by what operators write: a prefix or an address, or the text of a route in a family with a codec.
 */
import { maskAddress, type Prefix, parseAddress, parsePrefix } from '../../../lib/ip.ts';
import type { FamilyRib } from '../../../rib/family-rib.ts';
import type { PrefixId } from '../../../rib/tables/ids.ts';
import { AFI, FAMILIES, type Family } from '../../../wire/families.ts';
import type { NlriCodec } from '../../../wire/nlri-codec.ts';
import { NlriReader } from '../../../wire/update/nlri.ts';
import { CommandError } from '../../api/commands.ts';
import { standOn } from '../../fib-feed/best-routes.ts';

function familyNamed(name: string): Family | undefined {
  return FAMILIES.find((family) => family.name === name || family.shortNames.includes(name));
}

/** The family of a name, or all of them. @throws CommandError that lists the families in use */
export function familiesNamed(name: string | undefined): readonly Family[] {
  if (name === undefined) return FAMILIES;
  const family = familyNamed(name);
  const known = FAMILIES.map((row) => row.name).join(', ');
  if (family === undefined) throw new CommandError(`"${name}" is no address family in use; these are: ${known}`);
  return [family];
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

/** Whether a target is the text of a route of the family. */
export function isReadable({ codec }: Family, target: string): boolean {
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

/** The prefixes in a family's table that contain a prefix, the shortest first. */
export function* findShorter(rib: FamilyRib, target: string, includesItself: boolean): Iterable<PrefixId> {
  const prefix = prefixOf(rib, target);
  if (prefix === null) return;
  const { address, length: own } = prefix;
  for (let length = 0; length < own + (includesItself ? 1 : 0); length++) {
    const id = lookUp(rib, FAMILIES[rib.family], maskAddress(address, length), length);
    if (id !== 0) yield id;
  }
}

/** A reader on a prefix, to compare those of a family's table with it; null: they are of another IP version. */
export function readerOn(rib: FamilyRib, target: string): NlriReader | null {
  const prefix = prefixOf(rib, target);
  return prefix === null ? null : standOn(new NlriReader(), rib.family, prefix);
}

/** @throws CommandError if it is no prefix */
function prefixOf(rib: FamilyRib, target: string): Prefix | null {
  const address = parseAddress(target);
  const prefix = address === null ? parsePrefix(target) : { address, length: address.length * 8 };
  if (prefix === null) throw notARoute(target, []);
  const family = FAMILIES[rib.family];
  const octets = family.afi === AFI.ipv4 ? 4 : 16;
  return family.codec === null && prefix.address.length === octets ? prefix : null;
}
