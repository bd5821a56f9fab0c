/** The daemon as the one that restarts (RFC 4724 4.1, RFC 8538): how it stops, and how it comes back. */
import { describeDeferral, describeRunning, viewDeferral } from '../../src/engine/show/deferral.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import type { GracefulRestartSpec } from '../../src/spec/session.ts';
import { fibWith, restartWith } from '../lab/spec.ts';
import { announce, END_OF_RIB, open } from '../lab/updates.ts';
import { END_OF_RIB_6, N, R, restartingOpen } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const FULL = restartWith({ restartMs: 300_000 });
const DEFER_MS = 30_000;

function worldAfter(before: readonly string[] | null, gracefulRestart: GracefulRestartSpec | null = FULL): World {
  const spec = router({ ranges: [range({ session: { gracefulRestart } })], deferMs: DEFER_MS });
  return new World(spec, {}, before);
}

/** A peer with graceful restart, established. */
function up(world: World, n: number, openMessage = restartingOpen(n)): SimPeer {
  const peer = new SimPeer(world, `10.0.0.${n}`, n);
  peer.establish(openMessage);
  return peer;
}

const routeOf = (n: number) => `10.${n}.0.0/16`;

function sendRoutes(peer: SimPeer): void {
  peer.send(announce([routeOf(peer.routerId)], { localPref: 100 }));
  peer.world.settle();
}

/** Routes may still come for a while behind the last End-of-RIB. */
const SETTLE_MS = 3_000;

function finish(peer: SimPeer): void {
  peer.send(END_OF_RIB, END_OF_RIB_6);
  peer.world.pass(SETTLE_MS);
}

/** The value of the graceful restart capability in the OPEN that a peer was sent. */
function offered(peer: SimPeer): number[] {
  const bytes = [...(peer.open as Uint8Array)];
  for (let at = 29; at < bytes.length; ) {
    const end = at + 2 + bytes[at + 1];
    for (let inner = at + 2; inner < end; inner += 2 + bytes[inner + 1]) {
      if (bytes[inner] === 64) return bytes.slice(inner + 2, inner + 2 + bytes[inner + 1]);
    }
    at = end;
  }
  return [];
}

const endsOfRib = (peer: SimPeer) => peer.history.filter((line) => line.startsWith('EOR')).length;

