/**
 * Chunks: the buffers that encoded messages live in, and the log that chains them.
 *
 * A log only grows at its tail, and cursors read it. A chunk returns to the pool when no cursor is in it or before it.
 * The bytes of a chunk belong to runs. A run has a source peer and an originator, which are not sent these bytes, and
 * rarely a target peer, which alone is sent them. A run always ends at a message boundary.
 */
import type { PeerId } from '../../rib/tables/ids.ts';
import { SourceFilter } from './source-filter.ts';

/** Numbers per run. */
export const RUN_FIELDS = 4;
/** Bytes of a chunk; the longest message (RFC 8654) fits. */
export const CHUNK_BYTES = 65_536;

/** Keeps a few buffers for reuse: buffers of a burst are released, those that each turn needs are kept. */
export class ChunkPool {
  private readonly spare: Uint8Array[] = [];
  private readonly keep: number;
  /** Bytes of the buffers that are in use. */
  bytesInUse = 0;

  /** @param keep number of unused buffers to keep */
  constructor(keep = 64) {
    this.keep = keep;
  }

  take(): Uint8Array {
    this.bytesInUse += CHUNK_BYTES;
    return this.spare.pop() ?? new Uint8Array(CHUNK_BYTES);
  }

  give(chunk: Chunk): void {
    this.bytesInUse -= CHUNK_BYTES;
    if (chunk.recyclable && this.spare.length < this.keep) this.spare.push(chunk.bytes);
  }
}

export class Chunk {
  readonly bytes: Uint8Array;
  /** Position of the first byte in the log. */
  readonly base: number;
  /** Bytes that are written. */
  length = 0;
  next: Chunk | null = null;
  /** Cursors that stand in this chunk. */
  readers = 0;
  /** False when a member left while these bytes were being written to its socket: they must not be overwritten. */
  recyclable = true;
  /**
   * Runs, RUN_FIELDS numbers each: end offset, source peer (0: none), target peer (0: all peers), and the BGP
   * identifier of the router that is not sent the run (0: none).
   */
  readonly runs: number[] = [];
  /** True when some run is for one peer alone. */
  private targeted = false;
  /** Sources and originators of the runs. */
  private readonly sources = new SourceFilter();

  constructor(bytes: Uint8Array, base: number) {
    this.bytes = bytes;
    this.base = base;
  }

  /** Ends the message that was written up to `end`. */
  commit(end: number, source: PeerId, target: PeerId, originator: number): void {
    const { runs } = this;
    const last = runs.length - RUN_FIELDS;
    this.length = end;
    if (last >= 0 && runs[last + 1] === source && runs[last + 2] === target && runs[last + 3] === originator) {
      runs[last] = end;
      return;
    }
    runs.push(end, source, target, originator);
    if (target !== 0) this.targeted = true;
    if (originator !== 0) this.sources.addRouter(originator);
    this.sources.addPeer(source);
  }

  /** False when the whole chunk is for this peer, so that the runs need not be examined. */
  mayExclude(peer: PeerId, routerId: number): boolean {
    return this.targeted || this.sources.mayHave(peer, routerId);
  }
}

export class Log {
  private head: Chunk;
  tail: Chunk;
  private readonly pool: ChunkPool;

  constructor(pool: ChunkPool) {
    this.pool = pool;
    this.head = new Chunk(pool.take(), 0);
    this.tail = this.head;
  }

  /** Position behind the last byte. */
  get end(): number {
    return this.tail.base + this.tail.length;
  }

  /** Position of the oldest byte that is still held. */
  get start(): number {
    return this.head.base;
  }

  /** Bytes of the chunks that are held. */
  get heldBytes(): number {
    return this.tail.base + CHUNK_BYTES - this.head.base;
  }

  /** The tail, with room for `length` bytes at its `length`. */
  reserve(length: number): Chunk {
    if (this.tail.length + length > CHUNK_BYTES) {
      const chunk = new Chunk(this.pool.take(), this.end);
      this.tail.next = chunk;
      this.tail = chunk;
      this.trim();
    }
    return this.tail;
  }

  /** A cursor at the end. */
  cursorAtEnd(): Cursor {
    return new Cursor(this, this.tail, this.tail.length);
  }

  /** A cursor at the oldest byte. */
  cursorAtStart(): Cursor {
    return new Cursor(this, this.head, 0);
  }

  /** Releases the chunks that every cursor has passed. */
  trim(): void {
    while (this.head.readers === 0 && this.head !== this.tail) {
      this.pool.give(this.head);
      this.head = this.head.next as Chunk;
    }
  }

  /** Releases everything; no cursor may be left. */
  close(): void {
    this.trim();
    this.pool.give(this.tail);
  }
}

/** A place in a log. What follows it in the log is kept until the cursor moves or is closed. */
export class Cursor {
  readonly log: Log;
  chunk: Chunk;
  offset: number;

  constructor(log: Log, chunk: Chunk, offset: number) {
    this.log = log;
    this.chunk = chunk;
    this.offset = offset;
    chunk.readers++;
  }

  get position(): number {
    return this.chunk.base + this.offset;
  }

  get atEnd(): boolean {
    return this.offset === this.chunk.length && this.chunk.next === null;
  }

  clone(): Cursor {
    return new Cursor(this.log, this.chunk, this.offset);
  }

  /** Moves to `offset` of the chunk; at its end, moves on to the next chunk if there is one. */
  moveTo(offset: number): void {
    this.offset = offset;
    if (offset !== this.chunk.length || this.chunk.next === null) return;
    this.chunk.readers--;
    this.chunk = this.chunk.next;
    this.chunk.readers++;
    this.offset = 0;
    this.log.trim();
  }

  close(): void {
    this.chunk.readers--;
    this.log.trim();
  }
}
