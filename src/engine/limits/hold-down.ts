/** The hold-down of a peer after an exceeded limit: for a time, or until the operator acts. */
import type { LimitReached } from '../../fsm/types.ts';
import { Timer } from '../../lib/timers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { FAMILIES } from '../../wire/families.ts';
import { cease, type Notification } from '../../wire/notification.ts';
import type { Timing } from '../ports/core.ts';

export class HoldDown {
  /** The limit that keeps the peer down; null: none. */
  reached: LimitReached | null = null;
  private readonly timer: Timer;
  private readonly core: Timing;
  private readonly whenOver: () => void;

  /** @param whenOver called when the time is over: the peer may connect again */
  constructor(core: Timing, whenOver: () => void) {
    this.core = core;
    this.whenOver = whenOver;
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

  /** Ends if other limits are configured: the peer may connect again. */
  adopt(before: PeerSpec, spec: PeerSpec): void {
    if (this.reached === null || limitsOf(before) === limitsOf(spec)) return;
    this.end();
    this.whenOver();
  }

  /** Milliseconds until the peer may connect again; null: no time is set. */
  get remainingMs(): number | null {
    return this.timer.armed ? Math.max(0, this.timer.atMs - this.core.clock.nowMs()) : null;
  }
}

function limitsOf({ limits, attributeOctets }: PeerSpec): string {
  return JSON.stringify([limits, attributeOctets]);
}

/** The notification: RFC 4486 4 for limits on the peer's routes; for the number of our prefixes, a text (RFC 9003). */
export function limitNotification(reached: LimitReached): Notification {
  if (reached.kind === 'attributes') return cease.outOfResources;
  const { family, direction, limit, restartMs } = reached;
  if (direction === 'in') return cease.maximumPrefixes(FAMILIES[family], limit);
  const text = `more than ${limit} prefixes of ${FAMILIES[family].name} to send`;
  return restartMs === null ? cease.shutdownWith(text) : cease.resetWith(text);
}
