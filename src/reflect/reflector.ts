/**
 * All update groups, their members, and the walk over the dirty prefixes that feeds them.
 */
import { type Clock, TimeSlice } from '../lib/clock.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';
import { encodeAlike } from './advertise/difference.ts';
import type { Gate } from './advertise/fib-gate.ts';
import type { Membership } from './advertise/membership.ts';
import type { ChangeFeed } from './change-feed.ts';
import { ChunkPool } from './encode/chunks.ts';
import { isReflectedOtherwise, type Position } from './encode/edits.ts';
import { type GroupKey, sameKey } from './encode/group-key.ts';
import { Packer } from './encode/packer.ts';
import type { GroupAlarms } from './encode/snapshot.ts';
import { FlowWatch } from './flow-watch.ts';
import { type GroupContext, type GroupListener, type GroupMember, UpdateGroup } from './group.ts';
import type { Wakeable } from './member.ts';
import { Memberships } from './memberships.ts';
import { beginMove, comparePiece } from './move.ts';
import { ClosingGroups, Tasks, Waking } from './tasks.ts';

/** Prefixes decided, grouped and encoded at a time: the unit of fairness. */
const BATCH = 4096;
/** Prefixes between two looks at the clock: the time for one depends on its paths and on the number of groups. */
const LOOK_EVERY = 16;
/** Maximum time for one batch of decisions, and for one step of removal. */
const SLICE_MS = 4;
/** Paths or prefixes that are marked dirty at a time. */
const MARKED = 65_536;
/** Prefixes of all groups that one piece searches for paths to advertise again, and the minimum for each group. */
const READVERTISE = 16_384;
const READVERTISE_STEP = 256;

export class Reflector {
  readonly pool: ChunkPool;
  /** Groups with members, by family id. */
  readonly groups: UpdateGroup[][] = FAMILIES.map(() => []);
  private readonly closing = new ClosingGroups();
  private readonly batch = new Uint32Array(BATCH);
  private readonly context: GroupContext;
  private readonly rib: Rib;
  /** Which route targets peers ask for. */
  readonly memberships: Memberships;
  private readonly changes: ChangeFeed;
  private readonly flowWatch: FlowWatch;
  readonly tasks = new Tasks();
  private lastGroupId = 0;
  private readonly waking: Waking;
  private readonly slice: TimeSlice;
  /** Called when there is work that no change of the tables caused. */
  onPending: () => void = () => {};
  /** Called, often, when `ageLostWays` or `endSharing` must be called after a while. */
  timers: GroupAlarms = { onWayLost: () => {}, onSnapshot: () => {} };
  /** Whether paths are still being validated: End-of-RIB waits for that. */
  isRevalidating = () => false;

  /**
   * @param changes receives each decided prefix
   * @param gate may delay or suppress advertisements
   */
  constructor(
    rib: Rib,
    changes: ChangeFeed,
    gate: Gate,
    groupListener: GroupListener,
    slowAfterBytes: number,
    clock: Clock,
  ) {
    this.slice = new TimeSlice(clock, SLICE_MS);
    this.waking = new Waking(clock);
    this.rib = rib;
    this.pool = new ChunkPool(undefined, rib.routeTargets);
    this.changes = changes;
    this.memberships = new Memberships(rib, changes, clock, (task) => this.later(task));
    this.flowWatch = new FlowWatch(rib, changes, (task) => this.later(task));
    this.context = {
      rib,
      pool: this.pool,
      packer: new Packer(),
      listener: groupListener,
      slowAfterBytes,
      gate,
      later: (task) => this.later(task),
      isRevalidating: () => this.isRevalidating() || this.flowWatch.pending,
      timers: () => this.timers,
      rest: (owner) => {
        this.waking.rest(owner);
        this.onPending();
      },
      wake: (group) => {
        this.waking.add(group);
        this.onPending();
      },
    };
  }

