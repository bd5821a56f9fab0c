/** Label stacks in NLRI (RFC 8277 2): 3 octets each, of 20 bits label, 3 bits traffic class, 1 bit bottom of stack. */
import { u24 } from '../../bytes.ts';

/** Octets of a label. */
export const LABEL = 3;
/** In MP_UNREACH_NLRI in place of the labels (RFC 8277 2.4), and in front of RFC 8277 also in MP_REACH_NLRI. */
export const WITHDRAWN_LABEL = 0x800000;

/**
 * The position behind the label stack at `at`, or -1 if it does not end before `end`. It ends with the bottom of the
 * stack, and with the labels that mark a withdrawal, 0x800000 and 0x000000, which have no such bit (RFC 3107 3).
 */
export function endOfLabels(bytes: Uint8Array, at: number, end: number): number {
  for (; at + LABEL <= end; at += LABEL) {
    const label = u24(bytes, at);
    if ((label & 1) !== 0 || label === WITHDRAWN_LABEL || label === 0) return at + LABEL;
  }
  return -1;
}

/** The labels of `bytes[start, end)` as numbers of 20 bits. */
export function labelsOf(bytes: Uint8Array, start = 0, end = bytes.length): number[] {
  return Array.from({ length: Math.floor((end - start) / LABEL) }, (_, i) => u24(bytes, start + i * LABEL) >> 4);
}
