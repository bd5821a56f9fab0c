/** A member AS of a confederation (RFC 5065): what it advertises inside, to other members and outside, and what it accepts. */

import { viewPeer } from '../../src/engine/show/peers.ts';
import { explain } from '../../src/engine/show/routes/explain.ts';
import { viewRib } from '../../src/engine/show/routes/rib.ts';
import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import { announce, attribute, open, type Route, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, peerSpec, router, World } from './world.ts';

const PREFIX = '10.1.0.0/16';
const IDENTIFIER = 64_500;
const [LEFT, RIGHT] = [65_002, 65_003];
const WORLD_AS = 3333;
const CONFEDERATION = { identifier: IDENTIFIER, members: [OUR_AS, LEFT, RIGHT] };

const AT = { client: '10.0.0.1', inside: '192.0.2.20', left: '192.0.2.2', right: '192.0.2.3', outside: '192.0.2.9' };
type Name = keyof typeof AT;

/** A client, a peer inside that is none, a peer of each other member AS, and one outside. */
function confederation(over: { left?: Partial<ExchangeSpec>; outside?: Partial<ExchangeSpec> } = {}) {
  const exchange = { client: false, enforceFirstAs: true };
  const member = (as: number) => ({ remoteAs: { kind: 'list', list: [as] }, confederation: true }) as const;
  const alsoOurs = CONFEDERATION.members;
  const outside = { remoteAs: { kind: 'external' }, localAs: IDENTIFIER, alsoOurs } as const;
  const peers = [
    peerSpec(AT.inside, { exchange: { client: false } }),
    peerSpec(AT.left, { session: member(LEFT), exchange: { ...exchange, ...over.left } }),
    peerSpec(AT.right, { session: member(RIGHT), exchange }),
    peerSpec(AT.outside, { session: outside, exchange: { ...exchange, ...over.outside } }),
  ];
  const world = new World(router({ confederation: CONFEDERATION, peers }));
  const all = {
    client: SimPeer.up(world, AT.client, 1),
    inside: SimPeer.up(world, AT.inside, 2),
    left: SimPeer.up(world, AT.left, 3, LEFT),
    right: SimPeer.up(world, AT.right, 4, RIGHT),
    outside: SimPeer.up(world, AT.outside, 5, WORLD_AS),
  };
  const send = (from: Name, route: Route = {}) => {
    all[from].send(announce([PREFIX], { nextHop: '192.0.2.200', ...route }));
    world.settle();
  };
  const held = (at: Name) => all[at].held.get(PREFIX);
  const paths = () => Object.fromEntries((Object.keys(AT) as Name[]).map((name) => [name, held(name)?.asPath]));
  const why = () => pathsOf(world).map(({ unusable }) => unusable);
  return { world, ...all, send, held, paths, why };
}

/** What the table has of the prefix. */
function pathsOf(world: World) {
  return [...viewRib(world.engine, { target: PREFIX })].flatMap(({ paths }) => paths);
}

describe('the OPEN', () => {
  test('has the member AS inside the confederation, and the identifier outside', () => {
    const { client, inside, left, right, outside } = confederation();
    const said = [client, inside, left, right, outside].map((peer) => {
      const bytes = [...(peer.open as Uint8Array)];
      expect(bytes.join(' ')).toContain(`65 4 0 0 ${bytes[20]} ${bytes[21]}`);
      return bytes[20]! * 256 + bytes[21]!;
    });
    expect(said).toEqual([OUR_AS, OUR_AS, OUR_AS, OUR_AS, IDENTIFIER]);
  });

  test.each([LEFT, OUR_AS, IDENTIFIER])('of an external peer with AS %i is refused: that is ours', (as) => {
    const { world, outside } = confederation();
    outside.connection.lose();
    world.settle();
    outside.connect();
    outside.establish(open(as, 5));
    expect(outside.notification).toMatchObject({ code: 2, subcode: 2 });
    const [refused] = world.eventsNamed('peer.open-rejected');
    expect(JSON.stringify(refused)).toContain(`any AS but our own ${IDENTIFIER}, ${OUR_AS}, ${LEFT}, ${RIGHT}`);
  });

  test('of a peer inside another member AS must have the number of that', () => {
    const { world, left } = confederation();
    left.connection.lose();
    world.settle();
    left.connect();
    left.establish(open(RIGHT, 3));
    expect(left.notification).toMatchObject({ code: 2, subcode: 2 });
  });
});