  /** @param membership the route targets that the peer asks for; null: all */
  join(key: GroupKey, peer: RibPeer, owner: Wakeable, membership: Membership | null): GroupMember {
    return this.groupOf(key).join(peer, owner, membership);
  }

  private groupOf(key: GroupKey): UpdateGroup {
    const groups = this.groupsOf(key.family);
    const found = groups.find((group) => sameKey(group.key, key));
    if (found !== undefined) return found;
    const made = new UpdateGroup(++this.lastGroupId, key, this.context);
    groups.push(made);
    return made;
  }

  /** A family may be taken into use at any time. */
  private groupsOf(family: FamilyId): UpdateGroup[] {
    while (this.groups.length <= family) this.groups.push([]);
    return this.groups[family];
  }

  leave(member: GroupMember): void {
    const { group, origin } = member;
    if (origin !== null) this.leave(origin);
    member.origin = null;
    group.leave(member);
    if (group.members.length > 0) return;
    const list = this.groupsOf(group.key.family);
    list.splice(list.indexOf(group), 1);
    this.closing.add(group);
  }

  /**
   * Moves a member to the group of another key: it is sent the difference between what both advertise, piece by piece
   * in the following turns. Until then it has an `origin`, and must not be moved again.
   */
  move(member: GroupMember, key: GroupKey): GroupMember {
    const moved = this.join(key, member.peer, member.owner, member.membership);
    beginMove(moved, member);
    this.compare(moved, 1);
    return moved;
  }

  /**
   * Gives a group other policies, if that is all that changes for it, and changes for all of its members: its prefixes are
   * considered again, and all members are sent the differences in one log.
   * @returns false if the members must be moved one by one
   */
  rechain(group: UpdateGroup): boolean {
    const { key, members } = group;
    const wanted = members[0]?.wanted ?? null;
    if (wanted === null || !sameKey({ ...key, exportChain: wanted.exportChain }, wanted)) return false;
    if (!encodeAlike(key, wanted) || this.groups[key.family].some((other) => sameKey(other.key, wanted))) return false;
    const isShared = members.every((one) => one.origin === null && one.wanted !== null && sameKey(one.wanted, wanted));
    if (!isShared) return false;
    for (const member of members) member.wanted = null;
    group.rechain(wanted.exportChain);
    // Kept orders of paths (`PathIndex`) depend on what the group accepts.
    this.rib.attributes.keysChanged();
    this.markAll(this.rib.families[key.family], 1);
    return true;
  }

  /** Marks all prefixes dirty that have paths or are advertised, piece by piece. */
  private markAll(family: FamilyRib, from: number): void {
    this.later(() => {
      const { prefixes } = family;
      const end = Math.min(prefixes.limit, from + MARKED);
      for (let id = from; id < end; id++) if (prefixes.isLive(id as PrefixId)) family.markDirty(id as PrefixId);
      if (end < prefixes.limit) this.markAll(family, end);
    });
  }

  /** Runs before other tasks, so that of a thousand members that move only one is between two groups. */
  private compare(moved: GroupMember, from: number): void {
    this.tasks.addFirst(() => {
      const { origin } = moved;
      if (origin === null) return;
      const next = comparePiece(moved, origin, from);
      if (next !== 0) {
        this.compare(moved, next);
      } else {
        moved.origin = null;
        this.leave(origin);
      }
      moved.owner.wake();
    });
    this.onPending();
  }

  /**
   * A peer inside the AS becomes a client or a non-client, or changes its cluster, while its session stays up. Its
   * paths are considered again for all groups, and advertised again to groups that get another CLUSTER_LIST with them.
   */
  reposition(source: RibPeer, to: Position): void {
    const before: Position = { client: source.client, clusterId: source.clusterId };
    if (before.client === to.client && before.clusterId === to.clusterId) return;
    source.client = to.client;
    source.clusterId = to.clusterId;
    // Which of its paths a group is sent depends on that, so kept orders of paths (`PathIndex`) are invalid.
    this.rib.attributes.keysChanged();
    for (const family of this.rib.families) {
      this.inPieces(source, (from) => family.markPathsOf(source, from, MARKED));
      this.inPieces(source, (from) => this.readvertise(family, source, before, to, from));
    }
  }

