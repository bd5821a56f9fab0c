/** IPv4 prefixes with IPv6 next hops (RFC 8950), from bytes to bytes: which peers they are advertised to, and how. */
import { viewPeer } from '../../src/engine/show/peers.ts';
import { HELD_BACK, heldBackNextHop } from '../../src/reflect/advertise/eligibility.ts';
import type { GroupKey } from '../../src/reflect/encode/group-key.ts';
import type { NextHopMode } from '../../src/spec/exchange.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { announce, END_OF_RIB, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { address, OUR_AS, range, router, World } from './world.ts';

const PREFIX = '10.1.0.0/16';
const CAPABILITIES = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe8];
const EXTENDED = [5, 6, 0, 1, 0, 1, 0, 2];

/** All peers offer extended next hops. */
function worldWith(nextHop: NextHopMode = { kind: 'unchanged' }, extendedNextHop = true): World {
  const over = { session: { extendedNextHop }, exchange: { nextHop } };
  const ranges = ['10.0.0.0/8', '2001:db8::/32'].map((prefix) => range({ ...over, prefix }));
  return new World(router({ ranges }));
}

/** A client that offers them. */
function extended(world: World, from: string, id: number): SimPeer {
  const peer = new SimPeer(world, from, id);
  peer.extendedNextHop = true;
  peer.establish(open(OUR_AS, id, { capabilities: [...CAPABILITIES, ...EXTENDED] }));
  return peer;
}

const route = (nextHop: string) => announce([PREFIX], { nextHop, localPref: 100 });

