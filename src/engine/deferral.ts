/**
 * After a restart: nothing is selected, sent or installed until all peers that were there before have sent End-of-RIB,
 * or the time is over (RFC 4724 4.1). What is told then is whole, so that nobody withdraws what only came late.
 * No Node here.
 */
import type { Clock } from '../lib/clock.ts';
import { Timer, type TimerQueue } from '../lib/timers.ts';
import type { Session } from './session.ts';

/**
 * Routes may come behind the last End-of-RIB: FRR sends it at once, and the first routes of a session a second later.
 * Nothing is lost by waiting for them, since everybody keeps what it has.
 */
const SETTLE_MS = 3_000;

/** How it ended: everybody was heard, or the time was over. */
export type DeferralEnd = 'complete' | 'timeout';

export class Deferral {
  /** Names of the peers whose End-of-RIB, in all families, is still to come. */
  private readonly awaited: Set<string>;
  private readonly timer: Timer;
  private readonly settling: Timer;
  private readonly clock: Clock;
  private readonly whenOver: (cause: DeferralEnd, missing: readonly string[]) => void;
  private over = false;

  constructor(
    clock: Clock,
    timers: TimerQueue,
    longestMs: number,
    expected: Iterable<string>,
    whenOver: (cause: DeferralEnd, missing: readonly string[]) => void,
  ) {
    this.awaited = new Set(expected);
    this.whenOver = whenOver;
    this.timer = new Timer(timers, () => this.end('timeout'));
    this.settling = new Timer(timers, () => this.end('complete'));
    this.clock = clock;
    this.timer.arm(clock.nowMs() + longestMs);
  }

  /** A session is up: its End-of-RIB is waited for, unless it sends none, or itself waits for ours. */
  onEstablished(name: string, session: Session): void {
    if (!owesEndOfRib(session)) {
      this.forget(name);
      return;
    }
    this.awaited.add(name);
    this.settling.cancel();
  }

  onEndOfRib(name: string, session: Session): void {
    if (!owesEndOfRib(session)) this.forget(name);
  }

  /** Names of those that are still waited for. */
  get missing(): readonly string[] {
    return [...this.awaited];
  }

  /** The peer is not waited for any more. */
  forget(name: string): void {
    this.awaited.delete(name);
    if (this.awaited.size === 0 && !this.over && !this.settling.armed)
      this.settling.arm(this.clock.nowMs() + SETTLE_MS);
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
