/** BFD beside sessions (RFC 5882): when it begins and ends, what its loss does, and what it does not. */
import { viewBfd, viewBfdSessions } from '../../src/engine/show/bfd.ts';
import type { BfdSettings } from '../../src/spec/peer.ts';
import { announce, END_OF_RIB, message } from '../lab/updates.ts';
import { END_OF_RIB_6, N, R, restartingOpen } from './restarting.ts';
import { SimBfd } from './sim-bfd.ts';
import { SimPeer } from './sim-peer.ts';
import { range, router, World } from './world.ts';

const PEER = '10.0.0.1';
const FAST: BfdSettings = {
  intervalMs: 100,
  minRxMs: 100,
  multiplier: 3,
  multihop: null,
  minTtl: 1,
  graceful: false,
};
/** Its loss may be a mere restart of the peer. */
const GRACEFUL = { ...FAST, graceful: true };
const KEEPS = { gracefulRestart: { full: true, restartMs: 120_000, staleMs: 300_000 } };
const ROUTES = ['10.1.0.0/16', '10.2.0.0/16'];

/** A peer with BFD, and one without that watches the advertisements of its routes. */
class Scene {
  readonly bfd = new SimBfd();
  readonly world: World;
  readonly host: SimPeer;
  readonly watcher: SimPeer;

  constructor(openMessage?: Uint8Array, settings: BfdSettings | null = FAST, answers = true) {
    const watched = { ...range({ prefix: '10.0.0.1/32', session: KEEPS }), ...(settings ? { bfd: settings } : {}) };
    this.world = new World(router({ ranges: [watched, range()] }), { bfd: this.bfd, isOnLink: () => true });
    this.bfd.world = this.world;
    this.watcher = SimPeer.up(this.world, '10.0.0.9', 9);
    this.host = new SimPeer(this.world, PEER, 1);
    this.host.establish(openMessage);
    if (answers) this.bfd.answer(PEER);
    this.host.send(announce(ROUTES, { localPref: 100 }), END_OF_RIB, END_OF_RIB_6);
    this.pass(5);
    this.watcher.history.length = 0;
    this.world.events.length = 0;
  }

  /** Time passes with all peers alive. */
  pass(seconds: number): void {
    for (let left = seconds; left > 0; left -= 20) {
      this.world.pass(Math.min(left, 20) * 1000);
      this.watcher.send(message(4, []));
      if (!this.host.connection.closed) this.host.send(message(4, []));
    }
    this.world.settle();
  }

  cut(): void {
    this.bfd.passes = { out: false, in: false };
  }

  heal(): void {
    this.bfd.passes = { out: true, in: true };
  }

  back(openMessage?: Uint8Array): void {
    this.host.connect();
    this.host.establish(openMessage);
  }

  get peer() {
    return this.world.engine.peers.get(PEER)!;
  }

  get established(): boolean {
    return this.peer.session !== null;
  }

  get stale(): number {
    return this.peer.retention?.paths ?? 0;
  }

  get advertised(): string[] {
    return this.watcher.history.filter((line) => line !== 'KEEPALIVE');
  }

  named(name: Parameters<World['eventsNamed']>[0]) {
    return this.world.eventsNamed(name);
  }
}

/** It has graceful restart, and the N bit or not. */
const RESTARTS = restartingOpen(1, 0);
const RESTARTS_N = restartingOpen(1, N);

