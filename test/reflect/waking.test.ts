/** Members with something to send are woken in slices, and less often while many changes are decided. */
import { Waking } from '../../src/reflect/tasks.ts';

/** A group whose members take a millisecond each to write. */
function scene(members: number) {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, wallMs: () => nowMs };
  const woken: number[] = [];
  let parked = 0;
  const wake = (member: number) => () => {
    woken.push(member);
    nowMs += 1;
  };
  const group = {
    members: Array.from({ length: members }, (_, member) => ({ owner: { wake: wake(member) } })),
    parkSlow: () => {
      parked++;
    },
  };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { waking: new Waking(clock), group, woken, pass, parked: () => parked };
}

test('a round of writes takes several turns, in which each member is woken once', () => {
  const { waking, group, woken, parked } = scene(100);
  waking.add(group);
  const turns: number[] = [];
  for (let before = 0; waking.pending; before = woken.length) {
    waking.work(false);
    turns.push(woken.length - before);
  }
  expect(Math.max(...turns)).toBeLessThan(20);
  expect(woken).toEqual([...Array(100).keys()]);
  expect(parked()).toBe(1);
});

test('what is added during a round is sent in the next one', () => {
  const { waking, group, woken } = scene(40);
  waking.add(group);
  waking.work(false);
  waking.add(group);
  while (waking.pending) waking.work(false);
  expect(woken).toEqual([...Array(40).keys(), ...Array(40).keys()]);
});

test('while more changes wait, the next round waits for twice the time of the last', () => {
  const { waking, group, woken, pass } = scene(10);
  waking.add(group);
  waking.work(true);
  expect(woken).toHaveLength(10);
  waking.add(group);
  waking.work(true);
  pass(19);
  waking.work(true);
  expect(woken).toHaveLength(10);
  pass(1);
  waking.work(true);
  expect(woken).toHaveLength(20);
  waking.add(group);
  waking.work(false);
  expect(woken).toHaveLength(30);
});

test('a member that has more to search is woken after the others', () => {
  const { waking, woken } = scene(0);
  const owner = { wake: () => woken.push(7) };
  waking.rest(owner);
  waking.rest(owner);
  waking.work(true);
  expect([woken, waking.pending]).toEqual([[7], false]);
});
