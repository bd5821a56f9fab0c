/**
 * An open-addressing hash from 32-bit hashes to ids, in SHARDS independent tables chosen by the top bits of the hash.
 * A table that fills up doubles alone, so even at sixteen million ids an insertion rehashes some tens of thousands of
 * slots (under a millisecond), and no rehashing state has to be carried along. No I/O, no timers.
 *
 * The keys live in the owner's columns. The owner looks up by walking a probe sequence itself, comparing keys:
 *
 *     const shard = index.shardOf(hash);
 *     const mask = shard.length - 1;
 *     for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
 *       const id = shard[slot];
 *       if (id === 0 || keyEquals(id)) return id;
 *     }
 */

const SHARD_BITS = 8;
const SHARDS = 1 << SHARD_BITS;
const SMALLEST = 8;

/** Spreads the bits of a 32-bit word over all of them (the finalizer of MurmurHash3). */
export function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/** Hash of `bytes[start, end)`, four at a time. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed ^ (end - start);
  const whole = end - ((end - start) & 3);
  let at = start;
  for (; at < whole; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return mix(hash);
}

export class HashIndex {
  private readonly shards: Uint32Array[] = [];
  private readonly counts = new Uint32Array(SHARDS);
  private readonly hashOf: (id: number) => number;

  /** @param hashOf hash of an id that is in the index, from its owner's columns */
  constructor(hashOf: (id: number) => number) {
    this.hashOf = hashOf;
    for (let shard = 0; shard < SHARDS; shard++) this.shards.push(new Uint32Array(SMALLEST));
  }

  /** The table that holds this hash; its length is a power of two and it always has an empty slot. */
  shardOf(hash: number): Uint32Array {
    return this.shards[hash >>> (32 - SHARD_BITS)];
  }

  /** Adds an id that is not in the index. */
  insert(hash: number, id: number): void {
    const which = hash >>> (32 - SHARD_BITS);
    let shard = this.shards[which];
    if (++this.counts[which] > shard.length * 0.75) shard = this.resize(which, shard.length * 2);
    place(shard, hash, id);
  }

  /** Takes an id out that is in the index; its key must still be readable through `hashOf`. */
  remove(hash: number, id: number): void {
    const which = hash >>> (32 - SHARD_BITS);
    const shard = this.shards[which];
    const mask = shard.length - 1;
    let hole = hash & mask;
    while (shard[hole] !== id) hole = (hole + 1) & mask;
    this.closeGap(shard, hole);
    if (--this.counts[which] < shard.length * 0.15 && shard.length > SMALLEST) this.resize(which, shard.length / 2);
  }

  bytes(): number {
    let sum = 0;
    for (const shard of this.shards) sum += shard.byteLength;
    return sum;
  }

  /** Moves back what the hole would hide from its probe sequence: no tombstones. */
  private closeGap(shard: Uint32Array, hole: number): void {
    const mask = shard.length - 1;
    for (let slot = (hole + 1) & mask; shard[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.hashOf(shard[slot]) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      shard[hole] = shard[slot];
      hole = slot;
    }
    shard[hole] = 0;
  }

  private resize(which: number, length: number): Uint32Array {
    const larger = new Uint32Array(length);
    for (const id of this.shards[which]) if (id !== 0) place(larger, this.hashOf(id), id);
    this.shards[which] = larger;
    return larger;
  }
}

function place(shard: Uint32Array, hash: number, id: number): void {
  const mask = shard.length - 1;
  let slot = hash & mask;
  while (shard[slot] !== 0) slot = (slot + 1) & mask;
  shard[slot] = id;
}
