/** The attributes of VPNs, tunnels and segment routing as text. Their values have passed the checks of the attribute table. */
import { formatAddress, formatIpv4 } from '../../lib/ip.ts';
import { toHex, u16, u24, u32 } from '../bytes.ts';
import { TUNNEL_TYPES } from '../communities/table.ts';

/** IANA "P-Multicast Service Interface Tunnel (PMSI Tunnel) Tunnel Types". */
const PMSI_TUNNELS: Readonly<Record<number, string>> = {
  0: 'none',
  1: 'rsvp-te-p2mp',
  2: 'mldp-p2mp',
  3: 'pim-ssm',
  4: 'pim-sm',
  5: 'bidir-pim',
  6: 'ingress-replication',
  7: 'mldp-mp2mp',
  10: 'assisted-replication',
  11: 'bier',
};

/** RFC 6514 5: `ingress-replication, label 6 (vni 100), 192.0.2.1`; the label is a VNI with VXLAN (RFC 8365 5.1.3). */
export function formatPmsiTunnel(bytes: Uint8Array, start: number, end: number): string {
  const type = PMSI_TUNNELS[bytes[start + 1]] ?? `type ${bytes[start + 1]}`;
  const label = u24(bytes, start + 2);
  const octets = end - start - 5;
  const isAddress = octets === 4 || octets === 16;
  const identifier = isAddress ? formatAddress(bytes, start + 5, end) : toHex(bytes, start + 5, end);
  const parts = [type, `label ${label >> 4} (vni ${label})`, ...(octets === 0 ? [] : [identifier])];
  return [...parts, ...((bytes[start] & 1) === 0 ? [] : ['leaf information required'])].join(', ');
}

/** RFC 9012 2: the types of the tunnels. */
export function formatTunnels(bytes: Uint8Array, start: number, end: number): string {
  const types: string[] = [];
  for (let at = start; at < end; at += 4 + u16(bytes, at + 2)) {
    types.push(TUNNEL_TYPES[u16(bytes, at)] ?? `type ${u16(bytes, at)}`);
  }
  return types.join(' ');
}

/** RFC 8669 3, RFC 9252 2: `label-index 777`, `srgb 16000+8000`, `srv6-l3-service`. */
export function formatPrefixSid(bytes: Uint8Array, start: number, end: number): string {
  const texts: string[] = [];
  for (let at = start; at < end; at += 3 + u16(bytes, at + 1)) {
    texts.push(prefixSidText(bytes, bytes[at], at + 3, at + 3 + u16(bytes, at + 1)));
  }
  return texts.join(' ');
}

function prefixSidText(bytes: Uint8Array, type: number, start: number, end: number): string {
  if (type === 1) return `label-index ${u32(bytes, start + 3)}`;
  if (type === 5) return 'srv6-l3-service';
  if (type === 6) return 'srv6-l2-service';
  if (type !== 3) return `type ${type}`;
  const ranges: string[] = [];
  for (let at = start + 2; at < end; at += 6) ranges.push(`srgb ${u24(bytes, at)}+${u24(bytes, at + 3)}`);
  return ranges.join(' ');
}

/** Kinds of routes that a domain had a route as, by SAFI. */
const DOMAIN_KINDS: Readonly<Record<number, string>> = { 0: 'local', 1: 'ip', 70: 'evpn', 128: 'vpn' };

/** draft-ietf-bess-evpn-ipvpn-interworking 4: `1.0.0.1:5:evpn`, the last domain first. */
export function formatDomainPath(bytes: Uint8Array, start: number, end: number): string {
  const domains: string[] = [];
  for (let at = start; at < end; ) {
    const next = at + 1 + 7 * bytes[at];
    for (at++; at < next; at += 7) {
      const kind = DOMAIN_KINDS[bytes[at + 6]] ?? `safi-${bytes[at + 6]}`;
      domains.push(`${formatIpv4(u32(bytes, at))}:${u16(bytes, at + 4)}:${kind}`);
    }
  }
  return domains.join(' ');
}