describe('an IPv4 prefix with an IPv6 next hop', () => {
  test.each([
    ['a global one', '2001:db8::7'],
    ['a global one with a link-local one', '2001:db8::7,fe80::7'],
  ])('%s is advertised, with the global address, to peers with extended next hops', (_, nextHop) => {
    const world = worldWith();
    const [a, b] = [extended(world, '10.0.0.1', 1), extended(world, '2001:db8::2', 2)];
    const plain = SimPeer.up(world, '10.0.0.3', 3);
    a.send(route(nextHop));
    world.settle();
    expect(b.held.get(PREFIX)?.nextHop).toBe('2001:db8::7');
    expect([plain.prefixes, plain.notification]).toEqual([[], null]);
    a.send(withdraw([PREFIX]));
    world.settle();
    expect([b.prefixes, b.history.at(-1)]).toEqual([[], `-${PREFIX}`]);
  });

  test('takes the place of one with an IPv4 next hop, and the other way round', () => {
    const world = worldWith();
    const [a, b] = [extended(world, '10.0.0.1', 1), extended(world, '10.0.0.2', 2)];
    const plain = SimPeer.up(world, '10.0.0.3', 3);
    const nextHops = () => [b, plain].map((peer) => peer.held.get(PREFIX)?.nextHop ?? null);
    a.send(route('192.0.2.1'));
    world.settle();
    expect(nextHops()).toEqual(['192.0.2.1', '192.0.2.1']);
    a.send(route('2001:db8::7'));
    world.settle();
    expect(nextHops()).toEqual(['2001:db8::7', null]);
    a.send(route('192.0.2.1'));
    world.settle();
    expect(nextHops()).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  test('has no NEXT_HOP attribute beside MP_REACH_NLRI', () => {
    const world = worldWith();
    const [a, b] = [extended(world, '10.0.0.1', 1), extended(world, '10.0.0.2', 2)];
    a.send(route('2001:db8::7'));
    world.settle();
    // ORIGIN 4, AS_PATH 3, LOCAL_PREF 7, ORIGINATOR_ID 7, CLUSTER_LIST 7, MP_REACH_NLRI 4 + 5 + 16 + 3; header and lengths 23.
    expect(b.lengths).toContain(23 + 28 + 28);
  });

  test('is an error from a peer without them, whose prefixes cannot be found then (RFC 7606 7.11)', () => {
    const world = worldWith();
    const plain = SimPeer.up(world, '10.0.0.3', 3);
    plain.send(route('2001:db8::7'));
    world.settle();
    expect(plain.notification).toMatchObject({ code: 3, subcode: 9 });
  });

  test('is advertised to a peer without them if the group sets an IPv4 address', () => {
    const world = worldWith({ kind: 'address', address: address('192.0.2.9') });
    const [a, plain] = [extended(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.3', 3)];
    a.send(route('2001:db8::7'));
    world.settle();
    expect(plain.held.get(PREFIX)?.nextHop).toBe('192.0.2.9');
  });
});

describe('next-hop self over IPv6', () => {
  test('is our IPv6 address for IPv4 prefixes where both have extended next hops', () => {
    const world = worldWith({ kind: 'self' });
    const [a, b] = [SimPeer.up(world, '10.0.0.1', 1), extended(world, '2001:db8::2', 2)];
    a.send(route('192.0.2.1'));
    world.settle();
    expect(b.held.get(PREFIX)?.nextHop).toBe('2001:db8::99');
  });

  test('without them IPv4 prefixes are not advertised, and IPv6 prefixes have our address', () => {
    const world = worldWith({ kind: 'self' }, false);
    const [a, b] = [SimPeer.up(world, '2001:db8::1', 1), SimPeer.up(world, '2001:db8::2', 2)];
    a.send(route('192.0.2.1'), announce(['2001:db8:1::/48'], { nextHop: '2001:db8::1', localPref: 100 }));
    world.settle();
    expect(b.prefixes).toEqual(['2001:db8:1::/48']);
    expect(b.held.get('2001:db8:1::/48')?.nextHop).toBe('2001:db8::99');
    expect(b.history).toContain('EOR ipv4-unicast');
  });
});

test('an IPv6 prefix with a link-local next hop is not advertised on other links (RFC 2545 2)', () => {
  const world = worldWith();
  const [a, b] = [extended(world, '2001:db8::1', 1), extended(world, '2001:db8::2', 2)];
  a.send(announce(['2001:db8:1::/48'], { nextHop: 'fe80::1', localPref: 100 }), route('::,fe80::1'), END_OF_RIB);
  world.settle();
  expect(b.prefixes).toEqual([]);
  a.send(announce(['2001:db8:1::/48'], { nextHop: '2001:db8::1,fe80::1', localPref: 100 }));
  world.settle();
  expect(b.held.get('2001:db8:1::/48')?.nextHop).toBe('2001:db8::1');
});

test('the negotiated state is shown, and a peer that does not offer it is reported', () => {
  const world = worldWith();
  extended(world, '10.0.0.1', 1);
  SimPeer.up(world, '10.0.0.3', 3);
  const shown = ['10.0.0.1', '10.0.0.3'].map((name) => {
    const peer = world.engine.peers.get(name);
    return peer === undefined ? null : viewPeer(peer, world.nowMs).families.map((family) => family.extendedNextHop);
  });
  expect(shown).toEqual([
    [true, false],
    [false, false],
  ]);
  expect(world.eventsNamed('peer.no-extended-next-hop')).toEqual([
    { name: 'peer.no-extended-next-hop', peer: '10.0.0.3' },
  ]);
});

describe('why a path is held back for its next hop', () => {
  const why = (key: Partial<GroupKey>, octets: number, linkLocal = false) =>
    heldBackNextHop({ family: IPV4_UNICAST, nextHop: null, ...key } as GroupKey, octets, linkLocal);
  const four = address('192.0.2.9');
  const sixteen = address('2001:db8::9');

  test.each([
    ['an IPv4 one is not', {}, 4, HELD_BACK.no],
    ['an IPv6 one is, without extended next hops', {}, 16, HELD_BACK.extendedNextHop],
    ['nor does an IPv6 address of the group help then', { nextHop: sixteen }, 32, HELD_BACK.extendedNextHop],
    ['an IPv6 one is not with them', { extendedNextHop: true }, 16, HELD_BACK.no],
    ['nor where the group has an IPv4 address', { nextHop: four }, 32, HELD_BACK.no],
    ['all are where self has no address', { noNextHop: true }, 4, HELD_BACK.noNextHop],
    ['an IPv4 one is for IPv6 prefixes', { family: IPV6_UNICAST, extendedNextHop: true }, 4, HELD_BACK.extendedNextHop],
  ] as const)('%s', (_, key, octets, expected) => {
    expect(why(key, octets)).toBe(expected);
  });

  test('a link-local one is, unless the group has an address', () => {
    expect(why({ family: IPV6_UNICAST }, 16, true)).toBe(HELD_BACK.linkLocal);
    expect(why({ family: IPV6_UNICAST, nextHop: sixteen }, 16, true)).toBe(HELD_BACK.no);
  });
});
