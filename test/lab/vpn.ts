/** Routes of VPNs and memberships of route targets, written by hand from RFC 4364, RFC 8277 and RFC 4684. */
import { parsePrefix } from '../../src/lib/ip.ts';
import { KNOWN_FAMILIES } from '../../src/wire/families/catalog.ts';
import { type Family, useFamily } from '../../src/wire/families.ts';
import { announceIn, attribute, type Route, u16, withdrawIn } from './updates.ts';

const kind = (name: string): Family => useFamily(KNOWN_FAMILIES.find((one) => one.name === name)!);

export const VPNV4 = kind('l3vpn-ipv4-unicast');
export const RTC = kind('rt-constrain');

const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

/** `65000:100` as the octets of an extended community. */
const target = (text: string) => {
  const [as, number] = text.split(':').map(Number);
  return [0, 2, ...u16(as), ...u32(number)];
};

/** `65000:1:10.0.0.0/8`, route distinguisher first. */
function vpnNlri(text: string, label: number, isWithdrawn: boolean): number[] {
  const [as, number, prefix] = text.split(':');
  const { address, length } = parsePrefix(prefix)!;
  const labels = isWithdrawn ? [0x80, 0, 0] : [label >> 12, (label >> 4) & 255, ((label << 4) & 0xf0) | 1];
  const rd = [0, 0, ...u16(Number(as)), ...u32(Number(number))];
  return [24 + 64 + length, ...labels, ...rd, ...address.subarray(0, (length + 7) >> 3)];
}

/** Announces VPNv4 routes such as `1:1:10.0.0.0/24` with route targets. */
export function announceVpn(routes: readonly string[], targets: readonly string[], route: Route = {}): Uint8Array {
  const nlri = routes.flatMap((text) => vpnNlri(text, 100, false));
  const nextHop = [0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1];
  const communities = targets.length === 0 ? [] : [attribute(0xc0, 16, targets.flatMap(target))];
  return announceIn(VPNV4, nlri, nextHop, { ...route, extra: [...communities, ...(route.extra ?? [])] });
}

export function withdrawVpn(routes: readonly string[]): Uint8Array {
  return withdrawIn(
    VPNV4,
    routes.flatMap((text) => vpnNlri(text, 0, true)),
  );
}

/** `default`, `65000:100`, or the first bits of it `65000:100/64`; the origin AS is 65000. */
function membership(text: string): number[] {
  if (text === 'default') return [0];
  const [of, bits = '96'] = text.split('/');
  const whole = [...u32(65_000), ...target(of)];
  return [Number(bits), ...whole.slice(0, (Number(bits) + 7) >> 3)];
}

export function ask(targets: readonly string[], route: Route = {}, nextHop = [10, 0, 0, 9]): Uint8Array {
  return announceIn(RTC, targets.flatMap(membership), nextHop, route);
}

/** Withdraws memberships; none: End-of-RIB of the family. */
export function unask(targets: readonly string[]): Uint8Array {
  return withdrawIn(RTC, targets.flatMap(membership));
}

/** MP_EXT of both families, 4-octet AS numbers, route refresh. */
const multiprotocol = ({ afi, safi }: Family) => [1, 4, ...u16(afi), 0, safi];
export const VPN_CAPABILITIES = [...multiprotocol(VPNV4), 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
export const RTC_CAPABILITIES = [...multiprotocol(RTC), ...VPN_CAPABILITIES];
