/** `show nexthops`: next hops, how they are reached, and what uses them. */
import { writeNextHops } from '../../src/cli/pages/routes/next-hops.ts';
import type { NextHopView } from '../../src/engine/api/route-views.ts';
import { RibNextHops } from '../../src/engine/fib-feed/tracked-next-hops.ts';
import { viewNextHops } from '../../src/engine/show/routes/next-hops.ts';
import type { Via } from '../../src/fib/port/ports.ts';
import { pageOf } from '../lab/page.ts';
import { announce, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { World } from './world.ts';

const [P, Q, R] = ['10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16'];

function scene() {
  const world = new World();
  const table = new RibNextHops(world.engine);
  const ids = new Map<string, number>();
  table.watch((id) => void ids.set(table.nameOf(id), id));
  const reach = (name: string, words: string | null, cost: number, via: Via | null) => {
    if (table.setReach(ids.get(name) as number, words, cost, via)) table.changed();
    world.settle();
  };
  const show = (unreachable = false, tracked: RibNextHops | null = table) =>
    [...viewNextHops(world.engine, tracked, unreachable)].filter((view) => view !== undefined);
  const a = SimPeer.up(world, '10.0.0.1', 1);
  const say = (prefixes: string[], nextHop: string, localPref = 100) => {
    a.send(announce(prefixes, { nextHop, localPref }));
    world.settle();
  };
  return { world, a, say, reach, show };
}

async function linesOf(views: readonly NextHopView[]): Promise<string[]> {
  return (await pageOf(writeNextHops, views)).trimEnd().split('\n');
}

test('a next hop has its paths and attribute sets, and the way that the kernel resolved', () => {
  const { world, say, reach, show } = scene();
  say([P, Q], '192.0.2.1');
  say([R], '192.0.2.1', 200);
  say(['10.4.0.0/16'], '192.0.2.2');
  world.pass(5_000);
  reach('192.0.2.1', null, 20, { gateway: '10.0.0.254', device: 'eth1' });
  reach('192.0.2.2', 'no route to it', 0, null);
  const rest = { trackedSeconds: 5 };
  const reached = { nextHop: '192.0.2.1', unreachable: null, gateway: '10.0.0.254', interface: 'eth1', cost: 20 };
  const lost = { nextHop: '192.0.2.2', unreachable: 'no route to it', gateway: null, interface: null, cost: 0 };
  expect(show()).toEqual([
    { ...reached, ...rest, paths: 3, attributeSets: 2 },
    { ...lost, ...rest, paths: 1, attributeSets: 1 },
  ]);
  expect(show(true).map(({ nextHop }) => nextHop)).toEqual(['192.0.2.2']);
});

test('a next hop that is lost has no way any more, and one without paths is not shown', () => {
  const { world, a, say, reach, show } = scene();
  say([P], '192.0.2.1');
  reach('192.0.2.1', null, 20, { gateway: '192.0.2.1', device: 'eth1' });
  reach('192.0.2.1', 'no route to it', 0, null);
  expect(show()).toMatchObject([{ unreachable: 'no route to it', gateway: null, interface: null }]);
  a.send(withdraw([P]));
  world.settle();
  expect(show()).toEqual([]);
});

test('the page says how a next hop is reached, or why it is not', async () => {
  const { say, reach, show } = scene();
  say([P], '192.0.2.1');
  say([Q], '192.0.2.2');
  say([R], '192.0.2.3');
  reach('192.0.2.1', null, 20, { gateway: '10.0.0.254', device: 'eth1' });
  reach('192.0.2.2', null, 0, { gateway: '192.0.2.2', device: 'eth2' });
  reach('192.0.2.3', 'no route to it', 0, null);
  const [, ...lines] = await linesOf(show());
  expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
    '192.0.2.1 1 1 20 0s 10.0.0.254 on eth1',
    '192.0.2.2 1 1 0 0s direct on eth2',
    '192.0.2.3 1 1 0 0s unreachable: no route to it',
  ]);
  expect(await linesOf([])).toEqual(['no next hop to show']);
});

test('without the check, next hops are shown as not checked', async () => {
  const world = new World();
  const a = SimPeer.up(world, '10.0.0.1', 1);
  a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
  world.settle();
  const views = [...viewNextHops(world.engine, null, false)].filter((view) => view !== undefined);
  expect(views).toMatchObject([{ nextHop: '192.0.2.1', unreachable: null, paths: 1, trackedSeconds: null }]);
  expect((await linesOf(views))[1]).toMatch(/ - {2}not checked$/);
});