describe('AS_PATH', () => {
  test('of a route from inside: our member AS toward members, the identifier outside', () => {
    const { send, paths } = confederation();
    send('client', { asPath: [7], localPref: 100 });
    expect(paths()).toEqual({
      client: undefined,
      inside: '7',
      left: `(${OUR_AS}) 7`,
      right: `(${OUR_AS}) 7`,
      outside: `${IDENTIFIER} 7`,
    });
  });

  test('of a route of our own AS is empty inside, and begins with us elsewhere', () => {
    const { send, paths } = confederation();
    send('client', { localPref: 100 });
    expect(paths()).toMatchObject({ inside: '', left: `(${OUR_AS})`, outside: `${IDENTIFIER}` });
  });

  test('of a route from a member: grows toward members, stays inside, loses its segments outside', () => {
    const { send, paths } = confederation();
    send('left', { confedPath: [LEFT, 65_009], asPath: [7, [8, 9]], localPref: 100 });
    expect(paths()).toEqual({
      client: `(${LEFT} 65009) 7 {8,9}`,
      inside: `(${LEFT} 65009) 7 {8,9}`,
      left: undefined,
      right: `(${OUR_AS} ${LEFT} 65009) 7 {8,9}`,
      outside: `${IDENTIFIER} 7 {8,9}`,
    });
  });

  test('keeps sets of the confederation inside it', () => {
    const { send, paths } = confederation();
    send('left', { confedPath: [LEFT, [65_008, 65_009]], localPref: 100 });
    expect(paths()).toMatchObject({
      client: `(${LEFT}) [65008,65009]`,
      right: `(${OUR_AS} ${LEFT}) [65008,65009]`,
      outside: `${IDENTIFIER}`,
    });
  });

  test('of a route from outside begins with a sequence of the confederation toward members', () => {
    const { send, paths } = confederation();
    send('outside', { asPath: [WORLD_AS, 7] });
    expect(paths()).toMatchObject({ client: `${WORLD_AS} 7`, left: `(${OUR_AS}) ${WORLD_AS} 7` });
  });

  test('toward a peer with 2-octet numbers: no segments of the confederation in AS4_PATH', () => {
    const { world, left, send } = confederation();
    left.connection.lose();
    world.settle();
    left.as4 = false;
    left.connect();
    left.establish(open(LEFT, 3, { capabilities: [1, 4, 0, 1, 0, 1] }));
    send('outside', { asPath: [WORLD_AS, 70_000] });
    const others = left.held.get(PREFIX)?.others;
    expect(others).toEqual([expect.objectContaining({ code: 17, value: '020200000d0500011170' })]);
  });
});

describe('the other attributes', () => {
  const RICH = { asPath: [7], localPref: 321, med: 55, originatorId: 99, clusterList: [98] };

  test('LOCAL_PREF, MED and NEXT_HOP reach the members as they came, reflection stays inside the member AS', () => {
    const { send, held } = confederation();
    send('client', RICH);
    expect(held('left')).toMatchObject({ localPref: 321, med: 55, nextHop: '192.0.2.200' });
    expect([held('left')!.originatorId, held('left')!.clusterList]).toEqual([null, []]);
    expect(held('inside')!.originatorId).toBe('0.0.0.99');
  });

  test('outside they go', () => {
    const { send, held } = confederation();
    send('client', RICH);
    expect(held('outside')).toMatchObject({ localPref: null, med: null });
  });

  test('MED of a route that originates in the confederation is advertised outside', () => {
    const { send, held } = confederation();
    send('left', { confedPath: [LEFT], localPref: 100, med: 55 });
    expect(held('outside')).toMatchObject({ asPath: `${IDENTIFIER}`, med: 55 });
  });

  test('those of a member are taken: LOCAL_PREF, MED and AIGP, but not what reflection adds', () => {
    const { send, held } = confederation();
    const aigp = attribute(0x80, 26, [1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 7]);
    send('left', { ...RICH, confedPath: [LEFT], extra: [aigp] });
    expect(held('client')).toMatchObject({ localPref: 321, med: 55, originatorId: null, clusterList: [] });
    expect([held('client')!.others.length, held('right')!.others.length, held('outside')!.others.length]).toEqual([
      1, 1, 0,
    ]);
  });

  test('a member that sends no LOCAL_PREF gets the default', () => {
    const { send, held } = confederation();
    send('left', { confedPath: [LEFT] });
    expect([held('client')!.localPref, held('right')!.localPref]).toEqual([100, 100]);
  });
});

