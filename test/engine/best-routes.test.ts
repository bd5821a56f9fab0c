/** Where the routes of prefixes lead, by what the operator wishes for the kernel. */
import { RibBestRoutes, type RouteWishes } from '../../src/engine/fib-feed/best-routes.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import { sharesOf } from '../../src/lib/shares.ts';
import type { InstallRule } from '../../src/spec/fib.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { testAtScale } from '../lab/effort.ts';
import { fibWith } from '../lab/spec.ts';
import { announce, attribute, type Route } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

const P = '10.1.0.0/16';

function worldWith(wishes: Partial<RouteWishes>) {
  const ranges = [range(), range({ prefix: '172.16.0.0/12', session: { remoteAs: { kind: 'external' } } })];
  const world = new World(router({ ranges }));
  const routes = new RibBestRoutes(world.engine.rib, fibWith(wishes));
  const peer = (n: number, as = OUR_AS) => SimPeer.up(world, `${as === OUR_AS ? '10.0' : '172.16'}.0.${n}`, n, as);
  const idOf = (prefix: string) => {
    const { address, length } = parsePrefix(prefix)!;
    return routes.find(address.length === 4 ? IPV4_UNICAST : IPV6_UNICAST, address, length);
  };
  const hop = (prefix: string) => routes.nextHop(prefix.includes(':') ? IPV6_UNICAST : IPV4_UNICAST, idOf(prefix));
  const leads = (prefix: string) => (hop(prefix) === 0 ? null : routes.formatNextHop(hop(prefix)));
  const send = (from: SimPeer, prefixes: string[], route: Route) => {
    from.send(announce(prefixes, { localPref: 100, ...route }));
    world.settle();
  };
  return { world, routes, peer, hop, leads, send };
}

function rule(text: string, ge: number, le: number, accept = true): InstallRule {
  return { prefix: parsePrefix(text)!, ge, le, accept };
}

/** Link Bandwidth, with an AS number, as an extended community (16). */
function bandwidth(rate: number, type = 0x40): number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, rate);
  return attribute(0xc0, 16, [0, 2, 0xfd, 0xe8, 0, 0, 0, 1, type, 4, 0xfd, 0xe8, ...new Uint8Array(view.buffer)]);
}

describe('a prefix list', () => {
  test('lets in what its first rule that is met accepts, and nothing else', () => {
    const install = [rule('10.2.0.0/16', 16, 32, false), rule('10.0.0.0/8', 12, 24), rule('2001:db8::/33', 33, 64)];
    const { peer, leads, send } = worldWith({ install });
    const a = peer(1);
    const ipv4 = [
      '10.0.0.0/8',
      '10.16.0.0/12',
      P,
      '10.1.2.0/24',
      '10.1.2.128/25',
      '10.2.0.0/16',
      '10.2.3.0/24',
      '11.0.0.0/16',
    ];
    const ipv6 = ['2001:db8::/32', '2001:db8::/33', '2001:db8:1::/48', '2001:db8:8000::/48', '2001:db8:1::1/128'];
    send(a, ipv4, { nextHop: '192.0.2.1' });
    send(a, ipv6, { nextHop: '2001:db8::1' });
    expect([...ipv4, ...ipv6].filter((prefix) => leads(prefix) !== null)).toEqual([
      '10.16.0.0/12',
      P,
      '10.1.2.0/24',
      '2001:db8::/33',
      '2001:db8:1::/48',
    ]);
  });

  test('that is empty matches nothing, and without one everything is installed', () => {
    const none = worldWith({ install: [] });
    none.send(none.peer(1), ['0.0.0.0/0'], { nextHop: '192.0.2.1' });
    expect(none.leads('0.0.0.0/0')).toBe(null);
    const all = worldWith({ install: null });
    all.send(all.peer(1), ['0.0.0.0/0'], { nextHop: '192.0.2.1' });
    expect(all.leads('0.0.0.0/0')).toBe('192.0.2.1');
  });
});

describe('a path with the BLACKHOLE community (RFC 7999)', () => {
  const BLACKHOLE = 0xffff029a;

  test.each(['blackhole', 'unreachable'] as const)('has its packets dropped where that is allowed: %s', (how) => {
    const { peer, routes, hop, leads, send } = worldWith({ blackhole: how, multipath: 4 });
    send(peer(1), ['10.1.1.1/32'], { nextHop: '192.0.2.1', communities: [BLACKHOLE] });
    send(peer(2), [P], { nextHop: '192.0.2.1', communities: [0xffff029b] });
    expect([leads('10.1.1.1/32'), routes.discards(hop('10.1.1.1/32')), routes.members(hop('10.1.1.1/32'))]).toEqual([
      how,
      how,
      null,
    ]);
    expect([leads(P), routes.discards(hop(P))]).toEqual(['192.0.2.1', null]);
    routes.holdNextHop(hop('10.1.1.1/32')); // it stands for no next hop of the tables
    routes.releaseNextHop(hop('10.1.1.1/32'));
  });

  test('is like any other where it is not', () => {
    const { peer, leads, send } = worldWith({});
    send(peer(1), ['10.1.1.1/32'], { nextHop: '192.0.2.1', communities: [BLACKHOLE] });
    expect(leads('10.1.1.1/32')).toBe('192.0.2.1');
  });
});

