/**
 * An update group: what is advertised to its members (one column), what is encoded for them (one log), and the members.
 */
import { BitSet } from '../lib/tables/bit-set.ts';
import type { Chain } from '../policy/chain.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { PeerId, PrefixId } from '../rib/tables/ids.ts';
import { type Advertised, eachWith, type SetTest } from './advertise/advertised.ts';
import { AdvertisedBest } from './advertise/advertised-best.ts';
import { AdvertisedPaths } from './advertise/advertised-paths.ts';
import type { AdvertisingGroup } from './advertise/difference.ts';
import { Exclusions } from './advertise/exclusions.ts';
import type { Gate } from './advertise/fib-gate.ts';
import type { Membership } from './advertise/membership.ts';
import { type ChunkPool, Log } from './encode/chunks.ts';
import type { GroupKey } from './encode/group-key.ts';
import { Marks } from './encode/marks.ts';
import { Packer } from './encode/packer.ts';
import { type GroupAlarms, SharedSnapshots, Snapshot } from './encode/snapshot.ts';
import { type InitialContents, InitialUpdates } from './initial-update.ts';
import { Member, type Wakeable } from './member.ts';
import { PIECE, Pieces } from './pieces.ts';
import { SlowMembers } from './slow-members.ts';

/** A member of an update group. */
export type GroupMember = Member<UpdateGroup>;

/** Receives what operators should know about groups. */
export interface GroupListener {
  /** A member is too slow, and leaves the log. */
  onSlow(member: GroupMember): void;
  /** A slow member has been sent everything, and is back in the log. */
  onCaughtUp(member: GroupMember): void;
  /** The initial update of a member is on its way, with End-of-RIB behind it. */
  onEndOfRib(member: GroupMember): void;
  /** There are prefixes with more paths than the maximum, for the first time since there were none. */
  onPathsCut(group: UpdateGroup): void;
  /** Prefixes were not advertised because their attributes fill the longest message. */
  onNoRoom(group: UpdateGroup, prefixes: number, dropped: number): void;
}

/** What all groups share. */
export interface GroupContext {
  /** Wakes the owner of a member again after the others have had their turn. */
  rest(owner: Wakeable): void;
  /** Wakes all members of a group, which have something to send. */
  wake(group: UpdateGroup): void;
  /** Runs a task when the current prefixes are decided. */
  later(task: () => void): void;
  readonly rib: Rib;
  readonly pool: ChunkPool;
  /** Batches are packed one at a time: all groups use one packer. */
  readonly packer: Packer;
  readonly listener: GroupListener;
  /** Bytes of log that one member may hold before it is slow. */
  readonly slowAfterBytes: number;
  readonly gate: Gate;
  readonly timers: () => GroupAlarms;
  /** Whether paths are still being validated. */
  isRevalidating(): boolean;
}

export class UpdateGroup implements AdvertisingGroup, InitialContents {
  readonly id: number;
  readonly key: GroupKey;
  readonly rib: FamilyRib;
  readonly log: Log;
  readonly members: GroupMember[] = [];
  readonly marks: Marks;
  /** What is advertised for each prefix. */
  readonly advertised: Advertised;
  readonly exclusions: Exclusions;
  readonly slow: SlowMembers<GroupMember>;
  private readonly batch = new Packer();
  private readonly snapshots: SharedSnapshots;
  private cutReported = false;
  private refilling = false;
  /**
   * Prefixes below this id have been considered. A new group considers the table while its first snapshot walks over
   * it, so that it causes no pause; Infinity once the walk is complete.
   */
  private filledTo = 1;
  private readonly initial = new InitialUpdates();
  /** Prefixes that are not advertised as decided because the kernel has not confirmed them. */
  private readonly waiting = new BitSet();
  /** What encodes for the members. */
  readonly pieces: Pieces;
  private readonly context: GroupContext;

  constructor(id: number, key: GroupKey, context: GroupContext) {
    this.id = id;
    this.key = key;
    this.context = context;
    this.rib = context.rib.families[key.family];
    this.log = new Log(context.pool);
    this.marks = new Marks(key.family);
    this.slow = new SlowMembers(this);
    this.exclusions = new Exclusions(key, context.rib);
    this.snapshots = new SharedSnapshots(this.log, () => {
      this.exclusions.forgetAbsent();
      context.timers().onSnapshot();
      return new Snapshot(this.log.cursorAtEnd(), context.pool, (from, log) => this.encodeFrom(from, log));
    });
    const { select } = key;
    this.advertised =
      select.kind === 'paths'
        ? new AdvertisedPaths(key, select.limit, context.rib, this.exclusions, () => context.timers().onWayLost())
        : new AdvertisedBest(key, context.rib, this.exclusions, () => context.timers().onWayLost());
    this.pieces = new Pieces(key, context.rib, this.advertised, context.packer, (prefixes, dropped) =>
      context.listener.onNoRoom(this, prefixes, dropped),
    );
  }

  /** Other policies decide about the paths from now on; the prefixes must be considered again. */
  rechain(chain: Chain | null): void {
    // The parts of the group share its key.
    (this.key as { exportChain: Chain | null }).exportChain = chain;
  }

  /**
   * Adds a peer. It starts at a snapshot, which is shared by peers that join at about the same time.
   * @param membership the route targets that it asks for; null: all
   */
  join(peer: RibPeer, owner: Wakeable, membership: Membership | null): GroupMember {
    if (this.exclusions.wasAbsent(peer)) this.endSharing();
    const snapshot = this.snapshots.current(0);
    const member = new Member(this, peer, owner, membership, snapshot, this.initial.open(this), this.context.pool);
    this.members.push(member);
    this.exclusions.add(peer);
    return member;
  }

