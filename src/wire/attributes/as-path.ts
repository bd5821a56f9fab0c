/**
 * AS_PATH and AS4_PATH (RFC 4271 4.3, 5.1.2; RFC 5065; RFC 6793): segments of type 1 octet, count 1, and that many AS
 * numbers of 2 or 4 octets. Inside the daemon they have 4. Only text allocates.
 */
import { put16, put32, putBytes, u16, u32 } from '../bytes.ts';
import type { UpdateContext } from '../context.ts';

export const SEGMENT = { set: 1, sequence: 2, confedSequence: 3, confedSet: 4 } as const;

/** AS_TRANS: replaces a 4-octet AS number in 2-octet fields (RFC 6793). */
export const AS_TRANS = 23456;

/** Maximum number of AS numbers in one segment. */
export const SEGMENT_LIMIT = 255;

const MALFORMED_AS_PATH = 11;
const OPTIONAL_ERROR = 9;

/** Octets of an AS number. */
type AsWidth = 2 | 4;

/** Checks AS_PATH: 0, or the subcode of the error (RFC 7606 7.2, RFC 5065 5, RFC 7607 2). */
export function checkAsPathAttribute(bytes: Uint8Array, start: number, end: number, context: UpdateContext): number {
  if (!isAsPath(bytes, start, end, context.as4 ? 4 : 2)) return MALFORMED_AS_PATH;
  if (!context.ebgp) return 0;
  if (context.confederation !== true) return hasConfedSegment(bytes, start, end, context) ? MALFORMED_AS_PATH : 0;
  // RFC 5065 5: a peer in another member AS prepends its own AS.
  return end > start && bytes[start] === SEGMENT.confedSequence ? 0 : MALFORMED_AS_PATH;
}

/** Checks AS4_PATH (RFC 6793 6). */
export function checkAs4Path(bytes: Uint8Array, start: number, end: number): number {
  return end > start && isAsPath(bytes, start, end, 4) ? 0 : OPTIONAL_ERROR;
}

/** Segments of known types, none empty, none beyond the end, no AS number 0. */
function isAsPath(bytes: Uint8Array, start: number, end: number, width: AsWidth): boolean {
  let at = start;
  while (at < end) {
    if (at + 2 > end) return false;
    const type = bytes[at];
    const count = bytes[at + 1];
    const next = at + 2 + count * width;
    if (type < SEGMENT.set || type > SEGMENT.confedSet || count === 0 || next > end) return false;
    for (let as = at + 2; as < next; as += width) if (asAt(bytes, as, width) === 0) return false;
    at = next;
  }
  return true;
}

function hasConfedSegment(bytes: Uint8Array, start: number, end: number, context: UpdateContext): boolean {
  const width = context.as4 ? 4 : 2;
  for (let at = start; at < end; at += 2 + bytes[at + 1] * width) if (isConfed(bytes[at])) return true;
  return false;
}

function isConfed(type: number): boolean {
  return type === SEGMENT.confedSequence || type === SEGMENT.confedSet;
}

function asAt(bytes: Uint8Array, at: number, width: AsWidth): number {
  return width === 4 ? u32(bytes, at) : u16(bytes, at);
}

/** What a segment adds to the length of a path: a set counts as one, a confederation's as none (RFC 5065 5.3). */
function segmentLength(type: number, count: number): number {
  if (type === SEGMENT.sequence) return count;
  return type === SEGMENT.set ? 1 : 0;
}

/** Length of a path for the decision (RFC 4271 9.1.2.2 a, RFC 5065 5.3). */
export function asPathLength(bytes: Uint8Array, start: number, end: number, width: AsWidth): number {
  let length = 0;
  for (let at = start; at < end; at += 2 + bytes[at + 1] * width) length += segmentLength(bytes[at], bytes[at + 1]);
  return length;
}

/** The first AS of the first segment, if that is a sequence of any kind; otherwise 0. 4-octet path. */
export function firstAs(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  const type = bytes[start];
  return type === SEGMENT.sequence || type === SEGMENT.confedSequence ? u32(bytes, start + 2) : 0;
}

/**
 * The neighbor AS within which MEDs are compared (RFC 4271 9.1.2.2 c, RFC 5065 5.3): the leftmost AS of the path behind
 * the confederation's segments; 0, which is our own AS, if there is none or it is in a set. 4-octet path.
 */
export function neighborAs(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isConfed(bytes[at])) at += 2 + bytes[at + 1] * 4;
  return at < end && bytes[at] === SEGMENT.sequence ? u32(bytes, at + 2) : 0;
}

/** How often an AS number is in a 4-octet path, in segments of any kind. */
export function countAs(bytes: Uint8Array, start: number, end: number, as: number): number {
  return countIn(bytes, start, end, as, true) + countIn(bytes, start, end, as, false);
}

/** How often it is in the confederation's segments of a 4-octet path, or in the others. */
export function countIn(bytes: Uint8Array, start: number, end: number, as: number, confed: boolean): number {
  let found = 0;
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    const counts = isConfed(bytes[at]) === confed;
    for (at += 2; at < next; at += 4) if (counts && u32(bytes, at) === as) found++;
  }
  return found;
}

