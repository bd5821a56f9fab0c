/** A restart storm, in a size for every run of the tests; `test/bench/storm.mjs` has the full one. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reflectordProgram } from '../lab/build.ts';
import { REPOSITORY } from '../lab/paths.ts';
import { describeAsRoot } from '../lab/requirements.ts';

const [PEERS, ROUTES] = [300, 20_000];
const run = promisify(execFile);

interface Storm {
  readonly longestOpenMs: number;
  readonly openMs: number;
  readonly establishedMs: number;
  readonly fewestRoutes: number;
  readonly lost: number;
  readonly besideLost: number;
  readonly besideLongestMs: number;
}

jest.setTimeout(60_000);

describeAsRoot([], 'a restart storm', () => {
  test('of hundreds of peers: each has our OPEN within a second, a session in three, all routes; and no other is lost', async () => {
    const words = [
      `peers=${PEERS}`,
      `routes=${ROUTES}`,
      'beside=4',
      'hold=3',
      `program=${reflectordProgram()}`,
      'json',
    ];
    const { stdout } = await run(process.execPath, [join(REPOSITORY, 'test/bench/storm.mjs'), ...words]);
    const { first, again } = JSON.parse(stdout) as { first: Storm; again: Storm };
    for (const storm of [first, again]) {
      expect(storm).toMatchObject({ lost: 0, besideLost: 0, fewestRoutes: ROUTES });
      expect(storm.openMs).toBeLessThan(1000);
      expect(storm.establishedMs).toBeLessThan(3000);
      expect(storm.besideLongestMs).toBeLessThan(3000);
    }
  });
});
