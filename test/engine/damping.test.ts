/** Route flap damping in the engine (RFC 2439): prefixes that are not used for a time, and what ends that. */
import { clearDamping, viewDamped } from '../../src/engine/show/routes/damped.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { size } from '../lab/effort.ts';
import { announce, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { peerSpec, range, router, World } from './world.ts';

const DAMPING = { halfLifeSeconds: 900, suppress: 6000, reuse: 750, maxSuppressSeconds: 3600 };
const PREFIX = '20.0.0.0/8';
const AS = 65_001;

/** An eBGP peer whose routes are damped, and a client that receives them. */
function scene() {
  const spec = {
    ...peerSpec('10.0.0.1', { session: { remoteAs: { kind: 'external' }, holdMs: 0 }, exchange: { client: false } }),
    damping: DAMPING,
  };
  const world = new World(router({ peers: [spec], ranges: [range({ session: { holdMs: 0 } })] }));
  const source = SimPeer.up(world, '10.0.0.1', 1, AS);
  const client = SimPeer.up(world, '10.0.0.2', 2);
  const say = (...messages: Uint8Array[]) => {
    source.send(...messages);
    world.settle();
  };
  const up = (prefix = PREFIX, med = 0) => say(announce([prefix], { asPath: [AS], med }));
  const flap = (times: number, prefix = PREFIX) => {
    for (let i = 0; i < times; i++) {
      up(prefix);
      say(withdraw([prefix]));
    }
  };
  const damped = () => [...viewDamped(world.engine, world.engine.peers.values())];
  const peer = () => {
    const found = world.engine.peers.get('10.0.0.1');
    if (found === undefined) throw new Error('no peer');
    return found;
  };
  return { world, source, client, say, up, flap, damped, peer, spec };
}

test('a prefix that is withdrawn again and again is kept, unused, with the reason', () => {
  const { world, client, up, flap, damped, peer } = scene();
  flap(6);
  up();
  expect(client.prefixes).toEqual([PREFIX]);
  flap(1);
  up();
  expect(client.prefixes).toEqual([]);
  const [view] = viewRib(world.engine, { target: PREFIX });
  expect(view.paths).toMatchObject([{ best: false, unusable: expect.stringContaining('RFC 2439') }]);
  expect(damped()).toEqual([
    {
      family: 'ipv4-unicast',
      prefix: PREFIX,
      peer: '10.0.0.1',
      penalty: 7000,
      flaps: 7,
      suppressed: true,
      reuseSeconds: 2901,
    },
  ]);
  expect(peer().session?.ribPeer.damped[0]).toBe(1);
  expect(peer().session?.ribPeer.accepted[0]).toBe(0);
  expect(world.eventsNamed('update.damped')).toMatchObject([{ peer: '10.0.0.1', prefix: PREFIX }]);
});

test('other prefixes of the peer, and the same from others, are used', () => {
  const { world, client, up, flap } = scene();
  flap(7);
  up();
  up('21.0.0.0/8');
  expect(client.prefixes).toEqual(['21.0.0.0/8']);
  const other = SimPeer.up(world, '10.0.0.3', 3);
  other.send(announce([PREFIX], { localPref: 100 }));
  world.settle();
  expect(client.prefixes).toEqual([PREFIX, '21.0.0.0/8']);
});

test('other attributes cost half as much, and the same ones nothing', () => {
  const { client, up, damped } = scene();
  for (let i = 0; i < 100; i++) up();
  expect(damped()).toEqual([]);
  for (let i = 1; i <= 12; i++) up(PREFIX, i);
  expect(client.prefixes).toEqual([PREFIX]);
  up(PREFIX, 13);
  expect(client.prefixes).toEqual([]);
  expect(damped()).toMatchObject([{ penalty: 6500, suppressed: true }]);
});

test('it is used again when its penalty has fallen, and forgotten later', () => {
  const { world, client, up, flap, damped } = scene();
  flap(7);
  up();
  world.pass(2_890_000);
  expect(client.prefixes).toEqual([]);
  world.pass(40_000);
  expect(client.prefixes).toEqual([PREFIX]);
  expect(world.eventsNamed('update.undamped')).toHaveLength(1);
  world.pass(1_000_000);
  expect(damped()).toEqual([]);
});

test('it is used again after the command', () => {
  const { world, client, up, flap, damped, peer } = scene();
  flap(7);
  up();
  expect(clearDamping(world.engine, [peer()], '21.0.0.0/8')).toBe(0);
  expect(clearDamping(world.engine, [peer()], PREFIX)).toBe(1);
  world.settle();
  expect(client.prefixes).toEqual([PREFIX]);
  expect(damped()).toEqual([]);
});

test('the loss of the session is a withdrawal of all prefixes, and is remembered over it', () => {
  const { source, world, client, up, damped } = scene();
  for (let i = 0; i < 7; i++) {
    up();
    source.connection.lose();
    world.settle();
    source.connect();
    source.establish();
  }
  expect(damped()).toMatchObject([{ penalty: 7000, flaps: 7, suppressed: true }]);
  up();
  expect(client.prefixes).toEqual([]);
});

test('what the operator resets has not flapped', () => {
  const { source, world, up, damped, peer } = scene();
  up();
  world.engine.resetPeer(peer(), 'the reset command');
  world.settle();
  source.connect();
  source.establish();
  up();
  expect(damped()).toEqual([]);
  source.connection.lose();
  world.settle();
  expect(damped()).toMatchObject([{ penalty: 1000 }]);
});

test('a reload turns it off, and on', () => {
  const { world, client, up, flap, peer, spec } = scene();
  flap(7);
  up();
  peer().reconfigure({ ...spec, damping: null }, true);
  world.settle();
  expect(client.prefixes).toEqual([PREFIX]);
  flap(20);
  up();
  expect(client.prefixes).toEqual([PREFIX]);
  peer().reconfigure(spec, true);
  flap(7);
  up();
  expect(client.prefixes).toEqual([]);
});

test('nothing of it is left when the peer is removed', () => {
  const { world, up, flap, peer } = scene();
  flap(7);
  up();
  const gone = peer();
  world.engine.removePeer(gone, { code: 6, subcode: 3, data: new Uint8Array(0) });
  world.settle();
  expect(gone.damping.isEmpty).toBe(true);
  expect(world.engine.rib.families[0].prefixes.count).toBe(0);
});

test('a dynamic peer is remembered as long as its flaps are', () => {
  const world = new World(router({ ranges: [{ ...range(), damping: DAMPING }] }));
  const host = SimPeer.up(world, '10.0.0.1', 1);
  host.send(announce([PREFIX], { localPref: 100 }), withdraw([PREFIX]));
  host.connection.lose();
  world.pass(1_270_000);
  expect(world.engine.peers.size).toBe(1);
  world.pass(120_000);
  expect(world.engine.peers.size).toBe(0);
});

test('a peer that loses its session again and again with thousands of prefixes has them all suppressed, and back', () => {
  const { source, world, client, peer } = scene();
  const all = Array.from({ length: size(5_000, 1_500) }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
  const feed = () => {
    for (let i = 0; i < all.length; i += 500) source.send(announce(all.slice(i, i + 500), { asPath: [AS] }));
    world.settle();
  };
  for (let i = 0; i < 7; i++) {
    feed();
    source.connection.lose();
    world.settle();
    source.connect();
    source.establish();
  }
  feed();
  expect(client.held.size).toBe(0);
  expect(peer().session?.ribPeer.damped[0]).toBe(all.length);
  expect(world.eventsNamed('update.damped')).toHaveLength(10);
  world.pass(2_930_000);
  expect(client.held.size).toBe(all.length);
  expect(peer().session?.ribPeer.damped[0]).toBe(0);
});
