/**
 * Encoding: buckets of a batch become UPDATE messages in a log. The attributes of a bucket are rewritten once
 * (`Rewriter`), then every message of it copies them.
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { RouteTargetSets } from '../../rib/attributes/route-target-sets.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PayloadId, PeerId, TagId } from '../../rib/tables/ids.ts';
import type { PrefixTable } from '../../rib/tables/prefixes.ts';
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { put16 } from '../../wire/bytes.ts';
import { FAMILIES, type Family } from '../../wire/families.ts';
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH, MESSAGE, writeHeader } from '../../wire/message.ts';
import { writePathId } from '../../wire/update/nlri.ts';
import type { Chunk, Log } from './chunks.ts';
import type { GroupKey } from './group-key.ts';
import type { BucketSink, Packer } from './packer.ts';
import { MP_HEADER, putMpHeader, Rewriter } from './rewriter.ts';

/** Longest prefix of unicast as NLRI: an ADD-PATH identifier, a length and 16 octets. */
const LONGEST_PREFIX = 21;
const NO_PAYLOAD = 0 as PayloadId;
const NO_PEER = 0 as PeerId;

export class Encoder implements BucketSink {
  /** The log that messages are written to. */
  target: Log | null = null;
  /** Prefixes that did not fit the group's longest message with their attributes: they are withdrawn instead. */
  tooLong = 0;
  /** Prefixes that were advertised without the attribute that their family can do without: with it they did not fit. */
  reduced = 0;
  readonly rewriter: Rewriter;
  /** Maximum message length for the bucket: above 4,096 only when its attributes need it (RFC 8654). */
  private limit = MAX_MESSAGE_LENGTH;

  private readonly key: GroupKey;
  private readonly family: Family;
  /** Withdrawals, and routes with an IPv4 next hop, use the fields of RFC 4271 rather than MP attributes. */
  private readonly classic: boolean;
  /** ORIGINATOR_ID of the routes in the bucket, which are not sent to that router; 0: none. */
  private originator = 0;
  /** Tags of the bucket: members that ask for the first are sent it, unless they ask for the second. */
  private tag = 0;
  private unless = 0;
  /** Null: routes of the family have no route targets. */
  private readonly tags: RouteTargetSets | null;
  private readonly addPath: boolean;
  /** No NLRI of the bucket is longer: room for it needs no other check. */
  private longest = 0;
  /** A message has one NLRI only. */
  private readonly alone: boolean;
  /** The members are inside the AS, so ORIGINATOR_ID applies to them. */
  private readonly isInside: boolean;
  private readonly attributes: AttributesTable;
  private readonly prefixes: PrefixTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor(key: GroupKey, rib: Rib) {
    this.key = key;
    this.rewriter = new Rewriter(key, rib);
    this.family = FAMILIES[key.family];
    this.tags = this.family.isTargeted ? rib.routeTargets : null;
    this.classic = this.family.isClassic;
    this.alone = this.family.codec?.alone === true;
    this.isInside = (key.role === 'client' || key.role === 'non-client') && key.originator === null;
    this.addPath = key.select.kind === 'paths';
    this.attributes = rib.attributes;
    this.prefixes = rib.families[key.family].prefixes;
    this.peers = rib.peers;
  }

  bucket(batch: Packer, first: number, set: AttributesId, source: PeerId, target: PeerId, number: number): void {
    this.tag = set === 0 || this.tags === null ? batch.tagOf(number) : this.tags.of(set);
    this.unless = batch.unlessOf(number);
    this.longest = this.prefixes.longest + (this.addPath ? 4 : 0);
    if (set === 0) {
      this.withdraw(batch, first, source, target);
      return;
    }
    const from = this.peers[source] as RibPeer;
    this.originator = this.isInside && !from.ebgp ? this.attributes.originatorOf(set) : 0;
    const { rewriter } = this;
    rewriter.write(set, source);
    if (rewriter.room <= 0) rewriter.writeReduced(set, source);
    this.limit = rewriter.fixed + LONGEST_PREFIX <= MAX_MESSAGE_LENGTH ? MAX_MESSAGE_LENGTH : this.key.maxMessage;
    if (rewriter.room <= 0) {
      for (let item = first; item >= 0; item = batch.after(item)) this.tooLong++;
      this.withdraw(batch, first, source, target);
      return;
    }
    for (let item = first; item >= 0; ) {
      const next = this.announce(batch, item, -1, source, target);
      if (next !== item) item = next;
      else if (this.limit < this.key.maxMessage) this.limit = this.key.maxMessage;
      else item = this.squeeze(batch, item, set, source, target);
    }
  }

  /**
   * The first item does not fit a message of its own: it is advertised without the attribute that the family can do without,
   * or else withdrawn. Returns the item behind it.
   */
  private squeeze(batch: Packer, item: number, set: AttributesId, source: PeerId, target: PeerId): number {
    const { rewriter } = this;
    const after = batch.after(item);
    if (rewriter.dropped === 0 && rewriter.writeReduced(set, source)) {
      const next = this.announce(batch, item, after, source, target);
      rewriter.write(set, source);
      if (next === after) return after;
    }
    this.tooLong++;
    this.withdrawSome(batch, item, after, source, target);
    return after;
  }

