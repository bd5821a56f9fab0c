/** A community added to attributes: where it goes, and when there is no room. */
import { addCommunity, lengthWithCommunity } from '../../src/wire/attributes/add-community.ts';

const ORIGIN = [0x40, 1, 1, 0];
const MED = [0x80, 4, 4, 0, 0, 0, 9];
const ORIGINATOR = [0x80, 9, 4, 1, 2, 3, 4];
const STALE = [0xff, 0xff, 0, 6];

function added(...set: number[]): number[] {
  const from = Uint8Array.from([9, 9, ...set, 9]);
  const out = new Uint8Array(lengthWithCommunity(set.length));
  const length = addCommunity(from, 2, 2 + set.length, 0xffff0006, out);
  return [...out.subarray(0, Math.max(0, length))];
}

test('it gets an attribute of its own, in the order of the codes', () => {
  expect(added()).toEqual([0xc0, 8, 4, ...STALE]);
  expect(added(...ORIGIN, ...MED)).toEqual([...ORIGIN, ...MED, 0xc0, 8, 4, ...STALE]);
  expect(added(...ORIGIN, ...ORIGINATOR)).toEqual([...ORIGIN, 0xc0, 8, 4, ...STALE, ...ORIGINATOR]);
});

test('it goes behind those that are there, whose flags stay', () => {
  const there = [0xe0, 8, 4, 0xfd, 0xe8, 0, 1];
  const longer = [0xe0, 8, 8, 0xfd, 0xe8, 0, 1, ...STALE];
  expect(added(...ORIGIN, ...there, ...ORIGINATOR)).toEqual([...ORIGIN, ...longer, ...ORIGINATOR]);
});

test('the length is extended where it needs to be', () => {
  const values = new Array(252).fill(7);
  expect(added(0xc0, 8, 252, ...values)).toEqual([0xd0, 8, 1, 0, ...values, ...STALE]);
  const more = new Array(256).fill(7);
  expect(added(0xd0, 8, 1, 0, ...more)).toEqual([0xd0, 8, 1, 4, ...more, ...STALE]);
});

test('a set that would be too long is refused', () => {
  expect(addCommunity(new Uint8Array(65_530), 0, 65_530, 1, new Uint8Array(70_000))).toBe(-1);
});
