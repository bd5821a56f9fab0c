/** `explain` as operators read it. */
import { Writable } from 'node:stream';
import { writeExplain } from '../../src/cli/pages/explain.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { ToldView } from '../../src/engine/api/views.ts';

const NOT_BEST = 'it is not among the best 2 (`add-path`)';
const SHARED = { group: 'hosts', bestFrom: '10.0.0.1' };

async function page(rows: readonly ToldView[]): Promise<string[]> {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  async function* all() {
    yield* rows;
  }
  const output = new Output(stream, false);
  await writeExplain(all(), output);
  await output.flush();
  return text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
}

test('with ADD-PATH each path that a peer is not told of is named, without the rest is told of', async () => {
  const paths = [
    { from: '10.0.0.1', pathId: 0, told: true, why: null },
    { from: '10.0.0.2', pathId: 7, told: false, why: NOT_BEST },
    { from: '10.0.0.3', pathId: 0, told: false, why: 'it came from it' },
  ];
  const lines = await page([
    { ...SHARED, peer: '10.0.0.3', told: true, why: null, most: 2, paths },
    { ...SHARED, peer: '10.0.0.4', told: true, why: null, most: 1, paths },
    { ...SHARED, peer: '10.0.0.5', told: false, why: 'rejected by the export policy', most: 2, paths: [] },
  ]);
  expect(lines.slice(1, 4)).toEqual([
    `10.0.0.3 hosts 1 of 3 10.0.0.1 10.0.0.2 #7: ${NOT_BEST}; 10.0.0.3: it came from it`,
    '10.0.0.4 hosts yes 10.0.0.1',
    '10.0.0.5 hosts no 10.0.0.1 rejected by the export policy',
  ]);
});

test('a service of 300 nodes takes a page: peers with the same outcome share a line, paths are counted by reason', async () => {
  const from = (n: number) => `10.0.${n >> 8}.${n & 255}`;
  const rows = Array.from({ length: 300 }, (_, me) => {
    const why = (n: number) => (n === me ? 'it came from it' : NOT_BEST);
    const paths = Array.from({ length: 300 }, (__, n) => {
      const told = n >= 300 - 8 && n !== me;
      return { from: from(n), pathId: 1, told, why: told ? null : why(n) };
    });
    return { ...SHARED, peer: from(me), told: true, why: null, most: 8, paths };
  });
  const lines = (await page(rows)).filter((line) => line !== '');
  expect(lines.length).toBeLessThan(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  expect(lines[1]).toContain('10.0.0.0 and');
  expect(lines[1]).toContain(`291 paths: ${NOT_BEST}`);
  const one = (await page(rows.slice(5, 6)))[1];
  expect(one).toContain(`291 paths (10.0.0.0 #1, ...): ${NOT_BEST}; 10.0.0.5 #1: it came from it`);
});

test('without peers there is a word of it', async () => {
  expect((await page([])).at(-2)).toBe('no peers');
});
