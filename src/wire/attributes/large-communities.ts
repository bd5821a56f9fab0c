/**
 * Large communities (RFC 8092): 12 octets each, a set without duplicates. Nothing is allocated once the table for long
 * lists exists.
 */
import { putBytes, u16, u32 } from '../bytes.ts';

const SIZE = 12;
/** Up to this many, each is compared with all before it; longer lists use a table. */
const FEW = 16;
/** A power of two, more than twice as many as an attribute can hold (65,535 / 12). */
const SLOTS = 16_384;

/** Position + 1 in the output list, by slot; 0: free. Cleared before each long list. */
const slots = new Uint16Array(SLOTS);
/** Secret odd numbers, so that a peer cannot choose communities that share a slot. */
const keys = crypto.getRandomValues(new Uint32Array(SIZE / 2)).map((key) => key | 1);

/** Writes each one of `bytes[start, end)` once, at its first place (RFC 8092 4); returns the position behind them. */
export function putDistinct(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number): number {
  return end - start <= FEW * SIZE ? putFew(out, pos, bytes, start, end) : putMany(out, pos, bytes, start, end);
}

function putFew(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number): number {
  const first = pos;
  for (let at = start; at < end; at += SIZE) {
    if (!holds(out, first, pos, bytes, at)) pos = putBytes(out, pos, bytes, at, at + SIZE);
  }
  return pos;
}

/** Whether `list[start, end)` contains the one at `bytes[at]`. */
function holds(list: Uint8Array, start: number, end: number, bytes: Uint8Array, at: number): boolean {
  for (let each = start; each < end; each += SIZE) if (areSame(list, each, bytes, at)) return true;
  return false;
}

function putMany(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number): number {
  slots.fill(0);
  const first = pos;
  for (let at = start; at < end; at += SIZE) {
    let slot = slotOf(bytes, at);
    while (slots[slot] !== 0 && !areSame(out, first + (slots[slot] - 1) * SIZE, bytes, at)) slot = (slot + 1) % SLOTS;
    if (slots[slot] !== 0) continue;
    slots[slot] = (pos - first) / SIZE + 1;
    pos = putBytes(out, pos, bytes, at, at + SIZE);
  }
  return pos;
}

/**
 * The sum of the 16-bit parts, each times a secret odd number: without the numbers a peer cannot find two communities
 * with the same sum. Mixed (as MurmurHash3 ends), so that consecutive values do not fill consecutive slots.
 */
function slotOf(bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (let i = 0; i < keys.length; i++) sum = (sum + Math.imul(keys[i], u16(bytes, at + 2 * i))) | 0;
  sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35);
  return ((sum ^ (sum >>> 16)) >>> 0) % SLOTS;
}

function areSame(list: Uint8Array, each: number, bytes: Uint8Array, at: number): boolean {
  return (
    u32(list, each + 8) === u32(bytes, at + 8) &&
    u32(list, each + 4) === u32(bytes, at + 4) &&
    u32(list, each) === u32(bytes, at)
  );
}
