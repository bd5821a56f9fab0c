/**
 * An update group: what is advertised to its members (one column), what is encoded for them (one log), and the members.
 */
import { BitSet } from '../lib/tables/bit-set.ts';
import type { Chain } from '../policy/chain.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { PathId, PeerId, PrefixId } from '../rib/tables/ids.ts';
import { type Advertised, Eligible, eachWith, type SetTest } from './advertise/advertised.ts';
import { AdvertisedBest } from './advertise/advertised-best.ts';
import { AdvertisedPaths } from './advertise/advertised-paths.ts';
import { type AdvertisingGroup, Difference } from './advertise/difference.ts';
import { Exclusions } from './advertise/exclusions.ts';
import type { Gate } from './advertise/fib-gate.ts';
import { PathIdentities } from './advertise/identity.ts';
import type { Membership } from './advertise/membership.ts';
import { type ChangeVisitor, readChanges } from './encode/changes.ts';
import { type ChunkPool, type Cursor, Log } from './encode/chunks.ts';
import { Encoder } from './encode/encoder.ts';
import type { GroupKey } from './encode/group-key.ts';
import { Marks } from './encode/marks.ts';
import { Packer } from './encode/packer.ts';
import { Snapshot } from './encode/snapshot.ts';
import { Weight } from './encode/weight.ts';
import { type InitialContents, InitialUpdate } from './initial-update.ts';
import { Member, type Wakeable } from './member.ts';

/** Prefixes that a snapshot or a slow member encodes at a time. */
const PIECE = 2048;
/**
 * How many times more of the log a member may hold while most members are as far behind: they share one log, and
 * serving each by itself would cost more than the log that they hold.
 */
const IN_COMPANY = 8;

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
  onTooLong(group: UpdateGroup, prefixes: number): void;
}

/** What all groups share. */
export interface GroupContext {
  /** Wakes the owner of a member again after the others have had their turn. */
  rest(owner: Wakeable): void;
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
  /** A path lost the way that it was advertised by: `ageLostWays` must be called after a while. */
  onWayLost(): void;
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
  private readonly slowMembers: GroupMember[] = [];
  private readonly batch = new Packer();
  private snapshot: Snapshot | null = null;
  private cutReported = false;
  private refilling = false;
  /**
   * Prefixes below this id have been considered. A new group considers the table while its first snapshot walks over
   * it, so that it causes no pause; Infinity once the walk is complete.
   */
  private filledTo = 1;
  /** Initial updates that are not complete. */
  private initial: InitialUpdate[] = [];
  /** Prefixes that are not advertised as decided because the kernel has not confirmed them. */
  private readonly waiting = new BitSet();
  /** Prefixes that are pinned for the slow members. */
  private kept = new BitSet();
  private readonly weight: Weight;
  private readonly encoder: Encoder;
  private readonly context: GroupContext;

  constructor(id: number, key: GroupKey, context: GroupContext) {
    this.id = id;
    this.key = key;
    this.context = context;
    this.rib = context.rib.families[key.family];
    this.log = new Log(context.pool);
    this.encoder = new Encoder(key, context.rib);
    this.marks = new Marks(key.family);
    this.weight = new Weight(context.rib.attributes);
    this.exclusions = new Exclusions(key, context.rib);
    const { select } = key;
    this.advertised =
      select.kind === 'paths'
        ? new AdvertisedPaths(key, select.limit, context.rib, this.exclusions, () => context.onWayLost())
        : new AdvertisedBest(key, context.rib, this.exclusions, () => context.onWayLost());
  }

  /** Whether a message to the members has room for the attributes of a path. */
  fits(path: PathId): boolean {
    return this.isExported(path, (set) => this.encoder.fits(set, this.rib.paths.peerOf(path)));
  }

  /** Whether a member asks for a path by its route targets (RFC 4684). */
  isAsked(path: PathId, { membership }: GroupMember): boolean {
    return membership === null || this.isExported(path, (set) => membership.wantsSet(set));
  }

