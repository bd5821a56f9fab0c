/** Who may have a connection, and what it is given: keys that cannot be set, options that are refused, changes on a reload. */

import { diffSpecs } from '../../src/config/reload/diff.ts';
import { viewPeer } from '../../src/engine/show/peers.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import type { TransportSpec } from '../../src/spec/transport.ts';
import { reconfigureNow } from '../daemon/reconfigure-now.ts';
import { SimPeer } from './sim-peer.ts';
import { peerSpec, range, router, SESSION, World } from './world.ts';

const PEER = '192.0.2.1';
const NO_ROOM = 'the TCP MD5 key cannot be set';

function key(text: string): TransportSpec['password'] {
  return { key: new Secret(new TextEncoder().encode(text)), source: 'the test' };
}

function keyed(text: string, session = {}): RouterSpec {
  const over = { transport: { password: key(text) }, session };
  return router({ peers: [peerSpec(PEER, over)], ranges: [range({ ...over, prefix: '10.0.0.0/8' })] });
}

function reload(world: World, after: RouterSpec): void {
  reconfigureNow(world.engine, diffSpecs(world.engine.spec, after), after);
  world.settle();
}

test('a connection is given the options of its peer, and of its range, before anything is read', () => {
  const world = new World(keyed('k'));
  for (const from of [PEER, '10.1.2.3']) {
    const connection = world.connect(from);
    expect(connection.configured.map(({ password }) => password?.source)).toEqual(['the test']);
    expect(connection.closed).toBe(false);
  }
});

test('a dial is given the options of its peer', () => {
  const world = new World(router({ peers: [peerSpec(PEER, { session: { passive: false }, transport: { ttl: 1 } })] }));
  expect(world.dials.map(({ target }) => target.transport.ttl)).toEqual([1]);
});

test('a connection that does not take its options is refused, and the peer says why', () => {
  const world = new World(keyed('k'));
  const connection = world.connect(PEER);
  expect(connection.closed).toBe(false);
  connection.lose();
  world.settle();
  world.unfit = 'too far away';
  expect(world.connect(PEER).closed).toBe(true);
  expect(world.connect('10.1.2.3').closed).toBe(true);
  expect(world.engine.peers.has('10.1.2.3')).toBe(false);
  expect(world.eventsNamed('peer.refused')).toMatchObject([
    { address: PEER, reason: 'transport', detail: 'too far away' },
    { address: '10.1.2.3', reason: 'transport', detail: 'too far away' },
  ]);
  const peer = world.engine.peers.get(PEER)!;
  expect(viewPeer(peer, 0).transport).toMatchObject({ problem: 'too far away', password: 'the test' });
  world.unfit = null;
  expect(world.connect(PEER).closed).toBe(false);
  expect(viewPeer(peer, 0).transport.problem).toBeNull();
});

test('a dial whose options cannot be set is reported once, tried again, and no failure of the network', () => {
  const world = new World(router({ peers: [peerSpec(PEER, { session: { passive: false } })] }));
  for (let n = 0; n < 3; n++) {
    world.dials.at(-1)!.failed({ error: 'no such interface', unfit: true });
    world.pass(60_000);
  }
  expect(world.dials.length).toBeGreaterThan(3);
  expect(world.eventsNamed('peer.transport-failed')).toEqual([
    { name: 'peer.transport-failed', peer: PEER, problem: 'no such interface' },
  ]);
  expect(
    world.eventsNamed('peer.connect-failed').filter((event) => 'error' in event && !/TIMEDOUT/.test(event.error)),
  ).toEqual([]);
  const peer = world.engine.peers.get(PEER)!;
  expect(peer.transportProblem).toBe('no such interface');
  world.answerDial();
  expect(peer.transportProblem).toBeNull();
});

test('a connection that was dialed before a reload has the options from after it, or is not used', () => {
  const spec = (text: string): RouterSpec => ({ ...keyed(text, { passive: false }), ranges: [] });
  const world = new World(spec('first'));
  reload(world, spec('second'));
  const connection = world.answerDial();
  expect(connection.configured.map(({ password }) => password!.key.equals(key('second')!.key))).toEqual([true]);
  connection.lose();
  world.pass(60_000);
  world.unfit = 'refused';
  const refused = world.answerDial();
  expect(refused.closed).toBe(true);
  expect(world.engine.peers.get(PEER)!.transportProblem).toBe('refused');
});

