/**
 * The paths of a peer whose session was lost and that may come back: kept as stale for a bounded time (RFC 4724 4.2,
 * RFC 8538); for longer, ranked last, if negotiated (RFC 9494). Starts with the loss; ends when the peer has sent
 * End-of-RIB for every family in a new session, or when the time is over.
 */
import type { Negotiated } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import { MAX_AGE, type RibPeer } from '../../rib/peers/peers.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Tables, Timing, Turns } from '../ports/core.ts';

/** Why stale paths are removed. */
export type ExpiryCause = 'end-of-rib' | 'not-kept' | 'restart-time' | 'stale-time' | 'long-lived-time' | 'bfd';

/** The owner of the paths. */
export interface RetentionOwner {
  /** Remove the stale paths of a family. */
  onExpired(family: FamilyId, paths: number, cause: ExpiryCause): void;
  /** Keep the paths of a family for longer, with LLGR_STALE. */
  onLongLived(family: FamilyId, paths: number, timeMs: number): void;
  /** The peer did not come back in time: no paths are kept any more. */
  onRestartTimeOver(): void;
  /** No stale paths are left. */
  onSynchronized(): void;
}

/** How long paths are kept. */
interface RetentionTimes {
  /** Maximum time until the peer is back. */
  readonly restartMs: number;
  /**
   * Maximum time that stale paths of a family are kept, whether the peer comes back or not; not for long-lived stale
   * ones.
   */
  readonly staleMs: (family: FamilyId) => number;
  /** How long the paths of a family are kept after the restart time (RFC 9494); without an entry: not at all. */
  readonly longLived: ReadonlyMap<FamilyId, number>;
}

/** Paths of a family that were already long-lived stale when the session was lost again. */
interface Cohort {
  readonly family: FamilyId;
  /** The number of sessions since they were announced. */
  readonly age: number;
  /** Their time of RFC 9494, which never restarts. */
  readonly timer: Timer;
}

export class Retention {
  readonly ribPeer: RibPeer;
  /** The peer has a session again, and has not sent End-of-RIB for all kept families. */
  synchronizing = false;
  /** The timers of families whose restart time is over (RFC 9494 4.2): for the paths of the last session. */
  private readonly longLived = new Map<FamilyId, Timer>();
  /** Paths of earlier sessions. */
  private older: Cohort[] = [];
  private readonly times: RetentionTimes;
  /** Families whose stale paths are kept. */
  private readonly families: Set<FamilyId>;
  /**
   * By family: the deadline for the return of the peer, and then for its End-of-RIB. None for a long-lived stale
   * family.
   */
  private readonly deadlines = new Map<FamilyId, Timer>();
  private readonly lostMs: number;
  private readonly core: Timing & Turns & Tables;
  private readonly owner: RetentionOwner;

  /**
   * @param families the families whose paths are kept; paths of others are removed
   * @param before paths that are still kept from an earlier loss; null: none
   */
  constructor(
    core: Timing & Turns & Tables,
    ribPeer: RibPeer,
    families: readonly FamilyId[],
    times: RetentionTimes,
    before: Retention | null,
    owner: RetentionOwner,
  ) {
    this.core = core;
    this.ribPeer = ribPeer;
    this.owner = owner;
    this.times = times;
    this.families = new Set(families);
    this.lostMs = core.clock.nowMs();
    for (const { id } of FAMILIES) this.retain(id, before);
    // Paths that were stale before this loss are removed (RFC 4724 4.2: consecutive restarts), unless long-lived.
    core.sweeper.sweepStale();
    core.schedule();
    for (const family of families) this.awaitReturn(family);
    core.rearm();
  }

  private awaitReturn(family: FamilyId): void {
    const { restartMs, staleMs } = this.times;
    const timer = new Timer(this.core.timers, () => this.onDeadline(family));
    timer.arm(this.lostMs + Math.min(restartMs, staleMs(family)));
    this.deadlines.set(family, timer);
  }

  /**
   * All paths become a generation older. Those that are long-lived stale stay until their time is over: it continues
   * when the session is lost again before End-of-RIB, however often (RFC 9494 4.2).
   */
  private retain(family: FamilyId, before: Retention | null): void {
    const cohorts = before?.longLivedOf(family) ?? [];
    this.ribPeer.retain(
      family,
      cohorts.reduce((bits, { age }) => bits | (1 << age), 0),
    );
    if (this.families.has(family)) for (const cohort of cohorts) this.keepOlder(family, cohort);
    else this.ribPeer.release(family);
  }

  private keepOlder(family: FamilyId, { age, timer: { atMs } }: Cohort): void {
    if (age === MAX_AGE) return;
    const timer = new Timer(this.core.timers, () => this.onOlderOver(cohort));
    const cohort = { family, age: age + 1, timer };
    timer.arm(atMs);
    this.older.push(cohort);
  }

  /** The long-lived stale paths of a family, by session. */
  private longLivedOf(family: FamilyId): readonly Cohort[] {
    const last = this.longLived.get(family);
    const older = this.older.filter((cohort) => cohort.family === family);
    return last === undefined ? older : [{ family, age: 1, timer: last }, ...older];
  }

  private onOlderOver(cohort: Cohort): void {
    const { family } = cohort;
    this.older = this.older.filter((other) => other !== cohort);
    const isLast = !this.deadlines.has(family) && this.longLivedOf(family).length === 0;
    if (isLast) this.expire(family, 'long-lived-time');
    else this.removeAge(family, cohort.age);
    this.finish();
  }

