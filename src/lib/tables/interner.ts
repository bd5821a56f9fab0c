/**
 * Maps byte strings to ids: equal bytes (and salt) have the same id for as long as it has a holder.
 * Reference counted.
 *
 * `tidy` closes the gaps that dropped strings leave, piece by piece: ids stay, and the bytes of an id move.
 */
import { ByteArena } from './byte-arena.ts';
import { type Column, U16Column, U32Column } from './columns.ts';
import { HashIndex, ID_MASK, isOther } from './hash-index.ts';
import { IdAllocator } from './ids.ts';
import { hashBytes, PROCESS_KEY } from './keyed-hash.ts';

export class Interner {
  private readonly arena = new ByteArena();
  private readonly hashes = new U32Column();
  private readonly salts = new U32Column();
  private readonly refs = new U32Column();
  private readonly lengths = new U16Column();
  private readonly holders = new U32Column();
  private readonly index = new HashIndex((id) => this.hashOf(id));
  private readonly ids: IdAllocator;
  private readonly key;
  /** Hash of the last `find`. */
  private soughtHash = 0;
  /** The id with which `tidy` continues; 0: it is not running. */
  private tidyFrom = 0;

  /** @param columns the owner's columns, indexed by the same ids */
  constructor(columns: readonly Column[], key = PROCESS_KEY) {
    this.key = key;
    this.ids = new IdAllocator([this.hashes, this.salts, this.refs, this.lengths, this.holders, ...columns]);
  }

  get count(): number {
    return this.ids.count;
  }

  /** One above the largest id that may be in use. */
  get limit(): number {
    return this.ids.limit;
  }

  /** Id of `bytes[start, end)` with this salt, or 0. At most 65,535 bytes. */
  find(bytes: Uint8Array, start: number, end: number, salt: number): number {
    const hash = hashBytes(this.key, bytes, start, end, salt);
    this.soughtHash = hash;
    const shard = this.index.shardOf(hash);
    const mask = shard.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = shard[slot];
      if (entry === 0) return 0;
      if (isOther(entry, hash)) continue;
      const id = entry & ID_MASK;
      if (id === 0) continue;
      if (this.hashOf(id) !== hash || this.salts.get(id) !== salt || this.lengths.get(id) !== end - start) continue;
      if (this.arena.equals(this.refs.get(id), bytes, start, end)) return id;
    }
  }

  /** Whether an id that is in use is that of `bytes[start, end)`. */
  has(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.lengths.get(id) === end - start && this.arena.equals(this.refs.get(id), bytes, start, end);
  }

  /** Adds what the last `find` did not find, without a holder. */
  add(bytes: Uint8Array, start: number, end: number, salt: number): number {
    const hash = this.soughtHash;
    const id = this.ids.allocate();
    this.hashes.set(id, hash);
    this.salts.set(id, salt);
    this.lengths.set(id, end - start);
    this.refs.set(id, this.arena.store(bytes, start, end));
    this.holders.set(id, 0);
    this.index.insert(hash, id);
    return id;
  }

  hold(id: number): void {
    this.holders.set(id, this.holders.get(id) + 1);
  }

  /** True when the last holder has released it: the caller releases what its own columns hold, then calls `drop`. */
  letGo(id: number): boolean {
    const left = this.holders.get(id) - 1;
    this.holders.set(id, left);
    return left === 0;
  }

  /** Frees an id without a holder. */
  drop(id: number): void {
    this.index.remove(this.hashOf(id), id);
    this.arena.release(this.refs.get(id), this.lengths.get(id));
    this.refs.set(id, 0);
    this.ids.free(id);
  }

  /** Whether `tidy` has something to do. */
  get isUntidy(): boolean {
    return this.tidyFrom !== 0 || this.arena.isSparse;
  }

  /** Closes gaps, for `budget` ids. Earlier results of `pageOf` and `startOf` are invalid. */
  tidy(budget: number): void {
    if (this.tidyFrom === 0) {
      this.arena.beginMoving();
      this.tidyFrom = 1;
    }
    const end = Math.min(this.ids.limit, this.tidyFrom + budget);
    for (let id = this.tidyFrom; id < end; id++) {
      const ref = this.refs.get(id);
      if (ref !== 0 && this.arena.isMoving(ref)) this.refs.set(id, this.arena.move(ref, this.lengths.get(id)));
    }
    this.tidyFrom = end >= this.ids.limit ? 0 : end;
  }

  isHeld(id: number): boolean {
    return this.holders.get(id) !== 0;
  }

  /** The array that holds the bytes of an id, from `startOf(id)`, `lengthOf(id)` of them. Valid until `tidy`. */
  pageOf(id: number): Uint8Array {
    return this.arena.pageOf(this.refs.get(id));
  }

  startOf(id: number): number {
    return this.arena.offsetOf(this.refs.get(id));
  }

  lengthOf(id: number): number {
    return this.lengths.get(id);
  }

  /** Bytes of the pages that hold strings, including gaps. */
  get arenaBytes(): number {
    return this.arena.bytes();
  }

  /** Bytes of the strings alone. */
  get liveBytes(): number {
    return this.arena.liveBytes;
  }

  bytes(): number {
    const columns = [this.hashes, this.salts, this.refs, this.lengths, this.holders];
    return columns.reduce((sum, column) => sum + column.bytes(), 0) + this.index.bytes() + this.arena.bytes();
  }

  private hashOf(id: number): number {
    return this.hashes.get(id) | 0;
  }
}
