/** One path per prefix, received from its router and from another reflector: members see it once. */
import type { ExplainView } from '../../src/engine/api/explain-views.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { announce, type Route, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { peerSpec, router, World } from './world.ts';

const PREFIX = '10.5.0.0/24';
const OTHER = '192.0.2.2';
const OTHER_ID = 0x0a63_0002;

/** A path of the node with this router id, as it announces it, and as the other reflector passes it on. */
const direct = (n: number): Route => ({ nextHop: `10.0.0.${n}`, localPref: 100 });
const passedOn = (n: number): Route => ({ ...direct(n), originatorId: n, clusterList: [OTHER_ID] });

/** A reflector with another one as a non-client, the node 10.0.0.1, and a client that only receives. */
function lab() {
  const world = new World(router({ peers: [peerSpec(OTHER, { exchange: { client: false } })] }));
  const other = SimPeer.up(world, OTHER, OTHER_ID);
  const node = SimPeer.up(world, '10.0.0.1', 1);
  const watcher = SimPeer.up(world, '10.0.0.9', 9);
  const routes = (peer: SimPeer) => peer.history.filter((line) => line.includes('/'));
  return { world, other, node, watcher, routes };
}

test('the copy of the other reflector is received first: the path itself is no second announcement', () => {
  const { world, other, node, watcher, routes } = lab();
  other.send(announce([PREFIX], passedOn(1)));
  world.settle();
  node.send(announce([PREFIX], direct(1)));
  world.pass(500);
  expect(routes(watcher)).toEqual([PREFIX]);
  // The other reflector is sent it, though: it has only what it sent itself.
  expect(routes(other)).toEqual([PREFIX]);
  world.pass(10_000);
  expect(routes(watcher)).toEqual([PREFIX, PREFIX]);
  expect([...watcher.held.values()]).toMatchObject([{ clusterList: ['10.99.0.1'] }]);
});

test('a path with other attributes, or another next hop, is announced at once', () => {
  const { world, other, node, watcher, routes } = lab();
  other.send(announce([PREFIX], passedOn(1)));
  world.settle();
  node.send(announce([PREFIX], { ...direct(1), communities: [7] }));
  world.settle();
  expect([...watcher.held.values()]).toMatchObject([{ communities: expect.arrayContaining([expect.anything()]) }]);
  const better = SimPeer.up(world, '10.0.0.2', 2);
  better.send(announce([PREFIX], { ...direct(2), localPref: 200 }));
  world.settle();
  expect([...watcher.held.values()]).toMatchObject([{ nextHop: '10.0.0.2' }]);
  expect(routes(watcher)).toHaveLength(3);
});

test('withdrawn from one reflector and then from the other, it is withdrawn once and announced by neither way', () => {
  const { world, other, node, watcher, routes } = lab();
  node.send(announce([PREFIX], direct(1)));
  other.send(announce([PREFIX], passedOn(1)));
  world.pass(100);
  watcher.history.length = 0;
  node.send(withdraw([PREFIX]));
  world.pass(100);
  expect(routes(watcher)).toEqual([]);
  // What remains is the path of the other reflector, which must not wait for us to withdraw it.
  expect(other.held.size).toBe(0);
  other.send(withdraw([PREFIX]));
  world.settle();
  expect(routes(watcher)).toEqual([`-${PREFIX}`]);
});

test('withdrawn from one reflector alone, it is announced by the other way after a while', () => {
  const { world, other, node, watcher } = lab();
  node.send(announce([PREFIX], direct(1)));
  other.send(announce([PREFIX], passedOn(1)));
  world.pass(100);
  node.send(withdraw([PREFIX]));
  world.pass(5000);
  expect([...watcher.held.values()]).toMatchObject([{ clusterList: ['10.99.0.1', '10.99.0.2'] }]);
});

test('the session of the advertised way ends: the other way is announced at once', () => {
  const { world, other, node, watcher } = lab();
  node.send(announce([PREFIX], direct(1)));
  other.send(announce([PREFIX], passedOn(1)));
  world.settle();
  node.connection.lose();
  world.settle();
  expect([...watcher.held.values()]).toMatchObject([{ clusterList: ['10.99.0.1', '10.99.0.2'] }]);
});

test('explain says that a path is advertised by its other way', () => {
  const { world, other, node } = lab();
  other.send(announce([PREFIX], passedOn(1)));
  world.settle();
  node.send(announce([PREFIX], direct(1)));
  world.settle();
  const peers = [...world.engine.peers.values()];
  const views: ExplainView[] = [...explain(world.engine, PREFIX, peers, true, undefined, null)];
  const words = JSON.stringify(views.filter(({ peer }) => peer === '10.0.0.9'));
  expect(words).toContain('it is advertised as it was received by another way; members would see no difference');
});
