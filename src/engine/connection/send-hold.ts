/**
 * The send hold timer (RFC 9687): a peer that sends keepalives but does not read keeps withdrawn routes. It costs
 * nothing per message: from time to time it checks whether a write has completed.
 */
import { Timer } from '../../lib/timers.ts';
import type { Timing } from '../ports/core.ts';
import type { Outbox } from './outbox.ts';

/** Checks per send hold time: it expires late by at most this part of it. */
const LOOKS = 8;

export class SendHold {
  private readonly timer: Timer;
  private readonly core: Timing;
  private readonly outbox: Outbox;
  private readonly everyMs: number;
  private seen = -1;
  private inVain = 0;

  /**
   * @param ms maximum time without a completed write; 0: no limit
   * @param onExpired no write completed for that time
   */
  constructor(core: Timing, outbox: Outbox, ms: number, onExpired: () => void) {
    this.core = core;
    this.outbox = outbox;
    this.everyMs = ms / LOOKS;
    this.timer = new Timer(core.timers, () => this.look(onExpired));
    if (ms > 0) this.again();
  }

  stop(): void {
    this.timer.cancel();
  }

  private look(onExpired: () => void): void {
    const { isWriting, writes } = this.outbox;
    this.inVain = isWriting && writes === this.seen ? this.inVain + 1 : 0;
    this.seen = writes;
    if (this.inVain >= LOOKS) onExpired();
    else this.again();
  }

  private again(): void {
    this.timer.arm(this.core.clock.nowMs() + this.everyMs);
    this.core.rearm();
  }
}
