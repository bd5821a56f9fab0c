/** The families that have a name here (IANA: Address Family Numbers, SAFI Namespace), one row each, and opaque ones. */
import { FAMILIES, familyOf, IPV4_UNICAST, IPV6_UNICAST } from '../families.ts';
import { AFI, type FamilyKind, type NextHopRule, PLAIN, PREFIX_NEXT_HOPS, SAFI } from '../family.ts';
import type { NlriCodec } from '../nlri-codec.ts';
import { BGP_LS, BGP_LS_VPN } from './bgp-ls.ts';
import { EVPN } from './evpn.ts';
import { IPV4_FLOWSPEC, IPV4_FLOWSPEC_VPN, IPV6_FLOWSPEC, IPV6_FLOWSPEC_VPN } from './flowspec.ts';
import { MUP_IPV4, MUP_IPV6 } from './mup.ts';
import { MVPN } from './mvpn.ts';
import { type Framing, opaqueCodec } from './opaque.ts';
import * as prefixes from './prefixes.ts';
import { RT_CONSTRAIN } from './rt-constrain.ts';
import { IPV4_SR_POLICY, IPV6_SR_POLICY } from './sr-policy.ts';
import { VPLS } from './vpls.ts';

/** SAFI of the families below; the others are in `SAFI`. */
const { multicast, labeled, vpn, routeTargets } = SAFI;
const MVPN_SAFI = 5;
const VPLS_SAFI = 65;
const EVPN_SAFI = 70;
const LINK_STATE = 71;
const LINK_STATE_VPN = 72;
const SR_POLICY = 73;
const MUP = 85;
const MULTICAST_VPN = 129;
const FLOWSPEC = 133;
const FLOWSPEC_VPN = 134;

const TUNNEL_ENCAPSULATION = 23;

/** A next hop that is not changed: labels, VNIs or a whole policy belong to it. */
function kept(octets: readonly number[], extended: readonly number[] = []): NextHopRule {
  return { octets, extended, isReplaceable: false };
}

/** An address of either IP version (RFC 7432 7, RFC 4761 3.2, RFC 6514 5, RFC 4684 4). */
const ADDRESS = kept([4, 16]);
/** The same, of IPv6 also with a link-local address behind it (RFC 9552 5.5, RFC 9830 2.1). */
const ANY_ADDRESS = kept([4, 16, 32]);
/** RFC 8277 2.1: as for unicast. */
const LABELED4 = kept([4], [16, 32]);
const LABELED6 = kept([16, 32]);
/** With a route distinguisher in front (RFC 4364 4.3.2, RFC 4659 3.2.1); of IPv6 two of them with a link-local address. */
const VPN4 = kept([12], [24, 48]);
const VPN6 = kept([24, 48]);
const VPN_ANY = kept([12, 24, 48]);
/** RFC 8955 4: none, and one that is there is ignored. */
const NONE = kept([0, 4, 16, 32]);
const NONE_VPN = kept([0, 4, 12, 16, 24, 48]);

function row(
  afi: number,
  safi: number,
  name: string,
  shortNames: readonly string[],
  codec: NlriCodec,
  nextHop: NextHopRule,
  over: Partial<FamilyKind> = {},
): FamilyKind {
  return { ...PLAIN, afi, safi, name, shortNames, codec, nextHop, ...over };
}

const { ipv4, ipv6, l2vpn, bgpLs } = AFI;
const { IPV4_PREFIX, IPV6_PREFIX, IPV4_LABELED, IPV6_LABELED, IPV4_VPN, IPV6_VPN } = prefixes;
const { IPV4_MULTICAST_VPN, IPV6_MULTICAST_VPN } = prefixes;
/** RFC 9830 2.1: a policy without its tunnel encapsulation is malformed. */
const POLICY = { mandatory: [TUNNEL_ENCAPSULATION] };

/** Routes of VPNs, and with labels. */
const TARGETED = { isTargeted: true };
const LABELS = { hasLabels: true };
const LABELED_VPN = { ...TARGETED, ...LABELS };

/** RFC 9552 5.3: where a message has no room for the BGP-LS attribute, the route is propagated without it. */
const LS = { expendable: 29 };
const LS_VPN = { ...TARGETED, ...LS };

/** Flow specifications. */
const FLOWS = { flowsFor: SAFI.unicast };
const FLOWS_VPN = { ...TARGETED, flowsFor: vpn };