  /** Whether a path that is not advertised itself is advertised by another way that it was received by. */
  isAdvertisedOtherWay(prefix: PrefixId, path: PathId): boolean {
    const identities = new PathIdentities(this.rib, this.context.rib);
    const own = this.rib.paths.peerOf(path);
    let found = false;
    this.advertised.each(prefix, (set, source) => {
      found ||= this.isExported(
        path,
        (exported) =>
          identities.haveSameNextHop(set, exported) &&
          identities.haveSameOriginator(set, source, exported, own) &&
          identities.differInWayOnly(set, exported),
      );
    });
    return found;
  }

  private isExported(path: PathId, test: SetTest): boolean {
    const eligible = new Eligible(this.key, this.context.rib, this.rib);
    const set = eligible.exportedOf(path);
    const result = test(set);
    eligible.giveUp(set);
    return result;
  }

  /** Why a path is not advertised to the members; a value of HELD_BACK. */
  heldBackOf(path: PathId): number {
    return new Eligible(this.key, this.context.rib, this.rib).why(path);
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
    const snapshot = this.sharedSnapshot(0);
    const member = new Member(this, peer, owner, membership, snapshot, this.openInitial(), this.context.pool);
    this.members.push(member);
    this.exclusions.add(peer);
    return member;
  }

  /** What a peer that joins now must be sent before End-of-RIB. */
  private openInitial(): InitialUpdate {
    const last = this.initial[this.initial.length - 1];
    if (last?.isOpen(this.rib)) return last;
    const made = new InitialUpdate();
    if (!made.advance(this)) this.initial.push(made);
    return made;
  }

  /** Wakes the members whose initial update has become complete. */
  completeInitial(): void {
    if (this.initial.length === 0) return;
    const before = this.initial.length;
    this.initial = this.initial.filter((initial) => !initial.advance(this));
    if (this.initial.length === before) return;
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
    remove(this.members, member);
    remove(this.slowMembers, member);
    this.exclusions.delete(member.peer);
    member.close();
    this.letGo();
  }

  /** The snapshot for a member that joins: the current one, or a new one when it was started before `since`. */
  sharedSnapshot(since: number): Snapshot {
    if (this.snapshot !== null && this.snapshot.anchor.position < since) this.endSharing();
    this.snapshot ??= this.beginSnapshot();
    return this.snapshot;
  }

  private beginSnapshot(): Snapshot {
    this.exclusions.forgetAbsent();
    return new Snapshot(this.log.cursorAtEnd(), this.context.pool, (from, log) => this.encodeFrom(from, log));
  }

  /** The next member to join gets a new snapshot. Called when the last one is no longer worth its memory. */
  endSharing(): void {
    this.snapshot?.stopSharing();
    this.snapshot = null;
  }

  /** A prefix was decided: puts what changes for the members into the batch. */
  consider(prefix: PrefixId): void {
    if (prefix >= this.filledTo || !this.update(prefix, this.batch)) return;
    for (const member of this.slowMembers) member.owe(prefix);
  }

  /** Encodes the batch into the log; true when there is something new to read. */
  flush(): boolean {
    this.noteCut();
    this.noteRoom();
    if (this.batch.length === 0) return false;
    this.encoder.target = this.log;
    this.encode(this.batch);
    return true;
  }

