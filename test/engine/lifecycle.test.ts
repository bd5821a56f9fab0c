/** Peers that come, go, come back, are changed and removed; and a thousand of them at once. */
import type { PeerSpec } from '../../src/spec/peer.ts';
import { cease } from '../../src/wire/notification.ts';
import { size } from '../lab/effort.ts';
import { announce, KEEPALIVE, open, withdraw } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { address, OUR_AS, peerSpec, range, router, World } from './world.ts';

/** Prefixes `20.0.0.0/24` and on. */
function many(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
}

function feed(peer: SimPeer, prefixes: readonly string[]): void {
  for (let i = 0; i < prefixes.length; i += 800) peer.send(announce(prefixes.slice(i, i + 800), { localPref: 100 }));
  peer.world.settle();
}

function enginePeer(peer: SimPeer) {
  const found = peer.world.engine.peers.get(peer.address);
  if (found === undefined) throw new Error('no peer');
  return found;
}

const subcodes = (peer: SimPeer) => [peer.notification?.code, peer.notification?.subcode];

describe('the end of a session', () => {
  test('takes the routes of that peer from all others, and no others', () => {
    const world = new World();
    const [a, b, c] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    a.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 200 }));
    b.send(announce(['21.0.0.0/8', '22.0.0.0/8'], { localPref: 100, nextHop: '10.0.0.2' }));
    world.settle();
    a.connection.lose();
    world.settle();
    expect(b.prefixes).toEqual([]);
    expect(c.prefixes).toEqual(['21.0.0.0/8', '22.0.0.0/8']);
    expect(c.held.get('21.0.0.0/8')?.nextHop).toBe('10.0.0.2');
    expect(world.engine.peers.get('10.0.0.1')?.stateName).toBe('Active');
  });

  test('a peer that is back while its old routes are still being removed has exactly its new ones', () => {
    const world = new World();
    const [source, witness] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    feed(source, many(40_000));
    expect(witness.held.size).toBe(40_000);
    source.connection.lose();
    source.connect();
    const fresh = announce(['20.0.0.0/24', '30.0.0.0/8'], { localPref: 100, med: 5 });
    const gone = withdraw(['30.0.0.0/8']);
    // One segment ends in the middle of the session's first UPDATEs, the next comes while reading is paused.
    source.connection.deliver(Uint8Array.of(...open(OUR_AS, 1), ...KEEPALIVE, ...fresh, ...gone));
    source.send(announce(['31.0.0.0/8'], { localPref: 100 }));
    expect(enginePeer(source).session).toBeNull();
    expect(source.connection.paused).toBe(true);
    world.settle();
    expect(source.connection.paused).toBe(false);
    expect(witness.prefixes).toEqual(['20.0.0.0/24', '31.0.0.0/8']);
    expect(witness.held.get('20.0.0.0/24')?.med).toBe(5);
    expect(world.engine.rib.families[0].paths.count).toBe(2);
    expect(source.history.filter((line) => line === 'EOR ipv4-unicast')).toHaveLength(2);
  });

  test('a peer that comes back and goes again before that leaves nothing', () => {
    const world = new World();
    const [source, witness] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    feed(source, many(40_000));
    for (let i = 0; i < 3; i++) {
      source.connection.lose();
      source.connect();
      source.send(open(OUR_AS, 1), KEEPALIVE, announce(['30.0.0.0/8'], { localPref: 100 }));
    }
    source.connection.lose();
    world.settle();
    expect(witness.prefixes).toEqual([]);
    expect(world.engine.rib.families[0].paths.count).toBe(0);
    expect(world.engine.rib.peers.filter((peer) => peer !== undefined)).toHaveLength(1);
  });

  test('an UPDATE of a session that waits is judged as in any other', () => {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(40_000));
    source.connection.lose();
    source.connect();
    const cut = announce(['30.0.0.0/8'], { localPref: 100 }).fill(0xff, 21, 23);
    source.connection.deliver(Uint8Array.of(...open(OUR_AS, 1), ...KEEPALIVE, ...cut));
    world.settle();
    expect(subcodes(source)).toEqual([3, 1]);
    expect(world.engine.rib.families[0].paths.count).toBe(0);
  });
});

