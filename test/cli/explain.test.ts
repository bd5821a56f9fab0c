/** `explain` as operators read it. */
import { Writable } from 'node:stream';
import { writeExplain } from '../../src/cli/pages/explain.ts';
import { Output } from '../../src/cli/text/output.ts';
import type { ExplainedPathView, ExplainView } from '../../src/engine/api/explain-views.ts';

const NOT_BEST = 'it is not among the best 2 paths (`add-path`)';
const SHARED = { group: 'hosts', bestFrom: '10.0.0.1' };

/** A row of which every path is listed. */
function rowOf(
  row: Pick<ExplainView, 'peer' | 'advertised' | 'why' | 'maxPaths'>,
  paths: readonly ExplainedPathView[],
): ExplainView {
  const others = paths.filter(({ advertised }) => !advertised);
  const reasons = [...new Set(others.map(({ why }) => why ?? ''))].map((why) => {
    const same = others.filter((path) => path.why === why);
    const first = same.slice(0, 2).map(({ from, pathId }) => `${from}${pathId === 0 ? '' : ` #${pathId}`}`);
    return { why, paths: same.length, first };
  });
  const advertisedPaths = paths.length - others.length;
  return {
    ...SHARED,
    ...row,
    pathCount: paths.length,
    advertisedPaths,
    reasons,
    paths,
    pathsLeftOut: 0,
    continues: false,
  };
}

async function page(rows: readonly ExplainView[]): Promise<string[]> {
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
  const output = new Output(stream);
  await writeExplain(all(), output);
  await output.flush();
  return text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
}

test('with ADD-PATH each path that is not advertised is named; without it only the reason is shown', async () => {
  const paths = [
    { from: '10.0.0.1', pathId: 0, advertised: true, why: null },
    { from: '10.0.0.2', pathId: 7, advertised: false, why: NOT_BEST },
    { from: '10.0.0.3', pathId: 0, advertised: false, why: 'learned from this peer' },
  ];
  const lines = await page([
    rowOf({ peer: '10.0.0.3', advertised: true, why: null, maxPaths: 2 }, paths),
    rowOf({ peer: '10.0.0.4', advertised: true, why: null, maxPaths: 1 }, paths),
    rowOf({ peer: '10.0.0.5', advertised: false, why: 'rejected by the export policy', maxPaths: 2 }, []),
  ]);
  expect(lines.slice(1, 4)).toEqual([
    `10.0.0.3 hosts 1 of 3 10.0.0.1 10.0.0.2 #7: ${NOT_BEST}; 10.0.0.3: learned from this peer`,
    '10.0.0.4 hosts yes 10.0.0.1',
    '10.0.0.5 hosts no 10.0.0.1 rejected by the export policy',
  ]);
});

test('a service of 300 nodes takes a page: peers with the same outcome share a line, paths are counted by reason', async () => {
  const from = (n: number) => `10.0.${n >> 8}.${n & 255}`;
  const rows = Array.from({ length: 300 }, (_, me) => {
    const why = (n: number) => (n === me ? 'learned from this peer' : NOT_BEST);
    const paths = Array.from({ length: 300 }, (__, n) => {
      const advertised = n >= 300 - 8 && n !== me;
      return { from: from(n), pathId: 1, advertised, why: advertised ? null : why(n) };
    });
    return rowOf({ peer: from(me), advertised: true, why: null, maxPaths: 8 }, paths);
  });
  const lines = (await page(rows)).filter((line) => line !== '');
  expect(lines.length).toBeLessThan(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200);
  expect(lines[1]).toContain('10.0.0.0 and');
  expect(lines[1]).toContain(`291 paths: ${NOT_BEST}`);
  const one = (await page(rows.slice(5, 6)))[1];
  expect(one).toContain(`291 paths (10.0.0.0 #1, ...): ${NOT_BEST}; 10.0.0.5 #1: learned from this peer`);
});

test('without peers there is a word of it', async () => {
  expect((await page([])).at(-2)).toBe('no peers');
});