  /** Wakes the members whose initial update has become complete. */
  completeInitial(): void {
    if (!this.initial.advance(this)) return;
    for (const member of this.members) if (!member.endOfRibSent) member.owner.wake();
  }

  get isRevalidating(): boolean {
    return this.context.isRevalidating();
  }

  get unconfirmed(): BitSet | null {
    return this.filledTo === Number.POSITIVE_INFINITY ? this.waiting : null;
  }

  get logEnd(): number {
    return this.log.end;
  }

  leave(member: GroupMember): void {
    const index = this.members.indexOf(member);
    if (index >= 0) this.members.splice(index, 1);
    this.exclusions.delete(member.peer);
    member.close();
    this.slow.delete(member);
  }

  sharedSnapshot(since: number): Snapshot {
    return this.snapshots.current(since);
  }

  endSharing(): void {
    this.snapshots.endSharing();
  }

  /** A prefix was decided: puts what changes for the members into the batch. */
  consider(prefix: PrefixId): void {
    if (prefix >= this.filledTo || !this.update(prefix, this.batch)) return;
    for (const member of this.slow.list) member.owe(prefix);
  }

  /** Encodes the batch into the log; true when there is something new to read. */
  flush(): boolean {
    this.noteCut();
    this.noteRoom();
    if (this.batch.length === 0) return false;
    this.pieces.encode(this.batch, this.log);
    return true;
  }

  private noteCut(): void {
    const cut = this.advertised.cutPrefixes > 0;
    if (cut && !this.cutReported) this.context.listener.onPathsCut(this);
    this.cutReported = cut;
  }

  /** Prefixes that wait for room are decided again once there is room. */
  private noteRoom(): void {
    const { quota, counts } = this.advertised;
    if (quota.blocked === 0 || counts.total >= quota.limit || this.refilling) return;
    this.refilling = true;
    this.context.later(() => {
      this.refilling = false;
      // A group without members does not follow removed prefixes, so their ids may be in use again.
      if (this.members.length === 0) return;
      quota.eachWithRoom(counts.total, (prefix) => this.rib.markDirty(prefix));
    });
  }

  rest(owner: Wakeable): void {
    this.context.rest(owner);
  }

  endOfRibTaken(member: GroupMember): void {
    this.context.listener.onEndOfRib(member);
  }

  /** The id of a prefix stays valid while a member is slow: it may be owed the withdrawal of it. */
  keep(prefix: PrefixId): void {
    this.slow.keep(prefix);
  }

  caughtUp(member: GroupMember): void {
    this.slow.delete(member);
    this.context.listener.onCaughtUp(member);
  }

  /** Bytes of log that one member may hold before it is slow. */
  get slowAfterBytes(): number {
    return this.context.slowAfterBytes;
  }

  eachAdvertised(from: number, isMeant: SetTest | null, visit: (prefix: PrefixId) => void): number {
    const { limit } = this.rib.prefixes;
    const end = Math.min(limit, from + PIECE);
    this.fill(end);
    eachWith(this.advertised, from, end, isMeant, visit);
    return end < limit ? end : 0;
  }

  encodeOwed(member: GroupMember, owed: BitSet, from: number, log: Log): number {
    return this.pieces.encodeOwed(member, owed, from, log);
  }

  /** @returns whether prefixes wait for the next call */
  ageLostWays(all: boolean): boolean {
    return this.advertised.ageLostWays(all, (prefix) => this.rib.markDirty(prefix));
  }

  /**
   * Advertises the paths of one source again: its role in reflection has changed, and CLUSTER_LIST with it. Walks over
   * the prefixes with ids in [from, to).
   */
  readvertise(source: PeerId, from: number, to: number): void {
    const end = Math.min(to, this.filledTo);
    for (let id = from; id < end; id++) {
      if (!this.advertised.announceFrom(id as PrefixId, source, this.batch)) continue;
      for (const member of this.slow.list) member.owe(id as PrefixId);
    }
    if (this.flush()) this.context.wake(this);
  }

  bytes(): number {
    return this.advertised.bytes();
  }

  private update(prefix: PrefixId, changes: Packer | null): boolean {
    const fibGate = this.context.gate.fibGate?.(this.key.family, prefix) ?? 'advertise';
    if (fibGate === 'hold') this.waiting.add(prefix);
    else if (this.waiting.delete(prefix)) this.initial.confirm(prefix);
    return this.advertised.update(prefix, changes, fibGate);
  }

  /**
   * Considers the prefixes below `to` that this group has not considered yet, so none of them is advertised. A prefix
   * that has changed is decided first, so that its advertisement is not corrected a moment later.
   */
  fill(to: number): void {
    for (; this.filledTo < to; this.filledTo++) {
      const prefix = this.filledTo as PrefixId;
      if (this.rib.isDirty(prefix)) this.rib.decide(prefix);
      this.update(prefix, null);
    }
    if (to >= this.rib.prefixes.limit) this.filledTo = Number.POSITIVE_INFINITY;
  }

  private encodeFrom(from: number, log: Log): number {
    const { prefixes } = this.rib;
    const end = Math.min(prefixes.limit, from + PIECE);
    this.fill(end);
    const next = this.pieces.encodeAdvertised(from, end, log);
    return next < prefixes.limit ? next : 0;
  }

  /** Members that hold too much of the log leave it. */
  parkSlow(): void {
    const { slowAfterBytes, listener } = this.context;
    if (this.log.heldBytes <= slowAfterBytes) return;
    const slow = this.slow.tooSlowOf(this.members);
    if (slow.length > 0) this.slow.park(slow);
    for (const member of slow) listener.onSlow(member);
    this.snapshots.endIfLongerThan(slowAfterBytes);
  }
}
