/**
 * Communities as text: standard (RFC 1997), large (RFC 8092), extended (RFC 4360, 5668, 7153), and IPv6 address
 * specific (RFC 5701). Well-known ones have names, in one table.
 */

import { formatAddress, formatIpv4 } from '../../lib/ip.ts';
import { toHex, u16, u24, u32 } from '../bytes.ts';
import { COMMUNITY_FLAG } from './attribute-table.ts';

/** GRACEFUL_SHUTDOWN (RFC 8326): the sender of the route is shutting down. */
export const GRACEFUL_SHUTDOWN = 0xffff0000;

interface WellKnownRow {
  readonly value: number;
  readonly name: string;
  /** Bit of COMMUNITY_FLAG for one that we act on, otherwise 0. */
  readonly flag: number;
}

/** IANA "BGP Well-known Communities". */
const WELL_KNOWN: readonly WellKnownRow[] = [
  { value: GRACEFUL_SHUTDOWN, name: 'graceful-shutdown', flag: COMMUNITY_FLAG.gracefulShutdown },
  { value: 0xffff0001, name: 'accept-own', flag: COMMUNITY_FLAG.acceptOwn },
  { value: 0xffff0002, name: 'route-filter-translated-v4', flag: 0 },
  { value: 0xffff0003, name: 'route-filter-v4', flag: 0 },
  { value: 0xffff0004, name: 'route-filter-translated-v6', flag: 0 },
  { value: 0xffff0005, name: 'route-filter-v6', flag: 0 },
  { value: 0xffff0006, name: 'llgr-stale', flag: COMMUNITY_FLAG.llgrStale },
  { value: 0xffff0007, name: 'no-llgr', flag: COMMUNITY_FLAG.noLlgr },
  { value: 0xffff0008, name: 'accept-own-nexthop', flag: 0 },
  { value: 0xffff0009, name: 'standby-pe', flag: 0 },
  { value: 0xffff029a, name: 'blackhole', flag: COMMUNITY_FLAG.blackhole },
  { value: 0xffffff01, name: 'no-export', flag: COMMUNITY_FLAG.noExport },
  { value: 0xffffff02, name: 'no-advertise', flag: COMMUNITY_FLAG.noAdvertise },
  { value: 0xffffff03, name: 'no-export-subconfed', flag: COMMUNITY_FLAG.noExportSubconfed },
  { value: 0xffffff04, name: 'no-peer', flag: COMMUNITY_FLAG.noPeer },
];

/** LLGR_STALE (RFC 9494 3.1): a path of a peer that has been down for longer than graceful restart allows. */
export const LLGR_STALE = 0xffff0006;

/** Bits of COMMUNITY_FLAG for the communities `bytes[start, end)`. */
export function communityFlags(bytes: Uint8Array, start: number, end: number): number {
  let flags = 0;
  for (let at = start; at < end; at += 4) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xff) flags |= flagOf(u32(bytes, at));
  }
  return flags;
}

function flagOf(value: number): number {
  for (const row of WELL_KNOWN) if (row.value === value) return row.flag;
  return 0;
}

/** Name of a well-known one, or `65000:100`. */
export function formatCommunity(value: number): string {
  return WELL_KNOWN.find((row) => row.value === value)?.name ?? `${value >>> 16}:${value & 0xffff}`;
}

/** `65000:1:2`, of the 12 octets at `at`. */
export function formatLargeCommunity(bytes: Uint8Array, at: number): string {
  return `${u32(bytes, at)}:${u32(bytes, at + 4)}:${u32(bytes, at + 8)}`;
}

/** High octet of the type, without the bits for "assigned by IANA" and "non-transitive" (RFC 4360 2). */
const KIND = { as2: 0x00, ipv4: 0x01, as4: 0x02, opaque: 0x03, evpn: 0x06, flowSpec: 0x80 } as const;

/** Sub-types that the kinds with an administrator share. */
const ADMINISTERED: Readonly<Record<number, string>> = {
  2: 'rt',
  3: 'ro',
  5: 'ospf-domain-id',
  9: 'source-as',
  10: 'l2vpn-id',
  11: 'vrf-route-import',
};

const LINK_BANDWIDTH = 0x04;
const COLOR = 0x0b;
const ENCAPSULATION = 0x0c;
const DEFAULT_GATEWAY = 0x0d;
const MAC_MOBILITY = 0x00;
const ESI_LABEL = 0x01;
const ROUTER_MAC = 0x03;
const TRAFFIC_RATE = 0x06;
const REDIRECT = 0x08;
const TRAFFIC_MARKING = 0x09;

