/**
 * Packing: puts a batch of changes of one group into as few UPDATE messages as possible.
 *
 * Changes are bucketed by what their messages share: (attribute set, source peer) for announcements, (source or target
 * peer, tags) for withdrawals. Each bucket is a list threaded through one array, so a batch allocates nothing.
 */

import { hashWords, PROCESS_KEY } from '../../lib/tables/keyed-hash.ts';
import type { AttributesId, PayloadId, PeerId, PrefixId, TagId } from '../../rib/tables/ids.ts';

/** Receives the buckets of a batch, one after another, and their prefixes. */
export interface BucketSink {
  /** Attribute set 0: withdrawals. Target 0: all peers except the source. `number` is that of the bucket. */
  bucket(batch: Packer, first: number, set: AttributesId, source: PeerId, target: PeerId, number: number): void;
}

export class Packer {
  private prefixes = new Uint32Array(1024);
  private pathIds = new Uint32Array(1024);
  private payloads = new Uint32Array(1024);
  /** Item behind an item of the same bucket, plus 1; 0: none. */
  private nexts = new Uint32Array(1024);
  private items = 0;

  private sets = new Uint32Array(256);
  private sources = new Uint16Array(256);
  private targets = new Uint16Array(256);
  private tags = new Uint32Array(256);
  private unlesses = new Uint32Array(256);
  private firsts = new Uint32Array(256);
  private lasts = new Uint32Array(256);
  private buckets = 0;
  /** Open addressing from key hash to bucket number plus 1; the used slots are cleared after each batch. */
  private slots = new Uint32Array(1024);

  get length(): number {
    return this.items;
  }

  /** Buckets of the batch, numbered from 0. */
  get bucketCount(): number {
    return this.buckets;
  }

  /** Attribute set of a bucket; 0: withdrawals. */
  setOf(bucket: number): AttributesId {
    return this.sets[bucket] as AttributesId;
  }

  /**
   * @param pathId ADD-PATH identifier to send (RFC 7911); 0 in a group without
   * @param payload of the NLRI; 0 in a family without. Held by what the group advertises until the batch is drained
   */
  announce(prefix: PrefixId, set: AttributesId, source: PeerId, pathId: number, payload: PayloadId): void {
    this.add(prefix, set, source, 0, pathId, payload, 0, 0);
  }

  /**
   * Withdraws the prefix from all peers except `source`, to which it was never advertised.
   * @param tag only from peers that ask for it; 0: from all
   * @param unless not from peers that ask for it, since they are sent another path; 0: from all
   */
  withdraw(prefix: PrefixId, source: PeerId, pathId: number, tag: TagId, unless: TagId): void {
    this.add(prefix, 0, source, 0, pathId, 0, tag, unless);
  }

  /** The tags of a bucket of withdrawals. */
  tagOf(bucket: number): TagId {
    return this.tags[bucket] as TagId;
  }

  unlessOf(bucket: number): TagId {
    return this.unlesses[bucket] as TagId;
  }

  /** Withdraws the prefix from `target` alone. */
  withdrawFrom(prefix: PrefixId, target: PeerId, pathId: number): void {
    this.add(prefix, 0, 0, target, pathId, 0, 0, 0);
  }

  /**
   * Passes every bucket to the sink in order of creation, announcements before withdrawals, and empties the batch. So a
   * peer with ADD-PATH for which one path replaces another has both in between, rather than none.
   */
  drain(sink: BucketSink): void {
    for (let b = 0; b < this.buckets; b++) if (this.sets[b] !== 0) this.hand(sink, b);
    for (let b = 0; b < this.buckets; b++) if (this.sets[b] === 0) this.hand(sink, b);
    if (this.buckets * 8 < this.slots.length) for (let b = 0; b < this.buckets; b++) this.clearSlot(b);
    else this.slots.fill(0);
    this.items = 0;
    this.buckets = 0;
  }

  private hand(sink: BucketSink, bucket: number): void {
    const set = this.sets[bucket] as AttributesId;
    const source = this.sources[bucket] as PeerId;
    sink.bucket(this, this.firsts[bucket], set, source, this.targets[bucket] as PeerId, bucket);
  }

  prefixOf(item: number): PrefixId {
    return this.prefixes[item] as PrefixId;
  }

  /** ADD-PATH identifier of an item; 0 without. */
  pathIdOf(item: number): number {
    return this.pathIds[item];
  }

