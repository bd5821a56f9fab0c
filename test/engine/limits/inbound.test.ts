/** How many prefixes a peer may announce (RFC 4271 6.7, RFC 4486 4). */
import type { PrefixLimit } from '../../../src/spec/limits.ts';
import { FAMILIES, IPV4_UNICAST, IPV6_UNICAST } from '../../../src/wire/families.ts';
import { announce, announceIn, END_OF_RIB, KEEPALIVE, open, withdraw } from '../../lab/updates.ts';
import { END_OF_RIB_6, N, restartingOpen } from '../restarting.ts';
import { SimPeer } from '../sim-peer.ts';
import { OUR_AS, peerSpec, range, router, World } from '../world.ts';

const WARN: PrefixLimit = { limit: 10, warnAt: 8, action: 'warn', restartMs: 60_000, of: 'received' };
const BLOCK: PrefixLimit = { ...WARN, action: 'block' };
const RESTART: PrefixLimit = { ...WARN, action: 'restart' };
const SHUTDOWN: PrefixLimit = { ...WARN, action: 'shutdown' };

const inbound = (ipv4: PrefixLimit | null, ipv6: PrefixLimit | null = null) => ({
  inbound: [ipv4, ipv6],
  outbound: [null, null],
});

/** `20.0.1.0/24` and on. */
const prefixes = (count: number, first = 1) => Array.from({ length: count }, (_, i) => `20.0.${first + i}.0/24`);
const prefixes6 = (count: number) => Array.from({ length: count }, (_, i) => `2001:db8:${i + 1}::/48`);

function worldWith(limit: PrefixLimit | null, ipv6: PrefixLimit | null = null): World {
  return new World(router({ ranges: [range({ limits: inbound(limit, ipv6) })] }));
}

function send(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}

const add = (peer: SimPeer, list: readonly string[]) => send(peer, announce(list, { localPref: 100 }));
const names = (world: World) => world.events.map(({ name }) => name).filter((name) => name.startsWith('peer.prefix'));

function enginePeer(peer: SimPeer) {
  const found = peer.world.engine.peers.get(peer.address);
  if (found === undefined) throw new Error('no peer');
  return found;
}

describe('a warning', () => {
  test('comes at the percentage, another beyond the limit, and nothing else happens', () => {
    const world = worldWith(WARN);
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(source, prefixes(7));
    expect(names(world)).toEqual([]);
    add(source, prefixes(8));
    expect(world.eventsNamed('peer.prefixes-near-limit')).toMatchObject([
      { peer: '10.0.0.1', family: 'ipv4-unicast', of: 'received', count: 8, limit: 10 },
    ]);
    add(source, prefixes(12));
    add(source, prefixes(14));
    expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([{ action: 'warn', limit: 10 }]);
    send(source, withdraw(prefixes(10)));
    expect(names(world)).toEqual(['peer.prefixes-near-limit', 'peer.prefix-limit', 'peer.prefixes-below-limit']);
    expect(other.held.size).toBe(4);
  });

  test('is given per family', () => {
    const world = worldWith(WARN, { ...WARN, limit: 2, warnAt: 2 });
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(7));
    add(source, prefixes6(3));
    expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([{ family: 'ipv6-unicast', limit: 2 }]);
  });

  test('counts what is accepted, where it is to', () => {
    const world = worldWith({ ...WARN, of: 'accepted' });
    const source = SimPeer.up(world, '10.0.0.1', 1);
    send(source, announce(prefixes(12), { localPref: 100, asPath: [OUR_AS] }));
    expect(names(world)).toEqual([]);
    add(source, prefixes(11));
    expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([{ of: 'accepted' }]);
  });

  test('counts what a changed policy accepts', () => {
    const spec = peerSpec('10.0.0.1', { exchange: { import: 'reject' }, limits: inbound({ ...WARN, of: 'accepted' }) });
    const world = new World(router({ peers: [spec], ranges: [] }));
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(11));
    expect(names(world)).toEqual([]);
    enginePeer(source).reconfigure({ ...spec, exchange: { ...spec.exchange, import: 'accept' } }, true);
    world.settle();
    expect(names(world)).toEqual(['peer.prefix-limit']);
  });
});