describe('BFD begins', () => {
  test('when the session is established, between its addresses, and comes up', () => {
    const bfd = new SimBfd();
    const world = new World(router({ ranges: [{ ...range(), bfd: FAST }] }), { bfd, isOnLink: () => true });
    bfd.world = world;
    const host = new SimPeer(world, PEER, 1);
    world.settle();
    expect(bfd.asked).toEqual([]);
    host.establish();
    expect(bfd.asked).toMatchObject([
      {
        local: '10.99.0.1',
        remote: PEER,
        spec: { intervalMs: 100, minRxMs: 100, multiplier: 3, multihop: false, minTtl: 255 },
      },
    ]);
    bfd.answer(PEER);
    world.pass(5000);
    expect(world.engine.peers.get(PEER)!.bfd.isUp).toBe(true);
    expect(world.eventsNamed('peer.bfd-up')).toEqual([{ name: 'peer.bfd-up', peer: PEER }]);
  });

  test('by the interface that its session is bound to', () => {
    const bfd = new SimBfd();
    const bound = { ...range({ transport: { bindDevice: 'eth1' } }), bfd: FAST };
    bfd.world = new World(router({ ranges: [bound] }), { bfd, isOnLink: () => true });
    SimPeer.up(bfd.world, PEER, 1);
    expect(bfd.current?.endpoints.interfaceName).toBe('eth1');
  });

  test('not where it is not configured', () => {
    expect(new Scene(undefined, null).bfd.asked).toEqual([]);
  });

  test.each([
    [null, true, false, 255],
    [null, false, true, 7],
    [true, true, true, 7],
    [false, false, false, 255],
  ])(
    'with multihop %s, and addresses in one network: %s, over several hops: %s',
    (setting, onLink, multihop, minTtl) => {
      const bfd = new SimBfd();
      const settings = { ...FAST, multihop: setting, minTtl: 7 };
      const world = new World(router({ ranges: [{ ...range(), bfd: settings }] }), { bfd, isOnLink: () => onLink });
      bfd.world = world;
      SimPeer.up(world, PEER, 1);
      expect(bfd.current?.spec).toMatchObject({ multihop, minTtl });
    },
  );
});

describe('a path that is dead', () => {
  test('ends the session within the detection time, with Cease / BFD Down', () => {
    const scene = new Scene();
    expect(scene.peer.bfd.isUp).toBe(true);
    scene.cut();
    scene.world.pass(150);
    expect(scene.established).toBe(true);
    scene.world.pass(150);
    expect(scene.established).toBe(false);
    expect(scene.host.notification).toMatchObject({ code: 6, subcode: 10 });
    expect(scene.named('peer.down')).toMatchObject([
      {
        code: 6,
        subcode: 10,
        reason: 'sent Cease / BFD Down: no BFD packet was received from the peer for the detection time of 300 ms',
      },
    ]);
    expect(scene.named('peer.bfd-lost')).toHaveLength(1);
    expect(scene.watcher.prefixes).toEqual([]);
    expect(scene.world.engine.notifications.sent.get('6/10')).toBe(1);
  });

  test('in the direction to the peer closes it as well: the peer reports Down', () => {
    const scene = new Scene();
    scene.bfd.passes = { out: false, in: true };
    scene.world.pass(400);
    expect(scene.established).toBe(false);
    expect(scene.named('peer.down')).toMatchObject([
      {
        code: 6,
        subcode: 10,
        reason:
          'sent Cease / BFD Down: the peer signals that it does not receive our BFD packets (control detection time expired)',
      },
    ]);
  });

  test('does not keep the peer from coming back at once, and BFD counts again once it is up', () => {
    const scene = new Scene();
    scene.cut();
    scene.world.pass(400);
    scene.back();
    expect(scene.established).toBe(true);
    scene.pass(30);
    expect(scene.established).toBe(true);
    expect(scene.peer.bfd.isUp).toBe(false);
    scene.heal();
    scene.pass(5);
    expect(scene.peer.bfd.isUp).toBe(true);
    scene.cut();
    scene.world.pass(400);
    expect(scene.established).toBe(false);
    expect(scene.peer.bfd.flaps).toBe(2);
    // One session of BFD went on over all of that.
    expect(scene.bfd.asked).toHaveLength(1);
  });

  test('is no misbehaviour of the peer: it is not made to wait, however often it happens', () => {
    const bfd = new SimBfd();
    const damped = { idleHoldMs: 10_000, idleHoldMaxMs: 100_000 };
    const world = new World(router({ ranges: [{ ...range({ session: damped }), bfd: FAST }] }), {
      bfd,
      isOnLink: () => true,
    });
    bfd.world = world;
    const host = new SimPeer(world, PEER, 1);
    host.establish();
    bfd.answer(PEER);
    for (let times = 0; times < 4; times++) {
      bfd.passes = { out: true, in: true };
      world.pass(5000);
      expect(world.engine.peers.get(PEER)!.bfd.isUp).toBe(true);
      bfd.passes = { out: false, in: false };
      world.pass(400);
      expect(world.engine.peers.get(PEER)!.stateName).toBe('Active');
      host.connect();
      host.establish();
      expect(world.engine.peers.get(PEER)!.stateName).toBe('Established');
    }
    expect(world.eventsNamed('peer.refused')).toEqual([]);
  });
});

