/** The daemon as the one that restarts (RFC 4724 4.1, RFC 8538): how it stops, and how it comes back. */
import type { GracefulRestartSpec } from '../../src/fsm/spec.ts';
import { announce, END_OF_RIB, open } from '../lab/updates.ts';
import { END_OF_RIB_6, N, R, restartingOpen } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const FULL: GracefulRestartSpec = { full: true, restartMs: 300_000, staleMs: 360_000 };
const DEFER_MS = 30_000;

function worldAfter(before: readonly string[], gracefulRestart: GracefulRestartSpec | null = FULL): World {
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

function tell(peer: SimPeer): void {
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
  test('nothing is told to anybody until all who were there have sent End-of-RIB of every family', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    const one = up(world, 1);
    tell(one);
    finish(one);
    expect(one.prefixes).toEqual([]);
    const two = up(world, 2);
    tell(two);
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
    expect(world.eventsNamed('daemon.selection-begun')).toEqual([
      { name: 'daemon.selection-begun', cause: 'complete', missing: 0, peers: [] },
    ]);
  });

  test('the wait for those who do not come is bounded', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    const one = up(world, 1);
    const three = up(world, 3);
    for (const peer of [one, three]) {
      tell(peer);
      finish(peer);
    }
    world.pass(DEFER_MS - 2 * SETTLE_MS - 1);
    expect(one.prefixes).toEqual([]);
    world.pass(2);
    expect(one.prefixes).toEqual([routeOf(3)]);
    expect(endsOfRib(three)).toBe(2);
    expect(world.eventsNamed('daemon.selection-begun')).toMatchObject([
      { cause: 'timeout', missing: 1, peers: ['10.0.0.2'] },
    ]);
    const late = up(world, 2);
    expect(late.prefixes).toEqual([routeOf(1), routeOf(3)]);
  });

  test('routes behind the last End-of-RIB are in time, and a peer that comes then is waited for', () => {
    const world = worldAfter(['10.0.0.1']);
    const one = up(world, 1);
    one.send(END_OF_RIB, END_OF_RIB_6);
    world.pass(SETTLE_MS - 1);
    tell(one);
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

  test('a peer that comes unexpected is waited for as well', () => {
    const world = worldAfter(['10.0.0.1']);
    const one = up(world, 1);
    const two = up(world, 2);
    finish(one);
    tell(two);
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
    tell(one);
    finish(one);
    expect(two.prefixes).toEqual([routeOf(1)]);
  });

  test('peers that were removed from the configuration meanwhile are not waited for', () => {
    const world = worldAfter(['192.0.2.1', 'nonsense']);
    const [one, two] = [up(world, 1), up(world, 2)];
    tell(one);
    expect(two.prefixes).toEqual([routeOf(1)]);
    expect(world.eventsNamed('daemon.selection-deferred')).toEqual([]);
  });

  test('a peer without graceful restart that flaps meanwhile has its routes exchanged all the same', () => {
    const world = worldAfter(['10.0.0.1']);
    const two = up(world, 2, open(OUR_AS, 2));
    tell(two);
    two.connection.lose();
    world.settle();
    two.connect();
    two.establish();
    two.send(announce(['10.22.0.0/16'], { localPref: 100 }));
    const one = up(world, 1);
    finish(one);
    expect(one.prefixes).toEqual(['10.22.0.0/16']);
  });

  test('those that are waited for, and those that came, are expected again by the next start', () => {
    const world = worldAfter(['10.0.0.1', '10.0.0.2']);
    up(world, 3);
    up(world, 4, open(OUR_AS, 4));
    expect([...world.engine.restartable].sort()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
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

test('a fresh start waits for nobody and has not restarted', () => {
  const world = worldAfter([]);
  const [one, two] = [up(world, 1), up(world, 2)];
  expect(offered(one)[0]).toBe(0x41);
  tell(one);
  expect(two.prefixes).toEqual([routeOf(1)]);
  expect(endsOfRib(two)).toBe(2);
});

test.each([
  ['keeps', 'keep', 0x80],
  ['loses', 'withdraw', 0],
] as const)('a daemon that %s the routes of the kernel over its restart says so', (_, onStop, forwarding) => {
  const fib = { mode: 'install', table: 254, protocol: 186, metric: 20, onStop } as const;
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

  test('is a shutdown for a peer without graceful restart, and where we ask nobody to keep our routes', () => {
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
    tell(up(world, 1));
    world.engine.stop(false);
    world.settle();
    expect(world.engine.rib.families[0].paths.count).toBe(1);
  });
});

test('a peer that is removed from the configuration is told to give up our routes', () => {
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
