/**
 * The bytes of a chunk that are for one peer: a range of the chunk where they lie together, else copied together.
 * No I/O, no timers.
 */
import type { PeerId } from '../rib/ids.ts';
import { CHUNK_BYTES, type Chunk } from './chunks.ts';

/** What is to be written next. */
export interface Slice {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Fills `slice` with what of `[start, stop)` of the chunk is for `peer`; empty when nothing is. */
export function gather(chunk: Chunk, start: number, stop: number, peer: PeerId, slice: Slice): void {
  slice.bytes = chunk.bytes;
  slice.start = start;
  slice.end = stop;
  if (chunk.mayExclude(peer)) gatherRuns(chunk, start, stop, peer, slice);
}

function gatherRuns(chunk: Chunk, start: number, stop: number, peer: PeerId, slice: Slice): void {
  const { runs } = chunk;
  let copy: Uint8Array | null = null;
  let end = start;
  let runStart = 0;
  slice.end = start;
  for (let r = 0; r < runs.length && runStart < stop; r += 3) {
    const from = Math.max(runStart, start);
    const to = Math.min(runs[r], stop);
    runStart = runs[r];
    const target = runs[r + 2];
    if (to <= from || runs[r + 1] === peer || (target !== 0 && target !== peer)) continue;
    if (copy === null && slice.end === slice.start) {
      slice.start = from;
      end = to;
    } else if (copy === null && from === end) {
      end = to;
    } else {
      if (copy === null) {
        copy = new Uint8Array(CHUNK_BYTES);
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

/** Copies `from[start, end)` to `to` at `at`; returns the position behind it. Cheaper than a view for short runs. */
function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  for (let i = start; i < end; i++) to[at++] = from[i];
  return at;
}
