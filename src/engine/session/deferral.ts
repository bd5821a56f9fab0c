/**
 * After a start: peers with graceful restart may still keep our routes, and give up at our End-of-RIB whatever is not
 * announced again by then. So what is sent to them first must be complete (RFC 4724 4.1).
 *
 * Where the daemon knows which peers were there before (`listed`), nothing is selected, sent or installed until all of them
 * have sent End-of-RIB. Where it does not, it selects, and sends nothing to those peers alone that may keep our routes, until
 * no further one has come for a while. Both end when the time is over.
 */

import type { Negotiated } from '../../fsm/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import { restartOf, type SessionSpec } from '../../spec/session.ts';
import type { Session } from './session.ts';

/**
 * Routes may come behind the last End-of-RIB: FRR sends it at once, and the first routes of a session a second later.
 * Nothing is lost by waiting for them, since all peers keep what they have.
 */
const SETTLE_MS = 3_000;

/**
 * Where it is not known who was there, further hosts have this long at least to connect once the first has; each that
 * comes makes it longer (UNLISTED_SETTLE_MS).
 */
const UNLISTED_MS = 3_000;
/** The same as SETTLE_MS there: no route is missing at anybody who was not sent any yet. */
const UNLISTED_SETTLE_MS = 2_000;

/** How it ended: all awaited peers have sent what they have, or the time was over. */
export type DeferralEnd = 'complete' | 'timeout';

/** A peer that was there when the daemon ended. */
export interface KnownPeer {
  /** As `peerName` has it. */
  readonly name: string;
  /** The address of this router that its session was with; null: not known. */
  readonly localAddress: string | null;
}

export class Deferral {
  /** The peers that were there before are known. */
  readonly listed: boolean;
  /** Peers whose End-of-RIB, in all families, is still to come, by name. */
  private readonly awaited: Map<string, KnownPeer>;
  private readonly timer: Timer;
  private readonly settling: Timer;
  private readonly clock: Clock;
  private earliestMs: number;
  private readonly whenOver: (cause: DeferralEnd, missing: readonly KnownPeer[]) => void;
  private over = false;

  /** @param expected the peers that were there before; null: not known */
  constructor(
    clock: Clock,
    timers: TimerQueue,
    longestMs: number,
    expected: readonly KnownPeer[] | null,
    whenOver: (cause: DeferralEnd, missing: readonly KnownPeer[]) => void,
  ) {
    const nowMs = clock.nowMs();
    this.listed = expected !== null;
    this.awaited = new Map(expected?.map((peer) => [peer.name, peer]));
    this.whenOver = whenOver;
    this.timer = new Timer(timers, () => this.end('timeout'));
    this.settling = new Timer(timers, () => this.end('complete'));
    this.clock = clock;
    this.earliestMs = this.listed ? nowMs : Number.POSITIVE_INFINITY;
    this.timer.arm(nowMs + longestMs);
  }

  /** Whether a session is sent no routes for now. */
  holdsBack(spec: SessionSpec, negotiated: Negotiated): boolean {
    return !this.over && (this.listed || mayKeepOurs(spec, negotiated));
  }

  /** A session is up: its End-of-RIB is waited for, unless it sends none, or itself waits for ours. */
  onEstablished(name: string, session: Session): void {
    if (session.isHeldBack) this.earliestMs = Math.min(this.earliestMs, this.clock.nowMs() + UNLISTED_MS);
    if (!owesEndOfRib(session)) {
      this.forget(name);
      return;
    }
    if (!this.awaited.has(name)) this.awaited.set(name, { name, localAddress: null });
    this.settling.cancel();
  }

  onEndOfRib(name: string, session: Session): void {
    if (!owesEndOfRib(session)) this.forget(name);
  }

  /** Those that are still waited for. */
  get missing(): readonly KnownPeer[] {
    return [...this.awaited.values()];
  }

  /** Milliseconds until it is over at the latest. */
  get remainingMs(): number {
    return Math.max(0, this.timer.atMs - this.clock.nowMs());
  }

  /** The peer is not waited for any more. */
  forget(name: string): void {
    this.awaited.delete(name);
    if (this.awaited.size > 0 || this.over || this.settling.armed || this.earliestMs === Number.POSITIVE_INFINITY)
      return;
    const settleMs = this.listed ? SETTLE_MS : UNLISTED_SETTLE_MS;
    this.settling.arm(Math.max(this.clock.nowMs() + settleMs, this.earliestMs));
  }

  private end(cause: DeferralEnd): void {
    if (this.over) return;
    this.over = true;
    this.timer.cancel();
    this.settling.cancel();
    this.whenOver(cause, this.missing);
  }
}

/** A peer without graceful restart need not send End-of-RIB; one that restarts as well waits for that of the others. */
function owesEndOfRib({ negotiated, endOfRibReceived }: Session): boolean {
  const { gracefulRestart, families } = negotiated;
  if (!gracefulRestart || gracefulRestart.restarted) return false;
  return families.some((family) => endOfRibReceived[family] === 0);
}

/** Whether we ask the peer to keep our routes of any family while we are away. */
function mayKeepOurs({ gracefulRestart: spec }: SessionSpec, negotiated: Negotiated): boolean {
  if (!spec || !negotiated.gracefulRestart) return false;
  return negotiated.families.some((family) => restartOf(spec, family).full);
}
