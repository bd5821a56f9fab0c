/**
 * Encoding: buckets of a batch become UPDATE messages in a log. The attributes of a bucket are rewritten once
 * (RFC 4456 8 toward iBGP, RFC 4271 5.1 toward eBGP), then every message of it copies them.
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { RouteTargetSets } from '../../rib/attributes/route-target-sets.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, NextHopId, PayloadId, PeerId, TagId } from '../../rib/tables/ids.ts';
import type { NextHopTable } from '../../rib/tables/next-hops.ts';
import type { PrefixTable } from '../../rib/tables/prefixes.ts';
import { addCommunity } from '../../wire/attributes/add-community.ts';
import { ATTRIBUTE, COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import { findAttribute } from '../../wire/attributes/canonical.ts';
import { GRACEFUL_SHUTDOWN } from '../../wire/attributes/communities.ts';
import { AttributeEdits, writeAttributes } from '../../wire/attributes/encode.ts';
import { FAMILIES, type Family } from '../../wire/families.ts';
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH, MESSAGE, writeHeader } from '../../wire/message.ts';
import { writePathId } from '../../wire/update/nlri.ts';
import type { Chunk, Log } from './chunks.ts';
import { editsFor } from './edits.ts';
import { advertisedOctets, type GroupKey, suitsFamily } from './group-key.ts';
import type { BucketSink, Packer } from './packer.ts';

/** Longest prefix of unicast as NLRI: an ADD-PATH identifier, a length and 16 octets. */
const LONGEST_PREFIX = 21;
const NO_PAYLOAD = 0 as PayloadId;
const NO_PEER = 0 as PeerId;
const OPTIONAL_EXTENDED = 0x90;
/** Flags, code, length 2, AFI 2, SAFI 1. */
const MP_HEADER = 7;

/** What a message has for a route beside its NLRI. */
interface EncodedRoute {
  readonly attributes: Uint8Array;
  /** Octets as in the message; empty: none. */
  readonly nextHop: Uint8Array;
}

export class Encoder implements BucketSink {
  /** The log that messages are written to. */
  target: Log | null = null;
  /** Prefixes that did not fit the group's longest message with their attributes: they are withdrawn instead. */
  tooLong = 0;
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
  /** The routes of the bucket are in NLRI, and not in MP_REACH_NLRI. */
  private inNlri = false;
  private readonly addPath: boolean;
  /** No NLRI of the bucket is longer: room for it needs no other check. */
  private longest = 0;
  /** A message has one NLRI only. */
  private readonly alone: boolean;
  /** The members are inside the AS, so ORIGINATOR_ID applies to them. */
  private readonly isInside: boolean;
  private readonly attributes: AttributesTable;
  private readonly nextHops: NextHopTable;
  private readonly prefixes: PrefixTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly edits = new AttributeEdits();
  /** The rewritten attributes of the bucket, preceded by MP_REACH_NLRI up to its prefixes. */
  private readonly scratch = new Uint8Array(65_536);
  private readonly mp = new Uint8Array(MP_HEADER + 257);
  /** Attributes with GRACEFUL_SHUTDOWN, for a group that drains. */
  private readonly drained: Uint8Array | null;

  constructor(key: GroupKey, rib: Rib) {
    this.key = key;
    this.drained = key.draining ? new Uint8Array(65_536) : null;
    this.family = FAMILIES[key.family];
    this.tags = this.family.isTargeted ? rib.routeTargets : null;
    this.classic = this.family.isClassic;
    this.alone = this.family.codec?.alone === true;
    this.isInside = (key.role === 'client' || key.role === 'non-client') && key.originator === null;
    this.addPath = key.select.kind === 'paths';
    this.attributes = rib.attributes;
    this.nextHops = rib.nextHops;
    this.prefixes = rib.families[key.family].prefixes;
    this.peers = rib.peers;
  }

  /** Whether a message has room for a prefix behind these attributes. */
  fits(set: AttributesId, source: PeerId): boolean {
    return this.hasRoomBehind(this.rewrite(set, this.peers[source] as RibPeer), this.writeNextHop(set));
  }

  /** The attributes and the next hop that messages have for a route, valid until the next call; null: they do not fit. */
  preview(set: AttributesId, source: PeerId): EncodedRoute | null {
    const length = this.rewrite(set, this.peers[source] as RibPeer);
    const mpLength = this.writeNextHop(set);
    if (!this.hasRoomBehind(length, mpLength)) return null;
    const attributes = this.scratch.subarray(0, length);
    const own = this.inNlri ? findAttribute(attributes, 0, length, ATTRIBUTE.nextHop) : -1;
    const nextHop = own < 0 ? this.mp.subarray(MP_HEADER + 1, mpLength - 1) : attributes.subarray(own + 3, own + 7);
    return { attributes, nextHop };
  }

  private hasRoomBehind(length: number, mpLength: number): boolean {
    return length >= 0 && mpLength >= 0 && HEADER_LENGTH + 4 + length + mpLength < this.key.maxMessage;
  }