describe('reflection is a matter of the member AS (RFC 4456)', () => {
  test.each<[Name, Name[]]>([
    ['client', ['inside', 'left', 'right', 'outside']],
    ['inside', ['client', 'left', 'right', 'outside']],
    ['left', ['client', 'inside', 'right', 'outside']],
    ['outside', ['client', 'inside', 'left', 'right']],
  ])('a route of %s goes to %j', (from, to) => {
    const { send, paths } = confederation();
    const own: Record<string, Route> = {
      left: { confedPath: [LEFT], localPref: 100 },
      outside: { asPath: [WORLD_AS] },
    };
    send(from, own[from] ?? { localPref: 100 });
    const receivers = Object.entries(paths()).filter(([, path]) => path !== undefined);
    expect(receivers.map(([name]) => name).sort()).toEqual([...to].sort());
  });

  test('a route of a member has no ORIGINATOR_ID or CLUSTER_LIST inside', () => {
    const { send, held } = confederation();
    send('left', { confedPath: [LEFT], localPref: 100 });
    expect(held('client')).toMatchObject({ originatorId: null, clusterList: [] });
  });
});

describe('what is malformed is withdrawn (RFC 5065 5, RFC 7606)', () => {
  test.each<[Name, string, Route, Route]>([
    [
      'outside',
      'a sequence of a confederation',
      { asPath: [WORLD_AS] },
      { confedPath: [WORLD_AS], asPath: [WORLD_AS] },
    ],
    ['outside', 'a set of a confederation', { asPath: [WORLD_AS] }, { confedPath: [[7]], asPath: [WORLD_AS] }],
    ['left', 'none in front', { confedPath: [LEFT] }, { asPath: [LEFT] }],
    ['left', 'a set in front', { confedPath: [LEFT] }, { confedPath: [[LEFT]] }],
    ['left', 'an empty path', { confedPath: [LEFT] }, {}],
  ])('from %s: %s', (from, _what, right, wrong) => {
    const { world, send, held, ...all } = confederation();
    send(from, right);
    expect(held('client')).toBeDefined();
    send(from, wrong);
    expect(held('client')).toBeUndefined();
    expect(all[from].notification).toBeNull();
    expect(world.eventsNamed('update.malformed')).toHaveLength(1);
  });

  test('the same bytes are right from one side and wrong from the other, in either order', () => {
    const first = confederation();
    first.send('left', { confedPath: [LEFT], localPref: 100 });
    first.send('outside', { confedPath: [LEFT], localPref: 100 });
    expect(pathsOf(first.world)).toHaveLength(1);
    const second = confederation({ outside: { enforceFirstAs: false }, left: { enforceFirstAs: false } });
    second.send('outside', { asPath: [7] });
    second.send('left', { asPath: [7] });
    expect(pathsOf(second.world)).toHaveLength(1);
    const third = confederation();
    third.send('inside', { asPath: [7], localPref: 100 });
    third.send('right', { asPath: [7], localPref: 100 });
    expect(pathsOf(third.world)).toHaveLength(1);
  });
});

describe('loops', () => {
  test.each<[string, Name, Route, boolean]>([
    ['our member AS in a sequence of the confederation', 'left', { confedPath: [LEFT, OUR_AS] }, true],
    ['our member AS in a set of the confederation', 'left', { confedPath: [LEFT, [OUR_AS, 65_009]] }, true],
    ['the identifier in an ordinary sequence', 'outside', { asPath: [WORLD_AS, IDENTIFIER] }, true],
    ['the identifier in an ordinary set', 'outside', { asPath: [WORLD_AS, [IDENTIFIER, 7]] }, true],
    [
      'the identifier in an ordinary sequence of a member',
      'left',
      { confedPath: [LEFT], asPath: [7, IDENTIFIER] },
      true,
    ],
    ['the identifier inside', 'inside', { asPath: [7, IDENTIFIER], localPref: 100 }, true],
    ['our member AS outside: a private number, of somebody else', 'outside', { asPath: [WORLD_AS, OUR_AS] }, false],
    ['the identifier as a member AS: nobody has it', 'left', { confedPath: [LEFT, IDENTIFIER] }, false],
    ['another member AS', 'left', { confedPath: [LEFT, RIGHT] }, false],
  ])('%s', (_what, from, route, loop) => {
    const { send, why } = confederation();
    send(from, route);
    expect(why()).toEqual([loop ? expect.stringContaining('our AS number') : null]);
  });

  test('as often as is allowed they are none', () => {
    const { send, why } = confederation({ left: { allowOwnAs: 1 }, outside: { allowOwnAs: 1 } });
    send('left', { confedPath: [LEFT, OUR_AS], asPath: [IDENTIFIER] });
    expect(why()).toEqual([null]);
    send('left', { confedPath: [LEFT, OUR_AS, OUR_AS] });
    expect(why()).toEqual([expect.stringContaining('our AS number')]);
  });
});

