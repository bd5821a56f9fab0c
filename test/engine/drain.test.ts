/** GRACEFUL_SHUTDOWN (RFC 8326): sent while the router drains, and listened to from other AS. */
import type { Peer } from '../../src/engine/peer/peer.ts';
import { viewPeer } from '../../src/engine/show/peers.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { announce } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { peerSpec, range, router, World } from './world.ts';

const GRACEFUL_SHUTDOWN = 0xffff0000;
const ROUTE = '10.1.0.0/16';
const SWITCH_AS = 65_100;

function scene() {
  const external = peerSpec('192.0.2.1', {
    session: { remoteAs: { kind: 'list', list: [SWITCH_AS] }, passive: true },
    exchange: { client: false },
  });
  const world = new World(router({ peers: [external], ranges: [range()] }));
  const leaf = SimPeer.up(world, '192.0.2.1', 77, SWITCH_AS);
  const [source, client] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const peerOf = (peer: SimPeer) => world.engine.peers.get(peer.address) as Peer;
  return { world, leaf, source, client, peerOf };
}

test('a router that drains marks what it sends, to all peers, and takes that back', () => {
  const { world, leaf, source, client } = scene();
  source.send(announce([ROUTE], { localPref: 200, communities: [0x10001] }));
  world.settle();
  world.engine.drain(true);
  world.settle();
  expect(client.held.get(ROUTE)).toMatchObject({ localPref: 0, communities: ['1:1', 'graceful-shutdown'] });
  expect(JSON.stringify(leaf.held.get(ROUTE))).toContain('graceful-shutdown');
  expect(leaf.held.get(ROUTE)?.localPref ?? null).toBeNull();
  const late = SimPeer.up(world, '10.0.0.3', 3);
  expect(late.held.get(ROUTE)?.localPref).toBe(0);
  world.engine.drain(false);
  world.settle();
  expect(client.held.get(ROUTE)).toMatchObject({ localPref: 200 });
  expect(JSON.stringify(leaf.held.get(ROUTE))).not.toContain('graceful-shutdown');
});

test('one peer is drained alone', () => {
  const { world, source, client, leaf, peerOf } = scene();
  source.send(announce([ROUTE], { localPref: 200 }));
  world.settle();
  peerOf(client).drain(true);
  world.settle();
  expect(client.held.get(ROUTE)?.localPref).toBe(0);
  expect(JSON.stringify(leaf.held.get(ROUTE))).not.toContain('graceful-shutdown');
  expect(viewPeer(peerOf(client), world.nowMs).draining).toBe(true);
  expect(viewPeer(peerOf(leaf), world.nowMs).draining).toBe(false);
});

test('a route that has the community already has it once', () => {
  const { world, source, leaf } = scene();
  source.send(announce([ROUTE], { localPref: 200, communities: [GRACEFUL_SHUTDOWN] }));
  world.engine.drain(true);
  world.settle();
  expect(JSON.stringify(leaf.held.get(ROUTE)).match(/graceful-shutdown/g)).toHaveLength(1);
});

test('a route of another AS that has it is the last resort here and for the clients (RFC 8326 4.2)', () => {
  const { world, leaf, client } = scene();
  leaf.send(announce([ROUTE], { asPath: [SWITCH_AS] }));
  world.settle();
  expect(client.held.get(ROUTE)?.localPref).toBe(100);
  leaf.send(announce([ROUTE], { asPath: [SWITCH_AS], communities: [GRACEFUL_SHUTDOWN] }));
  world.settle();
  expect(client.held.get(ROUTE)?.localPref).toBe(0);
  client.send(announce([ROUTE], { localPref: 1 }));
  world.settle();
  const [{ paths }] = [...viewRib(world.engine, { target: ROUTE })];
  expect(paths.find(({ best }) => best)?.peer).toBe('10.0.0.2');
});
