/** Next hops and the paths that have them: reachable or not, and suspicious ones. From bytes to bytes. */

import { RibNextHops } from '../../src/engine/fib-feed/tracked-next-hops.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import { REPEAT_SECONDS } from '../../src/rib/next-hop-warnings.ts';
import { size } from '../lab/effort.ts';
import { announce, attribute, message, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { address, peerSpec, range, router, World } from './world.ts';

const P = '10.1.0.0/16';
const WORDS = 'the next hop cannot be reached: no route to it';

/** A world whose next hops are tracked: the test sets how each is reached. */
function watched(world = new World()) {
  const table = new RibNextHops(world.engine);
  const ids = new Map<string, number>();
  table.watch((id) => void ids.set(table.nameOf(id), id));
  const reach = (name: string, words: string | null, cost = 0) => {
    if (table.setReach(ids.get(name) as number, words, cost)) table.changed();
    world.settle();
  };
  const unusable = () => [...viewRib(world.engine, {})].flatMap((view) => view.paths.map((path) => path.unusable));
  return { world, table, ids, reach, unusable };
}

describe('a path', () => {
  test('is not used until its next hop is known to be reached', () => {
    const { world, reach, unusable } = watched();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    a.send(announce([P], { nextHop: '10.0.0.1', localPref: 100 }));
    world.settle();
    expect([b.prefixes, unusable()]).toEqual([[], ['the next hop is being resolved']]);
    reach('10.0.0.1', null);
    expect([b.prefixes, unusable()]).toEqual([[P], [null]]);
  });

  test('gives way to another when its next hop is lost, with the reason, and comes back with it', () => {
    const { world, reach, unusable } = watched();
    const [a, b, c] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    a.send(announce([P], { nextHop: '192.0.2.1', localPref: 200 }));
    b.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
    world.settle();
    reach('192.0.2.1', null);
    reach('192.0.2.2', null);
    expect(c.held.get(P)?.nextHop).toBe('192.0.2.1');
    reach('192.0.2.1', WORDS);
    expect(c.held.get(P)?.nextHop).toBe('192.0.2.2');
    expect(unusable().sort()).toEqual([null, WORDS].sort());
    reach('192.0.2.2', WORDS);
    expect(c.prefixes).toEqual([]);
    reach('192.0.2.1', null);
    expect(c.held.get(P)?.nextHop).toBe('192.0.2.1');
    const accepted = (peer: SimPeer) => world.engine.peers.get(peer.address)?.session?.ribPeer.accepted[0];
    expect([accepted(a), accepted(b)]).toEqual([1, 0]);
  });

  test('with a nearer next hop is better, and follows what the next hops cost', () => {
    const { world, reach } = watched();
    const [a, b, c] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
    b.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
    world.settle();
    const chosen = () => {
      const paths = [...viewRib(world.engine, {})].flatMap((view) => view.paths);
      return [c.held.get(P)?.nextHop, paths.find((path) => path.best)?.decidedBy];
    };
    reach('192.0.2.1', null, 20);
    reach('192.0.2.2', null, 20);
    expect(chosen()).toEqual(['192.0.2.1', 'router id']);
    reach('192.0.2.1', null, 30);
    expect(chosen()).toEqual(['192.0.2.2', 'next-hop cost']);
    reach('192.0.2.1', null, 10);
    expect(chosen()).toEqual(['192.0.2.1', 'next-hop cost']);
    reach('192.0.2.2', null, 5);
    expect(chosen()).toEqual(['192.0.2.2', 'next-hop cost']);
  });

  test('follows costs that the operator says, also after a reload', () => {
    const costs = (near: string, cost: number) => ({
      nextHopCosts: [
        { prefix: parsePrefix(`${near}/32`)!, cost },
        { prefix: parsePrefix('0.0.0.0/0')!, cost: 50 },
      ],
    });
    const { world, reach } = watched(new World(router(costs('192.0.2.2', 10))));
    const [a, b, c] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
    b.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
    world.settle();
    reach('192.0.2.1', null, 1);
    reach('192.0.2.2', null, 99);
    const best = () => [...viewRib(world.engine, {})][0].paths.map((path) => `${path.nextHop} ${path.nextHopCost}`);
    expect([c.held.get(P)?.nextHop, ...best()]).toEqual(['192.0.2.2', '192.0.2.2 10', '192.0.2.1 50']);
    world.engine.adopt({ ...world.engine.spec, ...costs('192.0.2.1', 7) });
    world.settle();
    expect([c.held.get(P)?.nextHop, ...best()]).toEqual(['192.0.2.1', '192.0.2.1 7', '192.0.2.2 50']);
    world.engine.adopt({ ...world.engine.spec, nextHopCosts: [] });
    world.settle();
    expect([c.held.get(P)?.nextHop, ...best()]).toEqual(['192.0.2.1', '192.0.2.1 1', '192.0.2.2 99']);
  });

  test('of thousands with one next hop is judged with all the others, in both families', () => {
    const { world, reach } = watched();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    const blocks = size(40, 10);
    for (let i = 0; i < blocks; i++) {
      const hundred = Array.from({ length: 500 }, (_, j) => `20.${i}.${j >> 1}.${(j & 1) * 128}/25`);
      a.send(announce(hundred, { nextHop: '10.0.0.1', localPref: 100 }));
    }
    a.send(announce(['2001:db8:1::/48'], { nextHop: '2001:db8::1', localPref: 100 }));
    world.settle();
    reach('10.0.0.1', null);
    reach('2001:db8::1', null);
    expect(b.prefixes.length).toBe(500 * blocks + 1);
    reach('10.0.0.1', WORDS);
    expect(b.prefixes).toEqual(['2001:db8:1::/48']);
    reach('10.0.0.1', null);
    expect(b.prefixes.length).toBe(500 * blocks + 1);
  });

  test('stays refused by policy whatever becomes of its next hop, and is judged by that once it is accepted', () => {
    const spec = peerSpec('10.0.0.1', { exchange: { import: 'reject' } });
    const { world, reach, unusable } = watched(new World(router({ peers: [spec], ranges: [range()] })));
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
    world.settle();
    reach('192.0.2.1', WORDS);
    expect(unusable()).toEqual(['rejected by the import policy']);
    const peer = world.engine.peers.get('10.0.0.1');
    peer?.reconfigure(peerSpec('10.0.0.1'), true);
    world.engine.schedule();
    world.settle();
    expect([unusable(), b.prefixes]).toEqual([[WORDS], []]);
    reach('192.0.2.1', null);
    expect(b.prefixes).toEqual([P]);
    reach('192.0.2.1', WORDS);
    peer?.reconfigure(spec, true);
    reach('192.0.2.1', null);
    expect(unusable()).toEqual(['rejected by the import policy']);
  });

  test('becomes usable when its next hop is no address of this router any more', () => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    world.engine.setOwnAddresses([address('192.0.2.1'), address('0.0.0.0')]);
    a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual([]);
    world.engine.setOwnAddresses([address('192.0.2.9')]);
    world.settle();
    expect(b.prefixes).toEqual([P]);
    world.engine.setOwnAddresses([address('192.0.2.1')]);
    world.settle();
    expect(b.prefixes).toEqual([]);
  });
});