describe('after a restart', () => {
  test('nothing is advertised until all peers from before have sent End-of-RIB of every family', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    const one = up(world, 1);
    sendRoutes(one);
    finish(one);
    expect(one.prefixes).toEqual([]);
    const two = up(world, 2);
    sendRoutes(two);
    two.send(END_OF_RIB);
    world.settle();
    expect([one, two].map((peer) => [peer.prefixes, endsOfRib(peer)])).toEqual([
      [[], 0],
      [[], 0],
    ]);
    two.send(END_OF_RIB_6);
    world.pass(SETTLE_MS - 1);
    expect(one.prefixes).toEqual([]);
    world.pass(1);
    expect(one.prefixes).toEqual([routeOf(2)]);
    expect(two.prefixes).toEqual([routeOf(1)]);
    expect([endsOfRib(one), endsOfRib(two)]).toEqual([2, 2]);
    expect(world.eventsNamed('daemon.selection-started')).toEqual([
      { name: 'daemon.selection-started', cause: 'complete', missing: 0, peers: [] },
    ]);
  });

  test('the wait for peers that do not come back is bounded', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    const one = up(world, 1);
    const three = up(world, 3);
    for (const peer of [one, three]) {
      sendRoutes(peer);
      finish(peer);
    }
    world.pass(DEFER_MS - 2 * SETTLE_MS - 1);
    expect(one.prefixes).toEqual([]);
    world.pass(2);
    expect(one.prefixes).toEqual([routeOf(3)]);
    expect(endsOfRib(three)).toBe(2);
    expect(world.eventsNamed('daemon.selection-started')).toMatchObject([
      { cause: 'timeout', missing: 1, peers: ['10.0.0.2'] },
    ]);
    const late = up(world, 2);
    expect(late.prefixes).toEqual([routeOf(1), routeOf(3)]);
  });

  test('routes after the last End-of-RIB are in time, and the start waits for a peer that connects then', () => {
    const world = worldAfter(['10.0.0.1']);
    const one = up(world, 1);
    one.send(END_OF_RIB, END_OF_RIB_6);
    world.pass(SETTLE_MS - 1);
    sendRoutes(one);
    const two = up(world, 2);
    world.pass(SETTLE_MS);
    expect(two.prefixes).toEqual([]);
    finish(two);
    expect(two.history.filter((line) => line.includes('/16') || line.startsWith('EOR'))).toEqual([
      routeOf(1),
      expect.stringMatching('EOR'),
      expect.stringMatching('EOR'),
    ]);
  });

  test('the start also waits for an unexpected peer', () => {
    const world = worldAfter(['10.0.0.1']);
    const one = up(world, 1);
    const two = up(world, 2);
    finish(one);
    sendRoutes(two);
    expect(one.prefixes).toEqual([]);
    finish(two);
    expect(one.prefixes).toEqual([routeOf(2)]);
  });

  test.each([
    ['a peer without graceful restart', open(OUR_AS, 2)],
    ['a peer that has restarted itself', restartingOpen(2, R | N)],
  ])('%s is not waited for', (_, openMessage) => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    const one = up(world, 1);
    const two = up(world, 2, openMessage);
    sendRoutes(one);
    finish(one);
    expect(two.prefixes).toEqual([routeOf(1)]);
  });

  test('the start does not wait for peers that were removed from the configuration meanwhile', () => {
    const world = worldAfter(['192.0.2.1', 'nonsense']);
    const [one, two] = [up(world, 1), up(world, 2)];
    sendRoutes(one);
    expect(two.prefixes).toEqual([routeOf(1)]);
    expect(world.eventsNamed('daemon.selection-deferred')).toEqual([]);
  });

  test('a peer without graceful restart that flaps meanwhile has its routes exchanged all the same', () => {
    const world = worldAfter(['10.0.0.1']);
    const two = up(world, 2, open(OUR_AS, 2));
    sendRoutes(two);
    two.connection.lose();
    world.settle();
    two.connect();
    two.establish();
    two.send(announce(['10.22.0.0/16'], { localPref: 100 }));
    const one = up(world, 1);
    finish(one);
    expect(one.prefixes).toEqual(['10.22.0.0/16']);
  });

  test('the peers that the start waits for, and those that returned, are expected by the next start', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    up(world, 3);
    up(world, 4, open(OUR_AS, 4));
    expect(world.engine.restartable.map(({ name }) => name).sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });

  test('the OPEN says that we have restarted, until routes are sent', () => {
    const world = worldAfter(['10.0.0.1']);
    const one = up(world, 1);
    const families = [0, 1, 1, 0x80, 0, 2, 1, 0x80];
    expect(offered(one)).toEqual([0xc0 | 1, 44, ...families]);
    finish(one);
    expect(offered(up(world, 2))).toEqual([0x40 | 1, 44, ...families]);
  });
});

test('a fresh start does not wait and has not restarted', () => {
  const world = worldAfter([]);
  const [one, two] = [up(world, 1), up(world, 2)];
  expect(offered(one)[0]).toBe(0x41);
  sendRoutes(one);
  expect(two.prefixes).toEqual([routeOf(1)]);
  expect(endsOfRib(two)).toBe(2);
});

test.each([
  ['keeps', 'keep', 0x80],
  ['loses', 'withdraw', 0],
] as const)('a daemon that %s the routes of the kernel over its restart says so', (_, onStop, forwarding) => {
  const fib = fibWith({ mode: 'install', onStop });
  const world = new World(router({ ranges: [range({ session: { gracefulRestart: FULL } })], fib }));
  expect(offered(up(world, 1)).slice(2)).toEqual([0, 1, 1, forwarding, 0, 2, 1, forwarding]);
});

