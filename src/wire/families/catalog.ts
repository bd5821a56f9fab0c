/** The families that have a name here (IANA: Address Family Numbers, SAFI Namespace), one row each. */
import { FAMILIES, familyOf, IPV4_UNICAST, IPV6_UNICAST } from '../families.ts';
import type { FamilyKind } from '../family.ts';

/** The table. */
export const KNOWN_FAMILIES: readonly FamilyKind[] = [FAMILIES[IPV4_UNICAST], FAMILIES[IPV6_UNICAST]];

/** The row of an AFI/SAFI, whether it is in use or not; undefined: it has none. */
export function knownFamily(afi: number, safi: number): FamilyKind | undefined {
  return familyOf(afi, safi) ?? KNOWN_FAMILIES.find((kind) => kind.afi === afi && kind.safi === safi);
}
