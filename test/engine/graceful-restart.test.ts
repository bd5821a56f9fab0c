/** Graceful restart as the helper (RFC 4724 4.2, RFC 8538): what becomes of the routes of a peer that goes and comes. */

import { viewPeer } from '../../src/engine/show/peers.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { IPV6_UNICAST } from '../../src/wire/families.ts';
import { size } from '../lab/effort.ts';
import type { SessionOver } from '../lab/spec.ts';
import { announce, END_OF_RIB, message, open } from '../lab/updates.ts';
import { END_OF_RIB_6, FORWARDING, IPV4, IPV6, N, R, restartingOpen, SECONDS } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const STALE_MS = 300_000;
const ROUTES = ['10.1.0.0/16', '10.2.0.0/16'];
const ROUTES_6 = ['2001:db8:1::/48'];

/** A peer that restarts, and one that watches the advertisements of its routes. */
class Scene {
  readonly world: World;
  readonly host: SimPeer;
  readonly watcher: SimPeer;

  constructor(openMessage = restartingOpen(1), over: SessionOver = {}) {
    const session = { gracefulRestart: { full: true, restartMs: 120_000, staleMs: STALE_MS }, ...over };
    this.world = new World(router({ ranges: [range({ session })] }));
    this.watcher = SimPeer.up(this.world, '10.0.0.9', 9);
    this.host = new SimPeer(this.world, '10.0.0.1', 1);
    this.host.establish(openMessage);
    this.announce(ROUTES);
    this.announce(ROUTES_6);
    this.host.send(END_OF_RIB, END_OF_RIB_6);
    this.world.settle();
    expect(this.watcher.prefixes).toEqual([...ROUTES, ...ROUTES_6]);
    this.watcher.history.length = 0;
  }

  announce(prefixes: readonly string[], localPref = 100): void {
    this.host.send(announce(prefixes, { localPref }));
    this.world.settle();
  }

  lose(): void {
    this.host.connection.lose();
    this.world.settle();
  }

  back(openMessage = restartingOpen(1, R | N)): void {
    this.host.held.clear();
    this.host.connect();
    this.host.establish(openMessage);
  }

  /** Time passes with the watcher alive. */
  pass(seconds: number): void {
    for (let left = seconds; left > 0; left -= 20) {
      this.world.pass(Math.min(left, 20) * 1000);
      this.watcher.send(message(4, []));
      if (!this.host.connection.closed) this.host.send(message(4, []));
    }
    this.world.settle();
  }

  get view() {
    return viewPeer(this.world.engine.peers.get('10.0.0.1')!, this.world.nowMs);
  }

  get stale(): number {
    return this.view.families.reduce((sum, family) => sum + family.stale, 0);
  }

  /** What was advertised to the watcher, without keepalives. */
  get advertised(): string[] {
    return this.watcher.history.filter((line) => line !== 'KEEPALIVE');
  }
}

