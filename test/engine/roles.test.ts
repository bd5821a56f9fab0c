/** BGP roles and ONLY_TO_CUSTOMER (RFC 9234): who is refused, what is marked, what is a leak, what is held back. */

import { viewPeer } from '../../src/engine/show/peers.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import { ROLE_NAMES } from '../../src/fsm/roles.ts';
import { ROLE } from '../../src/wire/open/capability-values.ts';
import { announce, attribute, message, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from './world.ts';

const ROUTE = '10.1.0.0/16';
const ROUTE_6 = '2001:db8:7::/48';
const THEIR_AS = 65_100;
const OTHER_AS = 65_200;
const BASIC = [1, 4, 0, 1, 0, 1, 1, 4, 0, 2, 0, 1, 2, 0];
const as4 = (as: number) => [as >>> 24, (as >>> 16) & 255, (as >>> 8) & 255, as & 255];
const shown = (as: number) => as.toString(16).padStart(8, '0');
const otc = (as: number) => attribute(0xc0, 35, as4(as));

function outside(address: string, role: number, strict = false) {
  const session = { remoteAs: { kind: 'external' } as const, passive: true, role, roleStrict: strict };
  return peerSpec(address, { session, exchange: { client: false } });
}

function opened(as: number, id: number, roles: readonly number[]): Uint8Array {
  return open(as, id, { capabilities: [...BASIC, 65, 4, ...as4(as), ...roles.flatMap((role) => [9, 1, role])] });
}

/** A peer of another AS to which we are `role`, which says that it is `theirs`. */
function session(role: number, theirs: readonly number[], strict = false) {
  const world = new World(router({ peers: [outside('192.0.2.1', role, strict)], ranges: [range()] }));
  const peer = new SimPeer(world, '192.0.2.1', 77, THEIR_AS);
  peer.establish(opened(THEIR_AS, 77, theirs));
  const client = SimPeer.up(world, '10.0.0.1', 1);
  return { world, peer, client };
}

const { provider, customer, peer: lateral, routeServer, routeServerClient } = ROLE;

describe('roles', () => {
  test.each([
    [provider, customer],
    [customer, provider],
    [lateral, lateral],
    [routeServer, routeServerClient],
    [routeServerClient, routeServer],
  ])('%i and %i go together', (ours, theirs) => {
    const { world, peer, client } = session(ours, [theirs]);
    expect([peer.notification, client.notification]).toEqual([null, null]);
    expect([...(peer.open as Uint8Array)].join(' ')).toContain(` 9 1 ${ours}`);
    const [view] = [...world.engine.peers.values()].map((one) => viewPeer(one, world.nowMs));
    expect(view!.bgpRole).toEqual({ ours: ROLE_NAMES[ours], theirs: ROLE_NAMES[theirs] });
  });

  test.each([
    ['the same role', provider, [provider], false],
    ['another role', lateral, [customer], false],
    ['a role that does not exist', lateral, [9], false],
    ['two roles', lateral, [lateral, customer], false],
    ['none, where that is insisted on', lateral, [], true],
  ])('%s is a Role Mismatch', (_name, ours, theirs, strict) => {
    const { world, peer } = session(ours, theirs, strict);
    expect(peer.notification).toMatchObject({ code: 2, subcode: 11 });
    expect(JSON.stringify(world.eventsNamed('peer.open-rejected'))).toContain('bgp-role');
  });

  test('may be missing, and may be sent twice', () => {
    expect(session(lateral, []).peer.notification).toBeNull();
    expect(session(lateral, [lateral, lateral]).peer.notification).toBeNull();
  });
});

test('several roles are refused by a side without one, too; inside the AS they mean nothing', () => {
  const spec = peerSpec('192.0.2.1', { session: { remoteAs: { kind: 'external' } }, exchange: { client: false } });
  const world = new World(router({ peers: [spec], ranges: [range()] }));
  const peer = new SimPeer(world, '192.0.2.1', 77, THEIR_AS);
  peer.establish(opened(THEIR_AS, 77, [lateral, customer]));
  expect(peer.notification).toMatchObject({ code: 2, subcode: 11 });
  expect(world.eventsNamed('peer.open-rejected')).toMatchObject([
    { reason: 'the peer sends several BGP roles (peer and customer); configure one role at the peer' },
  ]);
  const inside = new SimPeer(world, '10.0.0.1', 1);
  inside.establish(opened(OUR_AS, 1, [lateral, customer]));
  expect(inside.notification).toBeNull();
});

test('a Role Mismatch from the peer is reported in words', () => {
  const { world, peer } = session(lateral, [lateral]);
  peer.send(message(3, [2, 11]));
  world.settle();
  expect(world.eventsNamed('peer.down')).toMatchObject([
    { code: 2, subcode: 11, reason: expect.stringMatching(/Role Mismatch/) },
  ]);
});

test('a route without room for its mark is withdrawn, and reported', () => {
  const spec = outside('192.0.2.1', customer);
  const long = { ...spec, session: { ...spec.session, extendedMessages: true } };
  const world = new World(router({ peers: [long], ranges: [range()] }));
  const peer = new SimPeer(world, '192.0.2.1', 77, THEIR_AS);
  // Numbers of two octets, which take twice the room here.
  peer.establish(open(THEIR_AS, 77, { capabilities: [...BASIC, 6, 0, 9, 1, provider] }));
  const segment = [2, 255, ...new Array(255).fill([THEIR_AS >> 8, THEIR_AS & 255]).flat()];
  const asPath = attribute(0x40, 2, new Array(64).fill(segment).flat());
  const outcomes = new Set<string>();
  for (let communities = 20; communities < 40; communities++) {
    const before = world.eventsNamed('update.malformed').length;
    const filler = attribute(0xc0, 8, new Array(communities).fill([0, 1, 0, communities]).flat());
    const all = [...attribute(0x40, 1, [0]), ...asPath, ...attribute(0x40, 3, [192, 0, 2, 1]), ...filler];
    peer.send(message(2, [0, 0, all.length >> 8, all.length & 255, ...all, 16, 10, 1]));
    world.settle();
    const [view] = [...viewRib(world.engine, { target: ROUTE })];
    const malformed = world.eventsNamed('update.malformed').slice(before);
    const codes = view?.paths[0]?.others.map(({ code }) => code) ?? [];
    if (view === undefined) expect(malformed).toMatchObject([{ verdict: 'withdraw' }]);
    else expect([codes.includes(35), malformed]).toEqual([true, []]);
    outcomes.add(
      view === undefined ? `withdrawn: ${(malformed[0] as { attributeCode?: number }).attributeCode}` : 'marked',
    );
  }
  expect(peer.notification).toBeNull();
  expect([...outcomes]).toEqual(expect.arrayContaining(['marked', 'withdrawn: 35']));
});

describe('a path that comes in', () => {
  const path = { asPath: [THEIR_AS] };

  function received(role: number, theirs: number, extra: readonly number[][] = []) {
    const scene = session(role, [theirs]);
    scene.peer.send(announce([ROUTE], { ...path, extra }), announce([ROUTE_6], { ...path, extra }));
    scene.world.settle();
    return scene;
  }

  /** ONLY_TO_CUSTOMER as advertised to the client. */
  const marks = ({ client }: ReturnType<typeof received>) =>
    [ROUTE, ROUTE_6].map((prefix) => client.held.get(prefix)?.others.find(({ code }) => code === 35)?.value);

  test.each([
    ['a provider', customer, provider],
    ['a lateral peer', lateral, lateral],
    ['a route server', routeServerClient, routeServer],
  ])('from %s is marked with its AS', (_name, ours, theirs) => {
    expect(marks(received(ours, theirs))).toEqual([shown(THEIR_AS), shown(THEIR_AS)]);
    expect(marks(received(ours, theirs, [otc(THEIR_AS)]))).toEqual([shown(THEIR_AS), shown(THEIR_AS)]);
  });

  test('from a provider or a route server keeps the mark that it has', () => {
    expect(marks(received(customer, provider, [otc(OTHER_AS)]))).toEqual([shown(OTHER_AS), shown(OTHER_AS)]);
  });

  test.each([
    ['a customer', provider, customer],
    ['a client of the route server', routeServer, routeServerClient],
  ])('from %s stays unmarked, and is a leak with a mark', (_name, ours, theirs) => {
    expect(marks(received(ours, theirs))).toEqual([undefined, undefined]);
    const leaked = received(ours, theirs, [otc(THEIR_AS)]);
    expect(leaked.client.prefixes).toEqual([]);
    const [{ paths }] = [...viewRib(leaked.world.engine, { target: ROUTE })];
    expect(paths[0]?.unusable).toContain('a route leak');
  });

  test('from a lateral peer is a leak with the mark of another', () => {
    expect(received(lateral, lateral, [otc(OTHER_AS)]).client.prefixes).toEqual([]);
  });

  test('with a mark that is malformed is withdrawn', () => {
    expect(received(customer, provider, [attribute(0xc0, 35, [1, 2])]).client.prefixes).toEqual([]);
  });
});

describe('a path that goes out', () => {
  function advertised(role: number, theirs: number, extra: readonly number[][] = []) {
    const scene = session(role, [theirs]);
    scene.client.send(announce([ROUTE], { localPref: 100, extra }));
    scene.world.settle();
    const mark = scene.peer.held.get(ROUTE)?.others.find(({ code }) => code === 35)?.value;
    return { ...scene, mark };
  }

  test.each([
    [provider, customer],
    [lateral, lateral],
    [routeServer, routeServerClient],
  ])('as %i is marked with our AS', (ours, theirs) => {
    expect(advertised(ours, theirs).mark).toBe(shown(OUR_AS));
  });

  test('to a provider is not marked', () => {
    const { mark, peer } = advertised(customer, provider);
    expect([mark, peer.prefixes]).toEqual([undefined, [ROUTE]]);
  });

  test.each([
    [customer, provider],
    [lateral, lateral],
    [routeServerClient, routeServer],
  ])('as %i is held back when it is marked', (ours, theirs) => {
    const { world, peer } = advertised(ours, theirs, [otc(OTHER_AS)]);
    expect(peer.prefixes).toEqual([]);
    const [row] = [...explain(world.engine, ROUTE, [world.engine.peers.get('192.0.2.1') as never])];
    expect(row?.why).toContain('ONLY_TO_CUSTOMER');
  });

  test('to a customer keeps the mark that it has', () => {
    expect(advertised(provider, customer, [otc(OTHER_AS)]).mark).toBe(shown(OTHER_AS));
  });
});

test('the tables hold nothing of attributes when marked paths are gone', () => {
  const { world, peer } = session(customer, [provider]);
  peer.send(announce([ROUTE], { asPath: [THEIR_AS] }));
  world.settle();
  peer.connection.lose();
  world.settle();
  expect(world.engine.rib.attributes.count).toBe(0);
});
