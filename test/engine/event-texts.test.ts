/** The sentences of the event catalog with every count: plurals, and doubled words. */
import { describeEvent, type EngineEvent, EVENTS, type EventName, rowOf } from '../../src/engine/events/events.ts';

const NAMES = Object.keys(EVENTS) as EventName[];

/** Words that end with an s and are no plurals: verbs, units, and names. */
const SINGULAR = new Set(['ms', 'is', 'was', 'has', 'as', 'unless', 'surplus', 'address', 'does', 'belongs']);

/** An event with this count in all its numbers; texts are words that do not occur in sentences. */
function eventWith(name: EventName, count: number): EngineEvent {
  const fields = Object.entries(rowOf(name).fields).map(([field, kind], at) => {
    if (Array.isArray(kind)) return [field, kind[0]];
    if (kind === 'number' || kind === 'number?') return [field, count];
    if (kind === 'boolean') return [field, true];
    return [field, kind === 'texts' ? [`x${at}a`, `x${at}b`] : `x${at}`];
  });
  return { name, ...Object.fromEntries(fields) } as EngineEvent;
}

/** The words behind a number, up to the next verb, number or punctuation. */
function nounsBehind(text: string, count: number): string[] {
  const groups = [...text.matchAll(new RegExp(`\\b${count} ((?:[a-zA-Z-]+ ?){1,3})`, 'g'))];
  const ends = [
    'with',
    'of',
    'that',
    'in',
    'for',
    'behind',
    'before',
    'although',
    'below',
    'signed',
    'unless',
    'and',
    'failed',
  ];
  return groups.flatMap(([, words = '']) => {
    const all = words.trim().split(' ');
    const end = all.findIndex((word) => ends.includes(word));
    return end === -1 ? all : all.slice(0, end);
  });
}

test.each(NAMES)('%s reads well with 0, 1 and 2, and repeats no word', (name) => {
  for (const count of [0, 1, 2]) {
    const text = describeEvent(eventWith(name, count));
    expect(text).not.toMatch(/[[\]{}|]|undefined/);
    expect(/\b([a-zA-Z]{2,}) \1\b/i.exec(text)?.[0]).toBeUndefined();
    expect(text).not.toMatch(/ {2}| $|^ | [,;:]/);
  }
  const one = nounsBehind(describeEvent(eventWith(name, 1)), 1);
  expect(one.filter((word) => /[^s]s$/.test(word) && !SINGULAR.has(word.toLowerCase()))).toEqual([]);
});

test.each([
  [0, 'removed 0 stale kernel routes'],
  [1, 'removed 1 stale kernel route'],
  [2, 'removed 2 stale kernel routes'],
])('a count of %i', (routes, expected) => {
  expect(describeEvent({ name: 'fib.swept', routes })).toBe(expected);
});

test('a value in a text does not look like a part of the sentence', () => {
  expect(describeEvent({ name: 'fib.degraded', error: '[a|b] {error}' })).toContain('[a|b] {error}');
});
