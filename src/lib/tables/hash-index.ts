/**
 * An open-addressing hash from 32-bit hashes to ids, in SHARDS independent tables chosen by the top bits of the hash.
 * Each table doubles by itself, so even with sixteen million ids an insertion rehashes some tens of thousands of slots
 * (under a millisecond), without incremental rehashing.
 *
 * Hashes must be keyed (keyed-hash.ts) if a peer chooses the keys: nothing here bounds a probe sequence.
 *
 * A slot is a word: the id in the lower ID_BITS, and above them bits of the hash that choose neither shard nor slot.
 * A key whose bits differ is skipped without reading its columns, which are rarely in a cache.
 *
 * The keys live in the owner's columns. The owner looks up by walking a probe sequence itself, comparing keys:
 *
 *     const shard = index.shardOf(hash);
 *     const mask = shard.length - 1;
 *     for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
 *       const entry = shard[slot];
 *       if (entry === 0) return 0;
 *       if (isOther(entry, hash)) continue;
 *       const id = entry & ID_MASK;
 *       if (id !== 0 && keyEquals(id)) return id;
 *     }
 *
 * A removed entry leaves a mark without an id, so that a removal reads no other key: closing the gap would read the keys
 * behind it, each a cache miss. Marks count for the load of a table, and go when the slot behind them is empty, when an
 * insertion takes their place, or when the table is made anew.
 */
import { invariant } from '../invariant.ts';

const SHARD_BITS = 8;
const SHARDS = 1 << SHARD_BITS;
const SMALLEST = 8;
/** A table without entries, shared: its first entry makes one of SMALLEST slots. */
const NONE = new Int32Array(1);

const ID_BITS = 27;
/** The id in a slot; the largest id that an index takes. */
export const ID_MASK = (1 << ID_BITS) - 1;
/** A slot whose entry was removed: not empty, and without an id. */
const REMOVED = 1 << ID_BITS;

/** A table is made anew when more than this part of its slots is not empty, or when less than this part has an id. */
const FULLEST = 0.75;
const EMPTIEST = 0.15;
/** A table that is made anew becomes larger if more than this part has an id; else only its marks go. */
const CROWDED = 0.6;

/** The hash of a slot's key differs from this one. */
export function isOther(entry: number, hash: number): boolean {
  return (entry ^ (hash << SHARD_BITS)) >>> ID_BITS !== 0;
}

export class HashIndex {
  private readonly shards: Int32Array[] = [];
  /** Ids per table. */
  private readonly counts = new Uint32Array(SHARDS);
  /** Marks of removed entries per table. */
  private readonly marks = new Uint32Array(SHARDS);
  private readonly hashOf: (id: number) => number;

  /** @param hashOf hash of an id that is in the index, from its owner's columns */
  constructor(hashOf: (id: number) => number) {
    this.hashOf = hashOf;
    for (let shard = 0; shard < SHARDS; shard++) this.shards.push(NONE);
  }

  /** The table that holds this hash; its length is a power of two and it always has an empty slot. */
  shardOf(hash: number): Int32Array {
    return this.shards[hash >>> (32 - SHARD_BITS)];
  }

  /** Adds an id that is not in the index. */
  insert(hash: number, id: number): void {
    invariant(id <= ID_MASK, 'an id leaves room for bits of its hash');
    const which = hash >>> (32 - SHARD_BITS);
    let shard = this.shards[which];
    const count = ++this.counts[which];
    if (count + this.marks[which] > shard.length * FULLEST) {
      const isCrowded = count > shard.length * CROWDED;
      shard = this.remake(which, isCrowded ? Math.max(SMALLEST, shard.length * 2) : shard.length);
    }
    const mask = shard.length - 1;
    let slot = hash & mask;
    while ((shard[slot] & ID_MASK) !== 0) slot = (slot + 1) & mask;
    if (shard[slot] !== 0) this.marks[which]--;
    shard[slot] = entryOf(hash, id);
  }

  /** Removes an id from the index, which it was added to with this hash. */
  remove(hash: number, id: number): void {
    const which = hash >>> (32 - SHARD_BITS);
    const shard = this.shards[which];
    const mask = shard.length - 1;
    const entry = entryOf(hash, id);
    let slot = hash & mask;
    while (shard[slot] !== entry) slot = (slot + 1) & mask;
    if (shard[(slot + 1) & mask] === 0) this.clear(which, slot);
    else {
      shard[slot] = REMOVED;
      this.marks[which]++;
    }
    if (--this.counts[which] < shard.length * EMPTIEST && shard.length > SMALLEST) this.remake(which, shard.length / 2);
  }

  bytes(): number {
    let sum = 0;
    for (const shard of this.shards) if (shard !== NONE) sum += shard.byteLength;
    return sum;
  }

  /** Empties a slot in front of an empty one, and the marks before it: no probe sequence needs them. */
  private clear(which: number, last: number): void {
    const shard = this.shards[which];
    const mask = shard.length - 1;
    shard[last] = 0;
    for (let slot = (last - 1) & mask; shard[slot] === REMOVED; slot = (slot - 1) & mask) {
      shard[slot] = 0;
      this.marks[which]--;
    }
  }

  /** Makes a table of another length, or the same without marks. */
  private remake(which: number, length: number): Int32Array {
    const made = new Int32Array(length);
    for (const entry of this.shards[which]) {
      const id = entry & ID_MASK;
      if (id !== 0) place(made, this.hashOf(id), entry);
    }
    this.shards[which] = made;
    this.marks[which] = 0;
    return made;
  }
}

function entryOf(hash: number, id: number): number {
  return ((hash << SHARD_BITS) & ~ID_MASK) | id;
}

function place(shard: Int32Array, hash: number, entry: number): void {
  const mask = shard.length - 1;
  let slot = hash & mask;
  while (shard[slot] !== 0) slot = (slot + 1) & mask;
  shard[slot] = entry;
}
