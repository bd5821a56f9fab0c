/** A kernel that cannot be asked: since when, why, and when to try again. */

const FIRST_MS = 1000;
const LAST_MS = 30_000;

export class Outage {
  private delayMs = FIRST_MS;
  /** Why; null while all is well. */
  reason: string | null = null;
  /** Nothing is asked before. */
  resumeMs = 0;

  /** @returns true when this is news */
  begin(reason: string, nowMs: number): boolean {
    if (this.reason !== null && nowMs < this.resumeMs) return false; // the call beside it said so already
    const news = this.reason !== reason;
    this.reason = reason;
    this.resumeMs = nowMs + this.delayMs;
    this.delayMs = Math.min(this.delayMs * 2, LAST_MS);
    return news;
  }

  /** @returns true when this is news */
  end(): boolean {
    this.delayMs = FIRST_MS;
    const news = this.reason !== null;
    this.reason = null;
    return news;
  }
}
