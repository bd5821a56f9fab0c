/**
 * How long changes are gathered before they are decided and sent together. Each time costs a write per member, so many
 * single changes to many members cost most of a core; but a single change should be sent at once. No timers.
 *
 *   direct ─► (the writes take a tenth of the time) ─► probe: wait a little, once ─┬─► others came: gathering
 *     ▲                                                                           └─► none came: direct, for longer
 *     └────────── (little to do, or waits in vain one after the other) ◄──────────────── gathering
 *
 * That changes come quickly is not enough to wait for more: where each is the answer to the one before, waiting only
 * makes all of them late. So a wait must have been of use before there are more of them.
 */

/** Changes wait at most this long. */
const LONGEST_MS = 10;
/** This many prefixes are work enough by themselves. */
const MANY = 256;
/** Share of the time that sending may take before changes are gathered. */
const BUSY = 0.1;
/** Times in direct mode before it is found out whether to wait is of use; four times as many after each vain attempt. */
const FIRST_PROBE = 32;
const LAST_PROBE = 8192;
/** Waits in vain, one after the other, that end gathering. */
const MOST_VAIN = 4;
/** Weight of the last time in the averages. */
const WEIGHT = 1 / 8;
/** A longer pause counts as one of this length. */
const LONGEST_PAUSE_MS = 1000;

export class Gathering {
  /** When the changes that wait are due; null while none do. */
  private dueMs: number | null = null;
  /** Changes came while others waited. */
  private hasGathered = false;
  private isGathering = false;
  private vain = 0;
  private untilProbe = FIRST_PROBE;
  private nextProbe = FIRST_PROBE;
  /** Averages: what it takes to send, and from one time to the next. */
  private costMs = 0;
  private pauseMs = LONGEST_PAUSE_MS;
  private lastMs = Number.NEGATIVE_INFINITY;

  /**
   * Changes are there, perhaps beside others that wait.
   * @param prefixes how many wait to be decided
   * @returns when they are due; at most `nowMs`: at once
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

  /** Changes were decided and sent, from one moment to another. */
  onSent(fromMs: number, toMs: number): void {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, fromMs - this.lastMs);
    this.lastMs = toMs;
    this.costMs += (toMs - fromMs - this.costMs) * WEIGHT;
    this.pauseMs += (pauseMs - this.pauseMs) * WEIGHT;
    if (this.dueMs !== null) this.judge();
    this.dueMs = null;
    this.hasGathered = false;
  }

  private choose(nowMs: number): number {
    if (this.costMs < BUSY * this.pauseMs) {
      this.untilProbe = FIRST_PROBE;
      this.nextProbe = FIRST_PROBE;
      return nowMs;
    }
    if (this.isGathering) return this.lastMs + Math.min(LONGEST_MS, this.costMs / BUSY);
    if (--this.untilProbe > 0) return nowMs;
    return nowMs + Math.min(LONGEST_MS, 2 * this.pauseMs);
  }

  /** Changes have waited: was that of use? */
  private judge(): void {
    if (this.hasGathered) {
      this.isGathering = true;
      this.vain = 0;
      this.nextProbe = FIRST_PROBE;
      return;
    }
    if (this.isGathering && ++this.vain < MOST_VAIN) return;
    this.isGathering = false;
    this.vain = 0;
    this.nextProbe = Math.min(LAST_PROBE, this.nextProbe * 4);
    this.untilProbe = this.nextProbe;
  }
}