/** Tunnel types (IANA "BGP Tunnel Encapsulation Attribute Tunnel Types"). */
const TUNNELS: Readonly<Record<number, string>> = {
  1: 'l2tpv3',
  2: 'gre',
  7: 'ipip',
  8: 'vxlan',
  9: 'nvgre',
  10: 'mpls',
  11: 'mpls-in-gre',
  12: 'vxlan-gpe',
  13: 'mpls-in-udp',
  19: 'geneve',
};

/** `rt:65000:100`, `ro:192.0.2.1:5`, `bandwidth:65000:125000000`, ...; unknown kinds: `0x4305…`. 8 octets at `at`. */
export function formatExtendedCommunity(bytes: Uint8Array, at: number): string {
  return describeExtended(bytes, at, bytes[at] & 0xbf, bytes[at + 1]) ?? `0x${toHex(bytes, at, at + 8)}`;
}

function describeExtended(bytes: Uint8Array, at: number, kind: number, subtype: number): string | undefined {
  switch (kind) {
    case KIND.as2:
      if (subtype === LINK_BANDWIDTH) return `bandwidth:${u16(bytes, at + 2)}:${float32(bytes, at + 4)}`;
      return administered(subtype, `${u16(bytes, at + 2)}:${u32(bytes, at + 4)}`);
    case KIND.ipv4:
      return administered(subtype, `${formatIpv4(u32(bytes, at + 2))}:${u16(bytes, at + 6)}`);
    case KIND.as4:
      return administered(subtype, `${u32(bytes, at + 2)}:${u16(bytes, at + 6)}`);
    case KIND.opaque:
      return describeOpaque(bytes, at, subtype);
    case KIND.evpn:
      return describeEvpn(bytes, at, subtype);
    case KIND.flowSpec:
      return describeFlowSpec(bytes, at, subtype);
    default:
      return undefined;
  }
}

function administered(subtype: number, value: string): string | undefined {
  const name = ADMINISTERED[subtype];
  return name === undefined ? undefined : `${name}:${value}`;
}

function describeOpaque(bytes: Uint8Array, at: number, subtype: number): string | undefined {
  if (subtype === COLOR) return `color:${u16(bytes, at + 2) >> 14}:${u32(bytes, at + 4)}`;
  if (subtype === DEFAULT_GATEWAY) return 'default-gateway';
  if (subtype !== ENCAPSULATION) return undefined;
  const tunnel = u16(bytes, at + 6);
  return `encapsulation:${TUNNELS[tunnel] ?? tunnel}`;
}

/** RFC 7432 7, RFC 9135 6. */
function describeEvpn(bytes: Uint8Array, at: number, subtype: number): string | undefined {
  if (subtype === MAC_MOBILITY)
    return `mac-mobility:${u32(bytes, at + 4)}${(bytes[at + 2] & 1) !== 0 ? ':sticky' : ''}`;
  if (subtype === ESI_LABEL) return `esi-label:${u24(bytes, at + 5)}`;
  if (subtype !== ROUTER_MAC) return undefined;
  const octets = [2, 3, 4, 5, 6, 7].map((i) => toHex(bytes, at + i, at + i + 1));
  return `router-mac:${octets.join(':')}`;
}

/** RFC 8955 7: a rate in bytes per second, a route target to redirect to, a DSCP to set. */
function describeFlowSpec(bytes: Uint8Array, at: number, subtype: number): string | undefined {
  if (subtype === TRAFFIC_RATE) return `rate-limit:${float32(bytes, at + 4)}`;
  if (subtype === REDIRECT) return `redirect:${u16(bytes, at + 2)}:${u32(bytes, at + 4)}`;
  return subtype === TRAFFIC_MARKING ? `mark:${bytes[at + 7]}` : undefined;
}

/** An IEEE single: bytes per second of a link (draft-ietf-idr-link-bandwidth). */
function float32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0);
}

/** `rt:[2001:db8::1]:100`, of the 20 octets at `at` (RFC 5701 2). */
export function formatIpv6ExtendedCommunity(bytes: Uint8Array, at: number): string {
  const name = ADMINISTERED[bytes[at + 1]];
  if (bytes[at] !== 0 || name === undefined) return `0x${toHex(bytes, at, at + 20)}`;
  return `${name}:[${formatAddress(bytes, at + 2, at + 18)}]:${u16(bytes, at + 18)}`;
}