describe('dynamic peers', () => {
  test('come from a range up to its limit; the next one is refused and counted', () => {
    const world = new World(router({ ranges: [{ ...range(), limit: 2 }] }));
    for (const n of [1, 2]) SimPeer.up(world, `10.0.0.${n}`, n);
    const third = new SimPeer(world, '10.0.0.3', 3);
    expect(third.connection.closed).toBe(true);
    expect(world.eventsNamed('peer.refused')).toMatchObject([{ address: '10.0.0.3', reason: 'range-limit' }]);
    expect(world.engine.refusals.counts.get('range-limit')).toBe(1);
  });

  test('count toward the most specific range that they lie in', () => {
    const inner = { ...range({ prefix: '10.5.0.0/16', exchange: { clusterId: 5 } }), limit: 5 };
    const world = new World(router({ ranges: [{ ...range(), limit: 1 }, inner] }));
    for (const n of [1, 2, 3]) SimPeer.up(world, `10.5.0.${n}`, n);
    SimPeer.up(world, '10.6.0.1', 9);
    expect(world.eventsNamed('peer.refused')).toEqual([]);
    expect(world.engine.peers.get('10.5.0.1')?.spec.exchange.clusterId).toBe(5);
    expect(world.engine.spec.ranges.map((each) => world.engine.admission.countOf(each))).toEqual([1, 3]);
  });

  test('from no range are refused', () => {
    const world = new World();
    expect(world.connect('192.0.2.77').closed).toBe(true);
    expect(world.eventsNamed('peer.refused')).toMatchObject([{ address: '192.0.2.77', reason: 'unknown-address' }]);
  });

  test('are forgotten a minute after they were there last', () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    peer.connection.lose();
    world.pass(50_000);
    peer.connect();
    peer.establish();
    world.pass(5000);
    peer.connection.lose();
    world.pass(59_999);
    expect([...world.engine.peers.keys()]).toEqual(['10.0.0.1']);
    world.pass(1);
    expect(world.engine.peers.size).toBe(0);
    expect(world.eventsNamed('peer.removed')).toMatchObject([{ peer: '10.0.0.1', dynamic: true }]);
  });

  test('that never got as far as a session are forgotten too', () => {
    const world = new World();
    new SimPeer(world, '10.0.0.1', 1).connection.lose();
    world.pass(60_000);
    expect(world.engine.peers.size).toBe(0);
  });
});

