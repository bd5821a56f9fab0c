/**
 * Bounds how often one subject (a flapping peer, a refused address) speaks in the log: after `BURST` events in a window
 * its further ones are counted, and the window's end tells their number. No I/O, no timers: `sweep` is called from outside.
 */
import type { LimitBy } from '../../engine/events/event-row.ts';
import type { EngineEvent } from '../../engine/events/events.ts';
import type { Clock } from '../../lib/clock.ts';

export const WINDOW_MS = 60_000;
/** Events of one subject and name that a window lets through. */
export const BURST = 10;
/** Subjects remembered at once; beyond, one count serves all. */
const MAX_SUBJECTS = 20_000;

interface Window {
  readonly subject: string;
  readonly event: string;
  readonly endMs: number;
  passed: number;
  suppressed: number;
}

export class LogLimit {
  readonly #clock: Clock;
  /** In the order of their ends, because all windows are equally long. */
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the event may be written; if not, it is counted. To be called after `sweep`. */
  passes(event: EngineEvent, by: LimitBy): boolean {
    if (by === null) return true;
    const window = this.#windowOf(event, by);
    if (window.passed < BURST) {
      window.passed++;
      return true;
    }
    window.suppressed++;
    return false;
  }

  /** When the next window ends on the clock, or null while there is none. */
  nextEndMs(): number | null {
    for (const window of this.#windows.values()) return window.endMs;
    return null;
  }

  /** Forgets the windows that are over (all of them with `everything`), and gives those that held events back. */
  sweep(everything = false): EngineEvent[] {
    const now = this.#clock.nowMs();
    const summaries: EngineEvent[] = [];
    for (const [key, window] of this.#windows) {
      if (window.endMs > now && !everything) break;
      this.#windows.delete(key);
      if (window.suppressed > 0) summaries.push(summaryOf(window));
    }
    return summaries;
  }

  #windowOf(event: EngineEvent, by: 'peer' | 'address' | 'name'): Window {
    const full = this.#windows.size >= MAX_SUBJECTS;
    const subject = by === 'name' || full ? 'all' : String((event as unknown as Record<string, unknown>)[by]);
    const key = `${event.name} ${subject}`;
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    const window = { subject, event: event.name, endMs: this.#clock.nowMs() + WINDOW_MS, passed: 0, suppressed: 0 };
    this.#windows.set(key, window);
    return window;
  }
}

function summaryOf(window: Window): EngineEvent {
  const { subject, suppressed } = window;
  return {
    name: 'log.suppressed',
    subject,
    suppressedEvent: window.event,
    suppressed,
    windowSeconds: WINDOW_MS / 1000,
  };
}
