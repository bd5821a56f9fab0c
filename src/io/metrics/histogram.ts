/** The samples of duration histograms in the format of Prometheus: cumulative buckets, sum and count, in seconds. */
import { DURATION_BOUNDS_MS, type DurationHistogram } from '../../lib/duration-histogram.ts';
import type { Sample } from './row.ts';

export function* histogramSamples(
  durations: Iterable<readonly [stage: string, histogram: DurationHistogram]>,
): Generator<Sample> {
  for (const [stage, histogram] of durations) {
    let total = 0;
    for (const [n, bound] of DURATION_BOUNDS_MS.entries()) {
      total += histogram.counts[n]!;
      yield { labels: { stage, le: bound / 1000 }, value: total, suffix: '_bucket' };
    }
    total += histogram.counts[DURATION_BOUNDS_MS.length]!;
    yield { labels: { stage, le: '+Inf' }, value: total, suffix: '_bucket' };
    yield { labels: { stage }, value: histogram.sumMs / 1000, suffix: '_sum' };
    yield { labels: { stage }, value: total, suffix: '_count' };
  }
}
