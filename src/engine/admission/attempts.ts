/**
 * The rate limit of connections per address: N per minute, and N at once after an idle minute (a token bucket).
 */

const MINUTE_MS = 60_000;
/** Maximum number of remembered addresses; the oldest are removed first. */
const MAX_ADDRESSES = 16_384;

interface Bucket {
  left: number;
  atMs: number;
}

export class Attempts {
  /** In the order of the last connection, the newest last. */
  private readonly buckets = new Map<string, Bucket>();

  /** Whether the address may connect now; if so, counts the attempt. @param perMinute 0: no limit */
  take(address: string, perMinute: number, nowMs: number): boolean {
    if (perMinute === 0) return true;
    const bucket = this.buckets.get(address) ?? { left: perMinute, atMs: nowMs };
    const gained = ((nowMs - bucket.atMs) * perMinute) / MINUTE_MS;
    bucket.left = Math.min(perMinute, bucket.left + gained);
    bucket.atMs = nowMs;
    this.remember(address, bucket);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  /** Number of remembered addresses. */
  get size(): number {
    return this.buckets.size;
  }

  private remember(address: string, bucket: Bucket): void {
    this.buckets.delete(address);
    this.buckets.set(address, bucket);
    for (const [oldest, { atMs }] of this.buckets) {
      // After a minute a bucket is full again, and need not be remembered.
      if (this.buckets.size <= MAX_ADDRESSES && bucket.atMs - atMs < MINUTE_MS) return;
      this.buckets.delete(oldest);
    }
  }
}