  /** Policies of the groups may decide otherwise about the paths of a peer: they are considered again. */
  reconsider(source: RibPeer): void {
    this.rib.attributes.keysChanged();
    for (const family of this.rib.families) {
      this.inPieces(source, (from) => family.markPathsOf(source, from, MARKED));
    }
  }

  /**
   * Advertises the paths of a source again that has changed its role, prefixes from id `from` on, to all groups that
   * exist by then: a member may have moved meanwhile from a group that the walk had not reached to a new one.
   * @returns where to continue, or 0 when all are done
   */
  private readvertise(family: FamilyRib, source: RibPeer, before: Position, to: Position, from: number): number {
    const groups = this.groupsOf(family.family).filter(({ key }) => isReflectedOtherwise(key, before, to));
    if (groups.length === 0) return 0;
    const { limit } = family.prefixes;
    const end = Math.min(limit, from + Math.max(READVERTISE_STEP, Math.ceil(READVERTISE / groups.length)));
    for (const group of groups) group.readvertise(source.id, from, end);
    return end < limit ? end : 0;
  }

  /** Runs a walk over ids piece by piece, as long as its peer exists. */
  private inPieces(peer: RibPeer, walk: (from: number) => number, from = 1): void {
    this.later(() => {
      if (this.rib.peers[peer.id] !== peer || peer.gone) return;
      const next = walk(from);
      if (next !== 0) this.inPieces(peer, walk, next);
    });
  }

  later(task: () => void): void {
    this.tasks.add(task);
    this.onPending();
  }

  /** True while `work` has something to do. */
  get pending(): boolean {
    return this.rib.dirtyCount > 0 || this.hasOther;
  }

  /** There are changes to advertise and no other work. */
  get hasOnlyChanges(): boolean {
    return this.rib.dirtyCount > 0 && !this.hasOther;
  }

  private get hasOther(): boolean {
    return !this.closing.isEmpty || this.waking.pending || this.tasks.pending;
  }

  /** Does one bounded piece of work: decides, advertises, removes. */
  work(): void {
    for (const family of this.rib.families) if (family.dirtyCount > 0) this.flush(family);
    for (const groups of this.groups) for (const group of groups) group.completeInitial();
    this.waking.work(this.rib.dirtyCount > 0 || this.isRevalidating());
    this.tasks.runOne();
    this.closing.work(this.slice);
  }

  /**
   * Decides again prefixes whose advertised path lost its way before the last call; with `all`, since then as well.
   * @returns whether prefixes wait for the next call
   */
  ageLostWays(all: boolean): boolean {
    let isWaiting = false;
    for (const groups of this.groups) for (const group of groups) isWaiting = group.ageLostWays(all) || isWaiting;
    return isWaiting;
  }

  /** Existing snapshots are not shared any more: they, and the log behind them, name peers by ids that are reused. */
  endSharing(): void {
    for (const groups of this.groups) for (const group of groups) group.endSharing();
  }

  private flush(family: FamilyRib): void {
    const { changes } = this;
    const groups = this.groupsOf(family.family);
    let count = 0;
    this.slice.begin();
    for (let prefix = family.nextDirty(); prefix !== 0; prefix = family.nextDirty()) {
      family.decide(prefix);
      for (const group of groups) group.consider(prefix);
      if (changes.hasSubscribers) changes.publish(family.family, prefix, family.isBestChanged(prefix));
      this.batch[count++] = prefix;
      if (count === BATCH || (count % LOOK_EVERY === 0 && this.slice.isOver)) break;
    }
    for (const group of groups) if (group.flush()) this.waking.add(group);
    for (let i = 0; i < count; i++) family.settle(this.batch[i] as PrefixId);
  }
}
