/**
 * Whose path a path is, on whatever way it came. A path inside the AS is known by the router that originated it
 * (ORIGINATOR_ID, RFC 4456 8) and its next hop: with several reflectors the same path comes from each of them, and to
 * send it twice tells a peer nothing new. A path from another AS is known by its peer and the identifier that it sent.
 */
import type { AttributesTable } from '../rib/attributes.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { AttributesId, PathId } from '../rib/ids.ts';
import type { NextHopTable } from '../rib/next-hops.ts';
import type { RibPeer } from '../rib/peers.ts';
import type { Rib } from '../rib/rib.ts';

/** BGP identifier of the router inside the AS that a path is from; 0 for a path from another (member) AS. */
function originatorOf(attributes: AttributesTable, set: AttributesId, source: RibPeer): number {
  if (source.ebgp) return 0;
  const originator = attributes.originatorOf(set);
  return originator !== 0 ? originator : source.routerId;
}

/** The identities of the paths of one family. */
export class PathIdentities {
  private readonly family: FamilyRib;
  private readonly attributes: AttributesTable;
  private readonly nextHops: NextHopTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor(family: FamilyRib, rib: Rib) {
    this.family = family;
    this.attributes = rib.attributes;
    this.nextHops = rib.nextHops;
    this.peers = rib.peers;
  }

  /** Whether two usable paths of a prefix are one path that came on two ways. */
  areSame(one: PathId, other: PathId): boolean {
    const { paths } = this.family;
    const oneSet = paths.attributesOf(one);
    const otherSet = paths.attributesOf(other);
    if (this.attributes.nextHopOf(oneSet) !== this.attributes.nextHopOf(otherSet)) return false;
    const originator = originatorOf(this.attributes, oneSet, this.sourceOf(one));
    return originator !== 0 && originator === originatorOf(this.attributes, otherSet, this.sourceOf(other));
  }

  /**
   * A number from 1 to 2^32 - 1 that follows from the identity of a path alone: the same after a restart, and whatever
   * other paths there are. Different paths may have the same one, so it is a proposal. It must not depend on a secret:
   * a peer that finds paths with equal numbers gains nothing but that one of them gets another identifier.
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

  private sourceOf(path: PathId): RibPeer {
    return this.peers[this.family.paths.peerOf(path)] as RibPeer;
  }
}

/** MurmurHash3 (32 bits) over octets: fixed for ever, since identifiers are to survive an upgrade. */
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
