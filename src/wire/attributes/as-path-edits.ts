/**
 * Changes to an AS_PATH that is advertised: numbers are replaced or removed, then ours is prepended (RFC 4271 5.1.2).
 * Paths have 4-octet numbers here; the result is in one buffer until the next path is edited. No allocation.
 */

import { put32, putBytes, u32 } from '../bytes.ts';
import { SEGMENT, SEGMENT_LIMIT } from './as-path.ts';

/** In number fields of edits: no change. */
export const KEEP = -1;

/**
 * What is done with private AS numbers (RFC 6996): nothing; the whole path is removed if all its numbers are private;
 * all private numbers are removed; each is replaced by ours. The receiver's own number stays, so that it detects loops.
 */
export const PRIVATE_AS = { keep: 0, dropIfAll: 1, drop: 2, replace: 3 } as const;

/** The edits of AS_PATH in the edits of an attribute set. */
export interface AsPathEdits {
  /** AS number to prepend, `prependCount` times (at most 255). */
  readonly prependAs: number;
  readonly prependCount: number;
  /** AS number to insert between those and the path (RFC 7705 3.2). */
  readonly prependBehind: number;
  /** Member AS to prepend in an AS_CONFED_SEQUENCE (RFC 5065 4 b). */
  readonly prependConfed: number;
  /** Removes the confederation's segments (RFC 5065 4 c). */
  readonly dropConfed: boolean;
  /** AS number that is replaced by ours: by `prependBehind` if set, otherwise by `prependAs`. */
  readonly overrideAs: number;
  /** A value of PRIVATE_AS. */
  readonly privateAs: number;
  /** The receiver's AS number. */
  readonly receiverAs: number;
}

/** Room in front of the path for prepended numbers: a segment of 255 numbers, and two of one. */
const FRONT = 2 + SEGMENT_LIMIT * 4 + 12;
const LONGEST_PATH = 65_535;

/** The last edited path: `bytes[start, end)`. */
export const edited = { bytes: new Uint8Array(FRONT + LONGEST_PATH), start: FRONT, end: FRONT };

/** Whether the edits change AS_PATH at all. */
export function editsPath(edits: AsPathEdits): boolean {
  const { prependAs, prependConfed, privateAs, dropConfed } = edits;
  return prependAs !== KEEP || prependConfed !== KEEP || privateAs !== PRIVATE_AS.keep || dropConfed;
}

/** Writes the 4-octet path `from[start, end)` with the edits to `edited`. */
export function editPath(from: Uint8Array, start: number, end: number, edits: AsPathEdits): void {
  edited.start = edited.end = FRONT;
  const empty = edits.privateAs === PRIVATE_AS.dropIfAll && isAllPrivate(from, start, end, edits);
  for (let at = start; at < end && !empty; ) {
    const next = at + 2 + from[at + 1] * 4;
    if (!edits.dropConfed || !isConfed(from[at])) takeSegment(from, at, next, edits);
    at = next;
  }
  if (edits.prependConfed !== KEEP) prepend(SEGMENT.confedSequence, edits.prependConfed, 1);
  if (edits.prependBehind !== KEEP) prepend(SEGMENT.sequence, edits.prependBehind, 1);
  if (edits.prependAs !== KEEP) prepend(SEGMENT.sequence, edits.prependAs, edits.prependCount);
}

/** Edits an absent path. */
export function clearPath(): void {
  edited.start = edited.end = FRONT;
}

function isConfed(type: number): boolean {
  return type === SEGMENT.confedSequence || type === SEGMENT.confedSet;
}

/** Copies a segment without the removed numbers; an empty one is removed as a whole. */
function takeSegment(from: Uint8Array, at: number, next: number, edits: AsPathEdits): void {
  const { bytes } = edited;
  if (edits.overrideAs === KEEP && edits.privateAs <= PRIVATE_AS.dropIfAll) {
    edited.end = putBytes(bytes, edited.end, from, at, next);
    return;
  }
  const head = edited.end;
  let pos = head + 2;
  for (let as = at + 2; as < next; as += 4) {
    const becomes = replacement(u32(from, as), edits);
    if (becomes !== 0) pos = put32(bytes, pos, becomes);
  }
  if (pos === head + 2) return;
  bytes[head] = from[at];
  bytes[head + 1] = (pos - head - 2) >> 2;
  edited.end = pos;
}

/** The number that replaces `as` in the edited path; 0: it is removed. */
function replacement(as: number, edits: AsPathEdits): number {
  const own = edits.prependBehind === KEEP ? edits.prependAs : edits.prependBehind;
  if (as === edits.overrideAs) return own;
  if (as === edits.receiverAs || !isPrivateAs(as)) return as;
  switch (edits.privateAs) {
    case PRIVATE_AS.drop:
      return 0;
    case PRIVATE_AS.replace:
      return own;
    default:
      return as;
  }
}

/** Whether every number outside the confederation's segments is private, and none is the receiver's own. */
function isAllPrivate(from: Uint8Array, start: number, end: number, edits: AsPathEdits): boolean {
  for (let at = start; at < end; ) {
    const next = at + 2 + from[at + 1] * 4;
    for (let as = at + 2; as < next && !isConfed(from[at]); as += 4) {
      const number = u32(from, as);
      if (!isPrivateAs(number) || (number === edits.receiverAs && number !== edits.overrideAs)) return false;
    }
    at = next;
  }
  return true;
}

/** RFC 6996 5. */
function isPrivateAs(as: number): boolean {
  return (as >= 64_512 && as <= 65_534) || (as >= 4_200_000_000 && as <= 4_294_967_294);
}

/** RFC 4271 5.1.2: into the first segment if that is such a sequence and has room, otherwise as a new segment. */
function prepend(type: number, as: number, count: number): void {
  const { bytes, start, end } = edited;
  const joins = start < end && bytes[start] === type && bytes[start + 1] + count <= SEGMENT_LIMIT;
  const numbers = joins ? count + bytes[start + 1] : count;
  edited.start = start - count * 4 - (joins ? 0 : 2);
  bytes[edited.start] = type;
  bytes[edited.start + 1] = numbers;
  for (let i = 0; i < count; i++) put32(bytes, edited.start + 2 + i * 4, as);
}
