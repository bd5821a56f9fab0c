/** Snapshots: what members are sent that join or request a refresh, with End-of-RIB behind all of it. */
import { SimPeer } from '../engine/sim-peer.ts';
import { peerSpec, router, World } from '../engine/world.ts';
import { announce, message, withdraw } from '../lab/updates.ts';

const REFRESH = message(5, [0, 1, 0, 1]);

/** Prefixes `20.0.0.0/24` and on. */
function many(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `20.${(from + i) >> 8}.${(from + i) & 255}.0/24`);
}

/** Announces prefixes, each hundred with attributes of its own. */
function feed(peer: SimPeer, prefixes: readonly string[], localPref = 100): void {
  for (let i = 0; i < prefixes.length; i += 100) {
    peer.send(announce(prefixes.slice(i, i + 100), { nextHop: peer.address, localPref, med: i }));
  }
  peer.world.settle();
}

function memberOf(peer: SimPeer) {
  const member = peer.world.engine.peers.get(peer.address)?.session?.members[0];
  if (!member) throw new Error('no member');
  return member;
}

const endsOfRib = (peer: SimPeer) => peer.history.filter((line) => line === 'EOR ipv4-unicast').length;

describe('joining', () => {
  test('members that join within a second share a snapshot, later ones get a new one', () => {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(3000));
    world.pass(5000);
    const before = world.engine.reflector.pool.bytesInUse;
    const stuck = [2, 3, 4, 5].map((n) => {
      const peer = new SimPeer(world, `10.0.0.${n}`, n);
      peer.connection.reading = true;
      peer.establish();
      return peer;
    });
    const shared = world.engine.reflector.pool.bytesInUse - before;
    for (const peer of stuck) expect(peer.prefixes).toHaveLength(3000);
    world.pass(1100);
    expect(world.engine.reflector.pool.bytesInUse).toBe(before);
    SimPeer.up(world, '10.0.0.6', 6);
    expect(world.engine.reflector.pool.bytesInUse - before).toBe(shared);
  });

  test('a member that joins an older snapshot is sent End-of-RIB behind later changes, exactly once', () => {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(300));
    SimPeer.up(world, '10.0.0.2', 2);
    source.send(withdraw(many(10)), announce(many(20, 1000), { localPref: 100 }));
    world.settle();
    const late = SimPeer.up(world, '10.0.0.3', 3);
    expect(late.prefixes).toEqual([...many(290, 10), ...many(20, 1000)].sort());
    const end = late.history.indexOf('EOR ipv4-unicast');
    const initial = late.history.slice(0, end);
    expect(initial).toEqual(expect.arrayContaining(many(20, 1000)));
    expect(initial).toEqual(expect.arrayContaining(many(10).map((prefix) => `-${prefix}`)));
    expect(endsOfRib(late)).toBe(1);
  });

  test('changes while a member reads its snapshot do not delay End-of-RIB, and follow it', () => {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(20_000));
    const slow = new SimPeer(world, '10.0.0.2', 2);
    slow.establish();
    expect(endsOfRib(slow)).toBe(1);
    const reader = new SimPeer(world, '10.0.0.3', 3);
    reader.connection.reading = false;
    reader.establish();
    reader.connection.reading = true;
    for (let i = 0; i < 5; i++) {
      reader.connection.drain();
      feed(source, many(5, 30_000 + i * 5));
    }
    world.settle();
    expect(endsOfRib(reader)).toBe(1);
    const end = reader.history.indexOf('EOR ipv4-unicast');
    const initial = new Set(reader.history.slice(0, end));
    expect(many(20_000).filter((prefix) => !initial.has(prefix))).toEqual([]);
    expect(reader.prefixes).toHaveLength(20_025);
  });

  test('an empty table is End-of-RIB alone', () => {
    const peer = SimPeer.up(new World(), '10.0.0.1', 1);
    expect(peer.history).toEqual(['KEEPALIVE', 'EOR ipv4-unicast', 'EOR ipv6-unicast']);
  });

  test('a peer that gets the id of a removed one is sent what was excluded for that one', () => {
    const world = new World();
    const [gone, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    gone.send(announce(['2001:db8:1::/48'], { localPref: 100 }));
    other.send(announce(['2001:db8:1::/48'], { localPref: 200 }));
    world.settle();
    world.pass(5000);
    const witness = SimPeer.up(world, '10.0.0.3', 3);
    expect(witness.prefixes).toEqual(['2001:db8:1::/48']);
    // The path of the one that is gone is the best one for a moment, until it is swept.
    gone.connection.lose();
    other.send(withdraw(['2001:db8:1::/48']));
    world.settle();
    expect(witness.prefixes).toEqual([]);
    const next = SimPeer.up(world, '10.0.0.4', 4);
    expect(next.prefixes).toEqual([]);
  });
});

describe('route refresh', () => {
  test('sends everything again, without a second End-of-RIB', () => {
    const world = new World();
    const [source, peer] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    feed(source, many(500));
    world.pass(5000);
    peer.history.length = 0;
    peer.held.clear();
    peer.send(REFRESH);
    world.settle();
    expect(peer.prefixes).toEqual(many(500).sort());
    expect(peer.history).toHaveLength(500);
  });

  test('a member that is up to date is not sent an older state again, also just after others joined', () => {
    const world = new World();
    const [source, peer] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    feed(source, many(100));
    world.pass(5000);
    SimPeer.up(world, '10.0.0.3', 3);
    source.send(withdraw(many(50)));
    world.settle();
    expect(peer.prefixes).toHaveLength(50);
    peer.history.length = 0;
    peer.send(REFRESH);
    world.settle();
    expect(peer.history).toEqual(many(50, 50));
  });

  test('while the first snapshot is being read: End-of-RIB is still sent once and last', () => {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(20_000));
    const peer = new SimPeer(world, '10.0.0.2', 2);
    peer.connection.reading = false;
    peer.establish();
    expect(memberOf(peer).sending).toBe('snapshot');
    peer.send(REFRESH);
    feed(source, many(10, 30_000));
    peer.send(REFRESH);
    peer.connection.reading = true;
    peer.connection.drain();
    world.settle();
    expect(peer.prefixes).toHaveLength(20_010);
    expect(endsOfRib(peer)).toBe(1);
    const end = peer.history.indexOf('EOR ipv4-unicast');
    expect(new Set(peer.history.slice(0, end).filter((line) => line.includes('/'))).size).toBeGreaterThanOrEqual(
      20_000,
    );
    expect(memberOf(peer).sending).toBe('log');
  });

  test('again and again costs the memory of two snapshots at most', () => {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(20_000));
    const peer = SimPeer.up(world, '10.0.0.2', 2);
    world.pass(5000);
    const idle = world.engine.reflector.pool.bytesInUse;
    peer.connection.reading = false;
    peer.send(REFRESH);
    world.settle();
    const one = world.engine.reflector.pool.bytesInUse - idle;
    for (let i = 0; i < 20; i++) {
      peer.send(REFRESH);
      world.pass(2000);
    }
    expect(world.engine.reflector.pool.bytesInUse - idle).toBeLessThanOrEqual(2 * one);
  });

  test('of a family that the session does not carry is ignored', () => {
    const world = new World(router({ peers: [peerSpec('192.0.2.1', { session: { families: [] } })] }));
    const peer = SimPeer.up(world, '10.0.0.1', 1);
    peer.send(message(5, [0, 1, 0, 4]), message(5, [64, 4, 0, 71]));
    world.settle();
    expect(peer.notification).toBeNull();
    expect(world.eventsNamed('peer.refresh-requested')).toEqual([]);
  });
});
