/**
 * After a start: peers with graceful restart may still keep our routes, and remove at our End-of-RIB those that are not
 * advertised again by then. So the first advertisement to them must be complete (RFC 4724 4.1).
 *
 * If the daemon knows its peers from before (`listed`), it selects, advertises and installs nothing until all of them
 * have sent End-of-RIB. If it does not, it selects routes, but defers advertising to peers that may keep our routes,
 * until no further peer has connected for a while. Both end at the latest when the time limit is over.
 */

import type { Negotiated } from '../../fsm/types.ts';
import type { Clock } from '../../lib/clock.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import { restartOf, type SessionSpec } from '../../spec/session.ts';
import type { Session } from './session.ts';

/**
 * Routes may follow the last End-of-RIB: FRR sends it immediately, and the first routes of a session a second later.
 * Waiting for them costs nothing, because all peers keep their routes.
 */
const SETTLE_MS = 3_000;

/**
 * If the peers from before are not known: the minimum time for further hosts to connect after the first one; each new
 * connection extends it (UNLISTED_SETTLE_MS).
 */
const UNLISTED_MS = 3_000;
/** The equivalent of SETTLE_MS in that case: peers that received no routes yet do not lack any. */
const UNLISTED_SETTLE_MS = 2_000;

/** How it ended: all awaited peers have sent their routes, or the time limit was over. */
export type DeferralEnd = 'complete' | 'timeout';

/** A peer from before the daemon stopped. */
export interface KnownPeer {
  /** The result of `peerName`. */
  readonly name: string;
  /** The local address of its session; null: not known. */
  readonly localAddress: string | null;
}

export class Deferral {
  /** The peers from before are known. */
  readonly listed: boolean;
  /** Peers that have not sent End-of-RIB of all families yet, by name. */
  private readonly awaited: Map<string, KnownPeer>;
  private readonly timer: Timer;
  private readonly settling: Timer;
  private readonly clock: Clock;
  private earliestMs: number;
  private readonly whenOver: (cause: DeferralEnd, missing: readonly KnownPeer[]) => void;
  private over = false;

  /** @param expected the peers from before; null: not known */
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

  /** Whether advertising to a session is deferred. */
  holdsBack(spec: SessionSpec, negotiated: Negotiated): boolean {
    return !this.over && (this.listed || mayKeepOurs(spec, negotiated));
  }

  /** A session is established: wait for its End-of-RIB, unless it sends none, or itself waits for ours. */
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

  /** Peers that the start still waits for. */
  get missing(): readonly KnownPeer[] {
    return [...this.awaited.values()];
  }

  /** Maximum milliseconds until the deferral ends. */
  get remainingMs(): number {
    const untilMs = this.settling.armed ? Math.min(this.timer.atMs, this.settling.atMs) : this.timer.atMs;
    return Math.max(0, untilMs - this.clock.nowMs());
  }

  /** Stops waiting for the peer. */
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

/** A peer without graceful restart may send no End-of-RIB; one that restarts as well waits for that of its peers. */
function owesEndOfRib({ negotiated, endOfRibReceived }: Session): boolean {
  const { gracefulRestart, families } = negotiated;
  if (!gracefulRestart || gracefulRestart.restarted) return false;
  return families.some((family) => endOfRibReceived[family] === 0);
}

/** Whether we request the peer to keep our routes of any family while we restart. */
function mayKeepOurs({ gracefulRestart: spec }: SessionSpec, negotiated: Negotiated): boolean {
  if (!spec || !negotiated.gracefulRestart) return false;
  return negotiated.families.some((family) => restartOf(spec, family).full);
}