describe('enforce-first-as', () => {
  test('looks at the sequence of the confederation of a member', () => {
    const { send, why } = confederation();
    send('left', { confedPath: [RIGHT, LEFT] });
    expect(why()).toEqual([expect.stringContaining('enforce-first-as')]);
    send('left', { confedPath: [LEFT, RIGHT] });
    expect(why()).toEqual([null]);
  });
});

describe('the decision', () => {
  const decided = (world: World) => {
    const best = pathsOf(world).find((path) => path.best)!;
    return [best.peer, best.decidedBy];
  };

  test('does not count member AS as length', () => {
    const { world, send } = confederation();
    send('left', { confedPath: [LEFT, 65_007, 65_008, 65_009], asPath: [7], localPref: 100 });
    send('outside', { asPath: [WORLD_AS, 7] });
    expect(decided(world)).toEqual([AT.left, 'as-path length']);
  });

  test('prefers a route from outside to that of a member, and that of a member to none inside', () => {
    const { world, send, outside } = confederation();
    send('left', { confedPath: [LEFT], asPath: [7], localPref: 100 });
    send('outside', { asPath: [WORLD_AS] });
    expect(decided(world)).toEqual([AT.outside, 'ebgp over ibgp']);
    outside.send(withdraw([PREFIX]));
    send('client', { asPath: [7], localPref: 100 });
    expect(decided(world)).toEqual([AT.client, 'router id']);
  });

  test('compares MED within the neighboring AS behind the members', () => {
    const { world, send } = confederation();
    send('left', { confedPath: [LEFT], asPath: [7], med: 20, localPref: 100 });
    send('right', { confedPath: [RIGHT, LEFT], asPath: [7], med: 10, localPref: 100 });
    expect(decided(world)).toEqual([AT.right, 'med']);
    const other = confederation();
    other.send('left', { confedPath: [LEFT], asPath: [7], med: 20, localPref: 100 });
    other.send('right', { confedPath: [RIGHT], asPath: [8], med: 10, localPref: 100 });
    expect(decided(other.world)).toEqual([AT.left, 'router id']);
  });

  test('takes routes of the confederation itself as those of one AS', () => {
    const { world, send } = confederation();
    send('left', { confedPath: [LEFT], med: 20, localPref: 100 });
    send('right', { confedPath: [RIGHT], med: 10, localPref: 100 });
    expect(decided(world)).toEqual([AT.right, 'med']);
  });
});

describe('well-known communities (RFC 1997)', () => {
  test.each<[string, number, Name[]]>([
    ['NO_EXPORT stays in the confederation', 0xffffff01, ['inside', 'left', 'right']],
    ['NO_EXPORT_SUBCONFED stays in the member AS', 0xffffff03, ['inside']],
    ['NO_ADVERTISE stays here', 0xffffff02, []],
  ])('%s', (_what, community, receivers) => {
    const { send, paths, world } = confederation();
    send('client', { localPref: 100, communities: [community] });
    const holders = Object.entries(paths()).filter(([, path]) => path !== undefined);
    expect(holders.map(([name]) => name)).toEqual(receivers);
    const [row] = explain(world.engine, PREFIX, [world.engine.peers.get(AT.outside)!]);
    expect(row?.why).toContain(_what.split(' ')[0]);
  });
});

test('another AS number toward a peer outside stands in front of the identifier, and counts as ours', () => {
  const local = { as: 64_999, routerAs: IDENTIFIER, prepend: true, replace: false };
  const { send, paths, why } = confederation({ outside: { localAs: local, enforceFirstAs: true } });
  send('outside', { asPath: [WORLD_AS] });
  expect(paths()).toMatchObject({ client: `64999 ${WORLD_AS}`, left: `(${OUR_AS}) 64999 ${WORLD_AS}` });
  send('outside', { asPath: [WORLD_AS, 64_999] });
  expect(why()).toEqual([expect.stringContaining('our AS number')]);
});

test('the role is shown', () => {
  const { world } = confederation();
  const roles = Object.values(AT).map((name) => viewPeer(world.engine.peers.get(name)!, 0).role);
  expect(roles).toEqual(['client', 'non-client', 'confed-ebgp', 'confed-ebgp', 'ebgp']);
});
