/** Searches of the tables, and the tables of one peer: what it sent, what is used of it, and what it has been sent. */
import { readSearch } from '../../src/config/policy/route-search.ts';
import { CommandError } from '../../src/engine/api/commands.ts';
import { countAdvertised, viewAdvertised } from '../../src/engine/show/routes/advertised.ts';
import { countRib, type RibQuery, viewRib } from '../../src/engine/show/routes/rib.ts';
import { CHUNK_BYTES } from '../../src/reflect/encode/chunks.ts';
import { runs, size } from '../lab/effort.ts';
import { announce, attribute, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, OUR_ID, peerSpec, range, router, World } from './world.ts';

const outside = { session: { remoteAs: { kind: 'external' } as const }, exchange: { client: false } };
const spec = router({
  peers: [peerSpec('192.0.2.1', { exchange: { client: false } }), peerSpec('198.51.100.1', outside)],
});

function filled(): World {
  const world = new World(spec);
  const a = SimPeer.up(world, '10.0.0.1', 1);
  const b = SimPeer.up(world, '10.0.0.2', 2);
  const tor = SimPeer.up(world, '198.51.100.1', 9, 65_009);
  const large = attribute(0xc0, 32, [0, 0, 0xfd, 0xe8, 0, 0, 0, 1, 0, 0, 0, 2]);
  const target = attribute(0xc0, 16, [0, 2, 0xfd, 0xe8, 0, 0, 0, 7]);
  a.send(announce(['20.0.0.0/8', '20.1.0.0/16'], { localPref: 300, communities: [0xfde80064], nextHop: '10.0.0.1' }));
  a.send(announce(['9.0.0.0/8'], { localPref: 100, extra: [large], nextHop: '10.0.0.7' }));
  b.send(announce(['20.1.128.0/17', '20.0.0.0/8'], { localPref: 200, extra: [target], asPath: [65_001, 65_002] }));
  b.send(announce(['21.0.0.0/8'], { localPref: 100, originatorId: OUR_ID, clusterList: [5] }));
  tor.send(announce(['0.0.0.0/0', '20.1.2.0/24'], { asPath: [65_009, 64_999], nextHop: '198.51.100.1' }));
  a.send(announce(['2001:db8:1::/48', '2001:db8::/32'], { localPref: 100, nextHop: '2001:db8::1' }));
  world.settle();
  return world;
}

function prefixes(world: World, text: string, more: RibQuery = {}): string {
  const query = { ...readSearch(text === '' ? [] : text.split(' | ')), ...more };
  return [...viewRib(world.engine, query)].map(({ prefix }) => prefix).join(' ');
}

