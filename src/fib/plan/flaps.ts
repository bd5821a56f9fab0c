/**
 * Bounds what a flapping prefix costs the kernel: after a few changes within a second its next one waits for the second's
 * end, and is then made for what is wanted by that time. One that goes on flapping gets one change per second.
 * A prefix that changes once costs a bit.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';

export const WINDOW_MS = 1000;
/** Changes of one prefix that a window lets through: a withdrawal, a way around, and the way back among them. */
export const CHANGES_PER_WINDOW = 4;

export class Flaps {
  private endMs = Number.NEGATIVE_INFINITY;
  /** Prefixes that were changed in this window. */
  private readonly once = new BitSet();
  /** How often, where it was more than once. */
  private readonly often = new Map<number, number>();
  private waiting: number[] = [];

  /** Prefixes whose change waits. */
  get count(): number {
    return this.waiting.length;
  }

  /** When `due` has something to say; Infinity when nothing waits. */
  get nextMs(): number {
    return this.waiting.length === 0 ? Number.POSITIVE_INFINITY : this.endMs;
  }

  bytes(): number {
    return this.once.bytes();
  }

  /** Whether a change of the prefix may be made now, which counts it. If not it waits: to be called once until `due` names it. */
  admits(prefix: number, nowMs: number): boolean {
    if (nowMs >= this.endMs && this.waiting.length === 0) this.begin(nowMs);
    if (this.once.add(prefix)) return true;
    const changes = (this.often.get(prefix) ?? 1) + 1;
    if (changes > CHANGES_PER_WINDOW) this.waiting.push(prefix);
    else this.often.set(prefix, changes);
    return changes <= CHANGES_PER_WINDOW;
  }

  /** Calls `release` for every prefix that waited, when the window is over; each may be changed once in the next. */
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