describe('what is no loss of the path', () => {
  test('the peer switches BFD off: the session stays, and BFD is not missed', () => {
    const scene = new Scene();
    scene.bfd.disable(PEER);
    scene.pass(60);
    expect(scene.established).toBe(true);
    expect(scene.named('peer.bfd-off')).toEqual([{ name: 'peer.bfd-off', peer: PEER }]);
    expect(scene.named('peer.bfd-lost')).toEqual([]);
    scene.bfd.answer(PEER);
    scene.pass(5);
    expect(scene.peer.bfd.isUp).toBe(true);
    scene.cut();
    scene.world.pass(400);
    expect(scene.established).toBe(false);
  });

  test('a peer without BFD: the session stays, and one event names the side that has to change and what', () => {
    const scene = new Scene(undefined, FAST, false);
    scene.pass(4);
    expect(scene.named('peer.bfd-unanswered')).toEqual([]);
    scene.pass(300);
    expect(scene.established).toBe(true);
    expect(scene.named('peer.bfd-unanswered')).toEqual([
      {
        name: 'peer.bfd-unanswered',
        peer: PEER,
        advice:
          'no BFD packet was received; enable BFD at the peer for a single hop (UDP port 3784) between 10.99.0.1 and 10.0.0.1, or set `bfd: { multihop: true }` here if it is enabled for several hops, or `bfd: false`',
      },
    ]);
  });

  test('packets of a peer with multihop BFD are not accepted for a single-hop session', () => {
    const scene = new Scene(undefined, FAST, false);
    scene.bfd.answer(PEER, { multihop: true });
    scene.pass(20);
    expect(scene.peer.bfd.isUp).toBe(false);
    expect(scene.named('peer.bfd-unanswered')).toHaveLength(1);
  });

  test('a peer that does not receive our packets from the start', () => {
    const scene = new Scene(undefined, FAST, false);
    scene.bfd.passes = { out: false, in: true };
    scene.bfd.answer(PEER);
    scene.pass(20);
    expect(scene.established).toBe(true);
    expect(scene.named('peer.bfd-unanswered')).toMatchObject([
      {
        advice: expect.stringContaining(
          'BFD packets are received, but the peer does not receive ours; check for a filter of UDP port 3784',
        ),
      },
    ]);
  });

  test('a port that cannot be opened is reported once, and BFD starts when it can', () => {
    const scene = new Scene(undefined, FAST, false);
    const { listener } = scene.bfd.current!;
    listener.onProblem('UDP port 3784 is in use');
    listener.onProblem('UDP port 3784 is in use');
    scene.pass(30);
    expect(scene.established).toBe(true);
    expect(scene.named('peer.bfd-failed')).toEqual([
      { name: 'peer.bfd-failed', peer: PEER, problem: 'UDP port 3784 is in use' },
    ]);
    expect(scene.named('peer.bfd-unanswered')).toEqual([]);
    expect(scene.peer.bfd.problem).toBe('UDP port 3784 is in use');
    scene.bfd.answer(PEER);
    scene.pass(5);
    expect(scene.peer.bfd.problem).toBeNull();
    expect(scene.peer.bfd.isUp).toBe(true);
  });
});

test('while BFD cannot run, it is not shown as up, and the session stays', () => {
  const scene = new Scene();
  scene.bfd.current!.listener.onProblem('the thread of BFD fails');
  expect(scene.established).toBe(true);
  expect(viewBfd(scene.peer, scene.world.nowMs)).toMatchObject({
    state: 'none',
    problem: 'the thread of BFD fails',
    flaps: 0,
  });
  scene.bfd.disable(PEER);
  scene.bfd.answer(PEER);
  scene.pass(5);
  expect(viewBfd(scene.peer, scene.world.nowMs)).toMatchObject({ state: 'Up', problem: null });
  expect(scene.established).toBe(true);
});

describe('BFD ends', () => {
  test('with a session that ends otherwise, so that the peer does not take that for a loss', () => {
    const scene = new Scene();
    scene.host.connection.lose();
    scene.world.settle();
    expect(scene.bfd.current).toBeNull();
    scene.back();
    expect(scene.bfd.asked).toHaveLength(2);
    scene.pass(5);
    expect(scene.peer.bfd.isUp).toBe(true);
    expect(scene.named('peer.bfd-lost')).toEqual([]);
  });

  test.each([
    ['is reset', (scene: Scene) => scene.world.engine.resetPeer(scene.peer, 'test')],
    [
      'is removed',
      (scene: Scene) => scene.world.engine.removePeer(scene.peer, { code: 6, subcode: 3, data: new Uint8Array(0) }),
    ],
    ['stops with the daemon', (scene: Scene) => scene.world.engine.stop(false)],
    ['stops with the daemon for good', (scene: Scene) => scene.world.engine.stop(true)],
  ])('when the peer %s', (_, act) => {
    const scene = new Scene();
    act(scene);
    expect(scene.bfd.current).toBeNull();
  });

  test('for a peer that BFD has lost as well, when the daemon stops', () => {
    const scene = new Scene();
    scene.cut();
    scene.world.pass(400);
    expect(scene.bfd.current).not.toBeNull();
    scene.world.engine.stop(false);
    expect(scene.bfd.current).toBeNull();
  });
});

