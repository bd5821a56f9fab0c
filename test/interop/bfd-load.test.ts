/** BFD beside a table that is loaded, in a size for every run of the tests; `test/bench/bfd.mjs` has the full one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reflectordProgram } from '../lab/build.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeAsRoot } from '../lab/requirements.ts';

const [PEERS, ROUTES] = [100, 300_000];
const run = promisify(execFile);

interface Figures {
  readonly found: readonly { readonly up: number; readonly lostHere: number; readonly lostThere: number }[];
}

jest.setTimeout(60_000);

describeAsRoot([], 'BFD', () => {
  // Other tests run at the same time, so the intervals are longer than those that are measured.
  test('has no false alarm while hundreds of thousands of routes come and go', async () => {
    const words = [`peers=${PEERS}`, 'interval=200', `routes=${ROUTES}`, 'clients=2', 'rounds=1'];
    const command = [join(REPOSITORY, 'test/bench/bfd.mjs'), ...words, `program=${reflectordProgram()}`, 'json'];
    const { stdout } = await run(process.execPath, command);
    const { found } = JSON.parse(stdout) as Figures;
    expect(found).toEqual([expect.objectContaining({ up: PEERS, lostHere: 0, lostThere: 0 })]);
  });
});
