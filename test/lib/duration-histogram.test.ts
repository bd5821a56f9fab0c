import { DURATION_BOUNDS_MS, DurationHistogram } from '../../src/lib/duration-histogram.ts';

test('a duration is counted in the first bucket that it fits', () => {
  const histogram = new DurationHistogram();
  for (const ms of [0, 0.05, 0.051, 1, 5000, 5000.1]) histogram.observe(ms);
  const bucketOf = (bound: number) => histogram.counts[DURATION_BOUNDS_MS.indexOf(bound)];
  expect([bucketOf(0.05), bucketOf(0.1), bucketOf(1), bucketOf(5000)]).toEqual([2, 1, 1, 1]);
  expect(histogram.counts[DURATION_BOUNDS_MS.length]).toBe(1);
  expect(histogram.count).toBe(6);
  expect(histogram.sumMs).toBeCloseTo(10_001.201, 3);
});

test('the bounds rise', () => {
  expect([...DURATION_BOUNDS_MS].sort((a, b) => a - b)).toEqual(DURATION_BOUNDS_MS);
});
