/**
 * What a group has told of each prefix. Two kinds: one path per prefix, and several with identifiers (ADD-PATH).
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { PathFilter } from '../../rib/paths/decision.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PathId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { NextHopTable } from '../../rib/tables/next-hops.ts';
import type { GroupKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import { HELD_BACK, heldBack, heldBackNextHop } from './eligibility.ts';
import type { Exclusions } from './exclusions.ts';
import type { FibGate } from './fib-gate.ts';
import type { Quota } from './quota.ts';

/** Sees one path that is told of, with its ADD-PATH identifier (RFC 7911); 0 without. */
export type AdvertisedVisitor = (set: AttributesId, source: PeerId, identifier: number) => void;

export interface Advertised {
  /** Paths told of, and those of them that come from one peer. */
  readonly counts: SourceCounts;
  /** Prefixes with more eligible paths than the group may be told of. */
  readonly cutPrefixes: number;
  /** How many paths may be told of. */
  readonly quota: Quota;
  /**
   * Makes it say what a decided prefix means for the group.
   * @param changes takes what the members have to be told; null when nobody was told of the prefix yet
   * @param fibGate with `hold`, nothing changes unless an advertised path was learned from a peer that is gone
   * @returns false when it said so already
   */
  update(prefix: PrefixId, changes: Packer | null, fibGate: FibGate): boolean;
  has(prefix: PrefixId): boolean;
  /** Whether this path of the prefix is told of. */
  isAdvertised(prefix: PrefixId, path: PathId): boolean;
  /** Visits what is told of a prefix. */
  each(prefix: PrefixId, visit: AdvertisedVisitor): void;
  /** Visits the identifiers under which a member may hold paths of a prefix; none without ADD-PATH. */
  eachIdentifier(prefix: PrefixId, visit: (identifier: number) => void): void;
  /** Puts all that is told of a prefix into a batch. */
  announce(prefix: PrefixId, batch: Packer): void;
  /** Puts those of one source alone into a batch; false when there are none. */
  announceFrom(prefix: PrefixId, source: PeerId, batch: Packer): boolean;
  /**
   * The same for one slow member that may have been told of it before: with withdrawals of all else that it may hold.
   */
  restate(prefix: PrefixId, peer: RibPeer, batch: Packer): void;
  /** Whether some member is slow: it may hold paths that were withdrawn since. */
  rememberWithdrawn(on: boolean): void;
  /** A slow member may hold a path of the prefix under this identifier. */
  noteWithdrawn(prefix: PrefixId, identifier: number): void;
  /** Whether a prefix has more eligible paths than the group may be told of. */
  isCut(prefix: PrefixId): boolean;
  /** How many distinct paths the group might be told of without a limit; for a prefix that is cut. */
  distinctPaths(prefix: PrefixId): number;
  /**
   * Visits prefixes that are to be decided anew, since a path of them has lost its way a while ago, or lately: `all`.
   * @returns whether there are more
   */
  ageLostWays(all: boolean, visit: (prefix: PrefixId) => void): boolean;
  /** Takes a prefix out without telling anybody. */
  forget(prefix: PrefixId): void;
  bytes(): number;
}

/** Paths told of, by the peer that they come from. */
export class SourceCounts {
  total = 0;
  private readonly bySource: number[] = [];
  /** Paths with an ORIGINATOR_ID, by that. */
  private readonly byOriginator = new Map<number, number>();
  private readonly exclusions: Exclusions;

  constructor(exclusions: Exclusions) {
    this.exclusions = exclusions;
  }

  add(set: AttributesId, source: PeerId, by: 1 | -1): void {
    if (source === 0) return;
    this.total += by;
    this.bySource[source] = (this.bySource[source] ?? 0) + by;
    const originator = this.exclusions.originatorOf(set, source);
    if (originator !== 0) this.byOriginator.set(originator, (this.byOriginator.get(originator) ?? 0) + by);
  }

  /** Paths that a member is not sent, because they are its own. */
  ofMember({ id, routerId }: RibPeer): number {
    return (this.bySource[id] ?? 0) + (this.byOriginator.get(routerId) ?? 0);
  }
}

/** Paths that a group may be told of. */
export class Eligible implements PathFilter {
  private readonly key: GroupKey;
  private readonly family: FamilyRib;
  private readonly attributes: AttributesTable;
  private readonly nextHops: NextHopTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor(key: GroupKey, rib: Rib) {
    this.key = key;
    this.family = rib.families[key.family];
    this.attributes = rib.attributes;
    this.nextHops = rib.nextHops;
    this.peers = rib.peers;
  }

  accepts(path: PathId): boolean {
    return this.why(path) === HELD_BACK.no;
  }

  /** Why a path is kept from the group; a value of HELD_BACK. */
  why(path: PathId): number {
    const { paths } = this.family;
    const set = paths.attributesOf(path);
    const source = this.peers[paths.peerOf(path)] as RibPeer;
    const why = heldBack(this.key, source, this.attributes.flagsOf(set));
    if (why !== HELD_BACK.no) return why;
    const nextHop = this.attributes.nextHopOf(set);
    return heldBackNextHop(this.key, this.nextHops.lengthOf(nextHop), this.nextHops.isScoped(nextHop));
  }
}
