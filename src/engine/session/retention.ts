/**
 * The paths of a peer that has lost its session and may come back: kept, stale, for a bounded time (RFC 4724 4.2,
 * RFC 8538); for longer, ranked last, where that was agreed on (RFC 9494). Begins with the loss; ends when the new session has sent End-of-RIB for every family, or the time is over.
 */
import type { DownReason, Negotiated } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { isHardReset } from '../../wire/notification.ts';
import type { Core } from '../ports/core.ts';

/** Why stale paths are taken out. */
export type ExpiryCause = 'end-of-rib' | 'not-kept' | 'restart-time' | 'stale-time' | 'long-lived-time' | 'bfd';

/**
 * The families whose paths outlive a session that ended for this reason: none where graceful restart was not agreed on,
 * where the operator ended it, where a NOTIFICATION did without the N bit or with a hard reset (RFC 8538 3, 4), or where
 * BFD found that packets are lost.
 * @param gracefulBfd a loss that BFD finds may be due to a mere restart of the peer, where its BFD shares fate with that
 */
export function keptFamilies(negotiated: Negotiated, reason: DownReason, gracefulBfd: boolean): readonly FamilyId[] {
  const { gracefulRestart, longLived = [] } = negotiated;
  if (!gracefulRestart) return [];
  const families = [...new Set([...gracefulRestart.families, ...longLived.map(({ family }) => family)])];
  switch (reason.kind) {
    case 'closedByPeer':
    case 'collision':
    case 'restarted':
      return families;
    case 'notificationSent':
    case 'notificationReceived': {
      const graceful = gracefulRestart.notification && !isHardReset(reason.notification);
      return graceful ? families : [];
    }
    // RFC 5882 4.3.2.2: BFD that shares fate with the peer's control plane is lost by a mere restart of that as well.
    case 'bfdDown':
      return gracefulBfd && !reason.loss.independent ? families : [];
    case 'stopped':
      return [];
  }
}

/** Who is told what becomes of the paths. */
export interface RetentionOwner {
  /** Stale paths of a family go. */
  onExpired(family: FamilyId, paths: number, cause: ExpiryCause): void;
  /** Paths of a family are kept for longer, with LLGR_STALE. */
  onLongLived(family: FamilyId, paths: number, timeMs: number): void;
  /** The peer did not come back in time: nothing of it is kept any more. */
  onRestartTimeOver(): void;
  /** Nothing stale is left to wait for. */
  onSynchronized(): void;
}

/** How long what is kept. */
export interface RetentionTimes {
  /** How long the peer may take to come back. */
  readonly restartMs: number;
  /**
   * How long until nothing stale of a family is kept any more, whether the peer came back or not; not for what is
   * long-lived.
   */
  readonly staleMs: (family: FamilyId) => number;
  /** How long the paths of a family are kept when the restart time is over (RFC 9494); without an entry: not at all. */
  readonly longLived: ReadonlyMap<FamilyId, number>;
}

export class Retention {
  readonly ribPeer: RibPeer;
  /** The peer has a session again, and has not sent End-of-RIB for all that was kept. */
  synchronizing = false;
  /** Until when, by family in which the restart time is over (RFC 9494 4.2). */
  private readonly longLived = new Map<FamilyId, Timer>();
  /** Timers of what was kept longer already when the session was lost once more. */
  private readonly older: Timer[] = [];
  private readonly times: RetentionTimes;
  /** Families whose stale paths are kept. */
  private readonly families: Set<FamilyId>;
  /**
   * By family: until when the peer must be back, and once it is, until when it must have sent what it has. None for a
   * family that is kept for longer.
   */
  private readonly deadlines = new Map<FamilyId, Timer>();
  private readonly lostMs: number;
  private readonly core: Core;
  private readonly owner: RetentionOwner;

