/** Random sets of numbers: the index finds those that have a number, as comparing with every range does. */
import fc from 'fast-check';
import { includes, ordered } from '../../src/policy/match/numbers.ts';
import { RangeIndex } from '../../src/policy/match/range-index.ts';
import { runs } from '../lab/effort.ts';

const range = fc.tuple(fc.nat(40), fc.nat(8)).map(([low, more]) => ({ low, high: low + more }));
const high = fc.constantFrom({ low: 0xffff_fff0, high: 0xffff_ffff }, { low: 0, high: 0xffff_ffff });
const set = fc.array(fc.oneof({ weight: 8, arbitrary: range }, high), { maxLength: 6 }).map(ordered);

test('the index marks exactly the sets that have the number', () => {
  fc.assert(
    fc.property(fc.array(set, { maxLength: 70 }), (sets) => {
      const index = RangeIndex.of(sets.map((ranges, at) => ({ set: at, ranges })))!;
      for (const number of [-1, ...Array(52).keys(), 0xffff_ffef, 0xffff_fff0, 0xffff_ffff]) {
        const bits = new Uint32Array(3);
        index.mark(number, bits);
        const found = sets.map((_, at) => ((bits[at >> 5]! >>> (at & 31)) & 1) !== 0);
        expect(found).toEqual(sets.map((ranges) => includes(ranges, number)));
      }
    }),
    { numRuns: runs(60) },
  );
});

test('sets that overlap in too many places are not indexed', () => {
  const sets = Array.from({ length: 1000 }, (_, set) => ({ set, ranges: [{ low: set, high: 100_000 + set }] }));
  expect(RangeIndex.of(sets)).toBeNull();
});
