/** The prefixes that have changed and wait to be decided, in the order of their changes; and whether the best path changed. */
import { IdQueue } from '../../lib/tables/id-queue.ts';
import type { PathId, PrefixId } from '../tables/ids.ts';
import type { PrefixTable } from '../tables/prefixes.ts';

/** Bits of `PrefixTable.dirty`. */
const DIRTY = 1;
const BEST_CHANGED = 2;
/** The head of the list may not be the best path. */
const UNDECIDED = 4;

export class DirtyPrefixes {
  private readonly queue = new IdQueue();
  private readonly prefixes: PrefixTable;

  constructor(prefixes: PrefixTable) {
    this.prefixes = prefixes;
  }

  /** Prefixes that wait to be decided. */
  get count(): number {
    return this.queue.length;
  }

  /** Prefixes given out by `next` since the start. */
  get taken(): number {
    return this.queue.taken;
  }

  has(prefix: PrefixId): boolean {
    return this.prefixes.dirty.get(prefix) !== 0;
  }

  /** The prefix must be decided again, although no path of it changed. */
  mark(prefix: PrefixId): void {
    this.add(prefix, DIRTY | UNDECIDED);
  }

  /** A path has come or gone, and the head of the list is still the best one. */
  markOther(prefix: PrefixId): void {
    this.add(prefix, DIRTY);
  }

  /** The best path is another, or has other attributes. */
  markBest(prefix: PrefixId): void {
    this.add(prefix, DIRTY | BEST_CHANGED | UNDECIDED);
  }

  /**
   * A path was added or changed.
   * @param mattered it was or is usable: if it is the head of the list, the best path has changed
   */
  markPath(prefix: PrefixId, path: PathId, mattered: boolean): void {
    const isBest = mattered && this.prefixes.head(prefix) === path;
    this.add(prefix, isBest ? DIRTY | BEST_CHANGED | UNDECIDED : DIRTY | UNDECIDED);
  }

  /** Whether the head of the list may not be the best path. */
  isUndecided(prefix: PrefixId): boolean {
    return (this.prefixes.dirty.get(prefix) & UNDECIDED) !== 0;
  }

  isBestChanged(prefix: PrefixId): boolean {
    return (this.prefixes.dirty.get(prefix) & BEST_CHANGED) !== 0;
  }

  /** The next prefix to decide, or 0; it stays dirty until `settle`. */
  next(): PrefixId {
    return this.queue.shift() as PrefixId;
  }

  settle(prefix: PrefixId): void {
    this.prefixes.dirty.set(prefix, 0);
  }

  bytes(): number {
    return this.queue.bytes();
  }

  private add(prefix: PrefixId, bits: number): void {
    const before = this.prefixes.dirty.get(prefix);
    if ((before | bits) === before) return;
    this.prefixes.dirty.set(prefix, before | bits);
    if (before === 0) this.queue.push(prefix);
  }
}