describe('a restart', () => {
  test('ends the session with the family and its limit as data, and the routes go', () => {
    const world = worldWith(RESTART);
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(source, prefixes(10));
    expect(other.held.size).toBe(10);
    expect(source.notification).toBeNull();
    add(source, prefixes(1, 11));
    expect(source.notification).toEqual({ code: 6, subcode: 1, data: Uint8Array.of(0, 1, 1, 0, 0, 0, 10) });
    expect(source.connection.closed).toBe(true);
    expect(other.held.size).toBe(0);
    expect(world.eventsNamed('peer.down')).toMatchObject([
      {
        code: 6,
        subcode: 1,
        reason:
          'sent Cease / Maximum Number of Prefixes Reached (ipv4-unicast, limit 10): the peer announced more than 10 prefixes of ipv4-unicast; announce fewer prefixes at the peer, or raise `max-prefix` here; the next attempt is after 60 s',
      },
    ]);
  });

  test('keeps the session down for its time, and then takes the peer back', () => {
    const world = worldWith(RESTART);
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(11));
    world.pass(59_000);
    source.connect();
    world.settle();
    expect(source.notification).toMatchObject({ code: 6, subcode: 5 });
    expect(source.connection.closed).toBe(true);
    expect(enginePeer(source).stateName).toBe('Idle');
    world.pass(1_000);
    source.connect();
    source.establish();
    add(source, prefixes(10));
    expect(enginePeer(source).stateName).toBe('Established');
    expect(enginePeer(source).session?.ribPeer.received[0]).toBe(10);
  });

  test('dials the peer again after its time', () => {
    const limits = inbound(RESTART);
    const world = new World(
      router({ peers: [peerSpec('10.0.0.1', { session: { passive: false }, limits })], ranges: [] }),
    );
    const source = new SimPeer(world, '10.0.0.1', 1, OUR_AS, world.answerDial());
    source.establish();
    add(source, prefixes(11));
    world.pass(59_999);
    expect(world.dials).toHaveLength(1);
    world.pass(1);
    expect(world.dials).toHaveLength(2);
  });

  test('says the limit of the other family by its AFI', () => {
    const world = worldWith(null, { ...RESTART, limit: 70_000 });
    const source = SimPeer.up(world, '10.0.0.1', 1);
    const nextHop = [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1];
    const nlriOf = (i: number) => [48, 0x20, 1, 0xd, i >> 16, (i >> 8) & 255, i & 255];
    for (let i = 0; i <= 70_000; i += 400) {
      const nlri = Array.from({ length: Math.min(400, 70_001 - i) }, (_, k) => nlriOf(i + k)).flat();
      source.send(announceIn(FAMILIES[IPV6_UNICAST], nlri, nextHop));
    }
    world.settle();
    expect(source.notification).toEqual({ code: 6, subcode: 1, data: Uint8Array.of(0, 2, 1, 0, 1, 0x11, 0x70) });
  });

  test('reads nothing behind the prefix that exceeded the limit', () => {
    const world = worldWith(RESTART);
    const source = SimPeer.up(world, '10.0.0.1', 1);
    const [a, b] = [announce(prefixes(11), { localPref: 100 }), announce(prefixes(50, 100), { localPref: 100 })];
    source.connection.deliver(Uint8Array.of(...a, ...b));
    expect(world.engine.rib.families[0].paths.count).toBe(11);
    world.settle();
    expect(world.engine.rib.families[0].paths.count).toBe(0);
  });

  test('does not count what was kept of the session before (RFC 4724)', () => {
    const gracefulRestart = { full: true, restartMs: 120_000, staleMs: 360_000 };
    const world = new World(router({ ranges: [range({ session: { gracefulRestart }, limits: inbound(RESTART) })] }));
    const source = new SimPeer(world, '10.0.0.1', 1);
    source.establish(restartingOpen(1));
    add(source, prefixes(10));
    source.connection.lose();
    world.settle();
    source.connect();
    source.establish(restartingOpen(1));
    add(source, prefixes(10, 20));
    expect(source.notification).toBeNull();
    send(source, END_OF_RIB, END_OF_RIB_6);
    expect(enginePeer(source).session?.ribPeer.received[0]).toBe(10);
  });

  test('is a hard reset where both sides have the N bit, and nothing is kept (RFC 8538 3)', () => {
    const gracefulRestart = { full: true, restartMs: 120_000, staleMs: 360_000 };
    const world = new World(router({ ranges: [range({ session: { gracefulRestart }, limits: inbound(RESTART) })] }));
    const [source, other] = [new SimPeer(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    source.establish(restartingOpen(1, N));
    add(source, prefixes(11));
    expect(source.notification).toEqual({ code: 6, subcode: 9, data: Uint8Array.of(6, 1, 0, 1, 1, 0, 0, 0, 10) });
    expect(enginePeer(source).retention).toBeNull();
    expect(other.held.size).toBe(0);
  });

  test('of a limit that routes in the same read as the KEEPALIVE exceed', () => {
    const world = worldWith(RESTART);
    const source = new SimPeer(world, '10.0.0.1', 1);
    const all = [open(OUR_AS, 1), KEEPALIVE, announce(prefixes(11), { localPref: 100 })];
    source.connection.deliver(Uint8Array.of(...all.flatMap((each) => [...each])));
    world.settle();
    expect(source.notification).toMatchObject({ code: 6, subcode: 1 });
    expect(world.engine.rib.families[0].paths.count).toBe(0);
  });
});

describe('a shutdown', () => {
  test('keeps a dynamic peer down until the operator acts', () => {
    const world = worldWith(SHUTDOWN);
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(11));
    expect(source.notification).toMatchObject({ code: 6, subcode: 1 });
    world.pass(24 * 3_600_000);
    source.connect();
    world.settle();
    expect(source.connection.closed).toBe(true);
    expect(source.notification).toMatchObject({ code: 6, subcode: 5 });
  });

  test('ends with a reset by the operator', () => {
    const world = worldWith(SHUTDOWN);
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(11));
    world.engine.resetPeer(enginePeer(source), 'the reset command');
    source.connect();
    source.establish();
    expect(enginePeer(source).stateName).toBe('Established');
  });

  test('ends with another limit, and not with another description', () => {
    const spec = peerSpec('10.0.0.1', { limits: inbound(SHUTDOWN) });
    const world = new World(router({ peers: [spec], ranges: [] }));
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(11));
    const peer = enginePeer(source);
    peer.reconfigure({ ...spec, description: 'x' }, true);
    expect(peer.stateName).toBe('Idle');
    peer.reconfigure({ ...spec, limits: inbound({ ...SHUTDOWN, limit: 20 }) }, true);
    expect(peer.stateName).toBe('Active');
  });

  test('follows at once where a reload lowers the limit', () => {
    const spec = peerSpec('10.0.0.1', { limits: inbound({ ...SHUTDOWN, limit: 20 }) });
    const world = new World(router({ peers: [spec], ranges: [] }));
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(15));
    enginePeer(source).reconfigure({ ...spec, limits: inbound(SHUTDOWN) }, true);
    world.settle();
    expect(source.notification).toMatchObject({ code: 6, subcode: 1 });
  });

  test('a dynamic peer is forgotten once it is not held down any more', () => {
    const world = worldWith(RESTART);
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(11));
    world.pass(60_000);
    expect(world.engine.peers.size).toBe(1);
    world.pass(60_000);
    expect(world.engine.peers.size).toBe(0);
  });
});

