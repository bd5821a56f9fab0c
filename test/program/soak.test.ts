/** `npm run soak`, for some seconds and in a small size: everything arrives, and nothing is lost. */
import { plotOf } from '../soak/plot.ts';
import { growthIn, type Sample, soak } from '../soak/soak.ts';

test('churn, flaps, reloads, scrapes and shows leave every route where it should be', async () => {
  const plan = { seconds: 8, peers: 8, sources: 3, routes: 100, sampleMs: 1000, say: () => {} };
  const report = await soak(plan);
  expect(report.failures).toEqual([]);
  expect(report.samples.length).toBeGreaterThan(2);
  expect(plotOf(report)).toContain('polyline');
}, 120_000);

test('growth is found, and a flat curve is not taken for it', () => {
  const flat = { heapMiB: 9, descriptors: 9, timers: 9, delayP99Ms: 9, delayMaxMs: 9 };
  const samples = (grow: number): Sample[] =>
    Array.from({ length: 40 }, (_, at) => ({ ...flat, seconds: at, residentMiB: 100 + (at % 7) + at * grow }));
  expect(growthIn(samples(0))).toEqual([]);
  expect(growthIn(samples(5))).toEqual([expect.stringMatching(/^residentMiB grew/)]);
});
