/**
 * Route target membership (RFC 4684 4): length in bits, 1 octet; origin AS 4; route target 8. A prefix of those: of length
 * 0, the default membership, or of 32 to 96. Key: the NLRI, with the bits behind the length zero.
 *
 * As text: `65000:rt:65000:100`; of another length, with zeros for what is missing, `65000:rt:65000:0/64`; `default`.
 */

import { fromDecimal, put32, putBytes, u32 } from '../bytes.ts';
import { formatExtendedCommunity, parseExtendedCommunity } from '../communities/extended.ts';
import { NLRI, type NlriCodec, type NlriFields, type NlriParts } from '../nlri-codec.ts';
import { KeyCodec } from './parts/base-codecs.ts';
import { octetsOf, putBits } from './parts/prefix-bits.ts';

const DEFAULT = 'default';
const AS_BITS = 32;
const ALL_BITS = 96;
/** Octets of the NLRI at most, and where the route target is in it. */
const SIZE = 13;
const TARGET = 5;

const TEXT = /^(\d+):(.+?)(?:\/(\d+))?$/;

class RouteTargetCodec extends KeyCodec {
  constructor() {
    super(`a membership such as 65000:rt:65000:100 (origin AS, route target) or ${DEFAULT}`);
  }

  read(bytes: Uint8Array, at: number, end: number, _withdrawn: boolean, parts: NlriParts): number {
    const bits = bytes[at];
    const next = at + 1 + octetsOf(bits);
    // RFC 7606 5.3: behind a length that the family cannot have, nothing can be located.
    if (at >= end || bits > ALL_BITS || next > end) return -1;
    parts.payloadLength = 0;
    parts.key[0] = bits;
    parts.keyLength = putBits(parts.key, 1, bytes, at + 1, bits);
    parts.verdict = bits === 0 || bits >= AS_BITS ? NLRI.ok : NLRI.malformed;
    return next;
  }

  protected writeKey(key: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
    return putBytes(out, at, key, start, end);
  }

  fields(key: Uint8Array): NlriFields {
    if (!isWhole(key) || key[0] < AS_BITS) return {};
    const as = { 'origin-as': u32(key, 1) };
    if (key[0] === AS_BITS) return as;
    return { ...as, 'route-target': formatExtendedCommunity(filled(key), TARGET), bits: key[0] };
  }

  protected show(key: Uint8Array): string | null {
    if (!isWhole(key)) return null;
    const bits = key[0];
    if (bits === 0) return DEFAULT;
    if (bits < AS_BITS) return null;
    const whole = `${u32(key, 1)}:${formatExtendedCommunity(filled(key), TARGET)}`;
    return bits === ALL_BITS ? whole : `${whole}/${bits}`;
  }

  protected take(text: string): Uint8Array | null {
    if (text === DEFAULT) return Uint8Array.of(0);
    const [, asText, targetText, bitsText = String(ALL_BITS)] = TEXT.exec(text) ?? [];
    if (asText === undefined) return null;
    const as = fromDecimal(asText, 0xffffffff);
    const target = parseExtendedCommunity(targetText);
    const bits = fromDecimal(bitsText, ALL_BITS);
    if (as === null || target === null || bits === null || bits < AS_BITS) return null;
    const whole = new Uint8Array(SIZE);
    putBytes(whole, put32(whole, 1, as), target, 0, target.length);
    const key = new Uint8Array(1 + octetsOf(bits));
    key[0] = bits;
    putBits(key, 1, whole, 1, bits);
    return key;
  }
}

function isWhole(key: Uint8Array): boolean {
  return key.length > 0 && key[0] <= ALL_BITS && key.length === 1 + octetsOf(key[0]);
}

/** The key with zeros for what is missing. */
function filled(key: Uint8Array): Uint8Array {
  const whole = new Uint8Array(SIZE);
  whole.set(key);
  return whole;
}

/** SAFI 132 of IPv4. */
export const RT_CONSTRAIN: NlriCodec = new RouteTargetCodec();