/** The table. */
export const KNOWN_FAMILIES: readonly FamilyKind[] = [
  FAMILIES[IPV4_UNICAST],
  FAMILIES[IPV6_UNICAST],
  row(ipv4, multicast, 'ipv4-multicast', [], IPV4_PREFIX, PREFIX_NEXT_HOPS.ipv4),
  row(ipv6, multicast, 'ipv6-multicast', [], IPV6_PREFIX, PREFIX_NEXT_HOPS.ipv6),
  row(ipv4, labeled, 'ipv4-labeled-unicast', ['ipv4-labeled'], IPV4_LABELED, LABELED4, LABELS),
  row(ipv6, labeled, 'ipv6-labeled-unicast', ['ipv6-labeled'], IPV6_LABELED, LABELED6, LABELS),
  row(ipv4, vpn, 'l3vpn-ipv4-unicast', ['l3vpn-ipv4', 'vpnv4'], IPV4_VPN, VPN4, LABELED_VPN),
  row(ipv6, vpn, 'l3vpn-ipv6-unicast', ['l3vpn-ipv6', 'vpnv6'], IPV6_VPN, VPN6, LABELED_VPN),
  row(ipv4, MULTICAST_VPN, 'l3vpn-ipv4-multicast', [], IPV4_MULTICAST_VPN, VPN4, TARGETED),
  row(ipv6, MULTICAST_VPN, 'l3vpn-ipv6-multicast', [], IPV6_MULTICAST_VPN, VPN6, TARGETED),
  row(l2vpn, EVPN_SAFI, 'l2vpn-evpn', ['evpn'], EVPN, ADDRESS, { ...LABELED_VPN, hasMobility: true }),
  row(l2vpn, VPLS_SAFI, 'l2vpn-vpls', ['vpls'], VPLS, ADDRESS, TARGETED),
  row(ipv4, MVPN_SAFI, 'ipv4-mvpn', ['mvpn'], MVPN, ADDRESS, TARGETED),
  row(ipv6, MVPN_SAFI, 'ipv6-mvpn', [], MVPN, ADDRESS, TARGETED),
  row(ipv4, FLOWSPEC, 'ipv4-flowspec', ['flowspec', 'flowspec-ipv4'], IPV4_FLOWSPEC, NONE, FLOWS),
  row(ipv6, FLOWSPEC, 'ipv6-flowspec', ['flowspec-ipv6'], IPV6_FLOWSPEC, NONE, FLOWS),
  row(ipv4, FLOWSPEC_VPN, 'l3vpn-ipv4-flowspec', [], IPV4_FLOWSPEC_VPN, NONE_VPN, FLOWS_VPN),
  row(ipv6, FLOWSPEC_VPN, 'l3vpn-ipv6-flowspec', [], IPV6_FLOWSPEC_VPN, NONE_VPN, FLOWS_VPN),
  row(ipv4, routeTargets, 'rt-constrain', ['rtc'], RT_CONSTRAIN, ANY_ADDRESS),
  row(bgpLs, LINK_STATE, 'link-state', ['ls'], BGP_LS, ANY_ADDRESS, LS),
  row(bgpLs, LINK_STATE_VPN, 'link-state-vpn', ['ls-vpn'], BGP_LS_VPN, VPN_ANY, LS_VPN),
  row(ipv4, SR_POLICY, 'ipv4-sr-policy', [], IPV4_SR_POLICY, ANY_ADDRESS, POLICY),
  row(ipv6, SR_POLICY, 'ipv6-sr-policy', [], IPV6_SR_POLICY, ANY_ADDRESS, POLICY),
  row(ipv4, MUP, 'ipv4-mup', ['mup'], MUP_IPV4, ADDRESS, TARGETED),
  row(ipv6, MUP, 'ipv6-mup', [], MUP_IPV6, ADDRESS, TARGETED),
];

/** The row of an AFI/SAFI, whether it is in use or not; undefined: it has none. */
export function knownFamily(afi: number, safi: number): FamilyKind | undefined {
  return familyOf(afi, safi) ?? KNOWN_FAMILIES.find((kind) => kind.afi === afi && kind.safi === safi);
}

/** The row of a name; undefined: it is that of an opaque family, or of none. */
export function knownFamilyNamed(name: string): FamilyKind | undefined {
  return KNOWN_FAMILIES.find((kind) => kind.name === name);
}

/** The name of a family that is configured by number. */
export function opaqueName(afi: number, safi: number): string {
  return `afi-${afi}-safi-${safi}`;
}

/** A family that is configured by number: only where one of its NLRI ends is known. Its next hops have any length. */
export function opaqueFamily(afi: number, safi: number, framing: Framing): FamilyKind {
  const nextHop = { octets: null, extended: [], isReplaceable: false };
  return row(afi, safi, opaqueName(afi, safi), [], opaqueCodec(framing), nextHop);
}
