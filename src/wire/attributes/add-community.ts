/** Adds a community to a canonical set of attributes. No allocation. */

import { put32, putBytes } from '../bytes.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG } from './attribute-table.ts';
import { attributeEnd, attributeValueOffset, findAttribute, putHeader } from './canonical.ts';

const LONGEST = 65_535;
/** Maximum octets of a header and one community. */
const ROOM = 8;
const NEW_FLAGS = ATTRIBUTE_FLAG.optional | ATTRIBUTE_FLAG.transitive;

/** The maximum length that `addCommunity` can produce from a set of `length` octets. */
export function lengthWithCommunity(length: number): number {
  return length + ROOM;
}

/**
 * Writes the canonical attributes `from[start, end)` to `out`, with one community appended to the existing ones.
 * @returns the length in octets, or -1 if it would exceed the maximum of a set
 */
export function addCommunity(from: Uint8Array, start: number, end: number, community: number, out: Uint8Array): number {
  if (lengthWithCommunity(end - start) > LONGEST) return -1;
  const there = findAttribute(from, start, end, ATTRIBUTE.communities);
  const at = there >= 0 ? there : placeOf(from, start, end);
  const valueStart = there >= 0 ? attributeValueOffset(from, there) : at;
  const valueEnd = there >= 0 ? attributeEnd(from, there) : at;
  const flags = there >= 0 ? from[there] & ~ATTRIBUTE_FLAG.extendedLength : NEW_FLAGS;
  let pos = putBytes(out, 0, from, start, at);
  pos = putHeader(out, pos, flags, ATTRIBUTE.communities, valueEnd - valueStart + 4);
  pos = putBytes(out, pos, from, valueStart, valueEnd);
  pos = put32(out, pos, community);
  return putBytes(out, pos, from, valueEnd, end);
}

/** Where the COMMUNITIES attribute belongs in a set without one. */
function placeOf(from: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && from[at + 1] < ATTRIBUTE.communities) at = attributeEnd(from, at);
  return at;
}
