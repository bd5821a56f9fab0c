/**
 * Chunks: the buffers that encoded messages live in, and the log that chains them.
 *
 * A log only grows at its tail, and cursors read it. A chunk returns to the pool when no cursor is in it or before it.
 * The bytes of a chunk belong to runs. A run has a source peer and an originator, which are not sent these bytes, and
 * rarely a target peer, which alone is sent them. In families whose routes have route targets, a run has a tag: only
 * members that ask for these route targets are sent it. A run always ends at a message boundary.
 */
import type { PeerId, TagId } from '../../rib/tables/ids.ts';
import { SourceFilter } from './source-filter.ts';

/** Numbers per run. */
export const RUN_FIELDS = 6;
/** Bytes of a chunk; the longest message (RFC 8654) fits. */
export const CHUNK_BYTES = 65_536;

/** Keeps tags while chunks have them. */
interface TagHolder {
  hold(tag: TagId): void;
  release(tag: TagId): void;
}

/** Keeps a few buffers for reuse: buffers of a burst are released, those that each turn needs are kept. */
export class ChunkPool {
  private readonly spare: Uint8Array[] = [];
  private readonly keep: number;
  private readonly tags: TagHolder | null;
  /** Bytes of the buffers that are in use. */
  bytesInUse = 0;

  /**
   * @param keep number of unused buffers to keep
   * @param tags counts the chunks that have a tag; null: none have
   */
  constructor(keep = 64, tags: TagHolder | null = null) {
    this.keep = keep;
    this.tags = tags;
  }

  take(): Uint8Array {
    this.bytesInUse += CHUNK_BYTES;
    return this.spare.pop() ?? new Uint8Array(CHUNK_BYTES);
  }

  give(chunk: Chunk): void {
    this.bytesInUse -= CHUNK_BYTES;
    if (chunk.isTagged && this.tags !== null) chunk.eachTag((tag) => this.tags?.release(tag));
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
   * Runs, RUN_FIELDS numbers each: end offset, source peer (0: none), target peer (0: all peers), the BGP identifier of
   * the router that is not sent the run (0: none), the tag that a member must ask for (0: all are sent it), and the tag
   * that a member must not ask for (0: none).
   */
  readonly runs: number[] = [];
  /** True when some run is for one peer alone. */
  private targeted = false;
  /** True when some run has a tag. */
  isTagged = false;
  /** Sources and originators of the runs. */
  private readonly sources = new SourceFilter();

  constructor(bytes: Uint8Array, base: number) {
    this.bytes = bytes;
    this.base = base;
  }

  /**
   * Ends the message that was written up to `end`.
   * @returns whether a run was added
   */
  commit(end: number, source: PeerId, target: PeerId, originator: number, tag: number, unless: number): boolean {
    const { runs } = this;
    const last = runs.length - RUN_FIELDS;
    this.length = end;
    const isSame = last >= 0 && runs[last + 1] === source && runs[last + 2] === target && runs[last + 3] === originator;
    if (isSame && runs[last + 4] === tag && runs[last + 5] === unless) {
      runs[last] = end;
      return false;
    }
    runs.push(end, source, target, originator, tag, unless);
    if (target !== 0) this.targeted = true;
    if (tag !== 0) this.isTagged = true;
    if (originator !== 0) this.sources.addRouter(originator);
    this.sources.addPeer(source);
    return true;
  }

  /** Visits the tags of all runs. */
  eachTag(visit: (tag: TagId) => void): void {
    for (let run = 0; run < this.runs.length; run += RUN_FIELDS) {
      visit(this.runs[run + 4] as TagId);
      visit(this.runs[run + 5] as TagId);
    }
  }

  /** False when the whole chunk is for this peer, so that the runs need not be examined. */
  mayExclude(peer: PeerId, routerId: number): boolean {
    return this.targeted || this.isTagged || this.sources.mayHave(peer, routerId);
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
