/**
 * Checks of attribute values, apart from AS paths. Every check takes the value `bytes[start, end)` and returns 0, or
 * the subcode of the UPDATE Message Error.
 */
import { u16, u32 } from '../bytes.ts';
import type { UpdateContext } from '../context.ts';

type Check = (bytes: Uint8Array, start: number, end: number, context: UpdateContext) => number;

const LENGTH_ERROR = 5;
const ORIGIN_ERROR = 6;
const NEXT_HOP_ERROR = 8;
const OPTIONAL_ERROR = 9;

export function lengthIs(length: number): Check {
  return (_bytes, start, end) => (end - start === length ? 0 : LENGTH_ERROR);
}

export function lengthAtLeast(length: number): Check {
  return (_bytes, start, end) => (end - start >= length ? 0 : LENGTH_ERROR);
}

/** A list of at least one entry of `size` octets. */
export function lengthIsMultipleOf(size: number): Check {
  return (_bytes, start, end) => (end > start && (end - start) % size === 0 ? 0 : LENGTH_ERROR);
}

/** One or more of: type, length of the value, value. */
export function tlvs(typeOctets: number, lengthOctets: 1 | 2): Check {
  return (bytes, start, end) => {
    let at = start;
    while (at < end) {
      const value = at + typeOctets + lengthOctets;
      if (value > end) return OPTIONAL_ERROR;
      at = value + (lengthOctets === 1 ? bytes[value - 1] : u16(bytes, value - 2));
    }
    return at === end && end > start ? 0 : OPTIONAL_ERROR;
  };
}

/** RFC 4271 4.3 a: IGP, EGP or INCOMPLETE. */
export function checkOrigin(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 1) return LENGTH_ERROR;
  return bytes[start] <= 2 ? 0 : ORIGIN_ERROR;
}

/** RFC 4271 6.3: a valid host address. */
export function checkNextHop(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 4) return LENGTH_ERROR;
  return isHostAddress4(bytes, start) ? 0 : NEXT_HOP_ERROR;
}

/** Neither in 0.0.0.0/8 nor 127.0.0.0/8, nor of class D or E. */
export function isHostAddress4(bytes: Uint8Array, at: number): boolean {
  return bytes[at] !== 0 && bytes[at] !== 127 && bytes[at] < 224;
}

/** RFC 7606 7.7; RFC 7607 2: AS 0 is invalid. */
export function checkAggregator(bytes: Uint8Array, start: number, end: number, context: UpdateContext): number {
  if (end - start !== (context.as4 ? 8 : 6)) return LENGTH_ERROR;
  return (context.as4 ? u32(bytes, start) : u16(bytes, start)) === 0 ? OPTIONAL_ERROR : 0;
}

/** RFC 6793 6, RFC 7607 2. */
export function checkAs4Aggregator(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 8) return LENGTH_ERROR;
  return u32(bytes, start) === 0 ? OPTIONAL_ERROR : 0;
}

/** RFC 7311 3: TLVs of type 1 octet and length 2, including the header; type 1 holds a metric of 64 bits. */
export function checkAigp(bytes: Uint8Array, start: number, end: number): number {
  if (end === start) return LENGTH_ERROR;
  let at = start;
  while (at < end) {
    if (at + 3 > end) return LENGTH_ERROR;
    const length = u16(bytes, at + 1);
    if (length < 3 || at + length > end) return LENGTH_ERROR;
    if (bytes[at] === 1 && length !== 11) return LENGTH_ERROR;
    at += length;
  }
  return 0;
}

/** RFC 9012 2, 13: tunnel TLVs of type 2 octets and length 2, each filled with sub-TLVs to its last octet. */
export function checkTunnelEncapsulation(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) {
    if (at + 4 > end) return OPTIONAL_ERROR;
    const next = at + 4 + u16(bytes, at + 2);
    if (next > end || !areSubTlvs(bytes, at + 4, next)) return OPTIONAL_ERROR;
    at = next;
  }
  return end > start ? 0 : LENGTH_ERROR;
}

/** RFC 9012 2: the length has two octets from type 128 on. */
function areSubTlvs(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const wide = bytes[at] >= 128;
    if (at + (wide ? 3 : 2) > end) return false;
    at += wide ? 3 + u16(bytes, at + 1) : 2 + bytes[at + 1];
  }
  return at === end;
}

const LABEL_INDEX = 1;
const ORIGINATOR_SRGB = 3;
/** SRv6 L3 and L2 service (RFC 9252 2). */
const SRV6_L3_SERVICE = 5;
const SRV6_L2_SERVICE = 6;
/** The judgement on an SRv6 service that is malformed: VERDICT.withdraw (RFC 9252 7), not the attribute's own verdict. */
const WITHDRAW = (2 << 8) | OPTIONAL_ERROR;

/**
 * RFC 8669 3, 6: TLVs of type 1 octet and length 2; known ones must have their length. The values of others are not
 * checked, and of several the first is used.
 */
export function checkPrefixSid(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (at + 3 > end) return OPTIONAL_ERROR;
    const length = u16(bytes, at + 1);
    if (bytes[at] === LABEL_INDEX && length !== 7) return OPTIONAL_ERROR;
    if (bytes[at] === ORIGINATOR_SRGB && (length < 8 || (length - 2) % 6 !== 0)) return OPTIONAL_ERROR;
    const isService = bytes[at] === SRV6_L3_SERVICE || bytes[at] === SRV6_L2_SERVICE;
    if (isService && !isSrv6Service(bytes, at + 3, at + 3 + length, end)) return WITHDRAW;
    at += 3 + length;
  }
  return at === end && end > start ? 0 : OPTIONAL_ERROR;
}

const SID_INFORMATION = 1;
/** Octets of a SID information sub-TLV in front of its own sub-TLVs. */
const SID_FIELDS = 21;

/** RFC 9252 7: 1 reserved octet, then sub-TLVs of type 1 octet and length 2 that fill it; a SID has some, too. */
function isSrv6Service(bytes: Uint8Array, start: number, end: number, limit: number): boolean {
  if (end > limit || start === end) return false;
  for (let at = start + 1; at < end; ) {
    const next = at + 3 + u16(bytes, at + 1);
    if (at + 3 > end || next > end) return false;
    if (bytes[at] === SID_INFORMATION && !isSidInformation(bytes, at + 3, next)) return false;
    at = next;
  }
  return true;
}

function isSidInformation(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + SID_FIELDS;
  while (at < end) at += at + 3 > end ? end : 3 + u16(bytes, at + 1);
  return at === end;
}

/** draft-ietf-bess-evpn-ipvpn-interworking 4: segments of a count, 1 octet, and that many domains of 7; none is empty. */
export function checkDomainPath(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    if (bytes[at] === 0) return OPTIONAL_ERROR;
    at += 1 + 7 * bytes[at];
  }
  return at === end && end > start ? 0 : OPTIONAL_ERROR;
}

/** RFC 6368 5: an AS number, then path attributes. */
export function checkAttrSet(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4) return LENGTH_ERROR;
  let at = start + 4;
  while (at < end) {
    const extended = (bytes[at] & 0x10) !== 0;
    const value = at + (extended ? 4 : 3);
    if (value > end) return OPTIONAL_ERROR;
    at = value + (extended ? u16(bytes, at + 2) : bytes[at + 2]);
  }
  return at === end ? 0 : OPTIONAL_ERROR;
}
