/**
 * What a group has told of each prefix. Two kinds: one path per prefix, and several with identifiers (ADD-PATH).
 * No I/O, no timers.
 */
import type { AttributesTable } from '../rib/attributes.ts';
import type { PathFilter } from '../rib/decision.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { PathId, PeerId, PrefixId } from '../rib/ids.ts';
import type { NextHopTable } from '../rib/next-hops.ts';
import type { RibPeer } from '../rib/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { Clearance } from './clearance.ts';
import { HELD_BACK, heldBack, heldBackNextHop } from './eligibility.ts';
import type { GroupKey } from './group-key.ts';
import type { Packer } from './packer.ts';
import type { Quota } from './quota.ts';

/** Who is in the group: a source that is no member needs no withdrawal of its own. */
export interface Membership {
  hasMember(peer: PeerId): boolean;
}

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
   * @param clearance what may be told; with `wait`, nothing changes unless what was told came from a peer that is gone
   * @returns false when it said so already
   */
  update(prefix: PrefixId, changes: Packer | null, clearance: Clearance): boolean;
  has(prefix: PrefixId): boolean;
  /** Whether this path of the prefix is told of. */
  tells(prefix: PrefixId, path: PathId): boolean;
  /** Puts all that is told of a prefix into a batch. */
  announce(prefix: PrefixId, batch: Packer): void;
  /** Puts those of one source alone into a batch; false when there are none. */
  announceFrom(prefix: PrefixId, source: PeerId, batch: Packer): boolean;
  /**
   * The same for one peer that may have been told anything of it before: with withdrawals of all else.
   * @param identifiers the highest ADD-PATH identifier that the peer may have been told of
   */
  restate(prefix: PrefixId, peer: PeerId, identifiers: number, batch: Packer): void;
  /** Takes a prefix out without telling anybody. */
  forget(prefix: PrefixId): void;
  bytes(): number;
}

/** Paths told of, by the peer that they come from. */
export class SourceCounts {
  total = 0;
  private readonly bySource: number[] = [];

  add(source: PeerId, by: 1 | -1): void {
    if (source === 0) return;
    this.total += by;
    this.bySource[source] = (this.bySource[source] ?? 0) + by;
  }

  of(source: PeerId): number {
    return this.bySource[source] ?? 0;
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
