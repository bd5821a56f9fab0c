import fc from 'fast-check';
import { WordMap } from '../../src/lib/tables/word-map.ts';
import { runs } from '../lab/effort.ts';
import { wordsOfOneBucket } from '../lab/v8-hash.ts';

test('behaves as a Map', () => {
  // Few different words, so that they are removed and added again, and words of 2^31 and more.
  const word = fc.integer({ min: 0, max: 60 }).map((n) => (n * 0x9e3779b1) >>> 0);
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.option(fc.integer())), { maxLength: 400 }), (steps) => {
      const map = new WordMap<number>();
      const model = new Map<number, number>();
      for (const [key, value] of steps) {
        if (value === null) {
          map.delete(key);
          model.delete(key);
        } else {
          map.set(key, value);
          model.set(key, value);
        }
        expect(map.size).toBe(model.size);
        for (const [known] of steps) expect(map.get(known)).toBe(model.get(known));
      }
      map.clear();
      for (const [known] of steps) expect(map.get(known)).toBeUndefined();
    }),
    { numRuns: runs(30) },
  );
});

test('words that share a bucket in V8 cost no more than others', () => {
  const words = wordsOfOneBucket(4000);
  const cpuUs = (map: { set(word: number, value: number): unknown; get(word: number): number | undefined }) => {
    const before = process.cpuUsage();
    for (const word of words) map.set(word, (map.get(word) ?? 0) + 1);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  cpuUs(new WordMap());
  // The words do share a bucket: a Map needs eight million steps. Else the comparison would mean nothing.
  const inV8 = cpuUs(new Map());
  expect(inV8).toBeGreaterThan(15_000);
  expect(cpuUs(new WordMap())).toBeLessThan(inV8 / 4);
});
