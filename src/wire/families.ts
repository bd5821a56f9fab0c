/** Address families: one row per AFI/SAFI that we support (IANA numbers, RFC 4760). */

/** Dense index of a row of `FAMILIES`. */
export type FamilyId = number & { readonly __brand: 'FamilyId' };

export interface Family {
  readonly id: FamilyId;
  readonly afi: number;
  readonly safi: number;
  /** Its name in the configuration, in metrics and on the command line. */
  readonly name: string;
}

export const AFI = { ipv4: 1, ipv6: 2, l2vpn: 25, bgpLs: 16388 } as const;
export const SAFI = { unicast: 1, multicast: 2, labeled: 4, vpn: 128 } as const;

export const IPV4_UNICAST = 0 as FamilyId;
export const IPV6_UNICAST = 1 as FamilyId;

export const FAMILIES: readonly Family[] = [
  { id: IPV4_UNICAST, afi: AFI.ipv4, safi: SAFI.unicast, name: 'ipv4-unicast' },
  { id: IPV6_UNICAST, afi: AFI.ipv6, safi: SAFI.unicast, name: 'ipv6-unicast' },
];

/** The row for an AFI/SAFI, or undefined if it is not supported. */
export function familyOf(afi: number, safi: number): Family | undefined {
  return FAMILIES.find((family) => family.afi === afi && family.safi === safi);
}