describe('a stop', () => {
  const shutdown = { code: 6, subcode: 2 };

  test.each([
    ['before a restart says nothing to a peer that would take a NOTIFICATION for the end', 0, false, null],
    ['before a restart says so to a peer that keeps the routes all the same', N, false, shutdown],
    ['for good is a shutdown', 0, true, shutdown],
    ['for good is a hard reset to a peer that would keep the routes', N, true, { code: 6, subcode: 9 }],
  ])('%s', (_, flags, final, notification) => {
    const world = worldAfter([]);
    const peer = up(world, 1, restartingOpen(1, flags));
    world.engine.stop(final);
    world.settle();
    if (notification === null) expect(peer.notification).toBeNull();
    else expect(peer.notification).toMatchObject(notification);
    expect(peer.connection.closed).toBe(true);
    if (flags === N && final) expect([...(peer.notification?.data ?? [])]).toEqual([6, 2]);
  });

  test('is a shutdown for a peer without graceful restart, and where we request no peer to keep our routes', () => {
    const plain = worldAfter([]);
    const without = up(plain, 1, open(OUR_AS, 1));
    const helping = worldAfter([], { ...FULL, full: false });
    const helped = up(helping, 1, restartingOpen(1, 0));
    for (const world of [plain, helping]) {
      world.engine.stop(false);
      world.settle();
    }
    expect([without.notification, helped.notification]).toMatchObject([shutdown, shutdown]);
  });

  test('takes no route out of the tables: the kernel keeps what it has', () => {
    const world = worldAfter([]);
    sendRoutes(up(world, 1));
    world.engine.stop(false);
    world.settle();
    expect(world.engine.rib.families[0].paths.count).toBe(1);
  });
});

test('a peer that is removed from the configuration receives a hard reset, so that it removes our routes', () => {
  const world = worldAfter([]);
  const peer = up(world, 1);
  world.engine.removePeer(world.engine.peers.get('10.0.0.1')!, { code: 6, subcode: 3, data: new Uint8Array(0) });
  world.settle();
  expect(peer.notification).toMatchObject({ code: 6, subcode: 9 });
  const other = up(world, 2);
  world.engine.resetPeer(world.engine.peers.get('10.0.0.2')!, 'test');
  world.settle();
  expect(other.notification).toMatchObject({ code: 6, subcode: 4 });
});

describe('a start that does not know which peers were there', () => {
  /** Further hosts have this long at least to connect once the first has. */
  const UNLISTED_MS = 3_000;
  const QUIET_MS = 2_000;

  test('sends no routes to peers that may keep ours until no further one comes, and all others at once', () => {
    const world = worldAfter(null);
    world.pass(12_000);
    const plain = up(world, 3, open(OUR_AS, 3));
    const one = up(world, 1);
    sendRoutes(one);
    one.send(END_OF_RIB, END_OF_RIB_6);
    world.pass(UNLISTED_MS - 1);
    expect(plain.prefixes).toEqual([routeOf(1)]);
    expect([one.prefixes, endsOfRib(one)]).toEqual([[], 0]);
    const two = up(world, 2);
    sendRoutes(two);
    world.pass(QUIET_MS);
    expect([one, two].map(endsOfRib)).toEqual([0, 0]);
    two.send(END_OF_RIB, END_OF_RIB_6);
    world.pass(QUIET_MS - 1);
    expect([one, two].map(endsOfRib)).toEqual([0, 0]);
    world.pass(1);
    expect([one.prefixes, two.prefixes]).toEqual([[routeOf(2)], [routeOf(1)]]);
    expect([one, two].map(endsOfRib)).toEqual([2, 2]);
  });

  test('says R to peers meanwhile, and not afterwards', () => {
    const world = worldAfter(null);
    expect(offered(up(world, 1))[0] & R).toBe(R);
    world.pass(DEFER_MS);
    expect(offered(up(world, 2))[0] & R).toBe(0);
  });

  test('defers nothing where we request no peer to keep our routes', () => {
    const world = worldAfter(null, { ...FULL, full: false });
    const [one, two] = [up(world, 1), up(world, 2)];
    sendRoutes(one);
    expect(two.prefixes).toEqual([routeOf(1)]);
  });

  test('is bounded, also by a peer that never sends End-of-RIB', () => {
    const world = worldAfter(null);
    const [one, two] = [up(world, 1), up(world, 2)];
    sendRoutes(one);
    world.pass(DEFER_MS - 1);
    expect(two.prefixes).toEqual([]);
    world.pass(1);
    expect(two.prefixes).toEqual([routeOf(1)]);
  });

  test('is shown only while some peer waits', () => {
    const world = worldAfter(null);
    expect(viewDeferral(world.engine)).toBeNull();
    up(world, 1);
    expect(viewDeferral(world.engine)).toEqual({ awaited: 1, peers: ['10.0.0.1'], held: 1, remainingSeconds: 30 });
    world.pass(DEFER_MS);
    expect(viewDeferral(world.engine)).toBeNull();
  });

  test('a peer that goes before it was sent anything leaves nothing behind', () => {
    const world = worldAfter(null);
    const one = up(world, 1);
    one.connection.lose();
    world.pass(DEFER_MS);
    expect(world.engine.reflector.groups.flat()).toEqual([]);
  });
});

