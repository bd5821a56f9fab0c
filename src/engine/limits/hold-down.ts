/** A peer that a limit keeps down: for a time, or until the operator does something. */
import type { LimitReached } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import { FAMILIES } from '../../wire/families.ts';
import { cease, type Notification } from '../../wire/notification.ts';
import type { Core } from '../ports/core.ts';

export class HoldDown {
  /** Why the peer is down; null: it is not. */
  reached: LimitReached | null = null;
  private readonly timer: Timer;
  private readonly core: Core;

  /** @param whenOver the time is over: the peer may try again */
  constructor(core: Core, whenOver: () => void) {
    this.core = core;
    this.timer = new Timer(core.timers, () => {
      this.reached = null;
      whenOver();
    });
  }

  begin(reached: LimitReached): void {
    this.reached = reached;
    if (reached.restartMs !== null) this.timer.arm(this.core.clock.nowMs() + reached.restartMs);
    this.core.rearm();
  }

  end(): void {
    this.reached = null;
    this.timer.cancel();
    this.core.rearm();
  }

  /** Milliseconds until the peer may try again; null: no time is set. */
  get remainingMs(): number | null {
    return this.timer.armed ? Math.max(0, this.timer.atMs - this.core.clock.nowMs()) : null;
  }
}

/** What the peer is told: RFC 4486 4 for what is its own; for our prefixes, which are no fault of it, words (RFC 9003). */
export function limitNotification(reached: LimitReached): Notification {
  if (reached.kind === 'attributes') return cease.outOfResources;
  const { family, direction, limit, restartMs } = reached;
  if (direction === 'in') return cease.maximumPrefixes(FAMILIES[family], limit);
  const text = `more than ${limit} prefixes of ${FAMILIES[family].name} to send`;
  return restartMs === null ? cease.shutdownWith(text) : cease.resetWith(text);
}