  /** Removes the paths of one session. */
  private removeAge(family: FamilyId, age: number): void {
    this.ribPeer.releaseAge(family, age);
    this.core.sweeper.sweepStale();
    this.core.schedule();
  }

  /** The time of the paths of the last session is over; those of earlier ones that are long-lived stale stay. */
  private expireLast(family: FamilyId, cause: ExpiryCause): void {
    for (const timers of [this.deadlines, this.longLived]) {
      timers.get(family)?.cancel();
      timers.delete(family);
    }
    if (this.longLivedOf(family).length === 0) this.expire(family, cause);
    else this.removeAge(family, 1);
  }

  /**
   * The peer is not back: mark long-lived paths, remove the others. Or it is back, but did not send End-of-RIB in time.
   */
  private onDeadline(family: FamilyId): void {
    const timeMs = this.times.longLived.get(family) ?? 0;
    if (this.synchronizing) this.expireLast(family, 'stale-time');
    else if (timeMs === 0 || this.ribPeer.stale[family] === 0) this.expireLast(family, 'restart-time');
    else this.keepLonger(family, timeMs);
    this.finish();
  }

  private keepLonger(family: FamilyId, timeMs: number): void {
    const timer = new Timer(this.core.timers, () => {
      this.expireLast(family, 'long-lived-time');
      this.finish();
    });
    timer.arm(this.core.clock.nowMs() + timeMs);
    this.longLived.set(family, timer);
    this.deadlines.delete(family);
    this.ribPeer.longLived[family] = 1;
    this.core.sweeper.sweepStale();
    this.core.schedule();
    this.core.rearm();
    this.owner.onLongLived(family, this.ribPeer.stale[family], timeMs);
  }

  /** The restart time is over, and some paths are long-lived stale. */
  get isLongLived(): boolean {
    return this.longLived.size > 0 || (this.deadlines.size === 0 && this.older.length > 0);
  }

  /** Number of kept stale paths, in all families. */
  get paths(): number {
    let sum = 0;
    for (const family of this.families) sum += this.ribPeer.stale[family];
    return sum;
  }

  /** Milliseconds until the wait for the peer, or for its End-of-RIB, ends. */
  get remainingMs(): number {
    const longLived = [...this.longLived.values(), ...this.older.map(({ timer }) => timer)];
    const timers = this.isLongLived ? longLived : [...this.deadlines.values()];
    const untilMs = Math.max(...timers.map(({ atMs }) => atMs));
    return Math.max(0, untilMs - this.core.clock.nowMs());
  }

  /** Whether a new session continues the old one: same kind of peer, same AS, same router id. */
  fits(role: Pick<RibPeer, 'as' | 'ebgp' | 'confederation' | 'client' | 'clusterId' | 'routerId'>): boolean {
    const { as, ebgp, confederation, client, clusterId, routerId } = this.ribPeer;
    if (role.as !== as || role.confederation !== confederation) return false;
    return role.ebgp === ebgp && role.client === client && role.clusterId === clusterId && role.routerId === routerId;
  }

  /** The peer is back: remove paths of families whose forwarding state it did not preserve (RFC 4724 4.2). */
  resume({ gracefulRestart, longLived }: Negotiated): void {
    this.synchronizing = true;
    for (const [family, timer] of this.deadlines) timer.arm(this.lostMs + this.times.staleMs(family));
    this.core.rearm();
    for (const family of [...this.families]) {
      const keepsLongLived = longLived.some((entry) => entry.family === family && entry.forwarding);
      const keepsLast = this.longLived.has(family) ? keepsLongLived : gracefulRestart?.forwarding.includes(family);
      if (!keepsLongLived) this.removeOlder(family);
      if (!keepsLast) this.expireLast(family, 'not-kept');
    }
    this.finish();
  }

  private removeOlder(family: FamilyId): void {
    for (const { age, timer } of this.older.filter((cohort) => cohort.family === family)) {
      timer.cancel();
      this.removeAge(family, age);
    }
    this.older = this.older.filter((cohort) => cohort.family !== family);
  }

  /** The peer has sent End-of-RIB: remove paths that are still stale. */
  endOfRib(family: FamilyId): void {
    if (!this.synchronizing || !this.families.has(family)) return;
    this.expire(family, 'end-of-rib');
    this.finish();
  }

  /** BFD detected that the peer is unreachable: ends the wait (RFC 5882 4.3.1). */
  giveUp(): void {
    for (const family of [...this.families]) this.expire(family, 'bfd');
    this.finish();
  }

  /** Ends it without a call to the owner; the caller handles the paths. */
  cancel(): void {
    for (const timer of [...this.deadlines.values(), ...this.longLived.values()]) timer.cancel();
    for (const { timer } of this.older) timer.cancel();
    this.core.rearm();
  }

  private expire(family: FamilyId, cause: ExpiryCause): void {
    this.families.delete(family);
    for (const { timer } of this.older.filter((cohort) => cohort.family === family)) timer.cancel();
    this.older = this.older.filter((cohort) => cohort.family !== family);
    for (const timers of [this.deadlines, this.longLived]) {
      timers.get(family)?.cancel();
      timers.delete(family);
    }
    const paths = this.ribPeer.stale[family];
    this.ribPeer.release(family);
    if (paths === 0) return;
    this.core.sweeper.sweepStale();
    this.core.schedule();
    this.owner.onExpired(family, paths, cause);
  }

  private finish(): void {
    if (this.families.size > 0) return;
    this.cancel();
    if (this.synchronizing) this.owner.onSynchronized();
    else this.owner.onRestartTimeOver();
  }
}
