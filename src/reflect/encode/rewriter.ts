/**
 * What the messages to a group have beside their NLRI: the attributes of a set, rewritten (RFC 4456 8 toward iBGP, RFC 4271
 * 5.1 toward eBGP), and MP_REACH_NLRI up to its prefixes. Where they leave no room for the NLRI, the attribute that the
 * family can do without is left out.
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, NextHopId, PayloadId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { NextHopTable } from '../../rib/tables/next-hops.ts';
import type { PrefixTable } from '../../rib/tables/prefixes.ts';
import { addCommunity } from '../../wire/attributes/add-community.ts';
import { ATTRIBUTE, COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import { findAttribute } from '../../wire/attributes/canonical.ts';
import { GRACEFUL_SHUTDOWN } from '../../wire/attributes/communities.ts';
import { AttributeEdits, writeAttributes } from '../../wire/attributes/encode.ts';
import { put16 } from '../../wire/bytes.ts';
import { FAMILIES, type Family } from '../../wire/families.ts';
import { HEADER_LENGTH } from '../../wire/message.ts';
import { editsFor } from './edits.ts';
import { advertisedOctets, type GroupKey, suitsFamily } from './group-key.ts';

const OPTIONAL_EXTENDED = 0x90;
/** Flags, code, length 2, AFI 2, SAFI 1. */
export const MP_HEADER = 7;

/** What a message has for a route beside its NLRI. */
interface EncodedRoute {
  readonly attributes: Uint8Array;
  /** Octets as in the message; empty: none. */
  readonly nextHop: Uint8Array;
}

/** Octets of NLRI that a message has room for. */
export interface Rooms {
  /** Beside all attributes; negative: these do not fit themselves. */
  readonly whole: number;
  /** The same without the attribute that the family can do without; `whole` if there is none. */
  readonly reduced: number;
}

export class Rewriter {
  /** The rewritten attributes, `length` octets; a negative length: they do not fit. */
  readonly attributes = new Uint8Array(65_536);
  length = 0;
  /** MP_REACH_NLRI up to its prefixes, `mpLength` octets; 0: there is none; negative: the next hop does not fit the family. */
  readonly mp = new Uint8Array(MP_HEADER + 257);
  mpLength = 0;
  /** The routes are in NLRI, and not in MP_REACH_NLRI. */
  inNlri = false;
  /** Type code of the attribute that was left out; 0: none. */
  dropped = 0;

  private readonly key: GroupKey;
  private readonly family: Family;
  private readonly addPath: boolean;
  private readonly table: AttributesTable;
  private readonly nextHops: NextHopTable;
  private readonly prefixes: PrefixTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly edits = new AttributeEdits();
  /** Attributes with GRACEFUL_SHUTDOWN, for a group that drains. */
  private readonly drained: Uint8Array | null;

  constructor(key: GroupKey, rib: Rib) {
    this.key = key;
    this.family = FAMILIES[key.family];
    this.addPath = key.select.kind === 'paths';
    this.table = rib.attributes;
    this.nextHops = rib.nextHops;
    this.prefixes = rib.families[key.family].prefixes;
    this.peers = rib.peers;
    this.drained = key.draining ? new Uint8Array(65_536) : null;
  }

  /** Octets of a message before its prefixes and behind them; only if both lengths are valid. */
  get fixed(): number {
    return HEADER_LENGTH + 4 + this.length + this.mpLength;
  }

  /** Octets of NLRI that the longest message has room for. */
  get room(): number {
    return this.length < 0 || this.mpLength < 0 ? -1 : this.key.maxMessage - this.fixed;
  }

  /** Octets of a route in a message, with its path identifier. */
  octetsOf(prefix: PrefixId, payload: PayloadId): number {
    return this.prefixes.octetsOf(prefix, payload) + (this.addPath ? 4 : 0);
  }

  /** Writes all attributes. */
  write(set: AttributesId, source: PeerId): void {
    this.put(set, source, 0);
  }

  /**
   * Writes the attributes without the one that the family can do without; false: it can do without none of them, and nothing
   * is written.
   */
  writeReduced(set: AttributesId, source: PeerId): boolean {
    const { expendable } = this.family;
    if (expendable === 0 || !this.has(set, expendable)) return false;
    this.put(set, source, expendable);
    return true;
  }

  /** What fits beside the attributes of a route. */
  roomsOf(set: AttributesId, source: PeerId): Rooms {
    this.write(set, source);
    const whole = this.room;
    return { whole, reduced: this.writeReduced(set, source) ? this.room : whole };
  }

  /** The attributes and the next hop that messages have for a route, valid until the next call; null: they do not fit. */
  preview(set: AttributesId, source: PeerId, reduced = false): EncodedRoute | null {
    if (!reduced || !this.writeReduced(set, source)) this.write(set, source);
    const { length, mpLength, mp } = this;
    if (length < 0 || mpLength < 0) return null;
    const attributes = this.attributes.subarray(0, length);
    const own = this.inNlri ? findAttribute(attributes, 0, length, ATTRIBUTE.nextHop) : -1;
    const nextHop = own < 0 ? mp.subarray(MP_HEADER + 1, mpLength - 1) : attributes.subarray(own + 3, own + 7);
    return { attributes, nextHop };
  }

  private has(set: AttributesId, code: number): boolean {
    const start = this.table.startOf(set);
    return findAttribute(this.table.pageOf(set), start, start + this.table.lengthOf(set), code) >= 0;
  }

  private put(set: AttributesId, source: PeerId, dropped: number): void {
    this.dropped = dropped;
    this.length = this.rewrite(set, this.peers[source] as RibPeer);
    const nextHop = this.table.nextHopOf(set);
    const octets = advertisedOctets(this.key, this.nextHops.lengthOf(nextHop));
    this.inNlri = this.family.isClassic && octets === 4;
    this.mpLength = this.inNlri ? 0 : this.writeMpHeader(nextHop);
  }

  /** Writes the attributes for this group to `attributes`; their length, or -1 when they do not fit. */
  private rewrite(set: AttributesId, source: RibPeer): number {
    const start = this.table.startOf(set);
    const end = start + this.table.lengthOf(set);
    const page = this.table.pageOf(set);
    editsFor(this.edits, this.key, set, source, this.table, this.nextHops);
    this.edits.drop = this.dropped;
    const isMarked = (this.table.flagsOf(set) & COMMUNITY_FLAG.gracefulShutdown) !== 0;
    if (this.drained === null || isMarked) return writeAttributes(page, start, end, this.edits, this.attributes, 0);
    const length = addCommunity(page, start, end, GRACEFUL_SHUTDOWN, this.drained);
    return length < 0 ? -1 : writeAttributes(this.drained, 0, length, this.edits, this.attributes, 0);
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
    let at = putMpHeader(mp, 0, ATTRIBUTE.mpReach, this.family);
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
}

/** Writes the header of an MP attribute, AFI and SAFI; the length is set later. */
export function putMpHeader(out: Uint8Array, at: number, code: number, { afi, safi }: Family): number {
  out[at] = OPTIONAL_EXTENDED;
  out[at + 1] = code;
  put16(out, at + 2, 0);
  put16(out, at + 4, afi);
  out[at + 6] = safi;
  return at + MP_HEADER;
}