describe('another configuration', () => {
  const reconfigure = (scene: Scene, bfd: BfdSettings | null) => {
    scene.peer.reconfigure({ ...scene.peer.spec, bfd }, false);
    scene.world.settle();
  };

  test('of its intervals is agreed on without a loss', () => {
    const scene = new Scene();
    reconfigure(scene, { ...FAST, intervalMs: 500, minRxMs: 500 });
    scene.pass(5);
    expect(scene.bfd.asked).toHaveLength(1);
    expect(scene.peer.bfd.status).toMatchObject({ state: 'Up', transmitUs: 500_000, detectionUs: 1_500_000 });
    scene.cut();
    scene.world.pass(900);
    expect(scene.established).toBe(true);
    scene.world.pass(700);
    expect(scene.established).toBe(false);
  });

  test('without it ends it, with it begins it, and the session stays', () => {
    const scene = new Scene();
    reconfigure(scene, null);
    expect(scene.bfd.current).toBeNull();
    scene.cut();
    scene.pass(5);
    scene.heal();
    reconfigure(scene, FAST);
    expect(scene.bfd.asked).toHaveLength(2);
    scene.pass(5);
    expect(scene.peer.bfd.isUp).toBe(true);
    expect(scene.established).toBe(true);
    expect(scene.named('peer.down')).toEqual([]);
  });

  test('over several hops is another session', () => {
    const scene = new Scene();
    reconfigure(scene, { ...FAST, multihop: true });
    expect(scene.bfd.asked.map(({ ended, spec }) => [ended, spec.multihop])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(scene.established).toBe(true);
  });
});

describe('a peer with graceful restart', () => {
  test.each([
    ['without the N bit', RESTARTS],
    ['with the N bit', RESTARTS_N],
  ])('whose BFD shares fate with its control plane, %s: its routes are removed', (_, openMessage) => {
    const scene = new Scene(openMessage);
    scene.cut();
    scene.world.pass(400);
    expect(scene.established).toBe(false);
    expect(scene.stale).toBe(0);
    expect(scene.advertised).toEqual(ROUTES.map((prefix) => `-${prefix}`));
  });

  test.each([
    ['without the N bit', RESTARTS],
    ['with the N bit', RESTARTS_N],
  ])(
    '%s, whose loss may be its restart: its routes are kept where that is set (RFC 5882 4.3.2.2)',
    (_, openMessage) => {
      const scene = new Scene(openMessage, GRACEFUL);
      scene.cut();
      scene.world.pass(400);
      expect(scene.established).toBe(false);
      expect(scene.stale).toBe(2);
      expect(scene.advertised).toEqual([]);
      scene.heal();
      scene.back(restartingOpen(1, R | N));
      scene.host.send(announce(ROUTES, { localPref: 100 }), END_OF_RIB, END_OF_RIB_6);
      scene.pass(5);
      expect(scene.advertised).toEqual([]);
      expect(scene.stale).toBe(0);
      expect(scene.peer.bfd.isUp).toBe(true);
    },
  );

  test.each([
    ['without the N bit', RESTARTS],
    ['with the N bit', RESTARTS_N],
  ])('whose BFD is independent of it, %s: packets are lost, and its routes go', (_, openMessage) => {
    const scene = new Scene(openMessage, FAST, false);
    scene.bfd.independent = true;
    scene.bfd.answer(PEER);
    scene.pass(5);
    scene.cut();
    scene.world.pass(400);
    expect(scene.established).toBe(false);
    expect(scene.stale).toBe(0);
    expect(scene.advertised).toEqual(ROUTES.map((prefix) => `-${prefix}`));
  });

  test('that restarts, and forwards on, is watched meanwhile by a BFD that is independent', () => {
    const scene = new Scene(RESTARTS, FAST, false);
    scene.bfd.independent = true;
    scene.bfd.answer(PEER);
    scene.pass(5);
    scene.host.connection.lose();
    scene.pass(10);
    expect(scene.stale).toBe(2);
    expect(scene.bfd.current).not.toBeNull();
    expect(scene.advertised).toEqual([]);
    scene.cut();
    scene.world.pass(400);
    expect(scene.advertised).toEqual(ROUTES.map((prefix) => `-${prefix}`));
    expect(scene.named('peer.stale-removed')).toMatchObject([{ cause: 'bfd', paths: 2 }]);
    expect(scene.peer.retention).toBeNull();
  });

  test('that returns while that BFD is up continues with it', () => {
    const scene = new Scene(RESTARTS, FAST, false);
    scene.bfd.independent = true;
    scene.bfd.answer(PEER);
    scene.pass(5);
    scene.host.connection.lose();
    scene.pass(2);
    scene.back(restartingOpen(1, R));
    scene.host.send(announce(ROUTES, { localPref: 100 }), END_OF_RIB, END_OF_RIB_6);
    scene.pass(5);
    expect(scene.bfd.asked).toHaveLength(1);
    expect(scene.advertised).toEqual([]);
    scene.cut();
    scene.world.pass(400);
    expect(scene.established).toBe(false);
    expect(scene.watcher.prefixes).toEqual([]);
  });

  test('that restarts while its BFD goes with it: BFD begins anew when it is back', () => {
    const scene = new Scene(RESTARTS);
    scene.bfd.kill(PEER);
    scene.host.connection.lose();
    scene.pass(10);
    expect(scene.stale).toBe(2);
    expect(scene.bfd.current).toBeNull();
    scene.back(restartingOpen(1, R));
    scene.bfd.answer(PEER);
    scene.host.send(announce(ROUTES, { localPref: 100 }), END_OF_RIB, END_OF_RIB_6);
    scene.pass(5);
    expect(scene.advertised).toEqual([]);
    expect(scene.peer.bfd.isUp).toBe(true);
  });
});

describe('what is shown', () => {
  const shown = (scene: Scene) => viewBfd(scene.peer, scene.world.nowMs);

  test('nothing of a peer without it', () => {
    const scene = new Scene(undefined, null);
    expect(shown(scene)).toBeNull();
    expect([...viewBfdSessions(scene.world.engine)]).toEqual([]);
  });

  test('of one that is up: what was agreed on, and what both sides wish for', () => {
    const scene = new Scene(undefined, { ...FAST, minRxMs: 50 }, false);
    scene.bfd.answer(PEER, { intervalMs: 200, minRxMs: 250, multiplier: 5 });
    scene.pass(5);
    expect(shown(scene)).toMatchObject({
      state: 'Up',
      diag: 'no diagnostic',
      multihop: false,
      localAddress: '10.99.0.1',
      intervalMs: 100,
      minRxMs: 50,
      multiplier: 3,
      // The slower of what one sends and the other takes; five of theirs.
      transmitMs: 250,
      detectionMs: 1000,
      remote: { state: 'Up', intervalMs: 200, minRxMs: 250, multiplier: 5, independent: false, demand: false },
      flaps: 0,
      lastLoss: null,
      problem: null,
    });
    const view = shown(scene)!;
    expect(view.packetsSent).toBeGreaterThan(10);
    expect(view.packetsReceived).toBeGreaterThan(10);
    expect([...viewBfdSessions(scene.world.engine)]).toEqual([
      { peer: PEER, description: '', session: 'Established', ...view },
    ]);
  });

  test('of one that was lost: how, and when', () => {
    const scene = new Scene();
    scene.cut();
    scene.pass(10);
    expect(shown(scene)).toMatchObject({
      state: 'Down',
      diag: 'control detection time expired',
      remote: null,
      flaps: 1,
      lastLoss: 'no BFD packet was received from the peer for the detection time of 300 ms',
      lastLossSecondsAgo: 10,
    });
  });

  test('of one whose session is down for another reason: its counts, and no state', () => {
    const scene = new Scene();
    const before = shown(scene)!;
    scene.host.connection.lose();
    scene.world.settle();
    expect(shown(scene)).toMatchObject({ state: 'none', remote: null, sinceSeconds: null, multihop: null });
    expect(shown(scene)!.packetsSent).toBeGreaterThanOrEqual(before.packetsSent);
    scene.back();
    scene.pass(5);
    expect(shown(scene)!.packetsSent).toBeGreaterThan(before.packetsSent);
  });
});