describe('a peer whose connection is lost', () => {
  test('keeps its routes until it is back and has announced them, without any update to other peers', () => {
    const scene = new Scene();
    scene.lose();
    expect(scene.view.restart).toEqual({ phase: 'waiting', remainingSeconds: SECONDS });
    expect(scene.stale).toBe(3);
    expect([...viewRib(scene.world.engine, {})].flatMap(({ paths }) => paths.map(({ stale }) => stale))).toEqual([
      true,
      true,
      true,
    ]);
    scene.pass(100);
    scene.back();
    expect(scene.view.restart?.phase).toBe('synchronizing');
    scene.announce(ROUTES);
    expect(scene.stale).toBe(1);
    scene.announce(ROUTES_6);
    scene.host.send(END_OF_RIB, END_OF_RIB_6);
    scene.world.settle();
    expect(scene.stale).toBe(0);
    expect(scene.view.restart).toBeNull();
    scene.pass(600);
    expect(scene.advertised).toEqual([]);
    expect(scene.view.families.map(({ received }) => received)).toEqual([2, 1]);
  });

  test('keeps them as well when it connects anew before the loss of the old connection is noticed', () => {
    const scene = new Scene();
    const before = scene.host.connection;
    scene.pass(20);
    scene.back();
    expect(before.closed).toBe(true);
    expect(scene.stale).toBe(3);
    expect(scene.view.restart?.phase).toBe('synchronizing');
    expect(scene.view.lastDown).toBe('the peer restarted: it opened a new connection');
    scene.announce(ROUTES);
    scene.announce(ROUTES_6);
    scene.host.send(END_OF_RIB, END_OF_RIB_6);
    scene.world.settle();
    expect(scene.stale).toBe(0);
    expect(scene.advertised).toEqual([]);
  });

  test('receives the routes of the others again, and End-of-RIB', () => {
    const scene = new Scene();
    scene.watcher.send(announce(['10.9.0.0/16'], { localPref: 100 }));
    scene.world.settle();
    scene.lose();
    scene.host.history.length = 0;
    scene.back();
    expect(scene.host.prefixes).toEqual(['10.9.0.0/16']);
    expect(scene.host.history.filter((line) => line.startsWith('EOR'))).toHaveLength(2);
  });

  test('loses what it has not announced again, at the End-of-RIB of that family and no sooner', () => {
    const scene = new Scene();
    scene.lose();
    scene.back();
    scene.announce([ROUTES[0]]);
    expect(scene.advertised).toEqual([]);
    scene.host.send(END_OF_RIB);
    scene.world.settle();
    expect(scene.advertised).toEqual([`-${ROUTES[1]}`]);
    expect(scene.stale).toBe(1);
    scene.host.send(END_OF_RIB_6);
    scene.world.settle();
    expect(scene.watcher.prefixes).toEqual([ROUTES[0]]);
  });

  test('has a route that it announces otherwise replaced at once', () => {
    const scene = new Scene();
    scene.lose();
    scene.back();
    scene.announce([ROUTES[0]], 300);
    expect(scene.advertised).toEqual([ROUTES[0]]);
    expect(scene.watcher.held.get(ROUTES[0])?.localPref).toBe(300);
  });

  test('that does not come back within the time it asked for loses its routes', () => {
    const scene = new Scene();
    scene.lose();
    scene.pass(SECONDS - 1);
    expect(scene.advertised).toEqual([]);
    scene.pass(2);
    expect(scene.watcher.prefixes).toEqual([]);
    const causes = scene.world.eventsNamed('peer.stale-removed').map((event) => 'cause' in event && event.cause);
    expect(causes).toEqual(['restart-time', 'restart-time']);
    scene.back();
    scene.announce(ROUTES);
    expect(scene.watcher.prefixes).toEqual(ROUTES);
  });

  test('has its routes kept no longer than the stale time', () => {
    const scene = new Scene(restartingOpen(1), {
      gracefulRestart: { full: true, restartMs: 120_000, staleMs: 10_000 },
    });
    scene.lose();
    scene.pass(11);
    expect(scene.watcher.prefixes).toEqual([]);
  });

  test('has its routes kept in each family no longer than its stale time, and not at all where it is off', () => {
    const common = { full: true, restartMs: 120_000, staleMs: 60_000 };
    const shorter = new Scene(restartingOpen(1), {
      gracefulRestart: { ...common, families: { [IPV6_UNICAST]: { full: true, helper: true, staleMs: 10_000 } } },
    });
    shorter.lose();
    expect(shorter.stale).toBe(3);
    shorter.pass(11);
    expect(shorter.watcher.prefixes).toEqual(ROUTES);
    shorter.pass(50);
    expect(shorter.watcher.prefixes).toEqual([]);
    const without = new Scene(restartingOpen(1), {
      gracefulRestart: { ...common, families: { [IPV6_UNICAST]: { full: true, helper: false, staleMs: 10_000 } } },
    });
    without.lose();
    expect(without.watcher.prefixes).toEqual(ROUTES);
  });

  test('that is back but never sends End-of-RIB loses what is stale when the stale time is over', () => {
    const scene = new Scene();
    scene.lose();
    scene.pass(60);
    scene.back();
    scene.announce([ROUTES[0]]);
    scene.pass(STALE_MS / 1000 - 61);
    expect(scene.advertised).toEqual([]);
    scene.pass(2);
    expect(scene.watcher.prefixes).toEqual([ROUTES[0]]);
    expect(scene.view.restart).toBeNull();
  });

  test('that is lost again loses what was stale already and keeps what is fresh', () => {
    const scene = new Scene();
    scene.lose();
    scene.back();
    scene.announce([ROUTES[0]]);
    scene.lose();
    expect(scene.watcher.prefixes).toEqual([ROUTES[0]]);
    expect(scene.stale).toBe(1);
    scene.back();
    scene.announce(ROUTES);
    scene.host.send(END_OF_RIB, END_OF_RIB_6);
    scene.world.settle();
    expect(scene.watcher.prefixes).toEqual(ROUTES);
  });

  test('can come and go many hundred times', () => {
    const scene = new Scene();
    for (let i = 0; i < size(600, 200); i++) {
      scene.lose();
      scene.back();
      scene.announce(ROUTES);
      scene.announce(ROUTES_6);
      scene.host.send(END_OF_RIB, END_OF_RIB_6);
      scene.world.settle();
    }
    expect(scene.advertised).toEqual([]);
    expect(scene.stale).toBe(0);
  });

  test('that is back without its forwarding state for a family loses the routes of that family at once', () => {
    const scene = new Scene();
    scene.lose();
    scene.back(restartingOpen(1, R | N, [...IPV4, FORWARDING, ...IPV6, 0]));
    expect(scene.advertised).toEqual([`-${ROUTES_6[0]}`]);
    expect(scene.stale).toBe(2);
  });

  test('that is back without graceful restart loses everything at once', () => {
    const scene = new Scene();
    scene.lose();
    scene.back(open(OUR_AS, 1));
    expect(scene.watcher.prefixes).toEqual([]);
    expect(scene.view.restart).toBeNull();
  });

  test('keeps only the families that it listed', () => {
    const scene = new Scene(restartingOpen(1, N, [...IPV4, 0]));
    scene.lose();
    expect(scene.advertised).toEqual([`-${ROUTES_6[0]}`]);
    expect(scene.stale).toBe(2);
  });

  test('keeps nothing when it listed no family, or when graceful restart is off here', () => {
    for (const scene of [new Scene(restartingOpen(1, N, [])), new Scene(undefined, { gracefulRestart: null })]) {
      scene.lose();
      expect(scene.watcher.prefixes).toEqual([]);
    }
  });

  test('that comes back with another identity has its earlier routes removed first', () => {
    const scene = new Scene();
    scene.lose();
    scene.back(restartingOpen(7, R));
    expect(scene.watcher.prefixes).toEqual([]);
    scene.announce(ROUTES);
    expect(scene.watcher.prefixes).toEqual(ROUTES);
  });

  test('that comes back from another AS has the routes of the one before taken out first', () => {
    const families = [...IPV4, FORWARDING, ...IPV6, FORWARDING];
    const openFrom = (as: number) => {
      const more = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, as >> 8, as & 255];
      return open(as, 7, { capabilities: [...more, 64, 2 + families.length, R, SECONDS, ...families] });
    };
    const gracefulRestart = { full: true, restartMs: 120_000, staleMs: STALE_MS };
    const outside = {
      session: { gracefulRestart, remoteAs: { kind: 'external' } as const },
      exchange: { client: false },
    };
    for (const [as, kept] of [
      [65_101, true],
      [65_102, false],
    ] as const) {
      const world = new World(router({ ranges: [range({ ...outside, prefix: '172.16.0.0/12' }), range()] }));
      const watcher = SimPeer.up(world, '10.0.0.9', 9);
      const host = new SimPeer(world, '172.16.0.1', 7, 65_101);
      host.establish(openFrom(65_101));
      host.send(announce(ROUTES, { asPath: [65_101] }));
      world.settle();
      host.connection.lose();
      world.settle();
      expect(watcher.prefixes).toEqual(ROUTES);
      host.held.clear();
      host.connect();
      host.establish(openFrom(as));
      expect(watcher.prefixes).toEqual(kept ? ROUTES : []);
    }
  });

  test('of a dynamic range is forgotten only after its routes are', () => {
    const scene = new Scene();
    scene.lose();
    scene.pass(SECONDS - 1);
    expect(scene.world.engine.peers.has('10.0.0.1')).toBe(true);
    scene.pass(70);
    expect(scene.world.engine.peers.has('10.0.0.1')).toBe(false);
  });

  test('loses its routes when the operator resets or removes it meanwhile', () => {
    for (const act of ['reset', 'remove'] as const) {
      const scene = new Scene();
      scene.lose();
      const peer = scene.world.engine.peers.get('10.0.0.1')!;
      if (act === 'reset') scene.world.engine.resetPeer(peer, 'test');
      else scene.world.engine.removePeer(peer, { code: 6, subcode: 3, data: new Uint8Array(0) });
      scene.world.settle();
      expect(scene.watcher.prefixes).toEqual([]);
    }
  });
});