describe('paths that tie', () => {
  test('share the traffic, best first, up to the number that is allowed, each next hop once', () => {
    const { peer, routes, hop, leads, send } = worldWith({ multipath: 3 });
    send(peer(5), [P], { nextHop: '192.0.2.5' });
    expect([leads(P), routes.members(hop(P))]).toEqual(['192.0.2.5', null]);
    send(peer(4), [P], { nextHop: '192.0.2.4' });
    send(peer(3), [P], { nextHop: '192.0.2.4' });
    expect(leads(P)?.split(', ').sort()).toEqual(['192.0.2.4', '192.0.2.5']);
    for (const n of [1, 2]) send(peer(n), [P], { nextHop: `192.0.2.${n}` });
    expect(leads(P)?.split(', ').sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.4']);
  });

  test.each([
    ['local preference', { localPref: 99 }],
    ['the length of the AS_PATH', { asPath: [65001, 65002] }],
    ['origin', { origin: 1 }],
    ['MED', { med: 5 }],
  ] as [string, Route][])('do not when they differ in %s', (_what, route) => {
    const { peer, leads, send } = worldWith({ multipath: 8 });
    send(peer(2), [P], { nextHop: '192.0.2.2', asPath: [65001] });
    send(peer(1), [P], { nextHop: '192.0.2.1', asPath: [65001], ...route });
    expect(leads(P)).toBe('192.0.2.2');
  });

  test('do not when one is from inside the AS and one from outside', () => {
    const { world, peer, leads, send } = worldWith({ multipath: 8 });
    send(peer(1), [P], { nextHop: '192.0.2.1', asPath: [65001] });
    const outside = peer(2, 65_001);
    outside.send(announce([P], { nextHop: '192.0.2.2', asPath: [65_001] }));
    world.settle();
    expect(leads(P)).toBe('192.0.2.2');
  });

  test('have weights by their bandwidth where all say one, of either type', () => {
    const { peer, leads, send } = worldWith({ multipath: 8, weights: true });
    send(peer(1), [P], { nextHop: '192.0.2.1', extra: [bandwidth(1.25e9)] });
    send(peer(2), [P], { nextHop: '192.0.2.2', extra: [bandwidth(3.75e9, 0x00)] });
    expect(leads(P)).toBe('192.0.2.1 weight 1, 192.0.2.2 weight 3');
    send(peer(3), [P], { nextHop: '192.0.2.3', extra: [bandwidth(Number.NaN)] });
    expect(leads(P)).toBe('192.0.2.1, 192.0.2.2, 192.0.2.3');
  });

  test('keep their next hops while they are held together', () => {
    const { world, peer, routes, hop, send } = worldWith({ multipath: 2 });
    const [a, b] = [peer(1), peer(2)];
    send(a, [P], { nextHop: '192.0.2.1' });
    send(b, [P], { nextHop: '192.0.2.2' });
    const both = hop(P);
    routes.holdNextHop(both);
    routes.holdNextHop(both);
    for (const one of [a, b]) one.connection.lose();
    world.settle();
    expect([routes.formatNextHop(both), world.engine.rib.nextHops.count]).toEqual(['192.0.2.1, 192.0.2.2', 2]);
    routes.releaseNextHop(both);
    expect(world.engine.rib.nextHops.count).toBe(2);
    routes.releaseNextHop(both);
    expect(world.engine.rib.nextHops.count).toBe(0);
  });

  testAtScale('are removed together when they are unused, however many there were', () => {
    const { routes, world, peer, hop, send } = worldWith({ multipath: 2 });
    const fixed = peer(1);
    const moving = peer(2);
    send(fixed, [P], { nextHop: '192.0.2.1' });
    send(moving, [P], { nextHop: '192.0.2.2' });
    const held = hop(P);
    routes.holdNextHop(held);
    const later: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const prefix = `20.${i >> 8}.${i & 255}.0/24`;
      fixed.send(announce([prefix], { localPref: 100, nextHop: '192.0.2.1' }));
      moving.send(announce([prefix], { localPref: 100, nextHop: `198.51.${i >> 8}.${i & 255}` }));
      world.settle();
      later.push(hop(prefix));
    }
    expect(routes.members(held)?.length).toBe(2);
    expect(later.filter((id) => routes.members(id) !== null).length).toBeLessThan(4200);
    expect(routes.formatNextHop(later[0])).toBe('');
  });
});

test('shares are the smallest numbers that are in proportion', () => {
  expect(sharesOf([10, 10, 10], 256)).toEqual([1, 1, 1]);
  expect(sharesOf([1e9, 4e10], 256)).toEqual([1, 40]);
  expect(sharesOf([2, 3], 256)).toEqual([2, 3]);
  expect(sharesOf([0, 5], 256)).toEqual([1, 1]);
  expect(sharesOf([0, 0], 256)).toEqual([1, 1]);
  expect(sharesOf([1, 100_000], 256)).toEqual([1, 256]);
});
