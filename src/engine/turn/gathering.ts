/**
 * How long changes are gathered before they are decided and sent together. Each flush costs a write per member, so many
 * single changes to many members cost most of a core; but a single change should be sent immediately.
 *
 *   direct ─► (writes take a tenth of the time) ─► probe: wait a little, once ─┬─► other changes came: gathering
 *     ▲                                                                       └─► none came: direct, for longer
 *     └────────── (little work, or several waits without other changes) ◄──────────────── gathering
 *
 * A high rate of changes is no sufficient reason to wait for more: if each change is the reaction to the previous one,
 * waiting only delays all of them. So a wait must have gathered something before there are further waits.
 */

/** Maximum wait of a change. */
const MAX_WAIT_MS = 10;
/** With this many prefixes, the changes are sent without a wait. */
const MANY = 256;
/** Maximum share of the time for sending before changes are gathered. */
const BUSY = 0.1;
/** Flushes in direct mode before a probe; four times as many after each probe that gathered nothing. */
const FIRST_PROBE = 32;
const LAST_PROBE = 8192;
/** Consecutive waits without other changes that end gathering. */
const MAX_VAIN = 4;
/** Weight of the last flush in the averages. */
const WEIGHT = 1 / 8;
/** Longer pauses count as this one. */
const MAX_PAUSE_MS = 1000;

export class Gathering {
  /** When the waiting changes are due; null: none wait. */
  private dueMs: number | null = null;
  /** Further changes came during the wait. */
  private hasGathered = false;
  private isGathering = false;
  private vain = 0;
  private untilProbe = FIRST_PROBE;
  private nextProbe = FIRST_PROBE;
  /** Averages: the time to send, and the time between flushes. */
  private costMs = 0;
  private pauseMs = MAX_PAUSE_MS;
  private lastMs = Number.NEGATIVE_INFINITY;

  /**
   * Reports changes, perhaps beside others that already wait.
   * @param prefixes number of prefixes that wait for the decision
   * @returns when they are due; at most `nowMs`: immediately
   */
  dueAt(nowMs: number, prefixes: number): number {
    if (prefixes >= MANY) return nowMs;
    if (this.dueMs !== null) {
      if (nowMs < this.dueMs) this.hasGathered = true;
      return this.dueMs;
    }
    const due = this.choose(nowMs);
    if (due > nowMs) this.dueMs = due;
    return due;
  }

  /** Reports that changes were decided and sent, with start and end. */
  onSent(fromMs: number, toMs: number): void {
    const pauseMs = Math.min(MAX_PAUSE_MS, fromMs - this.lastMs);
    this.lastMs = toMs;
    this.costMs += (toMs - fromMs - this.costMs) * WEIGHT;
    this.pauseMs += (pauseMs - this.pauseMs) * WEIGHT;
    if (this.dueMs !== null) this.evaluate();
    this.dueMs = null;
    this.hasGathered = false;
  }

  private choose(nowMs: number): number {
    if (this.costMs < BUSY * this.pauseMs) {
      this.untilProbe = FIRST_PROBE;
      this.nextProbe = FIRST_PROBE;
      return nowMs;
    }
    if (this.isGathering) return this.lastMs + Math.min(MAX_WAIT_MS, this.costMs / BUSY);
    if (--this.untilProbe > 0) return nowMs;
    return nowMs + Math.min(MAX_WAIT_MS, 2 * this.pauseMs);
  }

  /** Evaluates a wait: did it gather other changes? */
  private evaluate(): void {
    if (this.hasGathered) {
      this.isGathering = true;
      this.vain = 0;
      this.nextProbe = FIRST_PROBE;
      return;
    }
    if (this.isGathering && ++this.vain < MAX_VAIN) return;
    this.isGathering = false;
    this.vain = 0;
    this.nextProbe = Math.min(LAST_PROBE, this.nextProbe * 4);
    this.untilProbe = this.nextProbe;
  }
}