  private encode(batch: Packer): void {
    batch.drain(this.encoder);
    const { tooLong } = this.encoder;
    if (tooLong === 0) return;
    this.encoder.tooLong = 0;
    this.context.listener.onTooLong(this, tooLong);
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

  /** Wakes every member that is not writing; those that hold too much of the log leave it. */
  wakeMembers(): void {
    for (const member of this.members) member.owner.wake();
    if (this.log.heldBytes > this.context.slowAfterBytes) this.parkSlow();
  }

  rest(owner: Wakeable): void {
    this.context.rest(owner);
  }

  endOfRibTaken(member: GroupMember): void {
    this.context.listener.onEndOfRib(member);
  }

  /** Removes a member from the log: from now on it is owed what changes. */
  park(member: GroupMember): void {
    this.parkAll([member]);
  }

  /** Reads the log once for all of them, from the one furthest behind: receiving a route again does no harm. */
  private parkAll(members: readonly GroupMember[]): void {
    const places = members.map(({ place }) => place);
    const furthest = places.reduce((least, place) => (place.position < least.position ? place : least));
    const unread = new BitSet();
    this.advertised.rememberWithdrawn(true);
    this.eachChangedSince(furthest, (prefix, withdrawn) => {
      if (unread.add(prefix)) this.keep(prefix);
      if (withdrawn !== null) this.advertised.noteWithdrawn(prefix, withdrawn);
    });
    for (const member of members) {
      this.slowMembers.push(member);
      member.becomeSlow(unread.clone());
    }
  }

  /** A member stops reading: it is owed what it has not read, and stays slow. */
  private stop(member: GroupMember): void {
    if (!member.isSlow) {
      this.park(member);
      return;
    }
    this.eachChangedSince(member.place, (prefix, withdrawn) => {
      member.owe(prefix);
      if (withdrawn !== null) this.advertised.noteWithdrawn(prefix, withdrawn);
    });
  }

  /** The id of a prefix stays valid while a member is slow: it may be owed the withdrawal of it. */
  keep(prefix: PrefixId): void {
    if (this.kept.add(prefix)) this.rib.pin(prefix);
  }

  private letGo(): void {
    if (this.slowMembers.length > 0) return;
    this.advertised.rememberWithdrawn(false);
    const { kept } = this;
    this.kept = new BitSet();
    for (let id = kept.nextFrom(0); id >= 0; id = kept.nextFrom(id + 1)) this.rib.unpin(id as PrefixId);
  }

  caughtUp(member: GroupMember): void {
    remove(this.slowMembers, member);
    this.letGo();
    this.context.listener.onCaughtUp(member);
  }

  /** Bytes of log that one member may hold before it is slow. */
  get slowAfterBytes(): number {
    return this.context.slowAfterBytes;
  }

  get slow(): readonly GroupMember[] {
    return this.slowMembers;
  }

  eachAdvertised(from: number, isMeant: SetTest | null, visit: (prefix: PrefixId) => void): number {
    const { limit } = this.rib.prefixes;
    const end = Math.min(limit, from + PIECE);
    this.fill(end);
    eachWith(this.advertised, from, end, isMeant, visit);
    return end < limit ? end : 0;
  }

  /**
   * A member asks for other route targets: it is owed the prefixes whose route targets pass `isMeant`, of those with ids in
   * [from, from + budget). Meanwhile it is slow, and does not return to the log before `isComparing` is false.
   * @returns where to continue, or 0 when all is done
   */
  refilter(member: GroupMember, isMeant: SetTest, from: number, budget: number): number {
    const { limit } = this.rib.prefixes;
    const end = Math.min(limit, from + budget);
    if (!member.isSlow) this.park(member);
    member.isComparing = end < limit;
    eachWith(this.advertised, from, end, isMeant, (prefix) => member.owe(prefix));
    return end < limit ? end : 0;
  }

  /** Visits every prefix that the log contains from a place on, including prefixes that were removed since. */
  eachChangedSince(from: Cursor, visit: ChangeVisitor): void {
    readChanges(from, this.rib.prefixes, this.key, visit);
  }

  /**
   * Takes over a member of another group: it starts as a slow member that is owed nothing. Its former member is owed
   * what changes in the other group from now on, and what it has not read there.
   */
  takeOver(moved: GroupMember, before: GroupMember): void {
    this.slowMembers.push(moved);
    this.advertised.rememberWithdrawn(true);
    moved.follow(before);
    before.group.stop(before);
  }

  /**
   * Compares a piece of what the other group sent with what this one advertises: the difference goes into a log of the
   * member's own, and the member is owed what cannot be compared.
   * @param from id of the prefix to continue with
   * @returns where to continue, or 0 when all is done
   */
  compare(moved: GroupMember, before: GroupMember, from: number): number {
    const { group } = before;
    const difference = new Difference(moved.peer, group, this, before);
    const end = Math.min(this.rib.prefixes.limit, from + PIECE);
    group.fill(end);
    this.fill(end);
    for (let id = from; id < end; id++) {
      const prefix = id as PrefixId;
      const isFull = moved.lagBytes > this.slowAfterBytes;
      if (!isFull && !difference.needsAll(prefix)) this.encodeDifference(difference, prefix, moved);
      else if (before.owes(prefix) || group.advertised.has(prefix) || this.advertised.has(prefix)) {
        group.advertised.eachIdentifier(prefix, (identifier) => this.advertised.noteWithdrawn(prefix, identifier));
        moved.owe(prefix);
      }
    }
    this.encodeFor(moved);
    return end < this.rib.prefixes.limit ? end : 0;
  }

  private encodeDifference(difference: Difference, prefix: PrefixId, moved: GroupMember): void {
    const { packer } = this.context;
    difference.encode(prefix, packer);
    if (packer.length >= PIECE) this.encodeFor(moved);
  }

  /** Encodes what the shared packer holds for one slow member. */
  private encodeFor(member: GroupMember): void {
    this.encoder.target = member.ownLog;
    this.encode(this.context.packer);
  }

  /** Encodes a piece of the current state of the prefixes in `owed`, from id `from` on; returns where to continue. */
  encodeOwed({ peer, membership }: GroupMember, owed: BitSet, from: number, log: Log): number {
    const { packer } = this.context;
    let prefix = owed.nextFrom(from);
    if (prefix < 0) prefix = owed.nextFrom(0);
    let count = 0;
    this.weight.reset();
    for (; prefix >= 0 && count < PIECE && !this.weight.isReached(packer); prefix = owed.nextFrom(prefix + 1)) {
      this.advertised.restate(prefix as PrefixId, peer, membership, packer);
      owed.delete(prefix);
      count++;
    }
    this.encoder.target = log;
    this.encode(packer);
    return Math.max(0, prefix);
  }

  /**
   * Removes what is advertised, for `budget` prefixes from id `from` on; for a group without members.
   * @returns where to continue, or 0 when everything is removed
   */
  forget(from: number, budget: number): number {
    if (from <= 1) this.endSharing();
    const end = Math.min(this.rib.prefixes.limit, from + budget);
    for (let id = from; id < end; id++) this.advertised.forget(id as PrefixId);
    if (end < this.rib.prefixes.limit) return end;
    this.log.close();
    return 0;
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
      for (const member of this.slowMembers) member.owe(id as PrefixId);
    }
    if (this.flush()) this.wakeMembers();
  }