  /** Writes one message with as many items before `stop` (-1: all) as fit; returns the first that is not in it. */
  private announce(batch: Packer, first: number, stop: number, source: PeerId, target: PeerId): number {
    const { attributes, mp, length, mpLength, inNlri, dropped } = this.rewriter;
    const chunk = (this.target as Log).reserve(this.limit);
    const { bytes } = chunk;
    const start = chunk.length;
    const end = start + this.limit - (inNlri ? 0 : length);
    const attributesStart = start + HEADER_LENGTH + 4;
    let at = attributesStart;
    at = copy(inNlri ? attributes : mp, inNlri ? length : mpLength, bytes, at);
    let item = first;
    for (; item !== stop && this.hasRoom(batch, item, batch.payloadOf(item), at, end); item = batch.after(item)) {
      if (this.alone && item !== first) break;
      at = this.writeItem(batch, item, batch.payloadOf(item), bytes, at);
    }
    if (item === first) return first;
    if (dropped !== 0) for (let each = first; each !== item; each = batch.after(each)) this.reduced++;
    if (!inNlri) {
      put16(bytes, attributesStart + 2, at - attributesStart - 4);
      at = copy(attributes, length, bytes, at);
    }
    put16(bytes, start + HEADER_LENGTH, 0);
    put16(bytes, start + HEADER_LENGTH + 2, inNlri ? length : at - attributesStart);
    this.commit(chunk, at, source, target, this.originator);
    return item;
  }

  /** Whether the NLRI of an item fits between `at` and `end`; its length is read only if the longest would not fit. */
  private hasRoom(batch: Packer, item: number, payload: PayloadId, at: number, end: number): boolean {
    if (end - at >= this.longest) return true;
    return at + this.rewriter.octetsOf(batch.prefixOf(item), payload) <= end;
  }

  private writeItem(batch: Packer, item: number, payload: PayloadId, bytes: Uint8Array, at: number): number {
    const from = this.addPath ? writePathId(bytes, at, batch.pathIdOf(item)) : at;
    return this.prefixes.write(batch.prefixOf(item), bytes, from, payload);
  }

  private withdraw(batch: Packer, first: number, source: PeerId, target: PeerId): void {
    for (let item = first; item >= 0; ) item = this.withdrawSome(batch, item, -1, source, target);
  }

  /** Writes one message with as many items before `stop` (-1: all) as fit; returns the first that is not in it. */
  private withdrawSome(batch: Packer, first: number, stop: number, source: PeerId, target: PeerId): number {
    const fixed = HEADER_LENGTH + 4 + (this.classic ? 0 : MP_HEADER);
    const isShort = this.hasRoom(batch, first, NO_PAYLOAD, fixed, MAX_MESSAGE_LENGTH);
    const limit = isShort ? MAX_MESSAGE_LENGTH : this.key.maxMessage;
    // What no message of the group can name was never advertised to it.
    if (!isShort && !this.hasRoom(batch, first, NO_PAYLOAD, fixed, limit)) return batch.after(first);
    const chunk = (this.target as Log).reserve(limit);
    const { bytes } = chunk;
    const start = chunk.length;
    const end = start + limit - (this.classic ? 2 : 0);
    const bodyStart = start + HEADER_LENGTH;
    let at = this.classic ? bodyStart + 2 : bodyStart + 4 + MP_HEADER;
    let item = first;
    for (; item !== stop && this.hasRoom(batch, item, NO_PAYLOAD, at, end); item = batch.after(item)) {
      if (this.alone && item !== first) break;
      at = this.writeItem(batch, item, NO_PAYLOAD, bytes, at);
    }
    if (this.classic) {
      put16(bytes, bodyStart, at - bodyStart - 2);
      put16(bytes, at, 0);
      at += 2;
    } else {
      const attribute = bodyStart + 4;
      put16(bytes, bodyStart, 0);
      put16(bytes, bodyStart + 2, at - attribute);
      putMpHeader(bytes, attribute, ATTRIBUTE.mpUnreach, this.family);
      put16(bytes, attribute + 2, at - attribute - 4);
    }
    // The originator is sent withdrawals too: excluding it would cost a message per originator.
    this.commit(chunk, at, source, target, 0);
    return item;
  }

  private commit(chunk: Chunk, end: number, source: PeerId, target: PeerId, originator: number): void {
    writeHeader(chunk.bytes, chunk.length, end - chunk.length, MESSAGE.update);
    const { tag, unless, tags, key } = this;
    // A path that is sent back to its source has none.
    const from = key.originator === null ? source : NO_PEER;
    if (!chunk.commit(end, from, target, originator, tag, unless) || tags === null) return;
    tags.hold(tag as TagId);
    tags.hold(unless as TagId);
  }
}

function copy(from: Uint8Array, length: number, to: Uint8Array, at: number): number {
  for (let i = 0; i < length; i++) to[at++] = from[i];
  return at;
}
