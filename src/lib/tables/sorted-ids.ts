/**
 * Ids in an order that the owner's columns define, in blocks of at most 512: an id is found with log2(n) comparisons,
 * and inserting or removing it moves at most one block. There is no tree to balance and no hash whose collisions a peer
 * could choose; 4 to 8 bytes per id.
 *
 * A place is the position of an id, valid until the next change: `block * 512 + index`, or -1 for none.
 */
import { invariant } from '../invariant.ts';

const BLOCK_BITS = 9;
const BLOCK = 1 << BLOCK_BITS;
const MASK = BLOCK - 1;
const SMALLEST = 8;
/** Ids in a block that `fill` creates, which leaves room before it must be split. */
const FILLED = 384;
/** Moves of single entries that are cheaper than a call of `copyWithin`. */
const SHORT = 24;

export class SortedIds {
  size = 0;
  private readonly blocks: Uint32Array[] = [];
  private readonly lengths: number[] = [];
  private readonly compare: (a: number, b: number) => number;

  /** @param compare a total order: never 0 for two different ids */
  constructor(compare: (a: number, b: number) => number) {
    this.compare = compare;
  }

  /** Adds a new id; returns its place. */
  insert(id: number): number {
    if (this.blocks.length === 0) this.addBlock(0, SMALLEST);
    const found = this.lowerPlace(id);
    this.size++;
    // After all others: at the end of the last block.
    let block = found < 0 ? this.blocks.length - 1 : found >>> BLOCK_BITS;
    let index = found < 0 ? this.lengths[block] : found & MASK;
    if (this.lengths[block] === BLOCK) {
      this.split(block);
      if (index > BLOCK / 2) {
        block++;
        index -= BLOCK / 2;
      }
    }
    this.open(block, index);
    this.blocks[block][index] = id;
    return (block << BLOCK_BITS) | index;
  }

  /** Removes an id; the keys that it was inserted by must still be readable. */
  remove(id: number): void {
    this.removeAt(this.placeOf(id));
  }

  removeAt(place: number): void {
    const block = place >>> BLOCK_BITS;
    const length = --this.lengths[block];
    this.size--;
    move(this.blocks[block], place & MASK, (place & MASK) + 1, length);
    if (this.blocks.length === 1) return;
    if (length === 0) this.dropBlock(block);
    else if (length < BLOCK / 4) this.mergeAt(block);
  }

  /** The place of an existing id. */
  placeOf(id: number): number {
    const place = this.lowerPlace(id);
    invariant(place >= 0 && this.at(place) === id, 'an id is where its keys say');
    return place;
  }

