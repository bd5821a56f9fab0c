/** A kernel that cannot be reached: since when, why, and when to try again. */

const FIRST_MS = 1000;
const LAST_MS = 30_000;

export class Outage {
  private delayMs = FIRST_MS;
  /** The reason; null while the kernel can be reached. */
  reason: string | null = null;
  /** No call is made before this time. */
  resumeMs = 0;

  /** @returns true when this is news */
  begin(reason: string, nowMs: number): boolean {
    if (this.reason !== null && nowMs < this.resumeMs) return false; // a parallel call has already reported it
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
