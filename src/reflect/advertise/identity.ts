/**
 * The identity of a path, whatever way it was received by. A path inside the AS is identified by the router that
 * originated it (ORIGINATOR_ID, RFC 4456 8) and its next hop: several reflectors send the same path, and a peer gains
 * nothing from a second copy. A path from another AS is identified by its peer and the path identifier that it sent.
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { Decision } from '../../rib/paths/decision.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PathId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { NextHopTable } from '../../rib/tables/next-hops.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG } from '../../wire/attributes/attribute-table.ts';

/** What paths are chosen from: the tables of a family, or a trial of other policies on the paths of one prefix. */
export interface FamilyPaths extends Pick<FamilyRib, 'family' | 'paths' | 'prefixes' | 'rank'> {
  readonly decision: Pick<Decision, 'eligible'>;
}

/** The same for what families share. */
export type SharedTables = Pick<Rib, 'attributes' | 'nextHops' | 'peers' | 'filter'>;

/** BGP identifier of the router inside the AS that originated a path; 0 for a path from another (member) AS. */
function originatorOf(attributes: AttributesTable, set: AttributesId, source: RibPeer): number {
  if (source.ebgp) return 0;
  const originator = attributes.originatorOf(set);
  return originator !== 0 ? originator : source.routerId;
}

/** The identities of the paths of one family. */
export class PathIdentities {
  private readonly family: FamilyPaths;
  private readonly attributes: AttributesTable;
  private readonly nextHops: NextHopTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor(family: FamilyPaths, rib: SharedTables) {
    this.family = family;
    this.attributes = rib.attributes;
    this.nextHops = rib.nextHops;
    this.peers = rib.peers;
  }

  /** Whether two usable paths of a prefix are one path that was received by two ways. */
  areSame(one: PathId, other: PathId): boolean {
    const { paths } = this.family;
    const oneSet = paths.attributesOf(one);
    const otherSet = paths.attributesOf(other);
    if (this.attributes.nextHopOf(oneSet) !== this.attributes.nextHopOf(otherSet)) return false;
    const originator = originatorOf(this.attributes, oneSet, this.sourceOf(one));
    return originator !== 0 && originator === originatorOf(this.attributes, otherSet, this.sourceOf(other));
  }

  /**
   * A number from 1 to 2^32 - 1 that depends on the identity of a path alone: it is the same after a restart and
   * whatever other paths exist. Different paths may have the same number, so it is only a proposal. It must not depend
   * on a secret; a peer that finds paths with equal numbers only makes one of them get another identifier.
   */
  proposalOf(path: PathId): number {
    const { paths } = this.family;
    const source = this.sourceOf(path);
    const set = paths.attributesOf(path);
    const originator = originatorOf(this.attributes, set, source);
    if (originator === 0) {
      return hash(source.address, 0, source.address.length, paths.pathIdOf(path)) || 1;
    }
    const nextHop = this.attributes.nextHopOf(set);
    const start = this.nextHops.startOf(nextHop);
    const length = Math.min(this.nextHops.lengthOf(nextHop), 16);
    return hash(this.nextHops.pageOf(nextHop), start, start + length, originator) || 1;
  }

  /** Whether a path is still usable, and from the same peer. */
  isStill(path: PathId, prefix: PrefixId, source: PeerId): boolean {
    const { paths } = this.family;
    if (paths.peerOf(path) !== source || paths.prefixOf(path) !== prefix) return false;
    return paths.reasonOf(path) === 0;
  }

  /** Whether two attribute sets, each with the peer that it is from, are of paths that one router inside the AS originated. */
  haveSameOriginator(one: AttributesId, oneSource: PeerId, other: AttributesId, otherSource: PeerId): boolean {
    const [first, second] = [this.peers[oneSource], this.peers[otherSource]];
    if (first === undefined || second === undefined) return false;
    const originator = originatorOf(this.attributes, one, first);
    return originator !== 0 && originator === originatorOf(this.attributes, other, second);
  }

  haveSameNextHop(one: AttributesId, other: AttributesId): boolean {
    return this.attributes.nextHopOf(one) === this.attributes.nextHopOf(other);
  }

  /** Whether two attribute sets of one path, with the same next hop, differ only in the reflectors that it passed. */
  differInWayOnly(one: AttributesId, other: AttributesId): boolean {
    const { attributes } = this;
    const [a, b] = [attributes.pageOf(one), attributes.pageOf(other)];
    const aEnd = attributes.startOf(one) + attributes.lengthOf(one);
    const bEnd = attributes.startOf(other) + attributes.lengthOf(other);
    let i = behindWay(a, attributes.startOf(one), aEnd);
    let j = behindWay(b, attributes.startOf(other), bEnd);
    while (i < aEnd && j < bEnd) {
      const end = attributeEnd(a, i);
      if (end - i !== attributeEnd(b, j) - j) return false;
      for (; i < end; i++, j++) if (a[i] !== b[j]) return false;
      i = behindWay(a, i, aEnd);
      j = behindWay(b, j, bEnd);
    }
    return i === aEnd && j === bEnd;
  }

  private sourceOf(path: PathId): RibPeer {
    return this.peers[this.family.paths.peerOf(path)] as RibPeer;
  }
}

/** The first attribute from `at` on that is neither ORIGINATOR_ID nor CLUSTER_LIST. */
function behindWay(page: Uint8Array, at: number, end: number): number {
  let next = at;
  while (next < end && (page[next + 1] === ATTRIBUTE.originatorId || page[next + 1] === ATTRIBUTE.clusterList)) {
    next = attributeEnd(page, next);
  }
  return next;
}

function attributeEnd(page: Uint8Array, at: number): number {
  const isLong = (page[at] & ATTRIBUTE_FLAG.extendedLength) !== 0;
  return isLong ? at + 4 + ((page[at + 2] << 8) | page[at + 3]) : at + 3 + page[at + 2];
}

/** MurmurHash3 (32 bits) over octets. It must never change: identifiers survive an upgrade. */
function hash(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let h = seed;
  for (let at = start; at < end; at += 4) {
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h ^= end - start;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
