/** What kept the event loop longest without a pause, per kind of work. */
import { noteTurn, readLongestTurns } from '../../src/lib/longest-turn.ts';

test('each reader has the longest turn of each kind of work since its own last reading', () => {
  const one = readLongestTurns();
  noteTurn('input', 5);
  noteTurn('input', 3);
  const other = readLongestTurns();
  noteTurn('decision', 2);
  expect(one.turns.take()).toMatchObject({ input: 5, decision: 2, removal: 0 });
  expect(other.turns.take()).toMatchObject({ input: 0, decision: 2 });
  noteTurn('input', 1);
  expect(one.turns.take()).toMatchObject({ input: 1, decision: 0 });
  one.stop();
  other.stop();
  noteTurn('input', 9);
  expect(one.turns.take().input).toBe(0);
});
