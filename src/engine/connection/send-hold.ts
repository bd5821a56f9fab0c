/**
 * The send hold timer (RFC 9687): a peer that lives but takes nothing of what is to be sent keeps routes that are long
 * gone. Costs nothing per message: from time to time it looks whether the connection took anything.
 */
import { Timer } from '../../lib/timers.ts';
import type { Core } from '../ports/core.ts';
import type { Outbox } from './outbox.ts';

/** Looks per send hold time: it is over by at most this part of it too late. */
const LOOKS = 8;

export class SendHold {
  private readonly timer: Timer;
  private readonly core: Core;
  private readonly outbox: Outbox;
  private readonly everyMs: number;
  private seen = -1;
  private inVain = 0;

  /**
   * @param ms how long nothing may be taken; 0: for ever
   * @param onExpired nothing was taken for that long
   */
  constructor(core: Core, outbox: Outbox, ms: number, onExpired: () => void) {
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