describe('a search', () => {
  test.each([
    ['20.1.0.0/16 | longer', '20.1.2.0/24 20.1.128.0/17'],
    ['20.1.0.0/16 | or-longer', '20.1.0.0/16 20.1.2.0/24 20.1.128.0/17'],
    ['20.1.0.0/16 | shorter', '0.0.0.0/0 20.0.0.0/8'],
    ['20.1.0.0/16 | or-shorter', '0.0.0.0/0 20.0.0.0/8 20.1.0.0/16'],
    ['20.1.2.3 | shorter', '0.0.0.0/0 20.0.0.0/8 20.1.0.0/16 20.1.2.0/24'],
    ['20.77.0.0/16 | longer', ''],
    ['0.0.0.0/0 | longer', '9.0.0.0/8 20.0.0.0/8 20.1.0.0/16 20.1.2.0/24 20.1.128.0/17 21.0.0.0/8'],
    ['2001:db8::/32 | longer', '2001:db8:1::/48'],
    ['2001:db8:1::/64 | shorter', '2001:db8::/32 2001:db8:1::/48'],
    ['community | 65000:100', '20.0.0.0/8 20.1.0.0/16'],
    ['community | 65000:1-99', ''],
    ['large-community | 65000:*:2', '9.0.0.0/8'],
    ['ext-community | rt:65000:7', '20.0.0.0/8 20.1.128.0/17'],
    ['route-target | 65000:7', '20.0.0.0/8 20.1.128.0/17'],
    ['as-path | 65001 *', '20.0.0.0/8 20.1.128.0/17'],
    ['as-path | ', '9.0.0.0/8 20.0.0.0/8 20.1.0.0/16 21.0.0.0/8 2001:db8::/32 2001:db8:1::/48'],
    ['origin-as | 64999', '0.0.0.0/0 20.1.2.0/24'],
    ['neighbor-as | 65000-65005', '20.0.0.0/8 20.1.128.0/17'],
    ['next-hop | 10.0.0.7', '9.0.0.0/8'],
    ['next-hop | 2001:db8::/32', '2001:db8::/32 2001:db8:1::/48'],
    ['ipv4-unicast | 20.0.0.0/8 | longer | community | 65000:100', '20.1.0.0/16'],
  ])('for %s finds %s, in order', (text, expected) => {
    expect(prefixes(filled(), text)).toBe(expected);
  });

  test('by the state of paths: the best, usable, unusable', () => {
    const world = filled();
    const from = (query: RibQuery) =>
      [...viewRib(world.engine, { target: '20.0.0.0/8', ...query })].flatMap(({ paths }) => paths.map((p) => p.peer));
    expect(from({})).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(from({ best: true })).toEqual(['10.0.0.1']);
    expect(prefixes(world, '', { state: 'unusable' })).toBe('21.0.0.0/8');
    expect(prefixes(world, '', { state: 'usable', peer: '10.0.0.2' })).toBe('20.0.0.0/8 20.1.128.0/17');
    expect(prefixes(world, '', { stale: true })).toBe('');
  });

  test.each([
    [['longer'], '"longer" needs a prefix'],
    [['nonsense', 'longer'], '"nonsense" is no prefix'],
    [['community', '65000'], '`65000:100`, `65000:*`'],
    [['community', '65000:1:2'], '`65000:100`'],
    [['as-path', '^65001_'], 'is a regular expression, not a pattern'],
    [['origin-as', 'x'], 'an AS number or a range is expected'],
    [['next-hop', '10.0.0'], 'an address or a prefix is expected'],
    [['10.0.0.0/8', 'loonger'], '"loonger" is neither a family nor a filter'],
  ])('%j is explained', (words, problem) => {
    const run = () => [...viewRib(filled().engine, readSearch(words))];
    expect(run).toThrow(CommandError);
    expect(run).toThrow(problem);
  });

  test('is counted by family, without listing it', () => {
    const world = filled();
    const count = (query: RibQuery) => [...countRib(world.engine, query)].filter((row) => row !== undefined);
    expect(count({})).toEqual([
      { family: 'ipv4-unicast', prefixes: 7, paths: 8 },
      { family: 'ipv6-unicast', prefixes: 2, paths: 2 },
    ]);
    expect(count({ ...readSearch(['20.0.0.0/8', 'or-longer']), peer: '10.0.0.2' })).toEqual([
      { family: 'ipv4-unicast', prefixes: 2, paths: 2 },
    ]);
    expect(count({ target: '99.0.0.0/8' })).toEqual([]);
  });

  test('lists tens of thousands of prefixes in order, whatever order they came in', () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    const count = size(10_000, 3_000);
    const all = Array.from({ length: count }, (_, i) => (i * 7919) % count);
    for (let i = 0; i < all.length; i += 500) {
      const some = all.slice(i, i + 500).map((n) => `30.${n >> 8}.${n & 255}.0/${24 + (n % 2)}`);
      peer.send(announce(some, { localPref: 100 }));
    }
    world.settle();
    const shown = [...viewRib(world.engine, {})].map(({ prefix }) => prefix);
    const number = (text: string) => text.split(/[./]/).reduce((sum, part) => sum * 256 + Number(part), 0);
    expect(shown).toHaveLength(count);
    expect(shown.every((text, i) => i === 0 || number(shown[i - 1]!) < number(text))).toBe(true);
  });
});

/** The table of what a peer was sent, keyed as the far end keys what it holds. */
function advertised(peer: SimPeer, words: readonly string[] = []) {
  const { engine } = peer.world;
  const rows = [...viewAdvertised(engine, engine.peers.get(peer.address)!, readSearch(words))];
  return rows.filter((row) => row !== undefined);
}

function asHeld(peer: SimPeer): Map<string, unknown> {
  return new Map(
    advertised(peer).map(({ family: _family, prefix, pathId, from: _from, queued: _queued, nlri: _nlri, ...held }) => [
      peer.addPath ? `${prefix} #${pathId}` : prefix,
      held,
    ]),
  );
}

