/**
 * Limits the changes of a flapping prefix: after a few changes within a second the next one waits for the end of the
 * second, and then installs what is wanted at that time. A prefix that keeps flapping gets one change per second.
 * A prefix that changes once costs a bit.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';

const WINDOW_MS = 1000;
/** Changes of one prefix per window: enough for a withdrawal, an alternative path, and the return of the first one. */
const CHANGES_PER_WINDOW = 4;

export class Flaps {
  private endMs = Number.NEGATIVE_INFINITY;
  /** Prefixes that were changed in this window. */
  private readonly once = new BitSet();
  /** Number of changes, if more than one. */
  private readonly often = new Map<number, number>();
  private waiting: number[] = [];

  /** Prefixes whose change waits. */
  get count(): number {
    return this.waiting.length;
  }

  /** When `due` must be called; Infinity when nothing waits. */
  get nextMs(): number {
    return this.waiting.length === 0 ? Number.POSITIVE_INFINITY : this.endMs;
  }

  bytes(): number {
    return this.once.bytes();
  }

  /** Counts a change; false if it must wait: not to be called again for the prefix until `due` releases it. */
  admits(prefix: number, nowMs: number): boolean {
    if (nowMs >= this.endMs && this.waiting.length === 0) this.begin(nowMs);
    if (this.once.add(prefix)) return true;
    const changes = (this.often.get(prefix) ?? 1) + 1;
    if (changes > CHANGES_PER_WINDOW) this.waiting.push(prefix);
    else this.often.set(prefix, changes);
    return changes <= CHANGES_PER_WINDOW;
  }

  /** Calls `release` for every prefix that waits when the window is over; each may change once in the next window. */
  due(nowMs: number, release: (prefix: number) => void): void {
    if (nowMs < this.endMs || this.waiting.length === 0) return;
    const { waiting } = this;
    this.waiting = [];
    this.begin(nowMs);
    for (const prefix of waiting) {
      this.once.add(prefix);
      this.often.set(prefix, CHANGES_PER_WINDOW - 1);
      release(prefix);
    }
  }

  private begin(nowMs: number): void {
    this.endMs = nowMs + WINDOW_MS;
    this.once.clear();
    this.often.clear();
  }
}
