/** Large communities (RFC 8092): 12 octets each, a set in which none stands twice. No I/O, no timers, no allocation. */
import { putBytes, u32 } from './bytes.ts';

const SIZE = 12;

/** Writes each one of `bytes[start, end)` once, at its first place (RFC 8092 4); returns the position behind. */
export function putDistinct(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number): number {
  const first = pos;
  for (let at = start; at < end; at += SIZE) {
    if (!holds(out, first, pos, bytes, at)) pos = putBytes(out, pos, bytes, at, at + SIZE);
  }
  return pos;
}

/** Whether `list[start, end)` has the one at `bytes[at]`. */
function holds(list: Uint8Array, start: number, end: number, bytes: Uint8Array, at: number): boolean {
  const global = u32(bytes, at);
  const data1 = u32(bytes, at + 4);
  const data2 = u32(bytes, at + 8);
  for (let each = start; each < end; each += SIZE) {
    if (u32(list, each + 8) === data2 && u32(list, each + 4) === data1 && u32(list, each) === global) return true;
  }
  return false;
}
