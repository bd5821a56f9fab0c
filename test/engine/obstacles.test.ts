/** Why a peer has no session: shown with its time, and no longer than it holds. */
import { viewPeer } from '../../src/engine/show/peers.ts';
import { KEEPALIVE, message, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, router, World } from './world.ts';

const PEER = '192.0.2.1';
/** Dials are as far apart as this, less the jitter. */
const RETRY_MS = 20_000;
const SPEC = peerSpec(PEER, {
  session: { passive: false, connectRetryMs: RETRY_MS, connectRetryMaxMs: RETRY_MS },
});

function scene(spec = SPEC): World {
  return new World(router({ peers: [spec] }));
}

function show(world: World) {
  return viewPeer(world.engine.peers.get(PEER)!, world.nowMs);
}

/** The last dial fails. */
function fail(world: World, error: string): void {
  world.dials.at(-1)!.failed({ error, unfit: false });
  world.settle();
}

test('a peer that cannot be reached says why, since when, and how often', () => {
  const world = scene();
  expect(show(world)).toMatchObject({ obstacle: null, lastConnectError: null, connectFailures: 0 });
  fail(world, 'ECONNREFUSED');
  world.pass(3_000);
  const reason =
    'connecting to port 179 failed: ECONNREFUSED: no BGP speaker listens at the peer, or a firewall rejects the connection';
  expect(show(world)).toMatchObject({
    obstacle: reason,
    obstacleSecondsAgo: 3,
    lastConnectError: reason,
    lastConnectErrorSecondsAgo: 3,
    connectFailures: 1,
    lastDown: null,
  });
});

test('it is logged once, for another error, and then every ten minutes', () => {
  const world = scene();
  const logged = () => world.eventsNamed('peer.connect-failed').length;
  for (let i = 0; i < 5; i++) {
    fail(world, 'ECONNREFUSED');
    world.pass(0.9 * RETRY_MS);
  }
  expect(logged()).toBe(1);
  fail(world, 'EHOSTUNREACH');
  expect(logged()).toBe(2);
  for (let i = 0; i < 34; i++) {
    world.pass(0.9 * RETRY_MS);
    fail(world, 'EHOSTUNREACH');
  }
  expect(logged()).toBe(3);
  expect(show(world).connectFailures).toBe(40);
});

test('the latest reason counts: how the session ended, and then that the peer cannot be reached', () => {
  const world = scene();
  const peer = new SimPeer(world, PEER, 1, OUR_AS, world.answerDial());
  peer.establish();
  expect(show(world).obstacle).toBeNull();
  peer.send(message(3, [6, 2]));
  world.settle();
  expect(show(world).obstacle).toContain('Administrative Shutdown');
  world.pass(10_000);
  fail(world, 'ETIMEDOUT');
  expect(show(world).obstacle).toContain('ETIMEDOUT');
  expect(show(world).lastDown).toContain('Administrative Shutdown');
});

describe('a peer with another AS number than is configured', () => {
  function refused(): World {
    const world = scene();
    const peer = new SimPeer(world, PEER, 1, OUR_AS, world.answerDial());
    peer.send(open(65_001, 1));
    world.settle();
    expect(show(world).obstacle).toContain('OPEN has AS 65001, expected is our own AS 65000');
    return world;
  }

  test('is not shown as such once its OPEN is right', () => {
    const world = refused();
    const peer = new SimPeer(world, PEER, 1);
    peer.send(open(OUR_AS, 1));
    world.settle();
    expect(show(world)).toMatchObject({ state: 'OpenConfirm', obstacle: null });
    peer.send(KEEPALIVE);
    world.settle();
    expect(show(world)).toMatchObject({ state: 'Established', obstacle: null });
  });

  test('is not shown as such once the configuration is another, and what is shown of then is what was wrong then', () => {
    const world = refused();
    const text = show(world).lastDown;
    const remoteAs = { kind: 'list', list: [65_001] } as const;
    world.engine.peers.get(PEER)!.reconfigure({ ...SPEC, session: { ...SPEC.session, remoteAs } }, false);
    expect(show(world)).toMatchObject({ obstacle: null, lastDown: text });
  });

  test('is still shown after a reload that changed only what is exchanged, such as a policy', () => {
    const world = refused();
    const text = show(world).obstacle;
    expect(text).not.toBeNull();
    world.engine.peers.get(PEER)!.reconfigure({ ...SPEC, exchange: { ...SPEC.exchange, import: 'reject' } }, true);
    expect(show(world).obstacle).toBe(text);
  });
});

test('segments dropped by the kernel stay the reason after unanswered dials, until the next session', () => {
  const world = scene();
  world.engine.peers.get(PEER)!.suspect('the kernel drops its segments: another key');
  fail(world, 'ETIMEDOUT');
  expect(show(world).obstacle).toContain('another key');
  world.pass(60_000);
  fail(world, 'ETIMEDOUT');
  expect(show(world).obstacle).toContain('ETIMEDOUT');
  SimPeer.up(world, PEER, 1);
  expect(show(world).obstacle).toBeNull();
});
