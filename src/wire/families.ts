/**
 * The families in use: those of the configuration. Tables, groups and counters have one place for each, by its id, so a
 * family that nobody uses costs nothing. A family stays in use until the process ends.
 */
import { invariant } from '../lib/invariant.ts';
import { AFI, type Family, type FamilyId, type FamilyKind, PLAIN, PREFIX_NEXT_HOPS, SAFI } from './family.ts';

export type { Family, FamilyId } from './family.ts';
export { AFI, SAFI } from './family.ts';

/** Maximum number of families in use: the capability of RFC 9494 has 7 octets for each, and room for 255. */
export const MAX_FAMILIES = 36;

export const IPV4_UNICAST = 0 as FamilyId;
export const IPV6_UNICAST = 1 as FamilyId;

/** What the unicast families have in common: they are always in use. */
const UNICAST = {
  ...PLAIN,
  safi: SAFI.unicast,
  codec: null,
  isInstallable: true,
  isDefault: true,
  unreadable: 'reset',
} as const;

const used: Family[] = [
  {
    ...UNICAST,
    id: IPV4_UNICAST,
    afi: AFI.ipv4,
    name: 'ipv4-unicast',
    shortNames: ['ipv4'],
    isClassic: true,
    nextHop: PREFIX_NEXT_HOPS.ipv4,
  },
  {
    ...UNICAST,
    id: IPV6_UNICAST,
    afi: AFI.ipv6,
    name: 'ipv6-unicast',
    shortNames: ['ipv6'],
    nextHop: PREFIX_NEXT_HOPS.ipv6,
  },
];

/** The families in use, by id; it grows when a configuration uses another one. */
export const FAMILIES: readonly Family[] = used;

/** Takes a family into use; the same one if its AFI/SAFI is in use already. */
export function useFamily(kind: FamilyKind): Family {
  const found = familyOf(kind.afi, kind.safi);
  if (found !== undefined) return found;
  invariant(used.length < MAX_FAMILIES, 'the configuration is checked for the number of its families');
  const family: Family = { ...kind, id: used.length as FamilyId };
  used.push(family);
  return family;
}

/** The row for an AFI/SAFI, or undefined if it is not in use. */
export function familyOf(afi: number, safi: number): Family | undefined {
  return FAMILIES.find((family) => family.afi === afi && family.safi === safi);
}