  /**
   * @param families whose paths are kept; those of the others are taken out
   * @param before what was kept of an earlier loss, and not settled before this one; null: nothing
   */
  constructor(
    core: Core,
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
    // What was stale before this loss goes as well (RFC 4724 4.2: consecutive restarts), unless it is long-lived.
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

  private retain(family: FamilyId, before: Retention | null): void {
    const until = before?.longLived.get(family)?.atMs;
    this.ribPeer.retain(family, until !== undefined);
    if (!this.families.has(family)) this.ribPeer.release(family);
    else if (until !== undefined) this.dropOlderAt(family, until);
  }

  /** RFC 9494 4.2: the time of what is long-lived goes on when the session is lost again before End-of-RIB. */
  private dropOlderAt(family: FamilyId, untilMs: number): void {
    const timer = new Timer(this.core.timers, () => {
      this.ribPeer.kept[family] = Math.min(this.ribPeer.kept[family], 1);
      this.core.sweeper.sweepStale();
      this.core.schedule();
    });
    timer.arm(untilMs);
    this.older.push(timer);
  }

  /** The peer is not back: what may be kept longer is marked, the rest goes. Or it is back, and did not finish in time. */
  private onDeadline(family: FamilyId): void {
    const timeMs = this.times.longLived.get(family) ?? 0;
    if (this.synchronizing) this.expire(family, 'stale-time');
    else if (timeMs === 0 || this.ribPeer.stale[family] === 0) this.expire(family, 'restart-time');
    else this.keepLonger(family, timeMs);
    this.finish();
  }

  private keepLonger(family: FamilyId, timeMs: number): void {
    const timer = new Timer(this.core.timers, () => {
      this.expire(family, 'long-lived-time');
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

  /** The restart time is over, and something is kept for longer. */
  get isLongLived(): boolean {
    return this.longLived.size > 0;
  }

  /** Stale paths that are kept, in all families. */
  get paths(): number {
    let sum = 0;
    for (const family of this.families) sum += this.ribPeer.stale[family];
    return sum;
  }

  /** Milliseconds until the wait for the peer, or for its End-of-RIB, is over. */
  get remainingMs(): number {
    const timers = this.isLongLived ? this.longLived : this.deadlines;
    const untilMs = Math.max(...[...timers.values()].map(({ atMs }) => atMs));
    return Math.max(0, untilMs - this.core.clock.nowMs());
  }

  /** Whether a new session continues the old one: same kind of peer, same AS, same router id. */
  fits(role: Pick<RibPeer, 'as' | 'ebgp' | 'confederation' | 'client' | 'clusterId' | 'routerId'>): boolean {
    const { as, ebgp, confederation, client, clusterId, routerId } = this.ribPeer;
    if (role.as !== as || role.confederation !== confederation) return false;
    return role.ebgp === ebgp && role.client === client && role.clusterId === clusterId && role.routerId === routerId;
  }

  /** The peer is back: what it does not claim to have kept goes at once (RFC 4724 4.2). */
  resume({ gracefulRestart, longLived = [] }: Negotiated): void {
    this.synchronizing = true;
    for (const [family, timer] of this.deadlines) timer.arm(this.lostMs + this.times.staleMs(family));
    this.core.rearm();
    for (const family of [...this.families]) {
      const keptByPeer = this.longLived.has(family)
        ? longLived.some((entry) => entry.family === family && entry.forwarding)
        : gracefulRestart?.forwarding.includes(family);
      if (!keptByPeer) this.expire(family, 'not-kept');
    }
    this.finish();
  }

  /** The peer has sent all that it has: what is still stale goes. */
  endOfRib(family: FamilyId): void {
    if (!this.synchronizing || !this.families.has(family)) return;
    this.expire(family, 'end-of-rib');
    this.finish();
  }

  /** Packets do not reach the peer any more: RFC 5882 4.3.1 ends the wait. */
  giveUp(): void {
    for (const family of [...this.families]) this.expire(family, 'bfd');
    this.finish();
  }

  /** Ends it without a word to the owner; what becomes of the paths is the caller's part. */
  cancel(): void {
    for (const timer of [...this.deadlines.values(), ...this.longLived.values(), ...this.older]) timer.cancel();
    this.core.rearm();
  }

  private expire(family: FamilyId, cause: ExpiryCause): void {
    this.families.delete(family);
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
