/** The ordered sequence of ids, against a sorted array, and what an operation costs. */
import fc from 'fast-check';
import { SortedIds, sortIds } from '../../src/lib/tables/sorted-ids.ts';
import { runs as times } from '../lab/effort.ts';

function idsOf(sorted: SortedIds): number[] {
  const ids: number[] = [];
  for (let place = sorted.first(); place >= 0; place = sorted.next(place)) ids.push(sorted.at(place));
  return ids;
}

function backwards(sorted: SortedIds, last: number): number[] {
  const ids: number[] = [];
  for (let place = sorted.placeOf(last); place >= 0; place = sorted.before(place)) ids.push(sorted.at(place));
  return ids;
}

const shuffled = (count: number) =>
  Array.from({ length: count }, (_, i) => ((i * 7919) % count) + 1).sort((a, b) => ((a * 31) % 97) - ((b * 31) % 97));

test('it holds what was inserted and not removed, in order both ways, and counts it', () => {
  const runs = fc.array(fc.tuple(fc.boolean(), fc.nat(4000), fc.integer({ min: 1, max: 900 })), { maxLength: 12 });
  fc.assert(
    fc.property(runs, fc.nat(4000), (acts, probe) => {
      const sorted = new SortedIds((a, b) => a - b);
      const model = new Set<number>();
      for (const [inserts, from, count] of acts) {
        for (let i = 1; i <= count; i++) {
          const id = ((from + i * 37) % 4000) + 1;
          if (inserts && !model.has(id) && sorted.at(sorted.insert(id)) !== id) throw new Error('the place is wrong');
          if (!inserts && model.has(id)) sorted.remove(id);
          if (inserts) model.add(id);
          else model.delete(id);
        }
      }
      const expected = [...model].sort((a, b) => a - b);
      expect(idsOf(sorted)).toEqual(expected);
      expect(sorted.size).toBe(expected.length);
      const place = sorted.lowerPlace(probe);
      expect(place < 0 ? undefined : sorted.at(place)).toBe(expected.find((id) => id >= probe));
      expect(sorted.countBefore(place)).toBe(expected.filter((id) => id < probe).length);
      const last = expected.at(-1);
      if (last !== undefined) expect(backwards(sorted, last)).toEqual(expected.toReversed());
    }),
    { numRuns: times(50) },
  );
});

test.each([0, 1, 20, 63, 64, 65, 511, 5000])('%d ids at once come out in order, and change afterwards', (count) => {
  const sorted = new SortedIds((a, b) => a - b);
  sorted.insert(9999);
  sorted.fill(Uint32Array.from(shuffled(count)), count);
  const expected = Array.from({ length: count }, (_, i) => i + 1);
  expect(idsOf(sorted)).toEqual(expected);
  sorted.insert(7000);
  for (const id of expected.filter((each) => each % 2 === 0)) sorted.remove(id);
  expect(idsOf(sorted)).toEqual([...expected.filter((id) => id % 2 === 1), 7000]);
});

test('sorting leaves what is behind the count alone', () => {
  for (const count of [0, 5, 24, 25, 300]) {
    const ids = Uint32Array.from([...shuffled(count), 3, 1, 2]);
    sortIds(ids, count, (a, b) => a - b);
    expect([...ids]).toEqual([...Array.from({ length: count }, (_, i) => i + 1), 3, 1, 2]);
  }
});

test('an insertion or removal among 50,000 takes some 20 comparisons', () => {
  let compared = 0;
  const sorted = new SortedIds((a, b) => {
    compared++;
    return a - b;
  });
  const ids = shuffled(50_000);
  for (const id of ids) sorted.insert(id);
  expect(compared / ids.length).toBeLessThan(20);
  compared = 0;
  for (const id of ids) sorted.remove(id);
  expect(compared / ids.length).toBeLessThan(20);
  expect(sorted.size).toBe(0);
});

test('the rest of many ids needs little memory, wherever they are', () => {
  const sorted = new SortedIds((a, b) => a - b);
  for (let id = 1; id <= 60_000; id++) sorted.insert(id);
  expect(sorted.bytes()).toBeLessThan(60_000 * 8.1);
  for (let id = 1; id <= 60_000; id++) if (id % 100 !== 0) sorted.remove(id);
  expect(sorted.size).toBe(600);
  expect(sorted.bytes()).toBeLessThan(600 * 32);
});
