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
  /** CPU time of the daemon from a peer's connection to its OPEN, and to its KEEPALIVE; of the peer with the most. */
  readonly longestOpenCpuMs: number;
  readonly longestEstablishedCpuMs: number;
  readonly daemonCpuMs: number;
  readonly fewestRoutes: number;
  readonly lost: number;
  readonly besideLost: number;
}

jest.setTimeout(60_000);

describeAsRoot([], 'a restart storm', () => {
  // CPU time of the daemon, because a loaded machine delays everything.
  test('of hundreds of peers: each gets an OPEN and a session before much other work, and all routes; no other is lost', async () => {
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
      expect(storm.longestOpenCpuMs).toBeLessThan(1000);
      expect(storm.longestEstablishedCpuMs).toBeLessThan(1000);
      expect(storm.daemonCpuMs).toBeLessThan(3000);
    }
  });
});