test('what a start waits for is shown: which peers, how many are held back, and for how long', () => {
  const world = worldAfter(['10.0.0.1', '10.0.0.2']);
  up(world, 1);
  up(world, 3, open(OUR_AS, 3));
  world.pass(10_000);
  const view = viewDeferral(world.engine);
  expect(view).toEqual({ awaited: 2, peers: ['10.0.0.1', '10.0.0.2'], held: 2, remainingSeconds: 20 });
  expect(describeDeferral(view!)).toContain(
    '2 established peers is deferred until 2 peers have sent their routes, at most 20 s: 10.0.0.1',
  );
});

test('a start that waits for no peer any more shows when it advertises, and not that it waits for 0 peers', () => {
  const world = worldAfter(['10.0.0.1', '10.0.0.2']);
  const [one, two] = [up(world, 1), up(world, 2)];
  const shown = () => describeDeferral(viewDeferral(world.engine)!);
  one.send(END_OF_RIB, END_OF_RIB_6);
  world.settle();
  expect(shown()).toContain('2 established peers is deferred until 1 peer has sent its routes, at most 30 s: 10.0.0.2');
  expect(describeRunning(viewDeferral(world.engine))).toContain('deferred until 1 peer has sent its routes (');
  two.send(END_OF_RIB, END_OF_RIB_6);
  world.settle();
  expect(shown()).toBe(
    'the start is not complete: all peers have sent their routes; ' +
      'advertising to 2 established peers starts in at most 3 s',
  );
  expect(describeRunning(viewDeferral(world.engine))).toContain('deferred until routes have settled (');
  world.pass(3_000);
  expect(viewDeferral(world.engine)).toBeNull();
  expect(describeRunning(null)).toBe('running');
});

describe('peers of a range that were there before', () => {
  const targets = (world: World) => world.dials.map(({ target }) => formatAddress(target.address));

  test('and do not come back by themselves are dialed, from the address that their session was with', () => {
    const spec = router({ ranges: [range({ session: { gracefulRestart: FULL } })], deferMs: DEFER_MS });
    const world = new World(spec, {}, [
      { name: '10.0.0.1', localAddress: '10.99.0.1' },
      { name: '10.0.0.2', localAddress: '10.99.0.1' },
    ]);
    up(world, 1);
    expect(world.dials).toEqual([]);
    world.pass(2_000);
    expect(targets(world)).toEqual(['10.0.0.2']);
    expect(formatAddress(world.dials[0].target.localAddress!)).toBe('10.99.0.1');
    const two = new SimPeer(world, '10.0.0.2', 2, OUR_AS, world.answerDial());
    two.establish(restartingOpen(2));
    finish(two);
    expect(world.eventsNamed('daemon.selection-started')).toEqual([]);
    expect(world.engine.peers.get('10.0.0.2')?.dynamic).toBe(true);
  });

  test('are dialed no more once the wait is over, and are forgotten like any other', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    up(world, 1);
    world.pass(DEFER_MS);
    expect(world.dials.length).toBeGreaterThan(0);
    expect(world.dials.every(({ cancelled }) => cancelled)).toBe(true);
    const { length } = world.dials;
    world.pass(120_000);
    expect(world.dials).toHaveLength(length);
    expect([...world.engine.peers.keys()]).not.toContain('10.0.0.2');
  });

  test('are dialed a few at a time, each once, and within the limit of the range', () => {
    const names = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
    const world = worldAfter([...names, ...names]);
    world.pass(2_000);
    expect(world.dials).toHaveLength(50);
    world.pass(1_000);
    expect(new Set(targets(world)).size).toBe(300);
    expect(world.dials).toHaveLength(300);
    const spec = router({
      ranges: [{ ...range({ session: { gracefulRestart: FULL } }), limit: 7 }],
      deferMs: DEFER_MS,
    });
    const limited = new World(spec, {}, names);
    limited.pass(3_000);
    expect(limited.dials).toHaveLength(7);
  });
});