describe('blocking', () => {
  test('keeps further prefixes out; those that are held may change', () => {
    const world = worldWith(BLOCK);
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(source, prefixes(15));
    expect(other.prefixes).toEqual(prefixes(10).sort());
    send(source, announce(prefixes(12), { localPref: 300 }));
    expect(other.held.get('20.0.3.0/24')?.localPref).toBe(300);
    expect(other.held.size).toBe(10);
    expect(world.eventsNamed('peer.prefix-limit')).toMatchObject([{ action: 'block' }]);
    const limits = enginePeer(source).session?.limits;
    expect(limits?.stateOf(IPV4_UNICAST, 'in')).toMatchObject({ count: 10, blocked: 7, level: 'over' });
    expect(world.engine.rib.families[0].prefixes.count).toBe(10);
  });

  test('a blocked prefix stays in the tables for other peers', () => {
    const world = worldWith(BLOCK);
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(other, ['30.0.0.0/8']);
    add(source, prefixes(10));
    add(source, ['30.0.0.0/8']);
    expect(source.prefixes).toEqual(['30.0.0.0/8']);
    send(source, withdraw(['30.0.0.0/8']));
    expect(source.prefixes).toEqual(['30.0.0.0/8']);
  });

  test('asks for the routes again when there is room, and not all the time', () => {
    const world = worldWith(BLOCK);
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(source, prefixes(12));
    send(source, withdraw(prefixes(3)));
    expect(source.counts[5]).toBe(0);
    world.pass(1000);
    expect(source.counts[5]).toBe(1);
    add(source, prefixes(9, 4));
    expect(other.prefixes).toEqual(prefixes(9, 4).sort());
    add(source, prefixes(15));
    send(source, withdraw(prefixes(2, 4)));
    world.pass(28_000);
    expect(source.counts[5]).toBe(1);
    world.pass(2_000);
    expect(source.counts[5]).toBe(2);
  });

  test('of accepted prefixes holds those that are too many unused, with the reason, and takes them when there is room', () => {
    const world = worldWith({ ...BLOCK, of: 'accepted' });
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(source, prefixes(12));
    expect(other.held.size).toBe(10);
    expect(enginePeer(source).session?.limits.stateOf(IPV4_UNICAST, 'in')).toMatchObject({
      count: 10,
      blocked: 2,
      level: 'over',
    });
    send(source, withdraw(prefixes(1)));
    world.pass(1000);
    expect(other.prefixes).toEqual(prefixes(10, 2).sort());
    expect(source.counts[5]).toBe(0);
    expect(enginePeer(source).session?.limits.stateOf(IPV4_UNICAST, 'in')).toMatchObject({ count: 10, blocked: 1 });
  });

  test('of accepted prefixes: a path that becomes unusable makes room', () => {
    const world = worldWith({ ...BLOCK, of: 'accepted' });
    const [source, other] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
    add(source, prefixes(11));
    send(source, announce(prefixes(1), { localPref: 100, asPath: [OUR_AS] }));
    world.pass(1000);
    expect(other.prefixes).toEqual(prefixes(10, 2).sort());
  });

  test('a reload with an unchanged limit reports nothing again', () => {
    const spec = peerSpec('10.0.0.1', { limits: inbound(BLOCK) });
    const world = new World(router({ peers: [spec], ranges: [] }));
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(12));
    enginePeer(source).reconfigure({ ...spec, exchange: { ...spec.exchange, clientToClient: false } }, true);
    add(source, prefixes(12));
    expect(names(world)).toEqual(['peer.prefix-limit']);
  });

  test('a raised limit accepts blocked prefixes', () => {
    const spec = peerSpec('10.0.0.1', { limits: inbound(BLOCK) });
    const world = new World(router({ peers: [spec], ranges: [] }));
    const source = SimPeer.up(world, '10.0.0.1', 1);
    add(source, prefixes(12));
    enginePeer(source).reconfigure({ ...spec, limits: inbound({ ...BLOCK, limit: 20 }) }, true);
    world.settle();
    expect(source.counts[5]).toBe(1);
    add(source, prefixes(12));
    expect(enginePeer(source).session?.ribPeer.received[0]).toBe(12);
  });
});
