/** `npm run fuzz`, for some seconds: a daemon that is attacked over TCP serves the peers that behave. */
import { fuzz } from '../fuzz/fuzz.ts';

test('a running daemon survives hostile sessions', async () => {
  const report = await fuzz({ seconds: 5, seed: 1, batch: 60, atOnce: 4, faults: 1, say: () => {} });
  expect(report.faults).toEqual([]);
  expect(report.messages).toBeGreaterThan(500);
}, 180_000);
