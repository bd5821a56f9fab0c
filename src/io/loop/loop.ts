/** The real event loop and clock. */
import { performance } from 'node:perf_hooks';
import type { Loop } from '../../engine/ports/ports.ts';
import type { Clock } from '../../lib/clock.ts';
import { takeUnreadInput } from './reading.ts';

/** Maximum delay of `setTimeout`; a later time is reached in several steps. */
const MAX_DELAY_MS = 2 ** 31 - 1;

export class RealClock implements Clock {
  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }
}

/**
 * One timeout serves every wake-up. It is not changed when the wanted time moves later, as hold timers always do, and
 * is set again if it fires too early.
 */
export class NodeLoop implements Loop {
  private readonly clock: Clock;
  private timeout: NodeJS.Timeout | null = null;
  /** When the timeout is due; Infinity: there is none. */
  private dueMs = Number.POSITIVE_INFINITY;
  private atMs = Number.POSITIVE_INFINITY;
  private run: (() => void) | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  defer(run: () => void): void {
    setImmediate(run);
  }

  takeUnreadInput(): boolean {
    return takeUnreadInput();
  }

  wakeAt(atMs: number, run: () => void): void {
    this.atMs = atMs;
    this.run = run;
    if (atMs < this.dueMs) this.arm();
  }

  /** Cancels the wake-up, so that the process can end. */
  stop(): void {
    this.atMs = Number.POSITIVE_INFINITY;
    this.run = null;
    this.disarm();
  }

  private arm(): void {
    this.disarm();
    if (this.atMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(1, Math.ceil(this.atMs - this.clock.nowMs())));
    this.dueMs = this.clock.nowMs() + delayMs;
    this.timeout = setTimeout(this.fired, delayMs);
  }

  private disarm(): void {
    if (this.timeout !== null) clearTimeout(this.timeout);
    this.timeout = null;
    this.dueMs = Number.POSITIVE_INFINITY;
  }

  private readonly fired = (): void => {
    this.disarm();
    if (this.clock.nowMs() < this.atMs) this.arm();
    // Timeouts run before sockets are read, immediates after: received data is handled before a timer expires.
    else setImmediate(this.wake);
  };

  private readonly wake = (): void => {
    const run = this.run;
    // Moved later since the timeout fired: a new timeout is set for it.
    if (run === null || this.clock.nowMs() < this.atMs) return;
    this.run = null;
    this.atMs = Number.POSITIVE_INFINITY;
    run();
  };
}
