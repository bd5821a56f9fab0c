/** Large communities: none stands twice (RFC 8092 4), at a cost that grows with their number alone. */
import fc from 'fast-check';
import { putDistinct } from '../../src/wire/attributes/large-communities.ts';
import { testAtScale } from '../lab/effort.ts';

const SIZE = 12;
/** As many as an attribute can hold. */
const MOST = Math.floor(65_535 / SIZE / 8) * 8;

function bytesOf(communities: readonly (readonly number[])[]): Uint8Array {
  const bytes = Buffer.alloc(communities.length * SIZE);
  for (const [at, part] of communities.flat().entries()) bytes.writeUInt32BE(part, at * 4);
  return bytes;
}

/** The reference: by their text. */
function distinct(communities: readonly (readonly number[])[]): (readonly number[])[] {
  return [...new Map(communities.map((each) => [each.join(':'), each])).values()];
}

function run(communities: readonly (readonly number[])[], at = 0): Uint8Array {
  const bytes = bytesOf(communities);
  const out = new Uint8Array(at + bytes.length);
  return out.slice(at, putDistinct(out, at, bytes, 0, bytes.length));
}

test('each stands once, at its first place, in short lists and long ones', () => {
  const part = fc.oneof(fc.nat({ max: 3 }), fc.constantFrom(0xffff_ffff, 0x8000_0000, 65_536));
  const lists = fc.array(fc.tuple(part, part, part), { maxLength: 400, size: 'max' });
  fc.assert(
    fc.property(lists, fc.nat({ max: 9 }), (list, at) => {
      expect(Buffer.compare(run(list, at), bytesOf(distinct(list)))).toBe(0);
    }),
  );
});

/** Processor time of some runs over a list, in microseconds: others use the machine, too. */
function costOf(list: readonly (readonly number[])[], runs: number): number {
  const bytes = bytesOf(list);
  const out = new Uint8Array(bytes.length);
  const before = process.cpuUsage();
  for (let n = 0; n < runs; n++) putDistinct(out, 0, bytes, 0, bytes.length);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const LISTS: [string, (i: number) => number[]][] = [
  ['the last part apart', (i) => [1, 2, i]],
  ['the first part apart', (i) => [i, 2, 3]],
  ['the high halves apart', (i) => [1, i * 65_536, 3]],
  ['parts that cancel each other', (i) => [i, 0xffff_ffff - i, i]],
  ['few that are repeated', (i) => [1, 2, i % 40]],
];

test.each(LISTS)('each stands once in the longest list: %s', (_what, of) => {
  const members = Array.from({ length: MOST }, (_, i) => of(i));
  expect(Buffer.compare(run(members), bytesOf(distinct(members)))).toBe(0);
});

testAtScale.each(LISTS)('the longest list costs what its length does: %s', (_what, of) => {
  const members = (count: number) => Array.from({ length: count }, (_, i) => of(i));
  // Eight times as many cost eight times as much; comparing all with all, 64 times.
  const ratios = Array.from({ length: 5 }, () => costOf(members(MOST), 10) / costOf(members(MOST / 8), 80));
  expect(Math.min(...ratios)).toBeLessThan(3);
});
