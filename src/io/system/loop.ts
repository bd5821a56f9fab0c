/** The event loop and the clock of the real world. */
import { performance } from 'node:perf_hooks';
import type { Loop } from '../../engine/ports/ports.ts';
import type { Clock } from '../../lib/clock.ts';

/** Longest delay that `setTimeout` takes; a farther moment is reached in several steps. */
const LONGEST_MS = 2 ** 31 - 1;

export class RealClock implements Clock {
  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }
}

/**
 * One timeout serves every wake-up. It stays as it is when the wanted moment moves away, as hold timers do all the time,
 * and is set again when it fires too early.
 */
export class NodeLoop implements Loop {
  private readonly clock: Clock;
  private timeout: NodeJS.Timeout | null = null;
  /** When the timeout is due; Infinity while there is none. */
  private dueMs = Number.POSITIVE_INFINITY;
  private atMs = Number.POSITIVE_INFINITY;
  private run: (() => void) | null = null;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  defer(run: () => void): void {
    setImmediate(run);
  }

  wakeAt(atMs: number, run: () => void): void {
    this.atMs = atMs;
    this.run = run;
    if (atMs < this.dueMs) this.arm();
  }

  /** Forgets the wake-up, so that the process may end. */
  stop(): void {
    this.atMs = Number.POSITIVE_INFINITY;
    this.run = null;
    this.disarm();
  }

  private arm(): void {
    this.disarm();
    if (this.atMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(LONGEST_MS, Math.max(1, Math.ceil(this.atMs - this.clock.nowMs())));
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
    // Timeouts run before sockets are read, immediates after: what has arrived counts before a deadline does.
    else setImmediate(this.wake);
  };

  private readonly wake = (): void => {
    const run = this.run;
    // Moved away since the timeout fired: a new timeout stands for it.
    if (run === null || this.clock.nowMs() < this.atMs) return;
    this.run = null;
    this.atMs = Number.POSITIVE_INFINITY;
    run();
  };
}
