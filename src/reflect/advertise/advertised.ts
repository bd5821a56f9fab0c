/**
 * What a group advertises for each prefix. Two kinds: one path per prefix, and several with identifiers (ADD-PATH).
 */
import { WordMap } from '../../lib/tables/word-map.ts';
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { PolicyFilter } from '../../rib/attributes/policy-filter.ts';
import type { PathFilter } from '../../rib/paths/decision.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PathId, PayloadId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { NextHopTable } from '../../rib/tables/next-hops.ts';
import type { GroupKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import { HELD_BACK, heldBack, heldBackNextHop } from './eligibility.ts';
import type { Exclusions } from './exclusions.ts';
import type { FibGate } from './fib-gate.ts';
import type { FamilyPaths, SharedTables } from './identity.ts';
import type { Membership } from './membership.ts';
import type { Quota } from './quota.ts';
import { TagCounts, type Tags } from './tags.ts';

/** Visits one advertised path, with its ADD-PATH identifier (RFC 7911), 0 without ADD-PATH, and the payload of its NLRI. */
export type AdvertisedVisitor = (set: AttributesId, source: PeerId, identifier: number, payload: PayloadId) => void;

export interface Advertised {
  /** Advertised paths: the total, and those learned from each peer. */
  readonly counts: SourceCounts;
  /** Prefixes with more eligible paths than the maximum to advertise. */
  readonly cutPrefixes: number;
  /** The maximum number of advertised paths. */
  readonly quota: Quota;
  /**
   * Updates what is advertised for a prefix after its decision.
   * @param changes receives what must be sent to the members; null when no member was sent the prefix yet
   * @param fibGate with `hold`, nothing changes unless an advertised path was learned from a peer that is gone
   * @returns false when nothing changed
   */
  update(prefix: PrefixId, changes: Packer | null, fibGate: FibGate): boolean;
  has(prefix: PrefixId): boolean;
  /** Whether this path of the prefix is advertised. */
  isAdvertised(prefix: PrefixId, path: PathId): boolean;
  /** Visits the advertised paths of a prefix. */
  each(prefix: PrefixId, visit: AdvertisedVisitor): void;
  /** As `eachWith` for [from, end), where a prefix has one path: it costs less. */
  eachOneWith?(from: number, end: number, isMeant: SetTest | null, visit: (prefix: PrefixId) => void): void;
  /** Visits the identifiers under which a member may hold paths of a prefix; none without ADD-PATH. */
  eachIdentifier(prefix: PrefixId, visit: (identifier: number) => void): void;
  /** Puts all advertised paths of a prefix into a batch. */
  announce(prefix: PrefixId, batch: Packer): void;
  /** Puts only those of one source into a batch; false when there are none. */
  announceFrom(prefix: PrefixId, source: PeerId, batch: Packer): boolean;
  /**
   * The same for one slow member, which may hold older paths: adds withdrawals of everything else that it may hold.
   * @param membership the route targets that it asks for; null: all
   */
  restate(prefix: PrefixId, peer: RibPeer, membership: Membership | null, batch: Packer): void;
  /** @param on some member is slow, and may still hold paths that were withdrawn since */
  rememberWithdrawn(on: boolean): void;
  /** A slow member may hold a path of the prefix under this identifier. */
  noteWithdrawn(prefix: PrefixId, identifier: number): void;
  /** Whether a prefix has more eligible paths than the maximum to advertise. */
  isCut(prefix: PrefixId): boolean;
  /** Distinct paths that would be advertised without a limit; for a prefix that is cut. */
  distinctPaths(prefix: PrefixId): number;
  /**
   * Visits prefixes to decide again because a path lost its way a while ago; with `all`, those of a moment ago too.
   * @returns whether there are more
   */
  ageLostWays(all: boolean, visit: (prefix: PrefixId) => void): boolean;
  /** Removes a prefix without sending a withdrawal. */
  forget(prefix: PrefixId): void;
  bytes(): number;
}

/** Whether paths with these attributes are meant. */
export type SetTest = (set: AttributesId) => boolean;

/** Visits the advertised prefixes with ids in [from, end) of which a path is meant; null: all are. */
export function eachWith(
  advertised: Advertised,
  from: number,
  end: number,
  isMeant: SetTest | null,
  visit: (prefix: PrefixId) => void,
): void {
  if (advertised.eachOneWith !== undefined) {
    advertised.eachOneWith(from, end, isMeant, visit);
    return;
  }
  let isFound = false;
  // Routes that were received together share a set: it is asked for once.
  let last = 0;
  let answer = isMeant === null;
  const look: AdvertisedVisitor = (set) => {
    if (isMeant !== null && set !== last) answer = isMeant(set);
    last = set;
    isFound ||= answer;
  };
  for (let id = from; id < end; id++) {
    isFound = false;
    advertised.each(id as PrefixId, look);
    if (isFound) visit(id as PrefixId);
  }
}

/** Advertised paths, by the peer they were learned from. */
export class SourceCounts {
  total = 0;
  private readonly bySource: number[] = [];
  /** Paths with an ORIGINATOR_ID, by that; without those that have none left, because a peer chooses them. */
  private readonly byOriginator = new WordMap<number>();
  private readonly exclusions: Exclusions;
  private readonly tags: Tags;
  private readonly byTag = new TagCounts();

  constructor(exclusions: Exclusions, tags: Tags) {
    this.exclusions = exclusions;
    this.tags = tags;
  }

  add(set: AttributesId, source: PeerId, by: 1 | -1): void {
    if (source === 0) return;
    this.total += by;
    this.bySource[source] = (this.bySource[source] ?? 0) + by;
    const originator = this.exclusions.originatorOf(set, source);
    if (this.tags.sets !== null) this.byTag.add(this.tags.sets.of(set), source, originator, by);
    if (originator === 0) return;
    const left = (this.byOriginator.get(originator) ?? 0) + by;
    if (left === 0) this.byOriginator.delete(originator);
    else this.byOriginator.set(originator, left);
  }

  /** Number of different ORIGINATOR_IDs of advertised paths. */
  get originators(): number {
    return this.byOriginator.size;
  }

  /** Paths that are sent to a member: all but its own, and of those only what it asks for. */
  sentTo(member: RibPeer, membership: Membership | null): number {
    return membership === null ? this.total - this.ofMember(member) : this.byTag.sentTo(member, membership);
  }

  /** Paths that are not sent to a member because they are its own. */
  private ofMember({ id, routerId }: RibPeer): number {
    if (this.exclusions.none) return 0;
    return (this.bySource[id] ?? 0) + (this.byOriginator.get(routerId) ?? 0);
  }
}

/** The paths that may be advertised to a group. */
export class Eligible implements PathFilter {
  private readonly key: GroupKey;
  private readonly family: FamilyPaths;
  private readonly attributes: AttributesTable;
  private readonly nextHops: NextHopTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly filter: PolicyFilter;

  constructor(key: GroupKey, rib: SharedTables, family: FamilyPaths) {
    this.key = key;
    this.family = family;
    this.attributes = rib.attributes;
    this.nextHops = rib.nextHops;
    this.peers = rib.peers;
    this.filter = rib.filter;
  }

  accepts(path: PathId): boolean {
    return this.why(path) === HELD_BACK.no;
  }

  /** Why a path is not advertised to the group; a value of HELD_BACK. */
  why(path: PathId): number {
    const { paths } = this.family;
    const set = paths.attributesOf(path);
    const source = this.peers[paths.peerOf(path)] as RibPeer;
    const why = heldBack(this.key, source, this.attributes.flagsOf(set));
    if (why !== HELD_BACK.no) return why;
    const chain = this.key.exportChain;
    if (chain === null) return this.whyNextHop(set);
    const { filter, family } = this;
    const prefixClass = filter.classOf(
      chain,
      family.family,
      family.prefixes,
      paths.prefixOf(path),
      paths.payloadOf(path),
    );
    if (!filter.accepts(chain, set, prefixClass, family.family, source)) return HELD_BACK.exportPolicy;
    return chain.decidesNextHop ? this.whyNewNextHop(path) : this.whyNextHop(set);
  }

  /**
   * The attributes of a path as they are advertised: what the policies of the group make of those in use. A new set has
   * no holder.
   */
  exportedOf(path: PathId): AttributesId {
    const { filter, family, peers } = this;
    const { paths, prefixes } = family;
    const set = paths.attributesOf(path);
    const chain = this.key.exportChain;
    if (chain === null) return set;
    const prefixClass = filter.classOf(chain, family.family, prefixes, paths.prefixOf(path), paths.payloadOf(path));
    return filter.apply(chain, set, prefixClass, family.family, peers[paths.peerOf(path)] as RibPeer);
  }

  /** Whether a path is advertised with these attributes, which the caller holds. */
  isExportedAs(path: PathId, set: AttributesId): boolean {
    const exported = this.exportedOf(path);
    if (exported !== set) this.giveUp(exported);
    return exported === set;
  }

  /** Gives up a set of `exportedOf` that is not held. */
  giveUp(exported: AttributesId): void {
    if (this.key.exportChain !== null) this.attributes.dropUnheld(exported);
  }

  private whyNextHop(set: AttributesId): number {
    const nextHop = this.attributes.nextHopOf(set);
    return heldBackNextHop(this.key, this.nextHops.lengthOf(nextHop), this.nextHops.isScoped(nextHop));
  }

  private whyNewNextHop(path: PathId): number {
    const exported = this.exportedOf(path);
    const why = this.whyNextHop(exported);
    this.giveUp(exported);
    return why;
  }
}