/**
 * Whether a 4-octet path has an AS number that does not fit 2 octets and that AS4_PATH carries. AS4_PATH excludes the
 * numbers of a confederation (RFC 6793 3), and without any other it would be empty, which is malformed.
 */
export function needsFourOctets(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    const kept = !isConfed(bytes[at]);
    for (at += 2; at < next; at += 4) if (kept && (bytes[at] !== 0 || bytes[at + 1] !== 0)) return true;
  }
  return false;
}

/** Writes `count` AS numbers of a segment with its header, in 4 octets; returns the position behind it. */
function putWide(out: Uint8Array, pos: number, bytes: Uint8Array, at: number, count: number, width: AsWidth): number {
  out[pos++] = bytes[at];
  out[pos++] = count;
  for (let i = 0; i < count; i++) pos = put32(out, pos, asAt(bytes, at + 2 + i * width, width));
  return pos;
}

/** Writes a path with 4-octet numbers; returns the position behind it. */
export function putAsPath4(
  out: Uint8Array,
  pos: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  width: AsWidth,
): number {
  if (width === 4) return putBytes(out, pos, bytes, start, end);
  for (let at = start; at < end; at += 2 + bytes[at + 1] * 2) pos = putWide(out, pos, bytes, at, bytes[at + 1], 2);
  return pos;
}

/** Writes a 4-octet path with 2-octet numbers, AS_TRANS for those that do not fit (RFC 6793 4.2.2). */
export function putAsPath2(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    pos = put16(out, pos, u16(bytes, at));
    for (at += 2; at < next; at += 4) pos = put16(out, pos, narrowAs(u32(bytes, at)));
  }
  return pos;
}

/** An AS number for a field of 2 octets (RFC 6793 4.2.2). */
export function narrowAs(as: number): number {
  return as > 0xffff ? AS_TRANS : as;
}

/** Writes a 4-octet path without the confederation's segments, which AS4_PATH excludes (RFC 6793 3). */
export function putWithoutConfed(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    if (!isConfed(bytes[at])) pos = putBytes(out, pos, bytes, at, next);
    at = next;
  }
  return pos;
}

/**
 * Merges a 2-octet AS_PATH and an AS4_PATH (RFC 6793 4.2.3): AS4_PATH, preceded by as much of the front of AS_PATH as
 * AS_PATH is longer; AS_PATH alone if it is the shorter one. Returns the position behind the path.
 */
export function putMergedPath(
  out: Uint8Array,
  pos: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  start4: number,
  end4: number,
): number {
  const excess = asPathLength(bytes, start, end, 2) - asPathLength(bytes, start4, end4, 4);
  if (excess < 0) return putAsPath4(out, pos, bytes, start, end, 2);
  const front = pos;
  pos = putFront(out, pos, bytes, start, end, excess);
  const joint = pos;
  pos = putWithoutConfed(out, pos, bytes, start4, end4);
  return joinSequences(out, front, joint, pos);
}

/** The leading segments of a 2-octet path up to `excess` of its length, including the confederation's. */
function putFront(out: Uint8Array, pos: number, bytes: Uint8Array, start: number, end: number, excess: number): number {
  for (let at = start; at < end; ) {
    const count = bytes[at + 1];
    const length = segmentLength(bytes[at], count);
    if (length > excess) return excess === 0 ? pos : putWide(out, pos, bytes, at, excess, 2);
    pos = putWide(out, pos, bytes, at, count, 2);
    excess -= length;
    at += 2 + count * 2;
  }
  return pos;
}

/** Joins the last segment before `joint` and the first behind it if both are sequences that fit into one. */
function joinSequences(out: Uint8Array, front: number, joint: number, end: number): number {
  if (joint === front || joint === end || out[joint] !== SEGMENT.sequence) return end;
  let last = front;
  while (last + 2 + out[last + 1] * 4 < joint) last += 2 + out[last + 1] * 4;
  const count = out[last + 1] + out[joint + 1];
  if (out[last] !== SEGMENT.sequence || count > SEGMENT_LIMIT) return end;
  out[last + 1] = count;
  out.copyWithin(joint, joint + 2, end);
  return end - 2;
}

const OPENING = ['', '{', '', '(', '['] as const;
const CLOSING = ['', '}', '', ')', ']'] as const;
const BETWEEN = [' ', ',', ' ', ' ', ','] as const;

/** `65001 65002 {65003,65004}`; a confederation's sequence as `(1 2)`, its set as `[1,2]`. 4-octet path. */
export function formatAsPath(bytes: Uint8Array, start: number, end: number): string {
  const segments: string[] = [];
  for (let at = start; at < end; ) {
    const type = bytes[at];
    const next = at + 2 + bytes[at + 1] * 4;
    const numbers: number[] = [];
    for (at += 2; at < next; at += 4) numbers.push(u32(bytes, at));
    segments.push(OPENING[type] + numbers.join(BETWEEN[type]) + CLOSING[type]);
  }
  return segments.join(' ');
}