  /** Place of the first id that does not come before `target`, or -1. */
  lowerPlace(target: number): number {
    const { blocks, lengths, compare } = this;
    if (this.size === 0) return -1;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(blocks[middle][lengths[middle] - 1], target) < 0) low = middle + 1;
      else high = middle;
    }
    if (low === blocks.length) return -1;
    const block = blocks[low];
    let from = 0;
    // The last one of the block is known not to come before the target.
    let to = lengths[low] - 1;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (compare(block[middle], target) < 0) from = middle + 1;
      else to = middle;
    }
    return (low << BLOCK_BITS) | from;
  }

  /** The place of the first id in order, or -1. */
  first(): number {
    return this.size === 0 ? -1 : 0;
  }

  next(place: number): number {
    const block = place >>> BLOCK_BITS;
    if ((place & MASK) + 1 < this.lengths[block]) return place + 1;
    return block + 1 < this.blocks.length ? (block + 1) << BLOCK_BITS : -1;
  }

  before(place: number): number {
    if ((place & MASK) > 0) return place - 1;
    const block = (place >>> BLOCK_BITS) - 1;
    return block < 0 ? -1 : (block << BLOCK_BITS) | (this.lengths[block] - 1);
  }

  at(place: number): number {
    return this.blocks[place >>> BLOCK_BITS][place & MASK];
  }

  /** Number of ids before a place; all of them for -1. */
  countBefore(place: number): number {
    if (place < 0) return this.size;
    let count = place & MASK;
    for (let block = (place >>> BLOCK_BITS) - 1; block >= 0; block--) count += this.lengths[block];
    return count;
  }

  /** Replaces all ids by `ids[0, count)`, and sorts that array. */
  fill(ids: Uint32Array, count: number): void {
    this.clear();
    if (count <= BLOCK / 8) {
      for (let i = 0; i < count; i++) this.insert(ids[i]);
      return;
    }
    sortIds(ids, count, this.compare);
    this.blocks.length = 0;
    this.lengths.length = 0;
    for (let from = 0; from < count; from += FILLED) {
      const length = Math.min(FILLED, count - from);
      const block = this.addBlock(this.blocks.length, length);
      block.set(ids.subarray(from, from + length));
      this.lengths[this.blocks.length - 1] = length;
    }
    this.size = count;
  }

  /** Removes all ids. One block is kept for reuse. */
  clear(): void {
    this.blocks.length = Math.min(1, this.blocks.length);
    this.lengths.length = this.blocks.length;
    if (this.lengths.length > 0) this.lengths[0] = 0;
    this.size = 0;
  }

  bytes(): number {
    return this.blocks.reduce((sum, block) => sum + block.byteLength, 0);
  }

  private addBlock(at: number, capacity: number): Uint32Array {
    const block = new Uint32Array(capacity);
    this.blocks.splice(at, 0, block);
    this.lengths.splice(at, 0, 0);
    return block;
  }

  /** Makes room for one id at an index of a block that is not full. */
  private open(which: number, index: number): void {
    let block = this.blocks[which];
    const length = this.lengths[which]++;
    if (length === block.length) {
      const larger = new Uint32Array(Math.min(BLOCK, length * 2));
      larger.set(block);
      this.blocks[which] = larger;
      block = larger;
    }
    move(block, index + 1, index, length);
  }

  /** Moves the upper half of a full block to a new one behind it. */
  private split(which: number): void {
    const upper = this.addBlock(which + 1, BLOCK);
    upper.set(this.blocks[which].subarray(BLOCK / 2));
    this.lengths[which] = BLOCK / 2;
    this.lengths[which + 1] = BLOCK / 2;
  }

  /** Merges a block that has few ids with a neighbor if both fit well. */
  private mergeAt(which: number): void {
    const left = which > 0 && this.lengths[which] + this.lengths[which - 1] <= FILLED ? which - 1 : which;
    if (left + 1 >= this.blocks.length) return;
    const length = this.lengths[left];
    const more = this.lengths[left + 1];
    if (length + more > FILLED) return;
    const merged = new Uint32Array(BLOCK);
    merged.set(this.blocks[left].subarray(0, length));
    merged.set(this.blocks[left + 1].subarray(0, more), length);
    this.blocks[left] = merged;
    this.lengths[left] = length + more;
    this.dropBlock(left + 1);
  }

  private dropBlock(which: number): void {
    this.blocks.splice(which, 1);
    this.lengths.splice(which, 1);
  }
}

/** Number of ids up to which insertion sort is faster. */
const FEW = 24;

/** Sorts `ids[0, count)`; allocates nothing for few ids. */
export function sortIds(ids: Uint32Array, count: number, compare: (a: number, b: number) => number): void {
  if (count > FEW) {
    ids.subarray(0, count).sort(compare);
    return;
  }
  for (let i = 1; i < count; i++) {
    const id = ids[i];
    let at = i;
    for (; at > 0 && compare(ids[at - 1], id) > 0; at--) ids[at] = ids[at - 1];
    ids[at] = id;
  }
}

/** Moves the entries from `from` on to `to`, one place up or down; `length`: entries in the block (down: after it). */
function move(block: Uint32Array, to: number, from: number, length: number): void {
  if (to > from) {
    if (length - from > SHORT) block.copyWithin(to, from, length);
    else for (let i = length; i > from; i--) block[i] = block[i - 1];
  } else if (length - to > SHORT) block.copyWithin(to, from, length + 1);
  else for (let i = to; i < length; i++) block[i] = block[i + 1];
}
