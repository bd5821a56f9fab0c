/** Two reflectors share a cluster id, and some clients have a session with one of them only: their routes are missing. */
import { CONFIRM_MS, LONGEST_CONFIRM_MS } from '../../src/engine/watch/cluster-watch.ts';
import { announce, KEEPALIVE, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_ID, peerSpec, router, World } from './world.ts';

const OTHER = '192.0.2.2';
const copyOf = (n: number) => ({ nextHop: `10.0.0.${n}`, localPref: 100, originatorId: n, clusterList: [OUR_ID] });

function scene() {
  const world = new World(router({ peers: [peerSpec(OTHER, { exchange: { client: false } })] }));
  const other = SimPeer.up(world, OTHER, 0x0a63_0002);
  const pass = (seconds: number, nodes: readonly SimPeer[] = []) => {
    for (let i = 0; i < seconds; i++) {
      world.pass(1000);
      for (const peer of [other, ...nodes]) peer.send(KEEPALIVE);
    }
  };
  return { world, other, pass };
}

/** Long enough for a finding that nothing changes. */
const CONFIRM_SECONDS = CONFIRM_MS / 1000 + 3;
const direct = (n: number) => ({ nextHop: `10.0.0.${n}`, localPref: 100 });

const said = (world: World) => world.events.filter(({ name }) => name.startsWith('peer.shared-cluster'));

test('an event names the reflector that sends them, their number and their routers; another reports the end', () => {
  const { world, other, pass } = scene();
  for (const n of [1, 2]) other.send(announce([`20.${n}.0.0/16`, `21.${n}.0.0/16`], copyOf(n)));
  pass(CONFIRM_SECONDS - 10);
  expect(said(world)).toEqual([]);
  pass(10);
  expect(said(world)).toEqual([
    { name: 'peer.shared-cluster', peer: OTHER, paths: 4, originators: ['0.0.0.1', '0.0.0.2'] },
  ]);
  expect(world.engine.clusterWatch.missing).toMatchObject([{ from: OTHER, paths: 4 }]);
  const node = SimPeer.up(world, '10.0.0.1', 1);
  node.send(announce(['20.1.0.0/16', '21.1.0.0/16'], { nextHop: '10.0.0.1', localPref: 100 }));
  other.send(withdraw(['20.2.0.0/16', '21.2.0.0/16']));
  pass(3);
  expect(said(world).slice(1)).toEqual([{ name: 'peer.shared-cluster-over', peer: OTHER }]);
  expect(world.engine.clusterWatch.missing).toEqual([]);
});

test('no event where every router has a session with both', () => {
  const { world, other, pass } = scene();
  const node = SimPeer.up(world, '10.0.0.1', 1);
  node.send(announce(['20.1.0.0/16'], { nextHop: '10.0.0.1', localPref: 100 }));
  other.send(announce(['20.1.0.0/16'], copyOf(1)));
  pass(CONFIRM_SECONDS, [node]);
  expect(said(world)).toEqual([]);
});

test('no event about a router that is about to connect', () => {
  const { world, other, pass } = scene();
  other.send(announce(['20.1.0.0/16'], copyOf(1)));
  pass(2);
  const node = SimPeer.up(world, '10.0.0.1', 1);
  node.send(announce(['20.1.0.0/16'], direct(1)));
  pass(CONFIRM_SECONDS, [node]);
  expect(said(world)).toEqual([]);
});

test('no event in a cold start in which the routers connect one after the other', () => {
  const { world, other, pass } = scene();
  const nodes = Array.from({ length: 10 }, (_, i) => i + 1);
  const up: SimPeer[] = [];
  for (const n of nodes) other.send(announce([`20.${n}.0.0/16`], copyOf(n)));
  for (const n of nodes) {
    pass(CONFIRM_SECONDS / 3, up);
    const node = SimPeer.up(world, `10.0.0.${n}`, n);
    node.send(announce([`20.${n}.0.0/16`], direct(n)));
    up.push(node);
  }
  pass(CONFIRM_SECONDS, up);
  expect(said(world)).toEqual([]);
});

test('a router that connects again and again does not hide the others', () => {
  const { world, other, pass } = scene();
  for (const n of [1, 2]) other.send(announce([`20.${n}.0.0/16`], copyOf(n)));
  for (let seconds = 0; seconds < LONGEST_CONFIRM_MS / 1000 + 16; seconds += 16) {
    const flapping = SimPeer.up(world, '10.0.0.1', 1);
    flapping.send(announce(['20.1.0.0/16'], direct(1)));
    pass(10);
    flapping.connection.lose();
    pass(6);
  }
  const [first] = said(world);
  expect(first).toMatchObject({ name: 'peer.shared-cluster', originators: expect.arrayContaining(['0.0.0.2']) });
});

test('nothing is looked for while no path is rejected for its CLUSTER_LIST', () => {
  const { world, other } = scene();
  other.send(announce(['20.1.0.0/16'], { ...copyOf(1), clusterList: [9] }));
  world.pass(2000);
  const deadline = world.engine.timers.nextMs;
  expect(deadline).toBeGreaterThan(world.nowMs + 1000);
  other.send(announce(['20.1.0.0/16'], copyOf(1)));
  world.settle();
  expect(world.engine.timers.nextMs).toBe(world.nowMs + 1000);
  other.send(withdraw(['20.1.0.0/16']));
  world.pass(1500);
  expect(world.engine.rib.families[0].reasons.looped).toBe(0);
  expect(world.engine.timers.nextMs).toBeGreaterThan(world.nowMs + 1000);
});
