/** UPDATEs for tests, written by hand from the RFCs rather than by the code that is tested. */
import { parseAddress, parsePrefix } from '../../src/lib/ip.ts';

export interface Route {
  readonly origin?: number;
  /** AS_SEQUENCE; a nested list is an AS_SET. */
  readonly asPath?: readonly (number | readonly number[])[];
  /** In front of it AS_CONFED_SEQUENCE; a nested list is an AS_CONFED_SET. */
  readonly confedPath?: readonly (number | readonly number[])[];
  readonly nextHop?: string;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
  readonly originatorId?: number;
  readonly clusterList?: readonly number[];
  /** Further attributes, whole. */
  readonly extra?: readonly (readonly number[])[];
  /** AS numbers of 2 octets. */
  readonly as2?: boolean;
}

export const u16 = (value: number) => [(value >>> 8) & 255, value & 255];
const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** Header of ones, length and type around a body. */
export function message(type: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([...new Array(16).fill(255), ...u16(body.length + 19), type, ...body]);
}

export function attribute(flags: number, code: number, value: readonly number[]): number[] {
  return value.length > 255
    ? [flags | 0x10, code, ...u16(value.length), ...value]
    : [flags, code, value.length, ...value];
}

/** Tests announce the same prefixes again and again. */
const known = new Map<string, readonly number[]>();

/** `10.0.0.0/8`, or with an ADD-PATH identifier `10.0.0.0/8 #7`. */
export function nlri(text: string): readonly number[] {
  const before = known.get(text);
  if (before !== undefined) return before;
  const octets = parseNlri(text);
  known.set(text, octets);
  return octets;
}

function parseNlri(text: string): number[] {
  const [bare, pathId] = text.split(' #');
  if (pathId !== undefined) return [...u32(Number(pathId)), ...nlri(bare)];
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(`no prefix: ${text}`);
  return [prefix.length, ...prefix.address.subarray(0, (prefix.length + 7) >> 3)];
}

/** @param types of sequences and of sets */
function asPathValue(path: NonNullable<Route['asPath']>, as2: boolean, types: readonly [number, number]): number[] {
  const octets = as2 ? u16 : u32;
  const out: number[] = [];
  let sequence: number[] = [];
  const flush = () => {
    if (sequence.length > 0) out.push(types[0], sequence.length, ...sequence.flatMap(octets));
    sequence = [];
  };
  for (const part of path) {
    if (typeof part === 'number') sequence.push(part);
    else {
      flush();
      out.push(types[1], part.length, ...part.flatMap(octets));
    }
  }
  flush();
  return out;
}

function attributes(route: Route, nextHop: string | null): number[] {
  const { asPath = [], confedPath = [], as2 = false } = route;
  const list: number[][] = [
    attribute(0x40, 1, [route.origin ?? 0]),
    attribute(0x40, 2, [...asPathValue(confedPath, as2, [3, 4]), ...asPathValue(asPath, as2, [2, 1])]),
  ];
  if (nextHop !== null) list.push(attribute(0x40, 3, [...(parseAddress(nextHop) as Uint8Array)]));
  if (route.med !== undefined) list.push(attribute(0x80, 4, u32(route.med)));
  if (route.localPref !== undefined) list.push(attribute(0x40, 5, u32(route.localPref)));
  if (route.communities) list.push(attribute(0xc0, 8, route.communities.flatMap(u32)));
  if (route.originatorId !== undefined) list.push(attribute(0x80, 9, u32(route.originatorId)));
  if (route.clusterList) list.push(attribute(0x80, 10, route.clusterList.flatMap(u32)));
  for (const whole of route.extra ?? []) list.push([...whole]);
  return list.sort((a, b) => a[1] - b[1]).flat();
}

/** Of an address, or of several with a comma between them. */
function octets(addresses: string): number[] {
  return addresses.split(',').flatMap((address) => [...(parseAddress(address) as Uint8Array)]);
}

/** Announces IPv4 prefixes in the NLRI field; IPv6 ones, and IPv4 ones with an IPv6 next hop, in MP_REACH_NLRI. */
export function announce(prefixes: readonly string[], route: Route = {}): Uint8Array {
  const ipv6 = prefixes[0]?.includes(':') === true;
  if (ipv6 || route.nextHop?.includes(':')) {
    const nextHop = octets(route.nextHop ?? '2001:db8::1');
    const reach = attribute(0x80, 14, [0, ipv6 ? 2 : 1, 1, nextHop.length, ...nextHop, 0, ...prefixes.flatMap(nlri)]);
    const all = [...attributes(route, null), ...reach];
    return message(2, [0, 0, ...u16(all.length), ...all]);
  }
  const all = attributes(route, route.nextHop ?? '192.0.2.1');
  return message(2, [0, 0, ...u16(all.length), ...all, ...prefixes.flatMap(nlri)]);
}

export function withdraw(prefixes: readonly string[]): Uint8Array {
  const field = prefixes.flatMap(nlri);
  if (!prefixes[0]?.includes(':')) return message(2, [...u16(field.length), ...field, 0, 0]);
  const unreach = attribute(0x80, 15, [0, 2, 1, ...field]);
  return message(2, [0, 0, ...u16(unreach.length), ...unreach]);
}

interface Numbers {
  readonly afi: number;
  readonly safi: number;
}

/** Announces NLRI of any family in MP_REACH_NLRI. */
export function announceIn(
  { afi, safi }: Numbers,
  nlriOctets: readonly number[],
  nextHop: readonly number[],
  route: Route = {},
): Uint8Array {
  const reach = attribute(0x80, 14, [...u16(afi), safi, nextHop.length, ...nextHop, 0, ...nlriOctets]);
  const all = [...reach, ...attributes({ localPref: 100, ...route }, null)];
  return message(2, [0, 0, ...u16(all.length), ...all]);
}

/** Withdraws NLRI of any family in MP_UNREACH_NLRI; without any it is the End-of-RIB of the family. */
export function withdrawIn({ afi, safi }: Numbers, nlriOctets: readonly number[]): Uint8Array {
  const unreach = attribute(0x80, 15, [...u16(afi), safi, ...nlriOctets]);
  return message(2, [0, 0, ...u16(unreach.length), ...unreach]);
}

/** End-of-RIB of IPv4 unicast. */
export const END_OF_RIB = message(2, [0, 0, 0, 0]);
export const KEEPALIVE = message(4, []);

/** An OPEN with capabilities for both unicast families, route refresh and 4-octet AS numbers. */
export function open(
  as: number,
  routerId: number,
  over: { holdSeconds?: number; capabilities?: readonly number[] } = {},
): Uint8Array {
  const capabilities = over.capabilities ?? [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, ...u32(as)];
  const parameters = capabilities.length === 0 ? [] : [2, capabilities.length, ...capabilities];
  const myAs = as > 65_535 ? 23_456 : as;
  return message(1, [
    4,
    ...u16(myAs),
    ...u16(over.holdSeconds ?? 90),
    ...u32(routerId),
    parameters.length,
    ...parameters,
  ]);
}
