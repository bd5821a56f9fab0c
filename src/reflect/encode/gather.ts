/**
 * The bytes of a chunk that are for one peer: a range of the chunk when they are contiguous, otherwise a copy.
 */
import type { PeerId, TagId } from '../../rib/tables/ids.ts';
import { type Chunk, RUN_FIELDS } from './chunks.ts';

/** The bytes to write next. */
export interface Slice {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** The peer that bytes are for. */
interface Receiver {
  readonly id: PeerId;
  readonly routerId: number;
}

/** Which tags a peer asks for. */
interface TagFilter {
  wants(tag: TagId): boolean;
}

/**
 * Fills `slice` with the bytes in `[start, stop)` of the chunk that are for a session of a router; empty when there are
 * none.
 * @param filter what it asks for; null: everything
 */
export function gather(
  chunk: Chunk,
  start: number,
  stop: number,
  peer: Receiver,
  filter: TagFilter | null,
  slice: Slice,
): void {
  slice.bytes = chunk.bytes;
  slice.start = start;
  slice.end = stop;
  if (chunk.mayExclude(peer.id, peer.routerId)) gatherRuns(chunk, start, stop, peer, filter, slice);
}

/** Whether a run is for the peer. */
function isFor(runs: readonly number[], run: number, { id, routerId }: Receiver, filter: TagFilter | null): boolean {
  const target = runs[run + 2];
  if (runs[run + 1] === id || (target !== 0 && target !== id)) return false;
  if (runs[run + 3] !== 0 && runs[run + 3] === routerId) return false;
  const tag = runs[run + 4];
  const unless = runs[run + 5];
  if (tag !== 0 && filter !== null && !filter.wants(tag as TagId)) return false;
  return unless === 0 || (filter !== null && !filter.wants(unless as TagId));
}

function gatherRuns(
  chunk: Chunk,
  start: number,
  stop: number,
  peer: Receiver,
  filter: TagFilter | null,
  slice: Slice,
): void {
  const { runs } = chunk;
  const first = firstRunBehind(runs, start);
  let length = 0;
  let runStart = start;
  let from = start;
  let end = start;
  for (let r = first; r < runs.length && runStart < stop; r += RUN_FIELDS) {
    const to = Math.min(runs[r], stop);
    if (isFor(runs, r, peer, filter)) {
      if (length === 0) from = runStart;
      length += to - runStart;
      end = to;
    }
    runStart = runs[r];
  }
  slice.start = from;
  slice.end = end;
  if (end - from > length) copyRuns(chunk, first, start, end, length, peer, filter, slice);
}

/** The same when the bytes are not contiguous. */
function copyRuns(
  chunk: Chunk,
  first: number,
  start: number,
  stop: number,
  length: number,
  peer: Receiver,
  filter: TagFilter | null,
  slice: Slice,
): void {
  const { runs } = chunk;
  const copy = new Uint8Array(length);
  let at = 0;
  let runStart = start;
  for (let r = first; at < length; r += RUN_FIELDS) {
    if (isFor(runs, r, peer, filter)) at = copyBytes(chunk.bytes, runStart, Math.min(runs[r], stop), copy, at);
    runStart = runs[r];
  }
  slice.bytes = copy;
  slice.start = 0;
  slice.end = length;
}

/** Index of the first run that ends behind `start`. */
function firstRunBehind(runs: readonly number[], start: number): number {
  let low = 0;
  let high = runs.length / RUN_FIELDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle * RUN_FIELDS] > start) high = middle;
    else low = middle + 1;
  }
  return low * RUN_FIELDS;
}

/** Copies `from[start, end)` to `to` at `at`; returns the position behind it. Cheaper than a view for short runs. */
function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  for (let i = start; i < end; i++) to[at++] = from[i];
  return at;
}
