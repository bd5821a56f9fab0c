/**
 * The extended communities that IANA has registered ("BGP Extended Communities"), one row each: type, sub-type, name, how
 * its six octets read. The types are exact: a route target is 0x00, 0x01 or 0x02 with sub-type 0x02, and nothing else.
 */
import { FORM } from './administered.ts';
import {
  carvingTime,
  dfElection,
  evpnBandwidth,
  layer2Attributes,
  multicastFlags,
  ospfRouteType,
  redirectAddress,
  servicePath,
} from './parts.ts';
import {
  administered,
  bits,
  color,
  cost,
  type ExtendedValue,
  flagged,
  interfaceSet,
  lastNumber,
  layer2Info,
  macAddress,
  named,
  nothing,
  octets,
  pair,
  rate,
} from './values.ts';

interface ExtendedCommunityRow {
  readonly type: number;
  readonly subtype: number;
  readonly name: string;
  readonly value: ExtendedValue;
}

/** Types with an administrator: 2-octet AS, IPv4 address, 4-octet AS; the non-transitive ones have the bit 0x40. */
const AS2 = 0x00;
const IPV4 = 0x01;
const AS4 = 0x02;
const OPAQUE = 0x03;
const EVPN = 0x06;
const NON_TRANSITIVE = 0x40;

/** Tunnel types (IANA "BGP Tunnel Encapsulation Attribute Tunnel Types"). */
export const TUNNEL_TYPES: Readonly<Record<number, string>> = {
  1: 'l2tpv3',
  2: 'gre',
  7: 'ipip',
  8: 'vxlan',
  9: 'nvgre',
  10: 'mpls',
  11: 'mpls-in-gre',
  12: 'vxlan-gpe',
  13: 'mpls-in-udp',
  14: 'ipv6-tunnel',
  15: 'sr-te-policy',
  16: 'bare',
  17: 'sr-tunnel',
  18: 'cloud-security',
  19: 'geneve',
  20: 'any-encapsulation',
  21: 'gtp-u',
};

const VALIDITY = { 0: 'valid', 1: 'not-found', 2: 'invalid' } as const;

function row(type: number, subtype: number, name: string, value: ExtendedValue): ExtendedCommunityRow {
  return { type, subtype, name, value };
}

/** The same name with each of the types that have an administrator. */
function forms(subtype: number, name: string, types: readonly number[] = [AS2, IPV4, AS4]): ExtendedCommunityRow[] {
  return types.map((type) => row(type, subtype, name, administered(type & 3)));
}