describe('a key that the listening sockets do not take', () => {
  test('keeps its peer from dialing and from being accepted, until it is set', () => {
    const world = new World(router());
    world.engine.admission.setKeyProblems(new Map([[`${PEER}/32`, NO_ROOM]]));
    reload(world, { ...keyed('k', { passive: false }), ranges: [] });
    world.pass(60_000);
    expect(world.dials).toEqual([]);
    expect(world.connect(PEER).closed).toBe(true);
    expect(world.engine.peers.get(PEER)!.transportProblem).toBe(NO_ROOM);
    expect(world.eventsNamed('listen.key-failed')).toMatchObject([{ prefix: `${PEER}/32`, problem: NO_ROOM }]);
    world.engine.admission.setKeyProblems(new Map());
    world.pass(60_000);
    expect(world.dials.length).toBeGreaterThan(0);
    expect(world.connect(PEER).closed).toBe(false);
  });

  test('of a range keeps all of its addresses out, and those of a longer range with its own key not', () => {
    const spec = router({
      ranges: [
        range({ transport: { password: key('a') } }),
        range({ transport: { password: key('b') }, prefix: '10.7.0.0/16' }),
      ],
    });
    const world = new World(spec);
    world.engine.admission.setKeyProblems(new Map([['10.0.0.0/8', NO_ROOM]]));
    expect(world.connect('10.1.2.3').closed).toBe(true);
    expect(world.connect('10.7.2.3').closed).toBe(false);
  });

  test('is reported once as long as it is the same', () => {
    const world = new World();
    for (const problem of [NO_ROOM, NO_ROOM, 'another'])
      world.engine.admission.setKeyProblems(new Map([['10.0.0.0/8', problem]]));
    expect(world.eventsNamed('listen.key-failed')).toHaveLength(2);
  });
});

describe('a reload', () => {
  function established(spec: RouterSpec): { world: World; peer: SimPeer } {
    const world = new World(spec);
    const peer = new SimPeer(world, PEER, 0x0a000001);
    peer.establish();
    expect(world.engine.peers.get(PEER)!.session).not.toBeNull();
    return { world, peer };
  }

  test('puts another key, TTL, DSCP and timeout on the connection, and keeps the session', () => {
    const { world, peer } = established(keyed('first'));
    const { session } = world.engine.peers.get(PEER)!;
    reload(world, keyed('second'));
    const { password } = peer.connection.configured.at(-1)!;
    expect(password!.key.equals(key('second')!.key)).toBe(true);
    const other = peerSpec(PEER, { transport: { password: key('second'), ttl: 5, dscp: 0, userTimeoutMs: 9000 } });
    reload(world, router({ peers: [other] }));
    expect(peer.connection.configured.at(-1)).toMatchObject({ ttl: 5, dscp: 0, userTimeoutMs: 9000 });
    expect(world.engine.peers.get(PEER)!.session).toBe(session);
  });

  test('that adds a key or takes it away resets the session, and leaves the old connection as it is', () => {
    const { world, peer } = established(keyed('first'));
    const given = peer.connection.configured.length;
    reload(world, router({ peers: [peerSpec(PEER)], ranges: [] }));
    expect(peer.connection.configured).toHaveLength(given);
    expect(world.eventsNamed('peer.reset')).toHaveLength(1);
    expect(world.engine.peers.get(PEER)!.session).toBeNull();
  });

  test('whose options the connection does not take resets the session', () => {
    const { world, peer } = established(keyed('first'));
    peer.connection.unfit = 'refused';
    reload(world, keyed('second'));
    expect(world.eventsNamed('peer.reset')).toHaveLength(1);
    expect(world.eventsNamed('peer.transport-failed')).toMatchObject([{ problem: 'refused' }]);
  });

  test('of a dynamic peer goes by its range', () => {
    const world = new World(keyed('first'));
    const peer = new SimPeer(world, '10.1.2.3', 0x0a000002);
    peer.establish();
    reload(world, keyed('second'));
    expect(peer.connection.configured.at(-1)!.password!.key.equals(key('second')!.key)).toBe(true);
    expect(world.engine.peers.get('10.1.2.3')!.session).not.toBeNull();
  });
});

test.each([
  ['EHOSTUNREACH', { ttl: 1 }, /TTL of 1.*`multihop`/],
  ['ETIMEDOUT', { password: key('k') }, /another TCP MD5 key or none/],
  ['ETIMEDOUT', { ttl: 255, minTtl: 254 }, /TTL below 254/],
  ['ECONNREFUSED', { password: key('k') }, /^ECONNREFUSED: no BGP speaker listens at the peer/],
])('a dial that fails with %s says what the options have to do with it', (error, transport, words) => {
  const world = new World(router({ peers: [peerSpec(PEER, { session: { passive: false }, transport })] }));
  world.dials[0]!.failed({ error, unfit: false });
  expect(world.eventsNamed('peer.connect-failed')).toMatchObject([{ error: expect.stringMatching(words) }]);
});

test('an unanswered dial is reported when its time is over', () => {
  const world = new World(
    router({ peers: [peerSpec(PEER, { session: { passive: false }, transport: { password: key('k') } })] }),
  );
  world.pass(SESSION.connectRetryMs * 2);
  expect(world.eventsNamed('peer.connect-failed')[0]).toMatchObject({
    error: expect.stringMatching(/^ETIMEDOUT: no answer/),
  });
});