describe('the routes advertised to a peer', () => {
  const BOTH = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
  const ADD_PATH = [69, 8, 0, 1, 1, 3, 0, 2, 1, 3];
  const mixed = router({
    ranges: [
      range(),
      range({ prefix: '10.5.0.0/16', exchange: { nextHop: { kind: 'self' }, client: false } }),
      range({
        prefix: '10.7.0.0/16',
        session: { addPath: { receive: false, send: true } },
        exchange: { select: { kind: 'paths', limit: 4 } },
      }),
    ],
    peers: [peerSpec('198.51.100.1', outside)],
  });

  function fleet(world: World): SimPeer[] {
    const withPaths = new SimPeer(world, '10.7.0.1', 7);
    withPaths.addPath = true;
    withPaths.establish(open(OUR_AS, 7, { capabilities: [...BOTH, ...ADD_PATH] }));
    return [
      SimPeer.up(world, '10.0.0.1', 1),
      SimPeer.up(world, '10.0.0.2', 2),
      SimPeer.up(world, '10.5.0.1', 5),
      SimPeer.up(world, '198.51.100.1', 9, 65_009),
      withPaths,
    ];
  }

  test('are those that it holds, with the attributes of the messages that it received', () => {
    let seed = 1;
    const random = (n: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % n;
    };
    for (let run = 0; run < runs(20); run++) {
      const world = new World(mixed);
      const peers = fleet(world);
      for (let step = 0; step < 60; step++) {
        const peer = peers[random(4)]!;
        const isOutside = peer.as !== OUR_AS;
        const prefix = `20.${random(6)}.0.0/${16 + random(2)}`;
        if (random(4) === 0) peer.send(withdraw([prefix]));
        else {
          const route = {
            asPath: isOutside ? [65_009, 65_000 + random(3)] : random(2) === 0 ? [65_003] : [],
            ...(random(2) === 0 ? { communities: [0xfde80000 + random(3), 0xffffff01 + random(40)] } : {}),
            ...(isOutside ? {} : { localPref: 100 + random(3) }),
            ...(isOutside || random(3) > 0 ? {} : { originatorId: 1 + random(5), clusterList: [77] }),
            med: random(3),
            nextHop: peer.address,
          };
          peer.send(announce([prefix], route));
        }
        if (random(3) === 0) world.settle();
      }
      world.settle();
      for (const peer of peers) {
        const held = new Map([...peer.held].map(([key, { ...one }]) => [key, one]));
        expect([peer.address, asHeld(peer)]).toEqual([peer.address, held]);
      }
    }
  });

  test('to a peer with 2-octet AS numbers are shown with the numbers of AS4_PATH', () => {
    const world = new World(spec);
    const old = new SimPeer(world, '10.0.0.3', 8);
    old.establish(open(OUR_AS, 8, { capabilities: [1, 4, 0, 1, 0, 1] }));
    SimPeer.up(world, '10.0.0.1', 1).send(announce(['20.0.0.0/8'], { localPref: 1, asPath: [4_200_000_001, 65_001] }));
    world.settle();
    expect(advertised(old)).toMatchObject([{ asPath: '4200000001 65001', others: [] }]);
  });

  test('can be filtered by the attributes as sent, and counted', () => {
    const world = new World(mixed);
    const [a, , b, tor] = fleet(world) as [SimPeer, SimPeer, SimPeer, SimPeer];
    a.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100, nextHop: '10.0.0.1' }));
    tor.send(announce(['22.0.0.0/8'], { asPath: [65_009], nextHop: '198.51.100.1' }));
    world.settle();
    const of = (peer: SimPeer, ...words: string[]) =>
      advertised(peer, words)
        .map(({ prefix }) => prefix)
        .join(' ');
    expect(of(b, 'next-hop', '10.99.0.1')).toBe('20.0.0.0/8 21.0.0.0/8 22.0.0.0/8');
    expect(of(b, 'next-hop', '10.0.0.1')).toBe('');
    expect(of(tor, 'neighbor-as', String(OUR_AS))).toBe('20.0.0.0/8 21.0.0.0/8');
    expect(of(b, '21.0.0.0/8')).toBe('21.0.0.0/8');
    const { engine } = world;
    const counted = [...countAdvertised(engine, engine.peers.get(b.address)!, readSearch(['20.0.0.0/7', 'longer']))];
    expect(counted).toEqual([{ family: 'ipv4-unicast', prefixes: 2, paths: 2 }]);
  });

  test('are marked while an update of them is queued', () => {
    const world = new World(spec, { slowAfterBytes: 2 * CHUNK_BYTES });
    const source = SimPeer.up(world, '10.0.0.1', 1);
    const peer = SimPeer.up(world, '10.0.0.2', 2);
    source.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100 }));
    world.settle();
    const marks = () => advertised(peer).map(({ prefix, queued }) => `${prefix}${queued ? ' queued' : ''}`);
    expect(marks()).toEqual(['20.0.0.0/8', '21.0.0.0/8']);
    peer.connection.reading = false;
    source.send(announce(['30.0.0.0/8'], { localPref: 100 }));
    world.settle();
    source.send(announce(['21.0.0.0/8'], { localPref: 200 }));
    world.settle();
    expect(marks()).toEqual(['20.0.0.0/8', '21.0.0.0/8 queued', '30.0.0.0/8 queued']);
    peer.connection.reading = true;
    peer.connection.drain();
    world.settle();
    expect(marks()).toEqual(['20.0.0.0/8', '21.0.0.0/8', '30.0.0.0/8']);
  });

  test('end with an error if the session closes meanwhile: a part of them must not pass for all', () => {
    const world = filled();
    const peer = world.engine.peers.get('10.0.0.1')!;
    const rows = viewAdvertised(world.engine, peer, {}) as Generator<unknown>;
    while (rows.next().value === undefined);
    world.engine.resetPeer(peer, 'meanwhile');
    world.settle();
    expect(() => [...rows]).toThrow('was closed while its routes were listed');
    expect(() => [...viewAdvertised(world.engine, peer, {})]).toThrow('is not established');
  });
});

test('what a peer sent is either accepted or rejected', () => {
  const world = filled();
  const of = (query: RibQuery) => prefixes(world, '', { peer: '10.0.0.2', ...query });
  expect(of({ received: true })).toBe('20.0.0.0/8 20.1.128.0/17 21.0.0.0/8');
  expect(of({ state: 'usable' })).toBe('20.0.0.0/8 20.1.128.0/17');
  expect(of({ state: 'unusable' })).toBe('21.0.0.0/8');
});
