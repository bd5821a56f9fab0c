/**
 * How often an address may connect: so many times a minute, and as many at once after a minute of rest (a token bucket).
 * No I/O, no timers.
 */

const MINUTE_MS = 60_000;
/** Addresses that are remembered; beyond that those that connected longest ago are forgotten. */
const MOST_ADDRESSES = 16_384;

interface Bucket {
  left: number;
  atMs: number;
}

export class Attempts {
  /** Those that connected last come last. */
  private readonly buckets = new Map<string, Bucket>();

  /** Whether the address may connect now; counts the attempt where it may. @param perMinute 0: any number */
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

  /** Addresses that are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  private remember(address: string, bucket: Bucket): void {
    this.buckets.delete(address);
    this.buckets.set(address, bucket);
    for (const [oldest, { atMs }] of this.buckets) {
      // After a minute every bucket is full again, and need not be remembered.
      if (this.buckets.size <= MOST_ADDRESSES && bucket.atMs - atMs < MINUTE_MS) return;
      this.buckets.delete(oldest);
    }
  }
}
