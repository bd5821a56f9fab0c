/** Slow members: the others never wait for them, their cost is bounded, and in the end they hold the current state. */
import { CHUNK_BYTES } from '../../src/reflect/encode/chunks.ts';
import { cease } from '../../src/wire/notification.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { address, World } from '../engine/world.ts';
import { announce, KEEPALIVE, message, withdraw } from '../lab/updates.ts';
import { NOTHING, residue } from './network.ts';

const SLOW_AFTER = 2 * CHUNK_BYTES;
const REFRESH = message(5, [0, 1, 0, 1]);

/** Prefixes `20.0.0.0/24` and on. */
function many(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `20.${(from + i) >> 8}.${(from + i) & 255}.0/24`);
}

/** Announces prefixes, a few at a time with attributes of their own. */
function feed(peer: SimPeer, prefixes: readonly string[], med: number, atOnce = 5): void {
  for (let i = 0; i < prefixes.length; i += atOnce) {
    peer.send(announce(prefixes.slice(i, i + atOnce), { nextHop: peer.address, localPref: 100, med: med + i }));
  }
  peer.world.settle();
}

function remove(peer: SimPeer, prefixes: readonly string[]): void {
  for (let i = 0; i < prefixes.length; i += 500) peer.send(withdraw(prefixes.slice(i, i + 500)));
  peer.world.settle();
}

function memberOf(peer: SimPeer) {
  const member = peer.world.engine.peers.get(peer.address)?.session?.members[0];
  if (!member) throw new Error('no member');
  return member;
}

/** All routes that a peer holds, as one text: tables of thousands are compared at once. */
function table({ held }: SimPeer): string {
  return [...held]
    .map(([prefix, route]) => `${prefix} ${JSON.stringify(route)}`)
    .sort()
    .join('\n');
}

/** A source, a witness that always reads, and one more. */
function three(): { world: World; source: SimPeer; witness: SimPeer; sloth: SimPeer } {
  const world = new World(undefined, { slowAfterBytes: SLOW_AFTER });
  const [source, witness, sloth] = [1, 2, 3].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
  world.pass(3000);
  return { world, source, witness, sloth };
}

/** Changes a few thousand prefixes until the sloth has left the log. */
function outpace({ source, sloth }: { source: SimPeer; sloth: SimPeer }, prefixes = many(4000)): number {
  let rounds = 0;
  while (!memberOf(sloth).isSlow) {
    if (++rounds > 20) throw new Error('it never becomes slow');
    feed(source, prefixes, rounds * 10_000);
  }
  return rounds;
}

function read(peer: SimPeer): void {
  peer.connection.reading = true;
  peer.connection.drain();
  peer.world.settle();
}

test('a member that does not read leaves the log, the others get everything at once, and memory stays bounded', () => {
  const all = three();
  const { world, source, witness, sloth } = all;
  sloth.connection.reading = false;
  outpace(all);
  expect(world.eventsNamed('peer.slow')).toMatchObject([{ peer: '10.0.0.3', family: 'ipv4-unicast' }]);
  for (let round = 100; round < 105; round++) {
    feed(source, many(4000), round * 10_000);
    expect(witness.held.get('20.0.0.0/24')?.med).toBe(round * 10_000);
    expect(world.engine.reflector.pool.bytesInUse).toBeLessThanOrEqual(SLOW_AFTER + 2 * CHUNK_BYTES);
  }
  expect(memberOf(sloth).owedCount).toBe(4000);
  expect(memberOf(sloth).heldBytes).toBe(0);
});

test('when it reads again it is sent the current state of changed prefixes, and no intermediate state', () => {
  const all = three();
  const { world, source, witness, sloth } = all;
  feed(source, many(6000), 1);
  sloth.connection.reading = false;
  outpace(all);
  feed(source, many(4000), 500_000);
  remove(source, many(1000, 3000));
  feed(source, many(500, 20_000), 600_000);
  sloth.history.length = 0;
  read(sloth);
  expect(table(sloth)).toBe(table(witness));
  const gone = sloth.history.filter((line) => line.startsWith('-'));
  expect(new Set(gone)).toEqual(new Set(many(1000, 3000).map((prefix) => `-${prefix}`)));
  // One slice was on its way when it stopped reading; behind that every prefix comes once.
  const again = sloth.history.filter((line) => line === '20.0.0.0/24');
  expect(again.length).toBeLessThanOrEqual(2);
  expect(sloth.history.length).toBeLessThan(4500 + 3500);
  expect(memberOf(sloth).sending).toBe('log');
  expect(world.eventsNamed('peer.caught-up')).toMatchObject([{ peer: '10.0.0.3', family: 'ipv4-unicast' }]);
  expect(world.engine.reflector.groups[0][0].slow.list).toEqual([]);
});

