/**
 * Reads UPDATEs of families that are neither IPv4 nor IPv6 unicast, as far as a receiver must to find the end of each
 * NLRI, and puts an IPv6 route in their place, so that the strict decoder judges the rest.
 */
import { message, u16 } from '../lab/updates.ts';
import { Malformed } from '../model/decoder.ts';
import { OTHERS } from './configuration.ts';

type Framing = (typeof OTHERS)[number]['framing'];

const STAND_IN = [48, 0x20, 1, 0x0d, 0xb8, 0xff, 0xff];
const STAND_IN_HOP = [16, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/** Length of the NLRI that begins at `at`, with what is in front of its octets. */
function lengthOf(framing: Framing, octets: Uint8Array, at: number): number {
  const byte = (offset: number) => octets[at + offset] ?? Number.NaN;
  switch (framing) {
    case 'bits':
      return 1 + ((byte(0) + 7) >> 3);
    case 'type-length':
      return 2 + byte(1);
    case 'length-2':
      return 2 + byte(0) * 256 + byte(1);
    case 'type-length-2':
      return 4 + byte(2) * 256 + byte(3);
    case 'mup':
      return 4 + byte(3);
    case 'flow':
      // RFC 8955 4.1: 240 and more have two octets of length.
      if (byte(0) < 0xf0) return 1 + byte(0);
      return 2 + ((byte(0) & 15) << 8) + byte(1);
  }
}

/** Whole NLRI, each once, up to the end. */
function checkNlri(framing: Framing, octets: Uint8Array): void {
  const seen = new Set<string>();
  for (let at = 0; at < octets.length; ) {
    const length = lengthOf(framing, octets, at);
    if (!(at + length <= octets.length)) throw new Malformed('an NLRI that is longer than its field');
    const text = Buffer.from(octets.subarray(at, at + length)).toString('hex');
    if (seen.has(text)) throw new Malformed(`a route twice in one UPDATE: ${text}`);
    seen.add(text);
    at += length;
  }
}

/** The message itself if it is of unicast, null for an End-of-RIB, else one with routes of IPv6 in place of its own. */
export function asUnicast(octets: Uint8Array, longest: number): Uint8Array | null {
  const withdrawnEnd = 21 + (octets[19]! << 8) + octets[20]!;
  const attributesEnd = withdrawnEnd + 2 + (octets[withdrawnEnd]! << 8) + octets[withdrawnEnd + 1]!;
  const out: number[] = [];
  let isOther = false;
  let isEnd = false;
  for (let at = withdrawnEnd + 2; at < attributesEnd; ) {
    const isLong = (octets[at]! & 0x10) !== 0;
    const code = octets[at + 1]!;
    const start = at + (isLong ? 4 : 3);
    const end = start + (isLong ? (octets[at + 2]! << 8) + octets[at + 3]! : octets[at + 2]!);
    if (!(end <= attributesEnd)) throw new Malformed('an attribute that is longer than the list');
    const afi = (octets[start]! << 8) + octets[start + 1]!;
    const safi = octets[start + 2]!;
    if ((code === 14 || code === 15) && !(safi === 1 && (afi === 1 || afi === 2))) {
      const family = OTHERS.find((one) => one.afi === afi && one.safi === safi);
      if (family === undefined) throw new Malformed(`family ${afi}/${safi} was not negotiated`);
      isOther = true;
      const nlri = code === 15 ? start + 3 : start + 5 + octets[start + 3]!;
      if (nlri > end) throw new Malformed('a next hop that is longer than its attribute');
      checkNlri(family.framing, octets.subarray(nlri, end));
      if (nlri === end && code === 14) throw new Malformed('an MP_REACH_NLRI without routes');
      if (nlri === end) isEnd = true;
      const value = code === 15 ? [0, 2, 1, ...STAND_IN] : [0, 2, 1, ...STAND_IN_HOP, 0, ...STAND_IN];
      out.push(octets[at]! & 0xef, code, value.length, ...value);
    } else out.push(...octets.subarray(at, end));
    at = end;
  }
  if (!isOther) return octets;
  if (withdrawnEnd !== 21 || attributesEnd !== octets.length)
    throw new Malformed('routes of two families in one UPDATE');
  if (isEnd) return null;
  const stand = message(2, [0, 0, ...u16(out.length), ...out]);
  if (stand.length > longest + 64) throw new Malformed(`${stand.length} octets`);
  return stand.length > longest ? null : stand;
}