describe('by the operator', () => {
  test('a reset ends the session with a CEASE, and the peer may come back at once', () => {
    const world = new World();
    const [peer, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    world.engine.resetPeer(enginePeer(peer), 'asked for');
    world.settle();
    expect(subcodes(peer)).toEqual([6, 4]);
    expect(other.prefixes).toEqual([]);
    peer.connect();
    peer.establish();
    expect(enginePeer(peer).stateName).toBe('Established');
  });

  test('a removed peer receives a CEASE, its routes are removed, and it is unknown from then on', () => {
    const world = new World(router({ peers: [peerSpec('192.0.2.1', { exchange: { client: false } })] }));
    const [peer, other] = [SimPeer.up(world, '192.0.2.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    peer.send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    world.engine.removePeer(enginePeer(peer), cease.deconfigured);
    world.settle();
    expect(subcodes(peer)).toEqual([6, 3]);
    expect(other.prefixes).toEqual([]);
    expect(world.connect('192.0.2.1').closed).toBe(true);
    world.pass(10_000);
    expect(world.engine.rib.peers.filter((each) => each !== undefined)).toHaveLength(1);
  });

  test('a connection from a peer that is shut down is refused', () => {
    const world = new World(router({ peers: [{ ...peerSpec('192.0.2.1'), shutdown: true }] }));
    expect(world.connect('192.0.2.1').closed).toBe(true);
    expect(world.eventsNamed('peer.refused')).toMatchObject([{ reason: 'shutdown' }]);
  });

  test('a final stop sends CEASE, administrative shutdown, to all peers, and refuses new connections', () => {
    const world = new World();
    const peers = [1, 2].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    world.engine.stop(true);
    world.settle();
    for (const peer of peers) {
      expect(subcodes(peer)).toEqual([6, 2]);
      expect(peer.connection.closed).toBe(true);
    }
    expect(world.connect('10.0.0.3').closed).toBe(true);
    expect(world.eventsNamed('peer.refused')).toMatchObject([{ reason: 'stopping' }]);
  });

  test('a connection that does not take the CEASE is closed all the same, after a moment', () => {
    const world = new World();
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    peer.connection.reading = false;
    SimPeer.up(world, '10.0.0.2', 2).send(announce(['20.0.0.0/8'], { localPref: 100 }));
    world.settle();
    world.engine.resetPeer(enginePeer(peer), 'asked for');
    world.settle();
    expect(peer.connection.closed).toBe(false);
    world.pass(2000);
    expect(peer.connection.closed).toBe(true);
  });
});

describe('settings that change while the session stays', () => {
  function three() {
    const world = new World();
    const [source, changed, other] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
    source.send(announce(['20.0.0.0/8', '21.0.0.0/8'], { localPref: 100, nextHop: '10.0.0.1' }));
    world.settle();
    for (const peer of [source, changed, other]) peer.history.length = 0;
    return { world, source, changed, other };
  }

  function change(peer: SimPeer, exchange: Partial<PeerSpec['exchange']>): void {
    const { spec } = enginePeer(peer);
    enginePeer(peer).reconfigure({ ...spec, exchange: { ...spec.exchange, ...exchange } }, true);
    peer.world.settle();
  }

  test('import: what the peer sent is withdrawn from all, and announced again, without asking it', () => {
    const { world, source, changed, other } = three();
    change(source, { import: 'reject' });
    expect([changed.prefixes, other.prefixes]).toEqual([[], []]);
    expect(world.engine.rib.families[0].paths.count).toBe(2);
    source.send(announce(['22.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect(other.prefixes).toEqual([]);
    change(source, { import: 'accept' });
    expect(other.prefixes).toEqual(['20.0.0.0/8', '21.0.0.0/8', '22.0.0.0/8']);
    expect(source.notification).toBeNull();
  });

  test('import: a path that is unusable for another reason stays so', () => {
    const { world, source, other } = three();
    source.send(announce(['20.0.0.0/8'], { localPref: 100, asPath: [OUR_AS] }));
    world.settle();
    change(source, { import: 'reject' });
    change(source, { import: 'accept' });
    expect(other.prefixes).toEqual(['21.0.0.0/8']);
  });

  test('export: the peer alone gets withdrawals, and the routes again', () => {
    const { changed, other } = three();
    change(changed, { export: 'reject' });
    expect(changed.prefixes).toEqual([]);
    change(changed, { export: 'accept' });
    expect(changed.prefixes).toEqual(['20.0.0.0/8', '21.0.0.0/8']);
    expect(changed.history.filter((line) => line.startsWith('EOR'))).toEqual([]);
    expect(other.history).toEqual([]);
  });

  test('next hop: the peer alone gets the routes with ours', () => {
    const { changed, other, source, world } = three();
    change(changed, { nextHop: { kind: 'self' } });
    expect(changed.held.get('20.0.0.0/8')?.nextHop).toBe('10.99.0.1');
    expect(other.history).toEqual([]);
    change(changed, { nextHop: { kind: 'address', address: address('192.0.2.99') } });
    source.send(announce(['22.0.0.0/8'], { localPref: 100 }));
    world.settle();
    expect(new Set([...changed.held.values()].map(({ nextHop }) => nextHop))).toEqual(new Set(['192.0.2.99']));
    expect(changed.prefixes).toHaveLength(3);
  });

  test('cluster IDs: a path with a new one of ours is unusable, and usable again when it is not ours any more', () => {
    const { world, source, other } = three();
    source.send(announce(['20.0.0.0/8'], { localPref: 100, originatorId: 9, clusterList: [77] }));
    world.settle();
    const { spec } = world.engine;
    world.engine.adopt({
      ...spec,
      ranges: [...spec.ranges, range({ prefix: '172.16.0.0/12', exchange: { clusterId: 77 } })],
    });
    world.settle();
    expect(other.prefixes).toEqual(['21.0.0.0/8']);
    world.engine.adopt(spec);
    world.settle();
    expect(other.prefixes).toEqual(['20.0.0.0/8', '21.0.0.0/8']);
  });

  test('while the session waits for the sweep of the one before: it begins with the new ones', () => {
    const { world, source, other } = three();
    source.connection.lose();
    source.connect();
    source.send(open(OUR_AS, 1), KEEPALIVE, announce(['23.0.0.0/8'], { localPref: 100 }));
    const peer = enginePeer(source);
    peer.reconfigure({ ...peer.spec, exchange: { ...peer.spec.exchange, import: 'reject' } }, true);
    world.settle();
    expect(other.prefixes).toEqual([]);
    expect(peer.stateName).toBe('Established');
  });
});

test('a thousand peers that connect at once are all established, and receive the routes of each other', () => {
  const world = new World();
  const first = SimPeer.up(world, '10.1.0.1', 1);
  first.send(announce(['20.0.0.0/8'], { localPref: 100 }));
  world.settle();
  const peers = Array.from(
    { length: size(1000, 300) },
    (_, i) => new SimPeer(world, `10.2.${i >> 8}.${i & 255}`, 100 + i),
  );
  for (const peer of peers) peer.send(open(OUR_AS, peer.routerId), KEEPALIVE);
  peers[0].send(announce(['21.0.0.0/8'], { localPref: 100 }));
  world.settle();
  expect(peers.filter((peer) => enginePeer(peer).stateName !== 'Established')).toEqual([]);
  const seen = peers.map(({ prefixes, history }) =>
    [prefixes, history.filter((line) => line === 'EOR ipv4-unicast')].join(),
  );
  const wanted = '20.0.0.0/8,21.0.0.0/8,EOR ipv4-unicast';
  expect(new Set(seen.slice(1))).toEqual(new Set([wanted]));
  expect(seen[0]).toBe('20.0.0.0/8,EOR ipv4-unicast');
  expect(world.engine.reflector.groups[0]).toHaveLength(1);
});
