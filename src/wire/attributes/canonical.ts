/**
 * Attributes as bytes, and reading canonical sets of them: ascending by type code, each once, 4-octet AS numbers, as
 * `normalizeAttributes` writes them. No allocation.
 */

import { put16, u16, u32 } from '../bytes.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG } from './attribute-table.ts';

/** Offset of the header of an attribute in `bytes[start, end)`, or -1. */
export function findAttribute(bytes: Uint8Array, start: number, end: number, code: number): number {
  for (let at = start; at < end; at = attributeEnd(bytes, at)) {
    if (bytes[at + 1] >= code) return bytes[at + 1] === code ? at : -1;
  }
  return -1;
}

/** Where the value of the attribute at `at` begins. */
export function attributeValueOffset(bytes: Uint8Array, at: number): number {
  return at + ((bytes[at] & 0x10) === 0 ? 3 : 4);
}

/** Octets of the value of the attribute at `at`. */
export function attributeLength(bytes: Uint8Array, at: number): number {
  return (bytes[at] & 0x10) === 0 ? bytes[at + 2] : u16(bytes, at + 2);
}

/** Where the attribute at `at` ends, and the next begins. */
export function attributeEnd(bytes: Uint8Array, at: number): number {
  return attributeValueOffset(bytes, at) + attributeLength(bytes, at);
}

/** Writes the header of an attribute, with the extended length only where it is needed; returns the position behind. */
export function putHeader(out: Uint8Array, pos: number, flags: number, code: number, length: number): number {
  const extended = length > 255;
  out[pos] = extended ? flags | ATTRIBUTE_FLAG.extendedLength : flags;
  out[pos + 1] = code;
  if (extended) return put16(out, pos + 2, length);
  out[pos + 2] = length;
  return pos + 3;
}

/** Whether a cluster id is in the CLUSTER_LIST. */
export function clusterListContains(bytes: Uint8Array, start: number, end: number, clusterId: number): boolean {
  const at = findAttribute(bytes, start, end, ATTRIBUTE.clusterList);
  if (at < 0) return false;
  const listEnd = attributeEnd(bytes, at);
  for (let id = attributeValueOffset(bytes, at); id < listEnd; id += 4) if (u32(bytes, id) === clusterId) return true;
  return false;
}
