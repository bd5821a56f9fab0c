/** Long-lived graceful restart (RFC 9494): the routes of a peer that is away for longer, as a last resort. */

import { viewPeer } from '../../src/engine/show/peers.ts';
import { MAX_AGE } from '../../src/rib/peers/peers.ts';
import { IPV6_UNICAST } from '../../src/wire/families.ts';
import type { SessionOver } from '../lab/spec.ts';
import { announce, END_OF_RIB, message, open } from '../lab/updates.ts';
import { END_OF_RIB_6, IPV4, IPV6, N, R, restartingOpen, SECONDS } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const LONG = 1_000;
const NO_LLGR = 0xffff0007;
const BASIC = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];

/** The capability: flags of both families, and for how long. */
function longLived(flags = 0x80, seconds = LONG): number[] {
  const time = [seconds >> 16, (seconds >> 8) & 255, seconds & 255];
  return [71, 14, ...IPV4, flags, ...time, ...IPV6, flags, ...time];
}

const asking = (n: number, more = longLived(), flags = N) => restartingOpen(n, flags, undefined, more);

const V4 = '10.1.0.0/16';
const V6 = '2001:db8:1::/48';

/** A host that goes away, one peer that knows LLGR_STALE and one that does not. */
class Scene {
  readonly world: World;
  readonly host: SimPeer;
  readonly knowing: SimPeer;
  readonly plain: SimPeer;

  constructor(openMessage = asking(1), over: SessionOver = {}) {
    const gracefulRestart = { full: true, restartMs: 120_000, staleMs: 360_000 };
    const session = { gracefulRestart, longLived: { timeMs: 86_400_000, maxMs: 86_400_000 }, holdMs: 0, ...over };
    this.world = new World(router({ ranges: [range({ session })] }));
    this.plain = SimPeer.up(this.world, '10.0.0.9', 9);
    this.knowing = new SimPeer(this.world, '10.0.0.8', 8);
    this.knowing.establish(open(OUR_AS, 8, { capabilities: [...BASIC, 71, 0] }));
    this.host = new SimPeer(this.world, '10.0.0.1', 1);
    this.host.establish(openMessage);
  }

  announce(prefixes: readonly string[], communities: readonly number[] = []): void {
    this.host.send(announce(prefixes, { localPref: 100, ...(communities.length === 0 ? {} : { communities }) }));
    this.world.settle();
  }

  lose(): void {
    this.host.connection.lose();
    this.world.settle();
  }

  back(openMessage = asking(1, longLived(), R | N)): void {
    this.host.connect();
    this.host.establish(openMessage);
  }

  pass(seconds: number): void {
    this.world.pass(seconds * 1000);
    this.world.settle();
  }

  /** Away for longer than the restart time. */
  away(): void {
    this.announce([V4]);
    this.announce([V6]);
    this.lose();
    this.pass(SECONDS + 1);
  }

  get phase() {
    return viewPeer(this.world.engine.peers.get('10.0.0.1')!, this.world.nowMs).restart?.phase;
  }
}

describe('a peer that is not back within its restart time', () => {
  test('has its routes marked and advertised to peers with LLGR, and withdrawn from the others', () => {
    const scene = new Scene();
    scene.announce([V4], [0xfde80001]);
    scene.announce([V6]);
    scene.lose();
    scene.pass(SECONDS - 1);
    expect(scene.plain.prefixes).toEqual([V4, V6]);
    expect(scene.knowing.held.get(V4)?.communities).toEqual(['65000:1']);
    scene.pass(2);
    expect(scene.phase).toBe('long-lived');
    expect(scene.plain.prefixes).toEqual([]);
    expect(scene.knowing.held.get(V4)?.communities).toEqual(['65000:1', 'llgr-stale']);
    expect(scene.knowing.held.get(V6)?.communities).toEqual(['llgr-stale']);
    expect(scene.knowing.held.get(V6)).toMatchObject({ localPref: 100, nextHop: '2001:db8::1', origin: 'IGP' });
  });

  test('loses them when the time for that is over', () => {
    const scene = new Scene();
    scene.away();
    scene.pass(LONG - 3);
    expect(scene.knowing.prefixes).toEqual([V4, V6]);
    scene.pass(4);
    expect(scene.knowing.prefixes).toEqual([]);
    scene.pass(61);
    expect(scene.world.engine.peers.has('10.0.0.1')).toBe(false);
  });

  test('has them kept no longer than is configured', () => {
    const scene = new Scene(asking(1), { longLived: { timeMs: 50_000, maxMs: 50_000 } });
    scene.away();
    scene.pass(51);
    expect(scene.knowing.prefixes).toEqual([]);
  });

  test('has them kept in each family for the time of that', () => {
    const scene = new Scene(asking(1), {
      longLived: { timeMs: 0, maxMs: 80_000, families: { [IPV6_UNICAST]: { timeMs: 0, maxMs: 40_000 } } },
    });
    scene.away();
    scene.pass(41);
    expect(scene.knowing.prefixes).toEqual([V4]);
    scene.pass(40);
    expect(scene.knowing.prefixes).toEqual([]);
  });

  test('loses those with NO_LLGR', () => {
    const scene = new Scene();
    scene.announce([V6], [NO_LLGR]);
    scene.announce([V4]);
    scene.lose();
    expect(scene.knowing.prefixes).toEqual([V4, V6]);
    scene.pass(SECONDS + 1);
    expect(scene.knowing.prefixes).toEqual([V4]);
  });

  test('loses to any path that is not stale, whatever their preference', () => {
    const scene = new Scene();
    scene.away();
    scene.plain.send(announce([V4], { localPref: 1, nextHop: '192.0.2.9' }));
    scene.world.settle();
    expect(scene.knowing.held.get(V4)).toMatchObject({ localPref: 1, nextHop: '192.0.2.9' });
  });

  test.each([
    ['did not ask for it', restartingOpen(1), {}],
    ['asked for no time', asking(1, longLived(0x80, 0)), {}],
    ['asked where it is off', asking(1), { longLived: null }],
  ])('and that %s loses them', (_, openMessage, over) => {
    const scene = new Scene(openMessage, over);
    scene.away();
    expect(scene.knowing.prefixes).toEqual([]);
  });
});

