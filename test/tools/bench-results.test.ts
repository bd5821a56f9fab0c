import { exponentOf } from '../bench/compare/curves.ts';
import { plotOf } from '../bench/compare/plot.ts';
import {
  loopTableOf,
  type Results,
  rowsOf,
  type Sample,
  slowerThan,
  tableOf,
  verdictOf,
} from '../bench/compare/results.ts';

const load = (seconds: number): readonly Sample[] => [{ phase: 'idle' }, { phase: 'load', dut_cpu_s: seconds }];

function results(samples: Record<string, readonly number[]>, more: Partial<Results> = {}): Results {
  const shared = Object.fromEntries(Object.entries(samples).map(([daemon, all]) => [daemon, all.map(load)]));
  const fixed = { at: '2026-01-02T03:04:05.000Z', commit: 'abc', machine: '<2 cores>', quick: false, rounds: 3 };
  return { ...fixed, samples: { shared }, failures: [], ...more };
}

test('the ratio is that of the medians, to the best other daemon; other builds are no rivals', () => {
  const all = { reflectord: [1, 9, 2], bird2: [4, 5, 40], frr: [8, 8, 8], 'build:old': [0.1, 0.1, 0.1] };
  const [row] = rowsOf(results(all));
  expect(row).toMatchObject({ load: 'shared', phase: 'load', ratio: 2 / 5, wanted: 0.33 });
  expect(verdictOf(row)).toBe('missed');
  expect(verdictOf(rowsOf(results({ reflectord: [1], bird2: [4] }))[0])).toBe('reached');
  expect(verdictOf(rowsOf(results({ reflectord: [1] }))[0])).toBe('nothing to compare with');
});

test('a daemon that failed in every round has an empty cell, and no ratio is taken from it', () => {
  const table = tableOf(results({ reflectord: [1], bird2: [], frr: [2] }));
  expect(table.split('\n')[0]).toMatch(/^load, phase +reflectord +frr +ratio +wanted +verdict$/);
  expect(table.split('\n')[2]).toMatch(/^shared load \(s CPU\) +1 +2 +0\.50 +0\.33 +missed$/);
});

test('a row is slower if its ratio to the others grew, whatever the machine did meanwhile', () => {
  const before = results({ reflectord: [1], bird2: [4] });
  expect(slowerThan(before, results({ reflectord: [2], bird2: [8] }), 0.15)).toEqual([]);
  expect(slowerThan(before, results({ reflectord: [1.2], bird2: [4] }), 0.15)).toMatchObject([
    { before: 0.25, now: 0.3 },
  ]);
  // Beside nobody the seconds themselves count.
  expect(slowerThan(before, results({ reflectord: [1.2] }), 0.15)).toMatchObject([{ before: 1, now: 1.2 }]);
  expect(slowerThan(before, results({ reflectord: [9] }, { quick: true }), 0.15)).toEqual([]);
});

test('the plot is an SVG with a bar per ratio, and text that cannot end an element', () => {
  const plot = plotOf(results({ reflectord: [1], bird2: [4] }));
  expect(plot.match(/<rect /g)).toHaveLength(2);
  expect(plot).toContain('&lt;2 cores>');
  expect(plot).not.toContain('<2 cores>');
});

test('the exponent of a curve is the slope between logarithms, without points that are too short', () => {
  const curve = (power: number) =>
    [1e4, 1e5, 1e6].map((size) => ({ size, seconds: (size / 1e5) ** power, megabytes: 0 }));
  expect(exponentOf(curve(1))).toBeCloseTo(1, 6);
  expect(exponentOf(curve(2))).toBeCloseTo(2, 6);
  expect(exponentOf(curve(2).slice(0, 2))).toBeNull();
});

test('the delays of the event loop are medians of the rounds, with the longest turn of all', () => {
  const loop = (p999: number, turn: number, work: string): Sample => ({
    phase: 'loop',
    p999_ms: p999,
    max_ms: 2 * p999,
    turn_ms: turn,
    work,
  });
  const samples = { shared: { reflectord: [[loop(1, 5, 'input')], [loop(3, 9, 'decision')], [loop(2, 7, 'page')]] } };
  expect(loopTableOf(results({}, { samples })).split('\n')[2]).toMatch(/^shared +2\.0 +4\.0 +9\.0 \(decision\)$/);
  expect(loopTableOf(results({ reflectord: [1] }))).toBe('');
});