test('a next hop that went and came back as another is asked about anew', () => {
  const { world, ids, table } = watched();
  const a = SimPeer.up(world, '10.0.0.1', 1);
  a.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
  world.settle();
  const id = ids.get('192.0.2.1') as number;
  expect(table.setReach(id, WORDS, 0)).toBe(true);
  expect(table.setReach(id, WORDS, 0)).toBe(false);
  a.send(withdraw([P]));
  world.settle();
  expect(table.isUsed(id)).toBe(false);
  a.send(announce([P], { nextHop: '192.0.2.2', localPref: 100 }));
  world.settle();
  expect(ids.get('192.0.2.2')).toBe(id);
  expect(world.engine.rib.nextHops.unreachableWords(id as never)).toContain('being resolved');
});

describe('a link-local next hop', () => {
  test('is known by the peer that names it: the same address of two peers is two next hops', () => {
    const { world, ids } = watched();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    a.send(announce(['2001:db8:1::/48'], { nextHop: 'fe80::1', localPref: 100 }));
    b.send(announce(['2001:db8:2::/48'], { nextHop: 'fe80::1', localPref: 100 }));
    world.settle();
    expect([...ids.keys()].sort()).toEqual(['fe80::1@10.0.0.1', 'fe80::1@10.0.0.2']);
    const shown = [...viewRib(world.engine, {})].flatMap((view) => view.paths.map((path) => path.nextHop));
    expect(shown).toEqual(['fe80::1', 'fe80::1']);
  });

  test('beside a global one does not count (RFC 2545), unless that is unspecified', () => {
    const { nextHops } = new World().engine.rib;
    const both = (global: string) => Uint8Array.from([...address(global), ...address('fe80::7')]);
    const name = (bytes: Uint8Array) => nextHops.nameOf(nextHops.intern(bytes, 0, bytes.length, '%eth1'));
    expect(name(both('2001:db8::7'))).toBe('2001:db8::7');
    expect(name(both('::'))).toBe('fe80::7%eth1');
    expect(name(both('fe80::9'))).toBe('fe80::9%eth1');
    expect(name(address('fe80::9'))).toBe('fe80::9%eth1');
    expect(name(address('254.128.0.1'))).toBe('254.128.0.1');
  });
});