test('back in the log, it is sent the next change like all others', () => {
  const all = three();
  all.sloth.connection.reading = false;
  outpace(all);
  read(all.sloth);
  all.sloth.history.length = 0;
  all.source.send(withdraw(['20.0.0.0/24']));
  all.world.settle();
  expect(all.sloth.history).toEqual(['-20.0.0.0/24']);
});

test('changes while it catches up reach it, though it reads only a slice at a time', () => {
  const all = three();
  const { world, source, witness, sloth } = all;
  sloth.connection.reading = false;
  outpace(all, many(6_000));
  for (let round = 0; round < 40 && memberOf(sloth).isSlow; round++) {
    sloth.connection.reading = true;
    sloth.connection.drain();
    sloth.connection.reading = false;
    if (round < 10) {
      feed(source, many(300, round * 400), 900_000 + round * 1000);
      remove(source, many(50, round * 500));
    }
    world.settle();
  }
  read(sloth);
  expect(table(sloth)).toBe(table(witness));
  expect(memberOf(sloth).sending).toBe('log');
});

test('a member that is slow before it has read its snapshot is sent all of it, and End-of-RIB once behind it', () => {
  const all = three();
  const { world, source, witness } = all;
  feed(source, many(8_000), 1);
  const late = new SimPeer(world, '10.0.0.4', 4);
  late.connection.reading = false;
  late.establish();
  outpace({ source, sloth: late }, many(4000));
  remove(source, many(100, 6_000));
  read(late);
  expect(table(late)).toBe(table(witness));
  const ends = late.history.filter((line) => line === 'EOR ipv4-unicast');
  expect(ends).toHaveLength(1);
  const initial = new Set(late.history.slice(0, late.history.indexOf(ends[0])));
  expect([...witness.held.keys()].filter((prefix) => !initial.has(prefix))).toEqual([]);
});

test('a route refresh while it is slow sends everything', () => {
  const all = three();
  const { source, witness, sloth } = all;
  feed(source, many(3000, 30_000), 1);
  sloth.connection.reading = false;
  outpace(all);
  sloth.held.clear();
  sloth.send(REFRESH);
  read(sloth);
  expect(table(sloth)).toBe(table(witness));
});

test('a member that is both slow and source is never sent its own routes', () => {
  const all = three();
  const { world, source, witness, sloth } = all;
  feed(source, many(4000), 1);
  sloth.connection.reading = false;
  outpace(all);
  sloth.send(announce(many(300), { localPref: 900 }));
  world.settle();
  read(sloth);
  expect(sloth.prefixes).toEqual(many(3700, 300).sort());
  expect(witness.held.get('20.0.0.0/24')?.localPref).toBe(900);
  sloth.send(withdraw(many(300)));
  world.settle();
  expect(table(sloth)).toBe(table(witness));
});

test('while most are behind they share the log, up to eight times as much; then all are slow, and all catch up', () => {
  const world = new World(undefined, { slowAfterBytes: SLOW_AFTER });
  const source = SimPeer.up(world, '10.0.0.1', 1);
  const sloths = [2, 3, 4, 5].map((n) => SimPeer.up(world, `10.0.0.${n}`, n));
  for (const sloth of sloths) sloth.connection.reading = false;
  for (let round = 1; memberOf(sloths[0]).heldBytes < 6 * SLOW_AFTER; round++) feed(source, many(4000), round * 10_000);
  expect(world.eventsNamed('peer.slow')).toEqual([]);
  read(sloths[3]);
  for (const sloth of sloths.slice(2)) read(sloth);
  expect(memberOf(sloths[3])).toMatchObject({ sending: 'log', lagBytes: 0 });
  sloths[3].connection.reading = false;
  sloths[2].connection.reading = false;
  feed(source, ['30.0.0.0/8'], 1);
  // Two of five are behind now: they are slow at once, the others in their turn.
  expect(world.engine.reflector.groups[0][0].slow.list).toHaveLength(2);
  outpace({ source, sloth: sloths[3] });
  expect(world.engine.reflector.groups[0][0].slow.list).toHaveLength(4);
  // Each has a chunk of its own; what they shared is gone.
  expect(world.engine.reflector.pool.bytesInUse).toBeLessThanOrEqual(SLOW_AFTER + (4 + 1) * CHUNK_BYTES);
  for (const sloth of sloths) read(sloth);
  const late = SimPeer.up(world, '10.0.0.6', 6);
  for (const sloth of sloths) expect(table(sloth)).toBe(table(late));
});