  bytes(): number {
    return this.advertised.bytes();
  }

  private update(prefix: PrefixId, changes: Packer | null): boolean {
    const fibGate = this.context.gate.fibGate?.(this.key.family, prefix) ?? 'advertise';
    if (fibGate === 'hold') this.waiting.add(prefix);
    else if (this.waiting.delete(prefix)) for (const initial of this.initial) initial.confirm(prefix);
    return this.advertised.update(prefix, changes, fibGate);
  }

  /**
   * Considers the prefixes below `to` that this group has not considered yet, so none of them is advertised. A prefix
   * that has changed is decided first, so that its advertisement is not corrected a moment later.
   */
  private fill(to: number): void {
    for (; this.filledTo < to; this.filledTo++) {
      const prefix = this.filledTo as PrefixId;
      if (this.rib.isDirty(prefix)) this.rib.decide(prefix);
      this.update(prefix, null);
    }
    if (to >= this.rib.prefixes.limit) this.filledTo = Number.POSITIVE_INFINITY;
  }

  private encodeFrom(from: number, log: Log): number {
    const { packer } = this.context;
    const end = Math.min(this.rib.prefixes.limit, from + PIECE);
    this.fill(end);
    this.weight.reset();
    let id = from;
    for (; id < end && !this.weight.isReached(packer); id++) this.advertised.announce(id as PrefixId, packer);
    this.encoder.target = log;
    this.encode(packer);
    return id < this.rib.prefixes.limit ? id : 0;
  }

  private parkSlow(): void {
    const { slowAfterBytes, listener } = this.context;
    const behind = this.members.filter((member) => !member.isSlow && member.heldBytes > slowAfterBytes);
    const limit = behind.length * 2 > this.members.length ? slowAfterBytes * IN_COMPANY : slowAfterBytes;
    const slow = behind.filter((member) => member.heldBytes > limit);
    if (slow.length > 0) this.parkAll(slow);
    for (const member of slow) listener.onSlow(member);
    if (this.snapshot !== null && this.log.end - this.snapshot.anchor.position > this.context.slowAfterBytes) {
      this.endSharing();
    }
  }
}

function remove(list: GroupMember[], member: GroupMember): void {
  const index = list.indexOf(member);
  if (index >= 0) list.splice(index, 1);
}