describe('a NOTIFICATION', () => {
  const cease = (subcode: number, ...data: number[]) => message(3, [6, subcode, ...data]);

  test.each([
    ['from a peer with the N bit keeps the routes', N, cease(4), 3],
    ['of Administrative Shutdown from a peer with the N bit keeps them too', N, cease(2), 3],
    ['that is a hard reset does not', N, cease(9, 6, 2), 0],
    ['from a peer without the N bit does not', 0, cease(4), 0],
  ])('%s', (_, flags, notification, stale) => {
    const scene = new Scene(restartingOpen(1, flags));
    scene.host.send(notification);
    scene.world.settle();
    expect(scene.stale).toBe(stale);
    expect(scene.watcher.prefixes).toHaveLength(stale);
  });

  test.each([
    ['keeps', N, 3],
    ['costs', 0, 0],
  ])('of an expired hold timer %s the routes of a peer, by its N bit', (_, flags, stale) => {
    const scene = new Scene(restartingOpen(1, flags));
    for (let i = 0; i < 5; i++) {
      scene.world.pass(20_000);
      scene.watcher.send(message(4, []));
    }
    scene.world.settle();
    expect(scene.host.notification).toMatchObject({ code: 4 });
    expect(scene.stale).toBe(stale);
  });
});

test('a session without it does not offer it', () => {
  const off = new Scene(undefined, { gracefulRestart: null });
  expect(off.view.capabilitiesSent.some(({ code }) => code === 64)).toBe(false);
});
