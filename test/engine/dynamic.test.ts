/** Hosts of dynamic ranges: which are accepted, which are refused and how that is shown, and when they are removed. */

import { Attempts } from '../../src/engine/admission/attempts.ts';
import { viewRefused } from '../../src/engine/show/refused.ts';
import type { DynamicRangeSpec } from '../../src/spec/peer.ts';
import { size } from '../lab/effort.ts';
import { announce, KEEPALIVE, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const worldWith = (over: Partial<DynamicRangeSpec>) => new World(router({ ranges: [{ ...range(), ...over }] }));

describe('attempts of an address', () => {
  test('are so many at once, and come back within a minute', () => {
    const attempts = new Attempts();
    const taken = (nowMs: number, count: number) =>
      Array.from({ length: count }, () => attempts.take('a', 6, nowMs)).filter((may) => may).length;
    expect(taken(0, 10)).toBe(6);
    expect(taken(9_999, 1)).toBe(0);
    expect(taken(10_000, 3)).toBe(1);
    expect(taken(70_000, 10)).toBe(6);
    expect(attempts.take('b', 6, 70_000)).toBe(true);
  });

  test('are unbounded with 0', () => {
    const attempts = new Attempts();
    expect(Array.from({ length: 1000 }, () => attempts.take('a', 0, 0))).not.toContain(false);
    expect(attempts.size).toBe(0);
  });

  test('are remembered for a minute, and of so many addresses at most', () => {
    const attempts = new Attempts();
    for (let i = 0; i < 20_000; i++) attempts.take(`a${i}`, 5, 0);
    expect(attempts.size).toBe(16_384);
    attempts.take('b', 5, 60_000);
    expect(attempts.size).toBe(1);
  });

  test('beyond the number are refused, and do not touch the session that is up', () => {
    const world = worldWith({ attemptsPerMinute: 3 });
    const host = SimPeer.up(world, '10.0.0.1', 1);
    for (let i = 0; i < 5; i++) world.connect('10.0.0.1');
    world.settle();
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Established');
    expect(host.connection.closed).toBe(false);
    expect(world.engine.refusals.counts.get('too-often')).toBe(3);
    SimPeer.up(world, '10.0.0.2', 2);
    expect(world.engine.peers.get('10.0.0.2')?.stateName).toBe('Established');
  });
});

describe('who is refused', () => {
  test('is shown with the reason, how often and when, the latest first', () => {
    const world = worldWith({ limit: 1 });
    SimPeer.up(world, '10.0.0.1', 1);
    world.connect('192.0.2.7');
    world.pass(10_000);
    world.connect('10.0.0.2');
    world.connect('192.0.2.7');
    world.pass(5_000);
    expect(viewRefused(world.engine)).toEqual([
      expect.objectContaining({
        address: '192.0.2.7',
        reason: 'unknown-address',
        count: 2,
        firstSecondsAgo: 15,
        lastSecondsAgo: 5,
      }),
      {
        address: '10.0.0.2',
        reason: 'range-limit',
        detail: '10.0.0.0/8 has reached its limit of 1 peers',
        count: 1,
        firstSecondsAgo: 5,
        lastSecondsAgo: 5,
      },
    ]);
  });

  test('is remembered up to a thousand addresses', () => {
    const world = new World(router({ ranges: [] }));
    for (let i = 0; i < 1200; i++) world.connect(`192.0.${i >> 8}.${i & 255}`);
    expect(world.engine.refusals.latest).toHaveLength(1000);
    expect(world.engine.refusals.latest[0].address).toBe('192.0.4.175');
    expect(world.engine.refusals.counts.get('unknown-address')).toBe(1200);
  });

  test('is reported with a pause after errors', () => {
    const world = new World(router({ ranges: [range({ session: { idleHoldMs: 5000, idleHoldMaxMs: 5000 } })] }));
    const host = new SimPeer(world, '10.0.0.1', 1);
    host.establish(open(65_009, 1));
    expect(host.notification).toMatchObject({ code: 2, subcode: 2 });
    host.connect();
    world.settle();
    expect(host.notification).toMatchObject({ code: 6, subcode: 5 });
    expect(world.eventsNamed('peer.refused')).toMatchObject([{ reason: 'idle-hold' }]);
    world.pass(5000);
    host.connect();
    host.establish(open(OUR_AS, 1));
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Established');
  });

  test('is not a peer that only loses its connection repeatedly', () => {
    const world = new World(router({ ranges: [range({ session: { idleHoldMs: 5000, idleHoldMaxMs: 60_000 } })] }));
    const host = SimPeer.up(world, '10.0.0.1', 1);
    for (let i = 0; i < 20; i++) host.flap();
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Established');
    expect(world.eventsNamed('peer.refused')).toEqual([]);
  });
});

describe('AS numbers of a range', () => {
  const opened = (remoteAs: DynamicRangeSpec['session']['remoteAs'], as: number) => {
    const world = new World(router({ ranges: [range({ session: { remoteAs } })] }));
    return SimPeer.up(world, '10.0.0.1', 1, as).notification;
  };

  test.each([65_001, 4_200_000_001])('a list takes AS %d in', (as) => {
    expect(opened({ kind: 'list', list: [65_001, 4_200_000_001] }, as)).toBeNull();
  });

  test('a list refuses every other', () => {
    expect(opened({ kind: 'list', list: [65_001, 65_002] }, 65_003)).toMatchObject({ code: 2, subcode: 2 });
  });

  test.each([1, 65_001, 4_294_967_294])('external takes AS %d in', (as) => {
    expect(opened({ kind: 'external' }, as)).toBeNull();
  });

  test('external refuses our own', () => {
    expect(opened({ kind: 'external' }, OUR_AS)).toMatchObject({ code: 2, subcode: 2 });
  });
});

test('a peer is forgotten after the time of its range', () => {
  const world = new World(
    router({
      ranges: [
        { ...range(), forgetMs: 5_000 },
        { ...range({ prefix: '10.5.0.0/16' }), forgetMs: 600_000 },
      ],
    }),
  );
  const [short, long] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.5.0.1', 2)];
  short.connection.lose();
  long.connection.lose();
  world.pass(4_999);
  expect(world.engine.peers.size).toBe(2);
  world.pass(1);
  expect([...world.engine.peers.keys()]).toEqual(['10.5.0.1']);
  world.pass(600_000);
  expect(world.engine.peers.size).toBe(0);
  expect(world.engine.spec.ranges.map((each) => world.engine.admission.countOf(each))).toEqual([0, 0]);
});

test('thousands of them establish, receive the routes of each other, and leave', () => {
  const count = size(5_000, 1_000);
  const world = worldWith({ limit: count });
  const hosts = Array.from({ length: count }, (_, i) => new SimPeer(world, `10.1.${i >> 8}.${i & 255}`, i + 1));
  for (const host of hosts) host.send(open(OUR_AS, host.routerId), KEEPALIVE);
  world.settle();
  expect([...world.engine.peers.values()].filter(({ session }) => session !== null)).toHaveLength(count);
  expect(world.engine.reflector.groups.map((groups) => groups.length)).toEqual([1, 1]);
  world.connect('10.2.0.1');
  expect(world.engine.refusals.counts.get('range-limit')).toBe(1);
  hosts[7].send(announce(['20.0.0.0/8'], { localPref: 100 }));
  world.settle();
  expect(hosts.filter((host) => host.held.size === 1)).toHaveLength(count - 1);
  for (const host of hosts) host.connection.lose();
  world.pass(60_000);
  expect(world.engine.peers.size).toBe(0);
  expect(world.engine.rib.families[0].paths.count).toBe(0);
});