describe('a peer that comes back after its restart time', () => {
  test('has the mark taken off what it announces, and the rest removed at its End-of-RIB', () => {
    const scene = new Scene();
    scene.away();
    scene.back();
    expect(scene.phase).toBe('synchronizing');
    scene.announce([V4]);
    expect(scene.plain.prefixes).toEqual([V4]);
    expect(scene.knowing.held.get(V4)?.communities).toEqual([]);
    expect(scene.knowing.held.get(V6)?.communities).toEqual(['llgr-stale']);
    scene.host.send(END_OF_RIB, END_OF_RIB_6);
    scene.world.settle();
    expect(scene.knowing.prefixes).toEqual([V4]);
    scene.pass(2 * LONG);
    expect(scene.plain.prefixes).toEqual([V4]);
  });

  test('without its forwarding state loses them at once', () => {
    const scene = new Scene();
    scene.away();
    scene.back(asking(1, longLived(0), R | N));
    expect(scene.knowing.prefixes).toEqual([]);
  });

  test('and goes again before End-of-RIB keeps what is long-lived for as long as it had', () => {
    const scene = new Scene();
    scene.away();
    scene.pass(LONG - 101);
    scene.back();
    scene.announce([V4]);
    scene.lose();
    expect(scene.knowing.prefixes).toEqual([V4, V6]);
    scene.pass(98);
    expect(scene.knowing.held.get(V6)?.communities).toEqual(['llgr-stale']);
    scene.pass(4);
    expect(scene.knowing.prefixes).toEqual([V4]);
    expect(scene.knowing.held.get(V4)?.communities).toEqual([]);
    scene.pass(SECONDS);
    expect(scene.knowing.held.get(V4)?.communities).toEqual(['llgr-stale']);
    scene.pass(LONG);
    expect(scene.knowing.prefixes).toEqual([]);
  });
});

describe('a peer that is lost again and again before End-of-RIB', () => {
  /** V6 is long-lived stale for all but 101 s of its time; then V4 is announced, and the session lost again. */
  function lostTwice(): Scene {
    const scene = new Scene();
    scene.away();
    scene.pass(LONG - SECONDS - 101);
    scene.back();
    scene.announce([V4]);
    scene.lose();
    return scene;
  }

  test('keeps what is long-lived for as long as it had, also after a third loss in the time of the second', () => {
    const scene = lostTwice();
    scene.pass(SECONDS + 1);
    expect(scene.knowing.held.get(V4)?.communities).toEqual(['llgr-stale']);
    scene.back();
    scene.lose();
    scene.pass(95);
    expect(scene.knowing.prefixes).toEqual([V4, V6]);
    scene.pass(10);
    expect(scene.knowing.prefixes).toEqual([V4]);
    scene.pass(LONG);
    expect(scene.knowing.prefixes).toEqual([]);
  });

  test('keeps what is long-lived after losses in quick succession, and loses what was only stale', () => {
    const scene = lostTwice();
    scene.pass(5);
    const loseAgain = () => {
      scene.back();
      scene.lose();
    };
    for (let losses = 2; losses < MAX_AGE; losses++) {
      loseAgain();
      expect(scene.knowing.prefixes).toEqual([V6]);
    }
    loseAgain();
    expect(scene.knowing.prefixes).toEqual([]);
  });

  test('keeps what is long-lived when only that was kept by the peer, and until its time is over', () => {
    const scene = lostTwice();
    scene.pass(5);
    scene.back(
      open(OUR_AS, 1, { capabilities: [...BASIC, 64, 10, 0x80, 120, ...IPV4, 0, ...IPV6, 0, ...longLived()] }),
    );
    expect(scene.knowing.prefixes).toEqual([V6]);
    scene.pass(SECONDS + 85);
    expect(scene.knowing.prefixes).toEqual([V6]);
    scene.pass(20);
    expect(scene.knowing.prefixes).toEqual([]);
    expect(scene.phase).toBeUndefined();
  });
});

test('the tables hold nothing of attributes when all is over', () => {
  const scene = new Scene();
  scene.away();
  scene.pass(LONG);
  scene.knowing.send(message(3, [6, 2]));
  scene.world.settle();
  const { attributes, nextHops, families } = scene.world.engine.rib;
  expect([attributes.count, nextHops.count, ...families.map(({ paths }) => paths.count)]).toEqual([0, 0, 0, 0]);
});

test('a path received with LLGR_STALE is not advertised to peers without LLGR', () => {
  const scene = new Scene();
  scene.announce([V4], [0xffff0006]);
  expect(scene.knowing.prefixes).toEqual([V4]);
  expect(scene.plain.prefixes).toEqual([]);
});
