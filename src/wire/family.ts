/** The row of a family of routes: its numbers and names, how its NLRI are read and stored, and what its next hops look like. */
import type { NlriCodec } from './nlri-codec.ts';

/** Dense index of a family in use (`FAMILIES`). */
export type FamilyId = number & { readonly __brand: 'FamilyId' };

export const AFI = { ipv4: 1, ipv6: 2, l2vpn: 25, bgpLs: 16388 } as const;
export const SAFI = { unicast: 1, multicast: 2, labeled: 4, vpn: 128, routeTargets: 132 } as const;

/** The next hops in MP_REACH_NLRI. */
export interface NextHopRule {
  /** Valid lengths in octets; null: any, the family is opaque. */
  readonly octets: readonly number[] | null;
  /** Further lengths on a session that negotiated RFC 8950 for the family; none: the capability is not offered for it. */
  readonly extended: readonly number[];
  /** `next-hop` of the configuration applies. False: labels or VNIs belong to the next hop, so it is never changed. */
  readonly isReplaceable: boolean;
}

/** Everything that the code has to know about a family. */
export interface FamilyKind {
  readonly afi: number;
  readonly safi: number;
  /** Its name in the configuration, in metrics and on the command line. */
  readonly name: string;
  /** Short names for the command line, such as `evpn`. */
  readonly shortNames: readonly string[];
  /** Reads and writes its NLRI. Null: prefixes of `afi`, which are stored in columns of their own. */
  readonly codec: NlriCodec | null;
  /** Routes and next hops are in the fields of RFC 4271 where these can hold them. */
  readonly isClassic: boolean;
  readonly nextHop: NextHopRule;
  /** Its routes can be installed in the kernel. */
  readonly isInstallable: boolean;
  /** It is offered to peers without `families` in the configuration. */
  readonly isDefault: boolean;
  /** Several paths of a route may be exchanged (RFC 7911). */
  readonly addPath: boolean;
  /** Its NLRI have labels, or VNIs in their place. */
  readonly hasLabels: boolean;
  /** Its routes carry route targets, which a membership selects (RFC 4684). */
  readonly isTargeted: boolean;
  /** Its routes have sequence numbers of MAC mobility, which the decision compares (RFC 7432 15). */
  readonly hasMobility: boolean;
  /** Flow specifications: SAFI of the unicast routes that they are validated by (RFC 8955 6); null: it has other routes. */
  readonly flowsFor: number | null;
  /** Type codes of attributes without which a route is withdrawn, besides those that are mandatory for all families. */
  readonly mandatory: readonly number[];
  /** Type code of an attribute that routes are advertised without where a message has no room for it; 0: none. */
  readonly expendable: number;
  /**
   * What follows when the end of an NLRI cannot be found (RFC 7606 3 j): the session is reset, or only the family is
   * disabled on it, so that the routes of other families stay (RFC 4760 7).
   */
  readonly unreadable: 'reset' | 'disable';
}

/** A family in use. */
export interface Family extends FamilyKind {
  readonly id: FamilyId;
}

/** Whether a next hop in MP_REACH_NLRI of this length is valid; `extended`: the session negotiated RFC 8950. */
export function nextHopFits({ octets, extended }: NextHopRule, length: number, isExtended: boolean): boolean {
  return octets === null || octets.includes(length) || (isExtended && extended.includes(length));
}

/** An address of the IP version of the routes; of IPv6 also with a link-local address behind it (RFC 2545 3). */
export const PREFIX_NEXT_HOPS = {
  ipv4: { octets: [4], extended: [16, 32], isReplaceable: true },
  ipv6: { octets: [16, 32], extended: [], isReplaceable: true },
} as const satisfies Record<string, NextHopRule>;

/** What most families have in common. */
export const PLAIN = {
  shortNames: [],
  isClassic: false,
  isInstallable: false,
  isDefault: false,
  addPath: true,
  hasLabels: false,
  isTargeted: false,
  hasMobility: false,
  flowsFor: null,
  mandatory: [],
  expendable: 0,
  unreadable: 'disable',
} as const satisfies Partial<FamilyKind>;