const TABLE: readonly ExtendedCommunityRow[] = [
  // RFC 4360 4, 5.
  ...forms(0x02, 'rt'),
  ...forms(0x03, 'ro'),
  row(AS2 | NON_TRANSITIVE, 0x04, 'bandwidth', rate(false)),
  row(AS2, 0x04, 'transitive-bandwidth', rate(false)),
  row(AS4, 0x04, 'generic', administered(FORM.as4)),
  row(AS4 | NON_TRANSITIVE, 0x04, 'non-transitive-generic', administered(FORM.as4)),
  // RFC 4577 4.2.4, 4.2.6.
  ...forms(0x05, 'ospf-domain-id'),
  row(IPV4, 0x07, 'ospf-router-id', administered(FORM.ipv4)),
  // RFC 4384.
  ...forms(0x08, 'data-collection', [AS2, AS4]),
  // RFC 6514 7, RFC 6074 3.2.1.
  ...forms(0x09, 'source-as', [AS2, AS4]),
  row(IPV4 | NON_TRANSITIVE, 0x09, 'node-target', administered(FORM.ipv4)),
  ...forms(0x0a, 'l2vpn-id', [AS2, IPV4]),
  row(IPV4, 0x0b, 'vrf-route-import', administered(FORM.ipv4)),
  row(IPV4, 0x0c, 'redirect-ip', redirectAddress),
  row(IPV4, 0x12, 'inter-area-segmented-next-hop', administered(FORM.ipv4)),
  ...forms(0x10, 'vpn-distinguisher'),
  ...forms(0x13, 'rt-record'),
  row(IPV4, 0x14, 'vrf-recursive-next-hop', administered(FORM.ipv4)),
  ...forms(0x15, 'rt-derived'),
  row(IPV4, 0x20, 'mvpn-rp', administered(FORM.ipv4)),
  ...forms(0x80, 'virtual-network-id', [AS2]),
  row(OPAQUE, 0x01, 'cost', cost),
  row(OPAQUE | NON_TRANSITIVE, 0x01, 'non-transitive-cost', cost),
  row(OPAQUE, 0x03, 'cp-orf', octets),
  row(OPAQUE, 0x04, 'extranet-source', octets),
  row(OPAQUE, 0x05, 'extranet-separation', octets),
  row(OPAQUE, 0x06, 'ospf-route-type', ospfRouteType),
  row(OPAQUE, 0x07, 'pmsi-tunnel-flags', octets),
  row(OPAQUE, 0x08, 'label-space', octets),
  // RFC 9012 4.1, 4.3; RFC 7432 7.8.
  row(OPAQUE, 0x0b, 'color', color),
  row(OPAQUE, 0x0c, 'encapsulation', named(TUNNEL_TYPES)),
  row(OPAQUE, 0x0d, 'default-gateway', nothing),
  row(OPAQUE, 0x0e, 'ppmp-label', octets),
  row(OPAQUE, 0x14, 'consistent-hash', octets),
  row(OPAQUE, 0xaa, 'load-balance', octets),
  // draft-knoll-idr-qos-attribute, draft-knoll-idr-cos-interconnect.
  row(0x04, 0x00, 'qos-marking', octets),
  row(0x04 | NON_TRANSITIVE, 0x00, 'non-transitive-qos-marking', octets),
  row(0x05, 0x00, 'cos-capability', octets),
  // RFC 8097 2.
  row(OPAQUE | NON_TRANSITIVE, 0x00, 'origin-validation', named(VALIDITY)),
  // RFC 7432 7, RFC 8214 3.1, RFC 8317 5.1, RFC 8584 2.2, RFC 9135 8.1, RFC 9251 9.4, RFC 9722 2.1.
  row(EVPN, 0x00, 'mac-mobility', flagged(4, [[0x01, 'sticky']])),
  row(EVPN, 0x01, 'esi-label', flagged(3, [[0x01, 'single-active']])),
  row(EVPN, 0x02, 'es-import', macAddress),
  row(EVPN, 0x03, 'router-mac', macAddress),
  row(EVPN, 0x04, 'l2-attributes', layer2Attributes),
  row(EVPN, 0x05, 'e-tree', flagged(3, [[0x01, 'leaf']])),
  row(EVPN, 0x06, 'df-election', dfElection),
  row(EVPN, 0x07, 'i-sid', octets),
  row(
    EVPN,
    0x08,
    'nd',
    bits(0, [
      [0x01, 'router'],
      [0x02, 'override'],
      [0x04, 'immutable'],
    ]),
  ),
  row(EVPN, 0x09, 'multicast-flags', multicastFlags),
  row(EVPN, 0x0a, 'evi-rt', administered(FORM.as2)),
  row(EVPN, 0x0b, 'evi-rt', administered(FORM.ipv4)),
  row(EVPN, 0x0c, 'evi-rt', administered(FORM.as4)),
  row(EVPN, 0x0d, 'evi-rt-ipv6', octets),
  row(EVPN, 0x0e, 'attachment-circuit', lastNumber(4)),
  row(EVPN, 0x0f, 'service-carving-time', carvingTime),
  row(EVPN, 0x10, 'evpn-bandwidth', evpnBandwidth),
  // draft-ietf-idr-flowspec-interfaceset, draft-ietf-idr-flowspec-redirect-ip.
  row(0x07, 0x02, 'interface-set', interfaceSet),
  row(0x07 | NON_TRANSITIVE, 0x02, 'non-transitive-interface-set', interfaceSet),
  row(0x08, 0x00, 'redirect-next-hop', bits(5, [[0x01, 'copy']])),
  row(0x09, 0x00, 'redirect-indirection', octets),
  row(0x0a, 0x02, 'transport-class', lastNumber(4)),
  row(0x0a | NON_TRANSITIVE, 0x02, 'non-transitive-transport-class', lastNumber(4)),
  // RFC 9015 10.
  row(0x0b, 0x01, 'sfir-pool', octets),
  row(0x0b, 0x02, 'mpls-mixed-labels', octets),
  row(0x0c, 0x00, 'mup', pair),
  // RFC 8955 7, RFC 4761 3.2.4.
  row(0x80, 0x06, 'rate-limit', rate(true)),
  row(
    0x80,
    0x07,
    'traffic-action',
    bits(5, [
      [0x02, 'sample'],
      [0x01, 'terminal'],
    ]),
  ),
  row(0x80, 0x08, 'redirect', administered(FORM.as2)),
  row(0x81, 0x08, 'redirect', administered(FORM.ipv4)),
  row(0x82, 0x08, 'redirect', administered(FORM.as4)),
  row(0x80, 0x09, 'mark', lastNumber(1)),
  row(0x80, 0x0a, 'l2-info', layer2Info),
  row(0x80, 0x0c, 'rate-limit-packets', rate(true)),
  // RFC 7796 5.2, RFC 9015 7.4.
  row(0x80, 0x0b, 'vpls-e-tree', octets),
  row(0x80, 0x0d, 'sfc-classifier', servicePath),
  // In old networks for those of the opaque and the IPv4 type (RFC 4577 4.2.4, 4.2.6).
  row(0x80, 0x00, 'deprecated-ospf-route-type', ospfRouteType),
  row(0x80, 0x01, 'deprecated-ospf-router-id', administered(FORM.ipv4)),
  row(0x80, 0x05, 'deprecated-ospf-domain-id', administered(FORM.as2)),
];

const BY_TYPE = new Map(TABLE.map((each) => [(each.type << 8) | each.subtype, each]));
const BY_NAME = new Map(TABLE.map(({ name }) => [name, TABLE.filter((each) => each.name === name)]));

/** The row of a type and sub-type, or undefined. */
export function extendedRow(type: number, subtype: number): ExtendedCommunityRow | undefined {
  return BY_TYPE.get((type << 8) | subtype);
}

/** The rows with this name, one per form of its administrator. */
export function extendedRows(name: string): readonly ExtendedCommunityRow[] {
  return BY_NAME.get(name) ?? [];
}

/** Sub-types of IPv6 address specific extended communities (RFC 5701, RFC 8956 6, RFC 6515). */
export const IPV6_SUBTYPES: Readonly<Record<number, string>> = {
  2: 'rt',
  3: 'ro',
  11: 'vrf-route-import',
  12: 'redirect-ip',
  13: 'redirect',
  16: 'vpn-distinguisher',
  18: 'inter-area-segmented-next-hop',
  19: 'rt-record',
  20: 'vrf-recursive-next-hop',
  21: 'rt-derived',
};
