/** Route distinguishers (RFC 4364 4.2): type 2 octets, then an administrator and a number. */

import { fromHex, put16, putBytes, toHex, u16, u32 } from '../../bytes.ts';
import { FORM, formatAdministered, parseAdministered } from '../../communities/administered.ts';
import type { NlriKind, NlriMarks } from '../../nlri-marks.ts';

/** Octets of a route distinguisher. */
export const RD = 8;

const HIGHEST_TYPE = 2;

/** `65000:1`, `192.0.2.1:7`, `4200000000:1`, `65000L:1` (type 2); of an unknown type `0x0003…`. */
export function formatRd(bytes: Uint8Array, at: number): string {
  const type = u16(bytes, at);
  return type > HIGHEST_TYPE ? `0x${toHex(bytes, at, at + RD)}` : formatAdministered(type, bytes, at + 2);
}

/** The eight octets of such a text, or null. */
export function parseRd(text: string): Uint8Array | null {
  if (text.startsWith('0x')) {
    const octets = fromHex(text.slice(2));
    return octets?.length === RD ? octets : null;
  }
  const found = parseAdministered(text);
  if (found === null) return null;
  const octets = new Uint8Array(RD);
  putBytes(octets, put16(octets, 0, found.form), found.octets, 0, found.octets.length);
  return octets;
}

/** Its parts, for policies; those of an unknown type are read as those of an IPv4 address. */
export function markRd(bytes: Uint8Array, at: number, marks: NlriMarks): void {
  const isNarrow = u16(bytes, at) === FORM.as2;
  marks.rdType = u16(bytes, at);
  marks.rdAdministrator = isNarrow ? u16(bytes, at + 2) : u32(bytes, at + 2);
  marks.rdNumber = isNarrow ? u32(bytes, at + 4) : u16(bytes, at + 6);
}

/** All routes of a family have a route distinguisher. */
export const WITH_RD: readonly NlriKind[] = [{ type: null, word: '', has: ['rd'] }];

/** How text begins that has a route distinguisher in front of `:` and something else. */
export const RD_AHEAD = /^(0x[0-9a-f]{16}|[\dL.]+:\d+):(.*)$/;
