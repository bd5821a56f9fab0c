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
 *       if (keyEquals(entry & ID_MASK)) return entry & ID_MASK;
 *     }
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

/** The hash of a slot's key differs from this one. */
export function isOther(entry: number, hash: number): boolean {
  return (entry ^ (hash << SHARD_BITS)) >>> ID_BITS !== 0;
}

export class HashIndex {
  private readonly shards: Int32Array[] = [];
  private readonly counts = new Uint32Array(SHARDS);
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
    if (++this.counts[which] > shard.length * 0.75) shard = this.resize(which, Math.max(SMALLEST, shard.length * 2));
    place(shard, hash, entryOf(hash, id));
  }

  /** Removes an id from the index; its key must still be readable through `hashOf`. */
  remove(hash: number, id: number): void {
    const which = hash >>> (32 - SHARD_BITS);
    const shard = this.shards[which];
    const mask = shard.length - 1;
    const entry = entryOf(hash, id);
    let hole = hash & mask;
    while (shard[hole] !== entry) hole = (hole + 1) & mask;
    this.closeGap(shard, hole);
    if (--this.counts[which] < shard.length * 0.15 && shard.length > SMALLEST) this.resize(which, shard.length / 2);
  }

  bytes(): number {
    let sum = 0;
    for (const shard of this.shards) if (shard !== NONE) sum += shard.byteLength;
    return sum;
  }

  /** Moves entries back into the hole, which would otherwise cut their probe sequence: there are no tombstones. */
  private closeGap(shard: Int32Array, hole: number): void {
    const mask = shard.length - 1;
    for (let slot = (hole + 1) & mask; shard[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.hashOf(shard[slot] & ID_MASK) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      shard[hole] = shard[slot];
      hole = slot;
    }
    shard[hole] = 0;
  }

  private resize(which: number, length: number): Int32Array {
    const larger = new Int32Array(length);
    for (const entry of this.shards[which]) if (entry !== 0) place(larger, this.hashOf(entry & ID_MASK), entry);
    this.shards[which] = larger;
    return larger;
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
