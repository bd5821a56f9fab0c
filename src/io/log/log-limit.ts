/**
 * Limits how often one subject (a flapping peer, a refused address) is logged: after `BURST` events in a window,
 * further events are only counted, and their number is logged when the window ends. The caller calls `sweep`.
 */
import type { LimitBy } from '../../engine/events/event-row.ts';
import type { EngineEvent } from '../../engine/events/events.ts';
import type { Clock } from '../../lib/clock.ts';

export const WINDOW_MS = 60_000;
/** Events of one subject and name that are logged per window. */
export const BURST = 10;
/** Maximum number of subjects; all others share one count. */
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
  /** In order of their ends, because all windows are equally long. */
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the event is to be logged; if not, it is counted. Call `sweep` before. */
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

  /** When the next window ends, in milliseconds of the clock; null: there is none. */
  nextEndMs(): number | null {
    for (const window of this.#windows.values()) return window.endMs;
    return null;
  }

  /**
   * Removes the windows that are over (all of them with `everything`), and returns a summary of each with suppressed
   * events.
   */
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
