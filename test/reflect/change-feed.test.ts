/** The feed of changes: which subscriber is called when, and what it learns of the best path. */
import fc from 'fast-check';
import { ChangeFeed, type ChangeSubscriber } from '../../src/reflect/change-feed.ts';
import type { PrefixId } from '../../src/rib/tables/ids.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { runs } from '../lab/effort.ts';
import { announce, withdraw } from '../lab/updates.ts';

const P = '10.1.0.0/16';

/** Notes its calls; `run` happens in each. */
function subscriber(name: string, run: () => void = () => {}): ChangeSubscriber & { readonly calls: unknown[][] } {
  const calls: unknown[][] = [];
  return {
    name,
    calls,
    onDecided: (...call) => {
      calls.push(call);
      run();
    },
  };
}

describe('a feed', () => {
  const quiet = () => {
    throw new Error('nothing failed');
  };

  test('calls each subscriber once per change, until it is removed', () => {
    const feed = new ChangeFeed(quiet);
    const [a, b] = [subscriber('a'), subscriber('b')];
    expect(feed.hasSubscribers).toBe(false);
    for (const one of [a, b, a]) feed.add(one);
    feed.publish(IPV4_UNICAST, 1 as PrefixId, true);
    feed.remove(a);
    feed.remove(a);
    feed.publish(IPV6_UNICAST, 2 as PrefixId, false);
    expect(a.calls).toEqual([[IPV4_UNICAST, 1, true]]);
    expect(b.calls).toEqual([
      [IPV4_UNICAST, 1, true],
      [IPV6_UNICAST, 2, false],
    ]);
    feed.remove(b);
    expect(feed.hasSubscribers).toBe(false);
  });

  test('allows that subscribers are added and removed during a call', () => {
    const feed = new ChangeFeed(quiet);
    const late = subscriber('late');
    const once = subscriber('once', () => {
      feed.remove(once);
      feed.add(late);
    });
    const last = subscriber('last');
    for (const one of [once, last]) feed.add(one);
    for (const prefix of [1, 2]) feed.publish(IPV4_UNICAST, prefix as PrefixId, true);
    expect([once, last, late].map(({ calls }) => calls.map(([, prefix]) => prefix))).toEqual([[1], [1, 2], [2]]);
  });

  test('continues after a subscriber that throws, which receives the next change, and names it', () => {
    const faults: string[] = [];
    const feed = new ChangeFeed(({ name }, family, prefix, { message }) =>
      faults.push(`${name} ${family} ${prefix}: ${message}`),
    );
    const thrown = [new Error('oops'), 'a text'];
    const bad = subscriber('bad', () => {
      throw thrown.shift();
    });
    const good = subscriber('good');
    for (const one of [bad, good]) feed.add(one);
    for (const prefix of [1, 2]) feed.publish(IPV4_UNICAST, prefix as PrefixId, true);
    expect([bad.calls.length, good.calls.length]).toEqual([2, 2]);
    expect(faults).toEqual(['bad 0 1: oops', 'bad 0 2: a text']);
  });
});

