/** When a number of prefixes against its limit is worth a word. */
import { LimitGauge } from '../../../src/engine/limits/gauge.ts';

/** The levels that are reported while the count goes through these values. */
function reported(counts: readonly number[], blocked = 0, limit = 100, warnAt = 80): string[] {
  const gauge = new LimitGauge({ limit, warnAt, action: 'warn', restartMs: 0, of: 'received' });
  return counts.flatMap((count) => (gauge.read(count, blocked) ? [`${gauge.level} ${count}`] : []));
}

test('one word at the percentage, and one beyond the limit; the limit itself is allowed', () => {
  expect(reported([79, 80, 81, 100, 101, 102])).toEqual(['near 80', 'over 101']);
});

test('a count that oscillates around the warning percentage is reported once', () => {
  expect(reported([80, 79, 80, 73, 80, 72, 80])).toEqual(['near 80']);
  expect(reported([80, 71, 80])).toEqual(['near 80', 'below 71', 'near 80']);
});

test('a count that oscillates around the limit is reported once', () => {
  expect(reported([101, 100, 101, 95, 101])).toEqual(['over 101']);
  expect(reported([101, 94, 101])).toEqual(['over 101', 'over 101']);
});

test('a count that falls far in one step is reported once', () => {
  expect(reported([101, 3, 2])).toEqual(['over 101', 'below 3']);
});

test('with blocked prefixes the level is over as soon as the limit is reached', () => {
  expect(reported([99, 100, 100], 1)).toEqual(['near 99', 'over 100']);
});

test('a limit of one', () => {
  expect(reported([0, 1, 2, 1, 0, 1], 0, 1, 1)).toEqual(['near 1', 'over 2', 'below 0', 'near 1']);
});
