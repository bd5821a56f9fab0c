/** TLVs of BGP-LS NLRI (RFC 9552 5.1): type 2 octets, length 2, value; node descriptors have TLVs in them. */
import { u16 } from '../../bytes.ts';

/** Octets of type and length. */
export const HEADER = 4;
export const LOCAL_NODE = 256;
export const REMOTE_NODE = 257;

/** Whether the value of a TLV is TLVs. The nesting ends there. */
export function isNested(type: number): boolean {
  return type === LOCAL_NODE || type === REMOTE_NODE;
}

/**
 * The syntax that a propagator checks (RFC 9552 8.2.2): the TLVs fill `bytes[start, end)`, those of a node descriptor fill
 * it, and they ascend by type, then length, then value (5.1). What is in them is not our concern.
 */
export function areTlvs(bytes: Uint8Array, start: number, end: number): boolean {
  return areInOrder(bytes, start, end, true);
}

function areInOrder(bytes: Uint8Array, start: number, end: number, nested: boolean): boolean {
  let previous = -1;
  for (let at = start; at < end; ) {
    if (at + HEADER > end) return false;
    const next = at + HEADER + u16(bytes, at + 2);
    if (next > end || (previous >= 0 && isBefore(bytes, at, previous))) return false;
    if (nested && isNested(u16(bytes, at)) && !areInOrder(bytes, at + HEADER, next, false)) return false;
    previous = at;
    at = next;
  }
  return true;
}

/** Whether the TLV at `at` belongs in front of the one at `other`. Types and lengths are compared like values. */
function isBefore(bytes: Uint8Array, at: number, other: number): boolean {
  const length = HEADER + Math.min(u16(bytes, at + 2), u16(bytes, other + 2));
  for (let i = 0; i < length; i++) {
    const difference = bytes[at + i] - bytes[other + i];
    if (difference !== 0) return difference < 0;
  }
  return false;
}
