/** `explain`: why a route is not advertised to a peer. */
import { explain, MAX_OTHER_PATHS, MAX_PATHS_PER_ITEM, searchExplained } from '../../src/engine/show/routes/explain.ts';
import { MAX_SHOWN_PATHS, type RibQuery, viewRib } from '../../src/engine/show/routes/rib.ts';
import { cease } from '../../src/wire/notification.ts';
import { announce, attribute, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const ROUTE = '10.1.0.0/16';
const NO_EXPORT = 0xffffff01;
const NO_ADVERTISE = 0xffffff02;

function scene() {
  const nonClient = peerSpec('192.0.2.1', { exchange: { client: false } });
  const leaf = peerSpec('192.0.2.2', {
    session: { remoteAs: { kind: 'external' }, passive: true },
    exchange: { client: false },
  });
  const silent = peerSpec('192.0.2.3', { exchange: { export: 'reject' } });
  const away = peerSpec('192.0.2.9');
  const world = new World(router({ peers: [nonClient, leaf, silent, away], ranges: [range()] }));
  const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const other = SimPeer.up(world, '192.0.2.1', 101);
  SimPeer.up(world, '192.0.2.2', 102, 65_100);
  SimPeer.up(world, '192.0.2.3', 103, OUR_AS);
  return { world, a, b, other };
}

/** Per peer address: true, or why the prefix is not advertised to it. */
function explained(world: World, target = ROUTE): Record<string, string | true> {
  const rows = [...explain(world.engine, target, world.engine.peers.values())];
  return Object.fromEntries(rows.map(({ peer, advertised: is, why }) => [peer, is ? true : (why ?? '')]));
}

test('shows for every peer whether a prefix is advertised to it, and why not', () => {
  const { world, a } = scene();
  a.send(announce([ROUTE], { localPref: 100, communities: [NO_EXPORT] }));
  world.settle();
  expect(explained(world)).toEqual({
    '10.0.0.1': 'the best path was learned from this peer',
    '10.0.0.2': true,
    '192.0.2.1': true,
    '192.0.2.2': 'it carries NO_EXPORT (RFC 1997)',
    '192.0.2.3': 'rejected by the export policy',
    '192.0.2.9': 'the session is not established (passive: the peer has to connect)',
  });
});

test('lists peers with a session first, and remembered peers of dynamic ranges last', () => {
  const { world, a, b } = scene();
  b.send(announce([ROUTE], { localPref: 100 }));
  world.settle();
  a.connection.lose();
  world.settle();
  const rows = [...explain(world.engine, ROUTE, world.engine.peers.values())].map(({ peer }) => peer);
  expect(rows).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3', '10.0.0.2', '192.0.2.9', '10.0.0.1']);
  expect(explained(world)['10.0.0.1']).toBe('the session is not established (passive: the peer has to connect)');
});

test('applies the rules of reflection', () => {
  const { world, other } = scene();
  other.send(announce([ROUTE], { localPref: 100 }));
  world.settle();
  expect(explained(world)).toMatchObject({
    '10.0.0.1': true,
    '192.0.2.1': 'the best path was learned from this peer',
    '192.0.2.2': true,
  });
});

test('shows that attributes do not fit a message', () => {
  const { world, a } = scene();
  const large = attribute(0xc0, 200, new Array<number>(4_000).fill(7));
  a.send(announce([ROUTE], { localPref: 100, extra: [large] }));
  world.settle();
  expect(explained(world)['10.0.0.2']).toBe(true);
  const larger = attribute(0xc0, 200, new Array<number>(4_040).fill(7));
  a.send(announce([ROUTE], { localPref: 100, extra: [larger] }));
  world.settle();
  expect(explained(world)['10.0.0.2']).toBe('its attributes do not fit messages of 4096 octets');
});

test('a prefix that no peer announced, and a text that is not a prefix, are errors', () => {
  const { world } = scene();
  expect(() => explained(world)).toThrow('no peer has announced 10.1.0.0/16');
  expect(() => explained(world, 'x')).toThrow('"x" is no prefix');
});

describe('with ADD-PATH', () => {
  const CAPABILITIES = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 3];

  /** Clients with ADD-PATH and at most two paths per prefix, each of which announces its own path. */
  function several(count: number): World {
    const session = { addPath: { receive: true, send: true } };
    const world = new World(
      router({ ranges: [range({ session, exchange: { select: { kind: 'paths', limit: 2 } } })] }),
    );
    for (let n = 1; n <= count; n++) {
      const peer = new SimPeer(world, `10.0.0.${n}`, n);
      peer.addPath = true;
      peer.establish(open(OUR_AS, n, { capabilities: CAPABILITIES }));
      const more = n === 2 ? { communities: [NO_ADVERTISE] } : {};
      peer.send(announce([`${ROUTE} #${n}`], { nextHop: `10.0.0.${n}`, localPref: 100 + n, ...more }));
    }
    world.settle();
    return world;
  }

  test('shows the reason for every path', () => {
    const world = several(5);
    const [row] = explain(world.engine, ROUTE, [world.engine.peers.get('10.0.0.5')!]);
    expect(row).toMatchObject({ advertised: true, maxPaths: 2, bestFrom: '10.0.0.5' });
    const reasons = Object.fromEntries(
      row!.paths.map(({ from, pathId, advertised: is, why }) => [`${from} #${pathId}`, is || why]),
    );
    expect(reasons).toEqual({
      '10.0.0.1 #1': 'it is not among the best 2 paths (`add-path`)',
      '10.0.0.2 #2': 'it carries NO_ADVERTISE (RFC 1997)',
      '10.0.0.3 #3': 'it is not among the best 2 paths (`add-path`)',
      '10.0.0.4 #4': true,
      '10.0.0.5 #5': 'learned from this peer',
    });
  });

  test('lists a bounded number of the paths and reasons of one prefix, counts all, and lists all on request', () => {
    const world = several(1);
    const source = new SimPeer(world, '10.0.0.9', 9);
    source.addPath = true;
    source.establish(open(OUR_AS, 9, { capabilities: CAPABILITIES }));
    const PATHS = 3000;
    for (let n = 1; n <= PATHS; n++) source.send(announce([`${ROUTE} #${n}`], { nextHop: '10.0.0.9', localPref: n }));
    world.settle();
    const peers = [world.engine.peers.get('10.0.0.1')!];
    const [row] = explain(world.engine, ROUTE, peers);
    expect(row).toMatchObject({ advertised: true, pathCount: PATHS + 1, advertisedPaths: 1 });
    expect(row!.paths.filter((path) => path.advertised)).toHaveLength(row!.advertisedPaths);
    expect(row!.paths).toHaveLength(row!.advertisedPaths + MAX_OTHER_PATHS);
    expect(row!.pathsLeftOut).toBe(PATHS + 1 - row!.paths.length);
    expect(row!.reasons.reduce((sum, { paths }) => sum + paths, 0)).toBe(PATHS);
    expect(JSON.stringify(row).length).toBeLessThan(20_000);
    const whole = [...explain(world.engine, ROUTE, peers, true)];
    expect(whole.map(({ paths, continues }) => [paths.length, continues])).toEqual([
      ...Array.from({ length: PATHS / MAX_PATHS_PER_ITEM }, () => [MAX_PATHS_PER_ITEM, true]),
      [1, false],
    ]);
    expect(new Set(whole.flatMap(({ paths }) => paths.map(({ from, pathId }) => `${from} ${pathId}`))).size).toBe(
      PATHS + 1,
    );
    expect(whole.at(-1)).toMatchObject({
      advertised: true,
      pathCount: PATHS + 1,
      pathsLeftOut: 0,
      reasons: row!.reasons,
    });
    const shown = (query: RibQuery) => [...viewRib(world.engine, { target: ROUTE, ...query })][0]!;
    expect(shown({}).paths).toHaveLength(1 + MAX_SHOWN_PATHS);
    expect(shown({}).paths[0]!.best).toBe(true);
    expect(shown({}).pathsLeftOut).toBe(PATHS - MAX_SHOWN_PATHS);
    expect(shown({ peer: '10.0.0.1' })).toMatchObject({ paths: [{ peer: '10.0.0.1' }], pathsLeftOut: 0 });
    const all = [...viewRib(world.engine, { target: ROUTE, allPaths: true })];
    expect(all.map(({ paths, continues }) => [paths.length, continues])).toEqual([
      [MAX_SHOWN_PATHS + 1, true],
      [MAX_SHOWN_PATHS + 1, true],
      [PATHS + 1 - 2 * (MAX_SHOWN_PATHS + 1), false],
    ]);
  });

  test('works on a few paths at once, and says so if the peer changes its session meanwhile', () => {
    const world = several(1);
    const source = new SimPeer(world, '10.0.0.9', 9);
    source.addPath = true;
    source.establish(open(OUR_AS, 9, { capabilities: CAPABILITIES }));
    for (let n = 1; n <= 1000; n++) source.send(announce([`${ROUTE} #${n}`], { nextHop: '10.0.0.9', localPref: n }));
    world.settle();
    const target = world.engine.peers.get('10.0.0.1')!;
    const walk = searchExplained(world.engine, ROUTE, [target], true)[Symbol.iterator]();
    for (let n = 0; n < 3; n++) expect(walk.next().value).toBeUndefined();
    world.engine.resetPeer(target, 'a test', cease.reset);
    world.settle();
    const rest = [...{ [Symbol.iterator]: () => walk }];
    expect(rest).toHaveLength(1);
    expect(rest[0]).toMatchObject({ advertised: false, why: expect.stringContaining('changed meanwhile') });
  });

  test('shows that every path was learned from the peer', () => {
    const world = several(1);
    expect(explained(world)).toEqual({ '10.0.0.1': 'every path was learned from this peer' });
  });
});

test('shows for each path why the decision cannot use it', () => {
  const { world, a, b } = scene();
  a.send(announce([ROUTE], { localPref: 200, asPath: [OUR_AS] }));
  b.send(announce([ROUTE], { localPref: 100 }));
  world.settle();
  const [row] = explain(world.engine, ROUTE, [world.engine.peers.get('10.0.0.1')!]);
  expect(row).toMatchObject({ advertised: true, bestFrom: '10.0.0.2' });
  expect(row!.paths.find(({ from }) => from === '10.0.0.1')?.why).toMatch(/our AS number is in its AS_PATH/);
});
