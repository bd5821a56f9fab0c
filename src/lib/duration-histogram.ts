/**
 * A histogram of durations with fixed buckets: an observation costs some comparisons and allocates nothing.
 */

/** Upper bounds of the buckets in milliseconds, inclusive; one more bucket counts longer durations. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000,
];

const BOUNDS = Float64Array.from(DURATION_BOUNDS_MS);

export class DurationHistogram {
  /** Observations per bucket, each counted once; the last is for what exceeds all bounds. */
  readonly counts = new Float64Array(BOUNDS.length + 1);
  private readonly sum = new Float64Array(1);

  /** Counts one duration in milliseconds. */
  observe(ms: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && ms > BOUNDS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum[0]! += ms;
  }

  /** Sum of all durations in milliseconds. */
  get sumMs(): number {
    return this.sum[0]!;
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }
}
