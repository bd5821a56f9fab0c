/** The UPDATEs that a speaker of the demo sends. */
import { parseAddress, parsePrefix } from '../../lib/ip.ts';
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { encodeMessage, MESSAGE } from '../../wire/message.ts';

/** A route that a speaker originates, with its next hop. */
export interface AdvertisedRoute {
  readonly prefix: string;
  readonly nextHop: string;
  /** Sent only over iBGP. */
  readonly localPref: number;
}

/** AS number of the reflector and the hosts. */
export const DEMO_AS = 64_512;

/** An UPDATE for one prefix. */
export function encodeAdvertisement(route: AdvertisedRoute, as: number): Uint8Array {
  const internal = as === DEMO_AS;
  const nextHop = parseAddress(route.nextHop) ?? new Uint8Array(4);
  const path = internal ? [] : [2, 1, ...u32(as)];
  const common = [...attribute(0x40, ATTRIBUTE.origin, [0]), ...attribute(0x40, ATTRIBUTE.asPath, path)];
  const preference = internal ? attribute(0x40, ATTRIBUTE.localPref, u32(route.localPref)) : [];
  const nlri = nlriOf(route.prefix);
  if (nextHop.length === 16) {
    const reach = attribute(0x80, ATTRIBUTE.mpReach, [0, 2, 1, 16, ...nextHop, 0, ...nlri]);
    return update([], [...reach, ...common, ...preference], []);
  }
  return update([], [...common, ...attribute(0x40, ATTRIBUTE.nextHop, [...nextHop]), ...preference], nlri);
}

/** An UPDATE that withdraws one prefix. */
export function encodeWithdrawal(prefix: string): Uint8Array {
  const nlri = nlriOf(prefix);
  if (!prefix.includes(':')) return update(nlri, [], []);
  return update([], attribute(0x80, ATTRIBUTE.mpUnreach, [0, 2, 1, ...nlri]), []);
}

function update(withdrawn: readonly number[], attributes: readonly number[], nlri: readonly number[]): Uint8Array {
  const body = [...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri];
  return encodeMessage(MESSAGE.update, Uint8Array.from(body));
}

function attribute(flags: number, code: number, value: readonly number[]): number[] {
  return [flags, code, value.length, ...value];
}

function nlriOf(text: string): number[] {
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(`not a prefix: ${text}`);
  return [prefix.length, ...prefix.address.subarray(0, (prefix.length + 7) >> 3)];
}

function u16(value: number): number[] {
  return [value >>> 8, value & 255];
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