  /** Places the next hop, and writes MP_REACH_NLRI up to its prefixes: its length, 0 without it, -1: no room. */
  private writeNextHop(set: AttributesId): number {
    const nextHop = this.attributes.nextHopOf(set);
    this.inNlri = this.classic && advertisedOctets(this.key, this.nextHops.lengthOf(nextHop)) === 4;
    return this.inNlri ? 0 : this.writeMpHeader(nextHop);
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
    const length = this.rewrite(set, from);
    const mpLength = this.writeNextHop(set);
    const fixed = HEADER_LENGTH + 4 + length + mpLength;
    this.limit = fixed + LONGEST_PREFIX <= MAX_MESSAGE_LENGTH ? MAX_MESSAGE_LENGTH : this.key.maxMessage;
    if (!this.hasRoomBehind(length, mpLength)) {
      for (let item = first; item >= 0; item = batch.after(item)) this.tooLong++;
      this.withdraw(batch, first, source, target);
      return;
    }
    for (let item = first; item >= 0; ) {
      const next = this.announce(batch, item, length, mpLength, source, target);
      if (next !== item) item = next;
      else if (this.limit < this.key.maxMessage) this.limit = this.key.maxMessage;
      else item = this.leaveOut(batch, item, source, target);
    }
  }

  /** The first item does not fit a message of its own: it is withdrawn. Returns the item behind it. */
  private leaveOut(batch: Packer, item: number, source: PeerId, target: PeerId): number {
    this.tooLong++;
    this.withdrawSome(batch, item, batch.after(item), source, target);
    return batch.after(item);
  }

  /** Writes one message with as many prefixes as fit; returns the first item that did not fit, or -1. */
  private announce(
    batch: Packer,
    first: number,
    length: number,
    mpLength: number,
    source: PeerId,
    target: PeerId,
  ): number {
    const chunk = (this.target as Log).reserve(this.limit);
    const { bytes } = chunk;
    const start = chunk.length;
    const end = start + this.limit - (this.inNlri ? 0 : length);
    const attributesStart = start + HEADER_LENGTH + 4;
    let at = attributesStart;
    at = copy(this.inNlri ? this.scratch : this.mp, this.inNlri ? length : mpLength, bytes, at);
    let item = first;
    for (; item >= 0 && this.hasRoom(batch, item, batch.payloadOf(item), at, end); item = batch.after(item)) {
      if (this.alone && item !== first) break;
      at = this.writeItem(batch, item, batch.payloadOf(item), bytes, at);
    }
    if (item === first) return first;
    if (!this.inNlri) {
      put16(bytes, attributesStart + 2, at - attributesStart - 4);
      at = copy(this.scratch, length, bytes, at);
    }
    put16(bytes, start + HEADER_LENGTH, 0);
    put16(bytes, start + HEADER_LENGTH + 2, this.inNlri ? length : at - attributesStart);
    this.commit(chunk, at, source, target, this.originator);
    return item;
  }

  /** Whether the NLRI of an item fits between `at` and `end`; its length is read only if the longest would not fit. */
  private hasRoom(batch: Packer, item: number, payload: PayloadId, at: number, end: number): boolean {
    if (end - at >= this.longest) return true;
    const octets = this.prefixes.octetsOf(batch.prefixOf(item), payload);
    return at + (this.addPath ? 4 : 0) + octets <= end;
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
      this.writeMp(bytes, attribute, ATTRIBUTE.mpUnreach);
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

  /** Writes the attributes for this group to the scratch buffer; their length, or -1 when they do not fit. */
  private rewrite(set: AttributesId, source: RibPeer): number {
    const start = this.attributes.startOf(set);
    const end = start + this.attributes.lengthOf(set);
    const page = this.attributes.pageOf(set);
    editsFor(this.edits, this.key, set, source, this.attributes, this.nextHops);
    const isMarked = (this.attributes.flagsOf(set) & COMMUNITY_FLAG.gracefulShutdown) !== 0;
    if (this.drained === null || isMarked) return writeAttributes(page, start, end, this.edits, this.scratch, 0);
    const length = addCommunity(page, start, end, GRACEFUL_SHUTDOWN, this.drained);
    return length < 0 ? -1 : writeAttributes(this.drained, 0, length, this.edits, this.scratch, 0);
  }

  /** MP_REACH_NLRI up to its prefixes; its length, or -1 when the next hop does not fit the family. */
  private writeMpHeader(nextHop: NextHopId): number {
    const { mp } = this;
    const { nextHop: own, family, extendedNextHop } = this.key;
    const use = own !== null && suitsFamily(own.length, family, extendedNextHop) ? own : null;
    const page = use ?? this.nextHops.pageOf(nextHop);
    const from = use === null ? this.nextHops.startOf(nextHop) : 0;
    const length = use === null ? this.unchangedOctets(nextHop) : use.length;
    if (!suitsFamily(length, family, extendedNextHop)) return -1;
    let at = this.writeMp(mp, 0, ATTRIBUTE.mpReach);
    mp[at++] = length;
    for (let i = 0; i < length; i++) mp[at++] = page[from + i];
    mp[at++] = 0;
    return at;
  }

  /**
   * RFC 2545 3: a link-local address is for peers on the same link. A reflector cannot know that, so it is removed where
   * the next hop is only an address. Where labels belong to it, it is passed on as it is.
   */
  private unchangedOctets(nextHop: NextHopId): number {
    const length = this.nextHops.lengthOf(nextHop);
    return length === 32 && this.family.nextHop.isReplaceable ? 16 : length;
  }

  private writeMp(out: Uint8Array, at: number, code: number): number {
    const { afi, safi } = this.family;
    out[at] = OPTIONAL_EXTENDED;
    out[at + 1] = code;
    put16(out, at + 2, 0);
    put16(out, at + 4, afi);
    out[at + 6] = safi;
    return at + MP_HEADER;
  }
}

function put16(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 8;
  out[at + 1] = value;
}

function copy(from: Uint8Array, length: number, to: Uint8Array, at: number): number {
  for (let i = 0; i < length; i++) to[at++] = from[i];
  return at;
}
