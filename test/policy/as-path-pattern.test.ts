/** AS path patterns: the automaton accepts what trying every division of the path accepts, and never runs long. */
import fc from 'fast-check';
import { parsePathPattern } from '../../src/config/policy/values.ts';
import { AsPathPattern } from '../../src/policy/match/as-path-pattern.ts';
import type { PathToken } from '../../src/spec/policy.ts';
import { runs, testAtScale } from '../lab/effort.ts';
import { matchTokens, type NaiveWorld } from './interpreter.ts';

const SET = [{ low: 65_001, high: 65_005 }];
const WORLD = { sets: { 'as-numbers': { few: ['65001-65005'] } } } as unknown as NaiveWorld;

function compile(text: string): AsPathPattern {
  const tokens = parsePathPattern(text, (name) => (name === 'few' ? SET : null));
  return new AsPathPattern(tokens as PathToken[]);
}

/** Segments: `[2, as, as]` a sequence, `[1, ...]` a set, `[3, ...]` a confederation's sequence. */
function path(...segments: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    segments.flatMap(([type, ...numbers]) => [
      type!,
      numbers.length,
      ...numbers.flatMap((as) => [as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255]),
    ]),
  );
}

test('it matches what the naive matcher matches', () => {
  const token = fc.constantFrom(
    '*',
    '+',
    '?',
    '1',
    '1*',
    '1+',
    '1?',
    '2',
    '2-3+',
    'few',
    'few*',
    '[1,few]?',
    'any',
    'any+',
  );
  fc.assert(
    fc.property(
      fc.array(token, { maxLength: 6 }),
      fc.array(fc.constantFrom(1, 2, 3, 65_001, 65_009), { maxLength: 7 }),
      (tokens, numbers) => {
        const bytes = numbers.length === 0 ? path() : path([2, ...numbers]);
        const expected = matchTokens(WORLD, tokens, numbers);
        expect([tokens, numbers, compile(tokens.join(' ')).matches(bytes, 0, bytes.length)]).toEqual([
          tokens,
          numbers,
          expected,
        ]);
      },
    ),
    { numRuns: runs(800) },
  );
});

test.each([
  [
    '1 2',
    [
      [2, 1],
      [2, 2],
    ],
    true,
  ],
  // A set is one element that matches by any of its numbers (as in BIRD).
  [
    '1 2',
    [
      [2, 1],
      [1, 7, 2, 9],
    ],
    true,
  ],
  [
    '1 2',
    [
      [2, 1],
      [1, 7, 9],
    ],
    false,
  ],
  [
    '1 ? ?',
    [
      [2, 1],
      [1, 7, 9],
    ],
    false,
  ],
  // The segments of a confederation are not part of the path.
  [
    '1',
    [
      [3, 65_010, 65_011],
      [2, 1],
    ],
    true,
  ],
  ['', [], true],
  ['+', [], false],
  ['*', [], true],
] as const)('%j on %j: %s', (pattern, segments, expected) => {
  const bytes = path(...segments);
  expect(compile(pattern).matches(bytes, 0, bytes.length)).toBe(expected);
});

testAtScale('the longest path costs a step for each number, whatever the pattern', () => {
  const bytes = path(...Array.from({ length: 60 }, () => [2, ...new Array<number>(255).fill(1)]));
  const hostile = compile(`${'1* '.repeat(28)}2`);
  let steps = 0;
  const counted = new Proxy(bytes, {
    get: (target, key) => {
      steps++;
      return Reflect.get(target, key, target) as unknown;
    },
  });
  expect(hostile.matches(counted, 0, bytes.length)).toBe(false);
  // 28 tokens read the four octets of each number.
  expect(steps).toBeLessThan(60 * 255 * 29 * 4 + 1000);
});

test('a pattern of more than 30 parts is an error', () => {
  expect(parsePathPattern('1 '.repeat(31), () => null)).toMatchObject({ what: 'the pattern has 31 parts' });
});
