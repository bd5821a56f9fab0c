/** The latest changes of best paths: what happened to a prefix, why, and what the record of it costs. */
import type { HistoryView } from '../../src/engine/api/watch-commands.ts';
import { historyOf, RouteChanges } from '../../src/engine/route-history/route-changes.ts';
import { type HistoryQuery, viewHistory } from '../../src/engine/show/routes/history.ts';
import { announce, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { peerSpec, router, World } from './world.ts';

function recording(world: World, over: Partial<ConstructorParameters<typeof RouteChanges>[3]> = {}): RouteChanges {
  const { engine } = world;
  const changes = new RouteChanges(engine.rib, engine.clock, engine.timers, { ...historyOf(4 << 20), ...over });
  engine.changes.add(changes);
  return changes;
}

const items = (changes: RouteChanges, query: HistoryQuery = {}): HistoryView[] =>
  [...viewHistory(changes, query)].filter((item) => item !== undefined);

const texts = (changes: RouteChanges, query: HistoryQuery = {}): string[] =>
  items(changes, query).flatMap((item) => (item.kind === 'change' ? [`${item.prefix} ${item.text}`] : []));

/** Two hosts with a session, and the record of what happens to their routes. */
function lab() {
  const world = new World();
  const changes = recording(world);
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const send = (peer: SimPeer, ...messages: Uint8Array[]) => {
    peer.send(...messages);
    world.settle();
  };
  return { world, changes, a, b, send };
}

describe('show history', () => {
  test('says for each change of the best path what it is now, and why', () => {
    const { changes, a, b, send } = lab();
    send(a, announce(['20.0.0.0/8'], { localPref: 100 }));
    send(b, announce(['20.0.0.0/8'], { localPref: 200 }));
    send(b, announce(['20.0.0.0/8'], { localPref: 200, med: 7 }));
    send(b, withdraw(['20.0.0.0/8']));
    send(a, withdraw(['20.0.0.0/8']));
    send(a, announce(['20.0.0.0/8'], { localPref: 100 }));
    expect(texts(changes)).toEqual([
      '20.0.0.0/8 best path from 10.0.0.1 (the only path)',
      '20.0.0.0/8 best path from 10.0.0.2 (local preference): preferred to that from 10.0.0.1',
      '20.0.0.0/8 10.0.0.2 announced it with other attributes',
      '20.0.0.0/8 best path from 10.0.0.1 (the only path): 10.0.0.2 withdrew it',
      '20.0.0.0/8 no usable path: 10.0.0.1 withdrew it',
      '20.0.0.0/8 best path from 10.0.0.1 (the only path)',
    ]);
    const last = items(changes)[3];
    expect(last).toMatchObject({
      family: 'ipv4-unicast',
      from: '10.0.0.2',
      before: '10.0.0.2',
      decidedBy: 'local preference',
      attributes: { nextHop: '192.0.2.1', localPref: 200, med: 7, origin: 'IGP' },
    });
  });

  test('names a session that ended, and a path that became unusable', () => {
    const { world, changes, a, b, send } = lab();
    send(a, announce(['20.0.0.0/8'], { localPref: 100 }));
    send(b, announce(['20.0.0.0/8'], { localPref: 200 }));
    b.connection.lose('ECONNRESET');
    world.pass(1000);
    send(a, announce(['20.0.0.0/8'], { localPref: 100, originatorId: world.engine.spec.routerId }));
    expect(texts(changes).slice(2)).toEqual([
      '20.0.0.0/8 best path from 10.0.0.1 (the only path): the session with 10.0.0.2 ended',
      expect.stringMatching(/^20\.0\.0\.0\/8 no usable path: that from 10\.0\.0\.1 is unusable: its ORIGINATOR_ID/),
    ]);
  });

  test('a change of a path that is not the best one, and the same announcement again, are no change', () => {
    const { changes, a, b, send } = lab();
    send(a, announce(['20.0.0.0/8'], { localPref: 200 }));
    send(b, announce(['20.0.0.0/8'], { localPref: 100 }));
    send(b, announce(['20.0.0.0/8'], { localPref: 100, med: 1 }), withdraw(['20.0.0.0/8']));
    send(a, announce(['20.0.0.0/8'], { localPref: 200 }));
    expect(texts(changes)).toHaveLength(1);
  });

  test.each<[string, HistoryQuery, string[]]>([
    ['a prefix', { target: '20.1.0.0/16' }, ['20.1.0.0/16']],
    ['prefixes within one', { target: '20.1.0.0/16', scope: 'longer' }, ['20.1.2.0/24']],
    ['a prefix and those within', { target: '20.1.0.0/16', scope: 'or-longer' }, ['20.1.0.0/16', '20.1.2.0/24']],
    ['those that contain an address', { target: '20.1.2.3' }, ['20.1.0.0/16', '20.1.2.0/24']],
    ['a peer', { peer: '10.0.0.2' }, ['30.0.0.0/8']],
    ['a family', { family: 'ipv6-unicast' }, []],
    ['the last ones', { last: 2 }, ['20.1.2.0/24', '30.0.0.0/8']],
  ])('finds %s', (_, query, expected) => {
    const { changes, a, b, send } = lab();
    send(a, announce(['20.1.0.0/16'], { localPref: 100 }));
    send(a, announce(['20.1.2.0/24'], { localPref: 100 }));
    send(b, announce(['30.0.0.0/8'], { localPref: 100 }));
    expect(texts(changes, query).map((text) => text.split(' ')[0])).toEqual(expected);
  });

  test.each<[HistoryQuery, RegExp]>([
    [{ target: 'nonsense' }, /no prefix/],
    [{ scope: 'longer' }, /needs a prefix/],
    [{ target: '20.0.0.0/8', scope: 'shorter' }, /searched by/],
  ])('a query that it cannot answer is an error: %j', (query, error) => {
    const { changes } = lab();
    expect(() => items(changes, query)).toThrow(error);
  });

  test('keeps the latest ones, and says since when', () => {
    const { world, changes: unused, a, send } = lab();
    world.engine.changes.remove(unused);
    const changes = recording(world, { capacity: 8, allowance: null });
    for (let n = 0; n < 20; n++) {
      world.pass(1000);
      send(a, announce([`20.${n}.0.0/16`], { localPref: 100 }));
    }
    expect(texts(changes).map((text) => text.split(' ')[0])).toEqual(
      [13, 14, 15, 16, 17, 18, 19].map((n) => `20.${n}.0.0/16`),
    );
    const [since, first] = items(changes);
    expect(since).toMatchObject({ kind: 'since', time: (first as { time: string }).time });
  });

  test('a burst fills only a part of the ring: what exceeds the limit is counted and shown', () => {
    const { world, changes: unused, a, send } = lab();
    world.engine.changes.remove(unused);
    const changes = recording(world, { capacity: 64, allowance: { burst: 4, perSecond: 2 } });
    send(
      a,
      announce(
        Array.from({ length: 10 }, (_, n) => `20.${n}.0.0/16`),
        { localPref: 100 },
      ),
    );
    expect(texts(changes)).toHaveLength(4);
    expect(items(changes).at(-1)).toMatchObject({ kind: 'missing', changes: 6, why: 'too many at once' });
    world.pass(1000);
    send(a, withdraw(['20.0.0.0/16']));
    expect(items(changes).map(({ kind }) => kind)).toEqual([
      ...['since', 'change', 'change', 'change', 'change', 'missing', 'change'],
    ]);
    expect(texts(changes).at(-1)).toBe('20.0.0.0/16 no usable path: 10.0.0.1 withdrew it');
    world.pass(60_000);
    expect(items(changes).filter(({ kind }) => kind === 'missing')).toHaveLength(1);
  });

  test('a changed size keeps the latest changes, and without memory nothing is recorded', () => {
    const { world, a, send } = lab();
    const changes = recording(world, { capacity: 16, allowance: null });
    changes.follow(world.engine.changes);
    for (let n = 0; n < 20; n++) send(a, announce([`20.${n}.0.0/16`], { localPref: 100 }));
    const before = texts(changes);
    expect(before).toHaveLength(15);
    changes.resize(2 << 20);
    expect(changes.capacity).toBe(4096);
    expect(texts(changes)).toEqual(before);
    send(a, withdraw(['20.19.0.0/16', '20.0.0.0/16']));
    expect(texts(changes).slice(15)).toEqual([
      '20.19.0.0/16 no usable path: 10.0.0.1 withdrew it',
      '20.0.0.0/16 no usable path: the last one is gone',
    ]);
    changes.resize(0);
    send(a, announce(['20.0.0.0/16'], { localPref: 100 }));
    expect(items(changes)).toMatchObject([{ kind: 'since', kept: 0 }]);
    changes.resize(1 << 20);
    send(a, withdraw(['20.0.0.0/16']));
    expect(texts(changes)).toHaveLength(1);
  });

  test('attributes that have no room in a record are left out, and the change is there', () => {
    const { changes, a, send } = lab();
    const asPath = Array.from({ length: 90 }, (_, n) => 65_001 + n);
    send(a, announce(['20.0.0.0/8'], { localPref: 100, asPath }));
    expect(items(changes)[1]).toMatchObject({ kind: 'change', from: '10.0.0.1', attributes: null });
  });

  test('an id of a prefix that another one has got does not mix up the two', () => {
    const world = new World(router({ peers: [peerSpec('192.0.2.1')] }));
    const changes = recording(world);
    const peer = SimPeer.up(world, '192.0.2.1', 1);
    for (const prefix of ['20.0.0.0/8', '30.0.0.0/8']) {
      peer.send(announce([prefix], { localPref: 100 }));
      world.settle();
      peer.send(withdraw([prefix]));
      world.settle();
    }
    expect(texts(changes)[2]).toBe('30.0.0.0/8 best path from 192.0.2.1 (the only path)');
  });
});