test('settings that change while a slow member is catching up leave it with no withdrawn route', () => {
  const all = three();
  const { world, source, witness, sloth } = all;
  const prefixes = many(2000);
  feed(source, prefixes, 1, 1);
  sloth.connection.reading = false;
  for (let round = 2; !memberOf(sloth).isSlow; round++) feed(source, prefixes, round * 5000, 1);
  // It is owed two chunks: first all that it may still hold, then the withdrawals. It reads the first one only.
  remove(source, many(40, 1960));
  for (const _slice of [1, 2]) {
    sloth.connection.reading = true;
    sloth.connection.drain();
    sloth.connection.reading = false;
  }
  expect(memberOf(sloth)).toMatchObject({ sending: 'slow', owedCount: 0 });
  const peer = world.engine.peers.get(sloth.address);
  if (peer === undefined) throw new Error('no peer');
  const nextHop = { kind: 'address', address: address('192.0.2.200') } as const;
  peer.reconfigure({ ...peer.spec, exchange: { ...peer.spec.exchange, nextHop } }, true);
  read(sloth);
  expect(sloth.prefixes).toEqual(witness.prefixes);
  expect(new Set([...sloth.held.values()].map((held) => held.nextHop))).toEqual(new Set(['192.0.2.200']));
});

test('a slow member that leaves releases all that it held', () => {
  const all = three();
  const { world, source, witness, sloth } = all;
  sloth.connection.reading = false;
  outpace(all);
  remove(source, many(4000));
  sloth.connection.lose();
  world.settle();
  expect(world.engine.rib.families[0].prefixes.count).toBe(0);
  source.connection.lose();
  witness.connection.lose();
  world.settle();
  expect(residue(world)).toEqual(NOTHING);
});

describe('what is sent before routes', () => {
  /** A peer with a large table on its way, of which it takes one slice at a time. */
  function busy(): { world: World; peer: SimPeer; sip: () => void } {
    const world = new World();
    const source = SimPeer.up(world, '10.0.0.1', 1);
    feed(source, many(20_000), 1, 10);
    const peer = new SimPeer(world, '10.0.0.2', 2);
    peer.connection.reading = false;
    peer.establish();
    const sip = () => {
      peer.connection.reading = true;
      peer.connection.drain();
      peer.connection.reading = false;
    };
    // End-of-RIB of the empty family comes between the first slices; from the second one on there is nothing else.
    for (let slices = 0; slices < 2; ) {
      peer.history.length = 0;
      sip();
      if (peer.history.length > 1000) slices++;
    }
    peer.history.length = 0;
    return { world, peer, sip };
  }

  test('a KEEPALIVE that is due is sent behind the slice that is being written', () => {
    const { world, peer, sip } = busy();
    sip();
    expect(peer.history.length).toBeGreaterThan(1000);
    expect(peer.history).not.toContain('KEEPALIVE');
    peer.send(KEEPALIVE);
    world.pass(30_000);
    sip();
    sip();
    expect(peer.history.at(-1)).toBe('KEEPALIVE');
    expect(peer.history).not.toContain('EOR ipv4-unicast');
  });

  test('a NOTIFICATION too, and no route follows it', () => {
    const { world, peer, sip } = busy();
    const updates = peer.counts[2];
    const engine = world.engine.peers.get(peer.address);
    if (engine === undefined) throw new Error('no peer');
    world.engine.resetPeer(engine, 'for the test');
    sip();
    const taken = peer.counts[2];
    expect(taken).toBeGreaterThan(updates);
    read(peer);
    expect(peer.notification).toMatchObject({ code: 6, subcode: cease.reset.subcode });
    expect(peer.counts[2]).toBe(taken);
    expect(peer.connection.closed).toBe(true);
  });
});
