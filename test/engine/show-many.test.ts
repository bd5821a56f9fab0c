/** `show rib` of a prefix with very many paths: in small steps, in which routes may change. */

import type { RibView } from '../../src/engine/api/route-views.ts';
import { countRib, searchRib } from '../../src/engine/show/routes/rib.ts';
import { announce, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const ROUTE = '20.0.0.0/8';
const CAPABILITIES = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 3];

/** A prefix with paths of one peer, each with an identifier. */
function many(paths: number, maxPathsPerPrefix: number | null = 4096) {
  const session = { addPath: { receive: true, send: false } };
  const world = new World(router({ ranges: [{ ...range({ session }), maxPathsPerPrefix }] }));
  const peer = new SimPeer(world, '10.0.0.1', 1);
  peer.addPath = true;
  peer.establish(open(OUR_AS, 1, { capabilities: CAPABILITIES }));
  for (let n = 1; n <= paths; n += 250) {
    const names = Array.from({ length: 250 }, (_, i) => `${ROUTE} #${n + i}`);
    peer.send(announce(names, { localPref: 100 }));
  }
  world.settle();
  return { world, peer };
}

test('pauses after every few paths, whether they match or not', () => {
  const { world } = many(4000);
  const steps = [...searchRib(world.engine, { target: ROUTE })].filter((item) => item === undefined);
  expect(steps.length).toBeGreaterThanOrEqual(60);
  const empty = [...searchRib(world.engine, { target: ROUTE, stale: true })];
  expect(empty.length).toBeGreaterThanOrEqual(60);
  expect(empty.filter((item) => item !== undefined)).toEqual([]);
  const counts = [...countRib(world.engine, {})];
  expect(counts.length).toBeGreaterThanOrEqual(60);
  expect(counts.at(-1)).toEqual({ family: 'ipv4-unicast', prefixes: 1, paths: 4000 });
});

test('leaves out what is withdrawn during a pause', () => {
  const { world, peer } = many(1000);
  const items = searchRib(world.engine, { target: ROUTE })[Symbol.iterator]();
  expect(items.next().value).toBeUndefined();
  for (let n = 500; n < 1000; n++) peer.send(withdraw([`${ROUTE} #${n + 1}`]));
  world.settle();
  for (let next = items.next(); ; next = items.next()) {
    if (next.value === undefined) continue;
    const { paths } = next.value as RibView;
    // What was read before the pause stays.
    expect(paths.length).toBeGreaterThanOrEqual(500);
    expect(paths.length).toBeLessThanOrEqual(500 + 64);
    expect(paths[0]).toMatchObject({ best: true, pathId: 1, decidedBy: 'path id' });
    expect(paths[1]).toMatchObject({ best: false, decidedBy: 'path id' });
    break;
  }
});

// MEASURE=1: the CPU time of the longest step, with 100,000 paths.
(process.env.MEASURE === undefined ? test.skip : test)('takes this long', () => {
  const { world } = many(100_000, null);
  const again = (what: string, make: () => Iterable<unknown>) => {
    for (let round = 0; round < 3; round++) {
      const items = make()[Symbol.iterator]();
      let longest = 0;
      let steps = 0;
      for (;;) {
        const before = process.cpuUsage();
        const { done, value } = items.next();
        if (value !== undefined) JSON.stringify(value);
        const { user, system } = process.cpuUsage(before);
        longest = Math.max(longest, (user + system) / 1000);
        steps++;
        if (done === true) break;
      }
      process.stderr.write(`${what}: ${steps} steps, the longest ${longest} ms\n`);
    }
  };
  again('show rib P', () => searchRib(world.engine, { target: ROUTE }));
  again('show rib P --all-paths', () => searchRib(world.engine, { target: ROUTE, allPaths: true }));
  again('count', () => countRib(world.engine, {}));
});
