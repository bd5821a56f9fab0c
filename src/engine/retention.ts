/**
 * The paths of a peer that has lost its session and may come back: kept, stale, for a bounded time (RFC 4724 4.2,
 * RFC 8538). Begins with the loss; ends when the new session has sent End-of-RIB for every family, or the time is over.
 * No Node here.
 */
import type { DownReason, Negotiated } from '../fsm/types.ts';
import { Timer } from '../lib/timers.ts';
import type { RibPeer } from '../rib/peers.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';
import { isHardReset } from '../wire/notification.ts';
import type { Core } from './core.ts';

/** Why stale paths are taken out. */
export type ExpiryCause = 'end-of-rib' | 'not-kept' | 'restart-time' | 'stale-time';

/**
 * The families whose paths outlive a session that ended for this reason: none where graceful restart was not agreed on,
 * where the operator ended it, or where a NOTIFICATION did without the N bit or with a hard reset (RFC 8538 3, 4).
 */
export function keptFamilies({ gracefulRestart }: Negotiated, reason: DownReason): readonly FamilyId[] {
  if (!gracefulRestart) return [];
  switch (reason.kind) {
    case 'closedByPeer':
    case 'collision':
      return gracefulRestart.families;
    case 'notificationSent':
    case 'notificationReceived': {
      const graceful = gracefulRestart.notification && !isHardReset(reason.notification);
      return graceful ? gracefulRestart.families : [];
    }
    case 'stopped':
      return [];
  }
}

/** Who is told what becomes of the paths. */
export interface RetentionOwner {
  /** Stale paths of a family go. */
  onExpired(family: FamilyId, paths: number, cause: ExpiryCause): void;
  /** The peer did not come back in time. */
  onRestartTimeOver(): void;
  /** Nothing stale is left to wait for. */
  onSynchronized(): void;
}

export class Retention {
  readonly ribPeer: RibPeer;
  /** The peer has a session again, and has not sent End-of-RIB for all that was kept. */
  synchronizing = false;
  /** Families whose stale paths are kept. */
  private readonly families: Set<FamilyId>;
  private readonly restartTimer: Timer;
  private readonly staleTimer: Timer;
  private readonly core: Core;
  private readonly owner: RetentionOwner;

  /**
   * @param families whose paths are kept; those of the others are taken out
   * @param restartMs how long the peer may take to come back
   * @param staleMs how long until nothing stale is kept any more, whether it came back or not
   */
  constructor(
    core: Core,
    ribPeer: RibPeer,
    families: readonly FamilyId[],
    { restartMs, staleMs }: { readonly restartMs: number; readonly staleMs: number },
    owner: RetentionOwner,
  ) {
    this.core = core;
    this.ribPeer = ribPeer;
    this.owner = owner;
    this.families = new Set(families);
    this.restartTimer = new Timer(core.timers, () => owner.onRestartTimeOver());
    this.staleTimer = new Timer(core.timers, () => this.expireAll('stale-time'));
    for (const { id } of FAMILIES) {
      ribPeer.retain(id);
      if (!this.families.has(id)) ribPeer.release(id);
    }
    // What was stale before this loss goes as well (RFC 4724 4.2: consecutive restarts).
    core.sweeper.sweepStale();
    core.schedule();
    const nowMs = core.clock.nowMs();
    this.restartTimer.arm(nowMs + Math.min(restartMs, staleMs));
    this.staleTimer.arm(nowMs + staleMs);
    core.rearm();
  }

  /** Stale paths that are kept, in all families. */
  get paths(): number {
    let sum = 0;
    for (const family of this.families) sum += this.ribPeer.stale[family];
    return sum;
  }

  /** Milliseconds until the wait for the peer, or for its End-of-RIB, is over. */
  get remainingMs(): number {
    const timer = this.synchronizing ? this.staleTimer : this.restartTimer;
    return Math.max(0, timer.atMs - this.core.clock.nowMs());
  }

  /** Whether a new session continues the old one: same kind of peer, same router id. */
  fits(role: Pick<RibPeer, 'ebgp' | 'client' | 'clusterId' | 'routerId'>): boolean {
    const { ebgp, client, clusterId, routerId } = this.ribPeer;
    return role.ebgp === ebgp && role.client === client && role.clusterId === clusterId && role.routerId === routerId;
  }

  /** The peer is back: what it does not claim to have kept goes at once (RFC 4724 4.2). */
  resume({ gracefulRestart }: Negotiated): void {
    this.restartTimer.cancel();
    this.synchronizing = true;
    const forwarding = gracefulRestart?.forwarding ?? [];
    for (const family of [...this.families]) if (!forwarding.includes(family)) this.expire(family, 'not-kept');
    this.finish();
  }

  /** The peer has sent all that it has: what is still stale goes. */
  endOfRib(family: FamilyId): void {
    if (!this.synchronizing || !this.families.has(family)) return;
    this.expire(family, 'end-of-rib');
    this.finish();
  }

  /** Ends it without a word to the owner; what becomes of the paths is the caller's part. */
  cancel(): void {
    this.restartTimer.cancel();
    this.staleTimer.cancel();
    this.core.rearm();
  }

  private expireAll(cause: ExpiryCause): void {
    for (const family of [...this.families]) this.expire(family, cause);
    this.finish();
  }

  private expire(family: FamilyId, cause: ExpiryCause): void {
    this.families.delete(family);
    const paths = this.ribPeer.stale[family];
    this.ribPeer.release(family);
    if (paths === 0) return;
    this.core.sweeper.sweepStale();
    this.core.schedule();
    this.owner.onExpired(family, paths, cause);
  }

  private finish(): void {
    if (!this.synchronizing || this.families.size > 0) return;
    this.cancel();
    this.owner.onSynchronized();
  }
}
