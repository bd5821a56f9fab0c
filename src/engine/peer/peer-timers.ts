/** The timers of one peer (RFC 4271 section 8), made when first armed. */

import type { Side, TimerName } from '../../fsm/types.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';

export class PeerTimers {
  private readonly timers = new Map<string, Timer>();
  private readonly queue: TimerQueue;
  private readonly fire: (timer: TimerName, side: Side | null) => void;

  constructor(queue: TimerQueue, fire: (timer: TimerName, side: Side | null) => void) {
    this.queue = queue;
    this.fire = fire;
  }

  arm(name: TimerName, side: Side | null, atMs: number): void {
    const key = `${name} ${side}`;
    let timer = this.timers.get(key);
    if (timer === undefined) {
      timer = new Timer(this.queue, () => this.fire(name, side));
      this.timers.set(key, timer);
    }
    timer.arm(atMs);
  }

  cancel(name: TimerName, side: Side | null): void {
    this.timers.get(`${name} ${side}`)?.cancel();
  }

  /** Names of the armed timers, each with when it is due, in milliseconds of the clock. */
  *armed(): Iterable<readonly [name: TimerName, atMs: number]> {
    for (const [key, { armed, atMs }] of this.timers) if (armed) yield [key.split(' ')[0] as TimerName, atMs];
  }

  cancelAll(): void {
    for (const timer of this.timers.values()) timer.cancel();
  }
}