  /** Payload of an item; 0 without, and for a withdrawal. */
  payloadOf(item: number): PayloadId {
    return this.payloads[item] as PayloadId;
  }

  /** The item behind this one in its bucket, or -1. */
  after(item: number): number {
    return this.nexts[item] - 1;
  }

  private add(
    prefix: number,
    set: number,
    source: number,
    target: number,
    pathId: number,
    payload: number,
    tag: number,
    unless: number,
  ): void {
    const item = this.items++;
    if (item === this.prefixes.length) this.growItems();
    this.prefixes[item] = prefix;
    this.pathIds[item] = pathId;
    this.payloads[item] = payload;
    this.nexts[item] = 0;
    const last = this.buckets - 1;
    const isLast = last >= 0 && this.matches(last, set, source, target, tag, unless);
    const bucket = isLast ? last : this.find(set, source, target, tag, unless, item);
    if (this.lasts[bucket] !== item) this.nexts[this.lasts[bucket]] = item + 1;
    this.lasts[bucket] = item;
  }

  private matches(bucket: number, set: number, source: number, target: number, tag: number, unless: number): boolean {
    if (this.sets[bucket] !== set || this.sources[bucket] !== source || this.targets[bucket] !== target) return false;
    return set !== 0 || (this.tags[bucket] === tag && this.unlesses[bucket] === unless);
  }

  /** The bucket of a key; a new one starts with `item`. */
  private find(set: number, source: number, target: number, tag: number, unless: number, item: number): number {
    const mask = this.slots.length - 1;
    let slot = hashKey(set, source, target, tag, unless) & mask;
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) {
      const bucket = this.slots[slot] - 1;
      if (this.matches(bucket, set, source, target, tag, unless)) return bucket;
    }
    const bucket = this.buckets++;
    if (bucket === this.sets.length) this.growBuckets();
    this.sets[bucket] = set;
    this.sources[bucket] = source;
    this.targets[bucket] = target;
    this.tags[bucket] = tag;
    this.unlesses[bucket] = unless;
    this.firsts[bucket] = item;
    this.lasts[bucket] = item;
    this.slots[slot] = bucket + 1;
    if (this.buckets * 2 > this.slots.length) this.growSlots();
    return bucket;
  }

  private hashOf(b: number): number {
    return hashKey(this.sets[b], this.sources[b], this.targets[b], this.tags[b], this.unlesses[b]);
  }

  private clearSlot(bucket: number): void {
    const mask = this.slots.length - 1;
    let slot = this.hashOf(bucket) & mask;
    // The whole run of used slots is cleared: each belongs to this batch.
    for (; this.slots[slot] !== 0; slot = (slot + 1) & mask) this.slots[slot] = 0;
  }

  private growItems(): void {
    this.prefixes = larger(this.prefixes, new Uint32Array(this.prefixes.length * 2));
    this.pathIds = larger(this.pathIds, new Uint32Array(this.pathIds.length * 2));
    this.payloads = larger(this.payloads, new Uint32Array(this.payloads.length * 2));
    this.nexts = larger(this.nexts, new Uint32Array(this.nexts.length * 2));
  }

  private growBuckets(): void {
    this.sets = larger(this.sets, new Uint32Array(this.sets.length * 2));
    this.sources = larger(this.sources, new Uint16Array(this.sources.length * 2));
    this.targets = larger(this.targets, new Uint16Array(this.targets.length * 2));
    this.tags = larger(this.tags, new Uint32Array(this.tags.length * 2));
    this.unlesses = larger(this.unlesses, new Uint32Array(this.unlesses.length * 2));
    this.firsts = larger(this.firsts, new Uint32Array(this.firsts.length * 2));
    this.lasts = larger(this.lasts, new Uint32Array(this.lasts.length * 2));
  }

  private growSlots(): void {
    this.slots = new Uint32Array(this.slots.length * 2);
    const mask = this.slots.length - 1;
    for (let b = 0; b < this.buckets; b++) {
      let slot = this.hashOf(b) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = b + 1;
    }
  }
}

/** Keyed: peers cannot choose ids, but they choose which of their sets share a batch, and must not hit one slot. */
function hashKey(set: number, source: number, target: number, tag: number, unless: number): number {
  return hashWords(PROCESS_KEY.table, set, source | (target << 16), tag, unless, 0);
}

function larger<T extends Uint32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
