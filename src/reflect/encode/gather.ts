/**
 * The bytes of a chunk that are for one peer: a range of the chunk when they are contiguous, otherwise a copy.
 */
import type { PeerId } from '../../rib/tables/ids.ts';
import { type Chunk, RUN_FIELDS } from './chunks.ts';

/** The bytes to write next. */
export interface Slice {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/**
 * Fills `slice` with the bytes in `[start, stop)` of the chunk that are for `peer`, a session of the router `routerId`;
 * empty when there are none.
 */
export function gather(chunk: Chunk, start: number, stop: number, peer: PeerId, routerId: number, slice: Slice): void {
  slice.bytes = chunk.bytes;
  slice.start = start;
  slice.end = stop;
  if (chunk.mayExclude(peer, routerId)) gatherRuns(chunk, start, stop, peer, routerId, slice);
}

function gatherRuns(chunk: Chunk, start: number, stop: number, peer: PeerId, routerId: number, slice: Slice): void {
  const { runs } = chunk;
  let copy: Uint8Array | null = null;
  let end = start;
  const first = firstRunBehind(runs, start);
  let runStart = start;
  slice.end = start;
  for (let r = first; r < runs.length && runStart < stop; r += RUN_FIELDS) {
    const from = runStart;
    const to = Math.min(runs[r], stop);
    runStart = runs[r];
    const target = runs[r + 2];
    if (to <= from || runs[r + 1] === peer || (target !== 0 && target !== peer)) continue;
    if (runs[r + 3] !== 0 && runs[r + 3] === routerId) continue;
    if (copy === null && slice.end === slice.start) {
      slice.start = from;
      end = to;
    } else if (copy === null && from === end) {
      end = to;
    } else {
      if (copy === null) {
        copy = new Uint8Array(stop - start);
        end = copyBytes(chunk.bytes, slice.start, end, copy, 0);
      }
      end = copyBytes(chunk.bytes, from, to, copy, end);
    }
    slice.end = end;
  }
  if (copy === null) return;
  slice.bytes = copy;
  slice.start = 0;
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
