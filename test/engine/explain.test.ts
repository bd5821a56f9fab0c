/** `explain`: a peer that lacks a route is told why. */
import { explain } from '../../src/engine/show/explain.ts';
import { announce, attribute } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const ROUTE = '10.1.0.0/16';
const NO_EXPORT = 0xffffff01;

function scene() {
  const nonClient = peerSpec('192.0.2.1', { exchange: { client: false } });
  const leaf = peerSpec('192.0.2.2', {
    session: { remoteAs: { kind: 'external' }, passive: true },
    exchange: { client: false },
  });
  const silent = peerSpec('192.0.2.3', { exchange: { export: 'reject' } });
  const away = peerSpec('192.0.2.9');
  const world = new World(router({ peers: [nonClient, leaf, silent, away], ranges: [range()] }));
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const other = SimPeer.up(world, '192.0.2.1', 101);
  SimPeer.up(world, '192.0.2.2', 102, 65_100);
  SimPeer.up(world, '192.0.2.3', 103, OUR_AS);
  return { world, a, b, other };
}

/** What is said of each peer, by its address. */
function told(world: World, target = ROUTE): Record<string, string | true> {
  const rows = [...explain(world.engine, target, world.engine.peers.values())];
  return Object.fromEntries(rows.map(({ peer, told: is, why }) => [peer, is ? true : (why ?? '')]));
}

test('says of every peer whether it is told, and why not', () => {
  const { world, a } = scene();
  a.send(announce([ROUTE], { localPref: 100, communities: [NO_EXPORT] }));
  world.settle();
  expect(told(world)).toEqual({
    '10.0.0.1': 'the best path came from it',
    '10.0.0.2': true,
    '192.0.2.1': true,
    '192.0.2.2': 'it carries NO_EXPORT (RFC 1997)',
    '192.0.2.3': 'refused by the export policy',
    '192.0.2.9': 'the session is not established (Active)',
  });
});

test('knows the rules of reflection', () => {
  const { world, other } = scene();
  other.send(announce([ROUTE], { localPref: 100 }));
  world.settle();
  expect(told(world)).toMatchObject({ '10.0.0.1': true, '192.0.2.1': 'the best path came from it', '192.0.2.2': true });
});

test('knows what does not fit a message', () => {
  const { world, a } = scene();
  const large = attribute(0xc0, 200, new Array<number>(4_000).fill(7));
  a.send(announce([ROUTE], { localPref: 100, extra: [large] }));
  world.settle();
  expect(told(world)['10.0.0.2']).toBe(true);
  const larger = attribute(0xc0, 200, new Array<number>(4_040).fill(7));
  a.send(announce([ROUTE], { localPref: 100, extra: [larger] }));
  world.settle();
  expect(told(world)['10.0.0.2']).toBe('its attributes do not fit messages of 4096 octets');
});

test('of what nobody announced, and of what is no prefix, is an error in words', () => {
  const { world } = scene();
  expect(() => told(world)).toThrow('nobody has announced 10.1.0.0/16');
  expect(() => told(world, 'x')).toThrow('"x" is no prefix');
});