describe('the feed of a router', () => {
  test('has no subscriber by itself, and then nothing is published', () => {
    const world = new World();
    const publish = jest.spyOn(world.engine.changes, 'publish');
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    peer.send(announce([P], { localPref: 100 }));
    world.settle();
    expect(publish).not.toHaveBeenCalled();
    const counted = subscriber('counted');
    world.engine.changes.add(counted);
    peer.send(announce(['10.2.0.0/16', '10.3.0.0/16'], { localPref: 100 }), withdraw([P]));
    world.settle();
    expect([publish.mock.calls.length, counted.calls.length]).toEqual([3, 3]);
  });

  test('does not stop the turn for a subscriber that throws: peers are served, and an event names it', () => {
    const world = new World();
    world.engine.changes.add(
      subscriber('watcher', () => {
        throw new Error('oops');
      }),
    );
    const [from, to] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    from.send(announce([P], { localPref: 100 }));
    world.settle();
    expect(to.prefixes).toEqual([P]);
    expect(world.eventsNamed('daemon.change-missed')).toMatchObject([
      { subscriber: 'watcher', prefix: P, error: 'oops', stack: expect.stringContaining('oops') },
    ]);
  });

  test('reports that the best path did not change when another path did', () => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    const watcher = subscriber('watcher');
    world.engine.changes.add(watcher);
    const changes = (peer: SimPeer, message: Uint8Array) => {
      watcher.calls.length = 0;
      peer.send(message);
      world.settle();
      return watcher.calls.map(([, , bestChanged]) => bestChanged);
    };
    expect(changes(a, announce([P], { localPref: 200 }))).toEqual([true]);
    expect(changes(b, announce([P], { localPref: 100 }))).toEqual([false]);
    expect(changes(b, announce([P], { localPref: 150 }))).toEqual([false]);
    expect(changes(a, announce([P], { localPref: 200, med: 1 }))).toEqual([true]);
    expect(changes(b, announce([P], { localPref: 300 }))).toEqual([true]);
    expect(changes(a, withdraw([P]))).toEqual([false]);
    expect(changes(b, announce([P], { localPref: 300 }))).toEqual([]);
    expect(changes(b, withdraw([P]))).toEqual([true]);
  });

  test('never reports an unchanged best path when it has changed, whatever happens', () => {
    const prefixes = ['10.1.0.0/16', '10.2.0.0/16'];
    const step = fc.record({
      kind: fc.constantFrom('announce', 'announce', 'withdraw', 'down', 'join', 'reach', 'settle', 'settle'),
      peer: fc.integer({ min: 1, max: 3 }),
      prefix: fc.nat(1),
      value: fc.nat(2),
    });
    const hops = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const world = new World();
        const { rib, changes } = world.engine;
        const table = rib.families[IPV4_UNICAST];
        const seen = new Map<string, string>();
        const wrong: string[] = [];
        const best = (prefix: PrefixId) => {
          const path = table.bestOf(prefix);
          return path === 0 ? 'none' : `${table.paths.peerOf(path)} ${table.paths.attributesOf(path)}`;
        };
        changes.add({
          name: 'watcher',
          onDecided: (_family, prefix, bestChanged) => {
            const name = table.prefixes.format(prefix);
            const now = best(prefix);
            const before = seen.get(name) ?? 'none';
            if (!bestChanged && now !== before) wrong.push(`${name}: ${before}, then ${now}`);
            seen.set(name, now);
          },
        });
        const peers = new Map<number, SimPeer>();
        for (const { kind, peer: n, prefix, value } of steps) {
          const peer = peers.get(n);
          if (kind === 'settle') world.settle();
          else if (kind === 'join' || peer === undefined) {
            if (peer === undefined) peers.set(n, SimPeer.up(world, `10.0.0.${n}`, n));
          } else if (kind === 'announce') {
            peer.send(announce([prefixes[prefix]!], { localPref: 100 + value, nextHop: hops[n - 1]! }));
          } else if (kind === 'withdraw') peer.send(withdraw([prefixes[prefix]!]));
          else if (kind === 'down') {
            peer.connection.lose();
            peers.delete(n);
          } else {
            for (let path = 1; path < table.paths.limit; path++) {
              if (table.paths.peerOf(path as never) === 0) continue;
              const hop = rib.attributes.nextHopOf(table.paths.attributesOf(path as never));
              rib.nextHops.setReach(hop, value === 0 ? 'no route' : null, value);
            }
            world.engine.revalidatePaths();
          }
        }
        world.settle();
        expect([wrong, world.eventsNamed('daemon.change-missed')]).toEqual([[], []]);
        for (const [name, was] of seen) {
          const id = [...Array(table.prefixes.limit).keys()].find(
            (one) =>
              one > 0 && table.prefixes.isLive(one as PrefixId) && table.prefixes.format(one as PrefixId) === name,
          );
          expect(id === undefined ? 'none' : best(id as PrefixId)).toBe(was);
        }
      }),
      { numRuns: runs(300) },
    );
  });
});