test('the scope of a link-local next hop is removed with its last next hop, and its number is used again', () => {
  const { nextHops } = new World().engine.rib;
  const linkLocal = address('fe80::7');
  let most = 0;
  for (let n = 0; n < 70_000; n++) {
    const id = nextHops.intern(linkLocal, 0, linkLocal.length, `@10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    most = Math.max(most, nextHops.scopeCount);
    nextHops.dropUnheld(id);
  }
  expect(most).toBe(1);
  const [one, other] = ['%eth1', '%eth2'].map((scope) => nextHops.intern(linkLocal, 0, linkLocal.length, scope));
  nextHops.hold(one!);
  nextHops.hold(other!);
  nextHops.release(one!);
  const third = nextHops.intern(linkLocal, 0, linkLocal.length, '%eth3');
  expect([other!, third].map((id) => nextHops.nameOf(id))).toEqual(['fe80::7%eth2', 'fe80::7%eth3']);
  expect(nextHops.scopeCount).toBe(2);
});

describe('a warning is given about a next hop', () => {
  const warnings = (world: World) =>
    world.eventsNamed('update.next-hop-warning').map((event) => {
      const { peer, nextHop, reason } = event as unknown as Record<string, string>;
      return `${peer} ${nextHop} ${/address of \w+ \w+/.exec(reason)?.[0]}`;
    });

  test('that is an address of this router, once', () => {
    const world = new World();
    world.engine.setOwnAddresses([address('192.0.2.1')]);
    const a = SimPeer.up(world, '10.0.0.1', 1);
    for (const prefix of [P, '10.2.0.0/16']) a.send(announce([prefix], { nextHop: '192.0.2.1', localPref: 100 }));
    world.settle();
    expect(warnings(world)).toEqual(['10.0.0.1 192.0.2.1 address of this router']);
  });

  test('that is another peer, which would get its own address', () => {
    const world = new World();
    const a = SimPeer.up(world, '10.0.0.1', 1);
    SimPeer.up(world, '10.0.0.2', 2);
    a.send(announce([P], { nextHop: '10.0.0.2', localPref: 100 }));
    world.settle();
    expect(warnings(world)).toEqual(['10.0.0.1 10.0.0.2 address of another peer']);
  });

  test('but not one of the peer itself, of its own route by way of another reflector, or over its other session', () => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    const bAgain = SimPeer.up(world, '10.0.0.22', 2);
    b.send(announce([P], { nextHop: '10.0.0.2', localPref: 100 }));
    a.send(announce([P], { nextHop: '10.0.0.2', localPref: 100, originatorId: 2, clusterList: [9] }));
    bAgain.send(announce([P], { nextHop: '10.0.0.2', localPref: 100 }));
    world.settle();
    expect(warnings(world)).toEqual([]);
  });

  test('once per hour, although its routes flap and several peers send them', () => {
    const world = new World(router({ ranges: [range({ session: { holdMs: 0 } })] }));
    world.engine.setOwnAddresses([address('192.0.2.1')]);
    const peers = [1, 2].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    const flap = () => {
      for (const peer of peers) peer.send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
      world.settle();
      for (const peer of peers) peer.send(withdraw([P]));
      world.settle();
    };
    for (let i = 0; i < 5; i++) flap();
    expect(warnings(world)).toEqual(['10.0.0.1 192.0.2.1 address of this router']);
    world.pass((REPEAT_SECONDS + 1) * 1000);
    flap();
    expect(warnings(world)).toHaveLength(2);
  });

  test('but not the switch that another reflector, or another switch on the link, learned the route from', () => {
    const LEAF_AS = 65_101;
    const leaf = (text: string) =>
      peerSpec(text, { session: { remoteAs: { kind: 'external' }, passive: true }, exchange: { client: false } });
    const reflector = peerSpec('192.0.2.7', { exchange: { client: false } });
    const world = new World(router({ peers: [leaf('192.0.2.1'), leaf('192.0.2.2'), reflector], ranges: [range()] }));
    SimPeer.up(world, '192.0.2.1', 101, LEAF_AS);
    const otherLeaf = SimPeer.up(world, '192.0.2.2', 102, LEAF_AS + 1);
    const other = SimPeer.up(world, '192.0.2.7', 7);
    other.send(announce([P], { nextHop: '192.0.2.1', localPref: 100, asPath: [LEAF_AS, 65_200] }));
    otherLeaf.send(announce([P], { nextHop: '192.0.2.1', asPath: [LEAF_AS + 1, LEAF_AS, 65_200] }));
    world.settle();
    expect(warnings(world)).toEqual([]);
    // A host whose own routes have the switch as next hop is a mistake.
    SimPeer.up(world, '10.0.0.1', 1).send(announce([P], { nextHop: '192.0.2.1', localPref: 100 }));
    world.settle();
    expect(warnings(world)).toEqual(['10.0.0.1 192.0.2.1 address of another peer']);
  });

  test.each([
    ['with a link-local address beside it', 'fd77::11', '10.0.0.1', 'fd77::11', 'fe80::11'],
    ['a link-local one', 'fe80::11%eth1', 'fe80::12%eth1', 'fe80::11', null],
  ])('no more once that peer is gone, be it %s', (_words, gone, other, global, linkLocal) => {
    const world = new World(
      router({ ranges: [range(), range({ prefix: 'fd00::/8' }), range({ prefix: 'fe80::/10' })] }),
    );
    const [a, b] = [SimPeer.up(world, gone, 1), SimPeer.up(world, other, 2)];
    const nextHop = [...address(global), ...(linkLocal === null ? [] : address(linkLocal))];
    const route = (n: number) => {
      const reach = [0, 2, 1, nextHop.length, ...nextHop, 0, 48, 0x20, 1, 0xd, 0xb8, 0, n];
      const attributes = [attribute(0x40, 1, [0]), attribute(0x40, 2, []), attribute(0x40, 5, [0, 0, 0, 100])];
      const body = [...attributes.flat(), ...attribute(0x80, 14, reach)];
      return message(2, [0, 0, body.length >> 8, body.length & 255, ...body]);
    };
    b.send(route(1));
    world.settle();
    expect(warnings(world)).toEqual([expect.stringMatching(/ address of another peer$/)]);
    a.connection.lose();
    world.settle();
    b.send(route(2));
    world.settle();
    SimPeer.up(world, '10.0.0.3', 3); // takes the place of the one that is gone
    b.send(route(3));
    world.settle();
    expect(warnings(world).length).toBe(1);
    const { nextHops } = world.engine.rib;
    expect([...nextHops.held()].map((id) => world.engine.rib.ownerOf(id)?.name ?? null)).toEqual([null]);
  });

  test('as long as there is such a peer', () => {
    const world = new World();
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    a.send(announce([P], { nextHop: '10.0.0.3', localPref: 100 }));
    world.settle();
    const { nextHops } = world.engine.rib;
    expect([...nextHops.held()].map((id) => nextHops.peerOf(id))).toEqual([0]);
    const c = SimPeer.up(world, '10.0.0.3', 3);
    expect([...nextHops.held()].map((id) => nextHops.peerOf(id) !== 0)).toEqual([true]);
    c.connection.lose();
    world.settle();
    expect([...nextHops.held()].map((id) => nextHops.peerOf(id))).toEqual([0]);
    expect(b.prefixes).toEqual([P]);
  });
});
