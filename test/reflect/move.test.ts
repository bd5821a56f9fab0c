/** A member that moves to another group: in pieces, while the tables change, and it is sent the difference alone. */
import { SimPeer } from '../engine/sim-peer.ts';
import { OUR_AS, peerSpec, router, World } from '../engine/world.ts';
import { announce, KEEPALIVE, open, withdraw } from '../lab/updates.ts';
import { NOTHING, residue } from './network.ts';

const CAPABILITIES = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 3, 2, 0];
const COUNT = 12_000;

const prefixOf = (i: number) => `20.${i >> 8}.${i & 255}.0/24`;
const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `${prefixOf(from + i)} #1`);

/** A world whose clock advances by ten milliseconds at every look, so that a turn does little. */
function busyWorld(): World {
  const names = ['10.0.0.1', '10.0.0.2', '10.0.0.8', '10.0.0.9'];
  const session = { addPath: { receive: true, send: true }, holdMs: 0 };
  const exchange = { select: { kind: 'paths' as const, limit: 2 } };
  const peers = names.map((name) => peerSpec(name, { session, exchange }));
  let looks = 0;
  const clock = { nowMs: () => 1000 + 10 * looks++, wallMs: () => 1000 };
  return new World(router({ peers, ranges: [] }), { clock });
}

function up(world: World, n: number): SimPeer {
  const peer = new SimPeer(world, `10.0.0.${n}`, n);
  peer.addPath = true;
  peer.establish(open(OUR_AS, n, { capabilities: CAPABILITIES, holdSeconds: 0 }));
  return peer;
}

function send(peer: SimPeer, prefixes: readonly string[], med: number): void {
  for (let i = 0; i < prefixes.length; i += 500) {
    peer.send(announce(prefixes.slice(i, i + 500), { nextHop: peer.address, localPref: 100, med }));
  }
}

function setLimit(world: World, name: string, limit: number): void {
  const peer = world.engine.peers.get(name);
  if (peer === undefined) throw new Error('no peer');
  const exchange = { ...peer.spec.exchange, select: { kind: 'paths' as const, limit } };
  peer.reconfigure({ ...peer.spec, exchange }, true);
}

const memberOf = (world: World, name: string) => world.engine.peers.get(name)?.session?.members[0];

function announcements(peer: SimPeer): string[] {
  return peer.history.filter((line) => line.includes('/'));
}

test('a move takes several turns, includes changes made meanwhile, and sends nothing that is unchanged', () => {
  const world = busyWorld();
  const [source, other, watcher] = [1, 2, 9].map((n) => up(world, n));
  send(source, many(COUNT), 1);
  send(other, many(100), 1);
  world.settle();
  expect(watcher.held.size).toBe(COUNT + 100);
  watcher.history.length = 0;
  setLimit(world, '10.0.0.9', 8);
  let turns = 0;
  let moving = 0;
  let changed = 0;
  for (let isOver = false; !isOver; turns++) {
    if (turns > 10_000) throw new Error('the move does not end');
    world.turn();
    // At both ends of the table: where the move has been, and where it is still to come.
    const [low, high] = [200 + turns, COUNT - 1 - turns];
    send(source, [`${prefixOf(low)} #1`], 2);
    source.send(withdraw([`${prefixOf(high)} #1`]));
    send(other, [`${prefixOf(high - 500)} #7`, `${prefixOf(COUNT + turns)} #1`], 3);
    changed += 4;
    const { group, origin } = memberOf(world, '10.0.0.9') ?? {};
    isOver = group?.key.select.kind === 'paths' && group.key.select.limit === 8 && origin === null;
    moving += origin ? 1 : 0;
  }
  world.settle();
  expect(moving).toBeGreaterThan(4);
  const late = up(world, 8);
  setLimit(world, '10.0.0.8', 8);
  world.settle();
  const sorted = (peer: SimPeer) => [...peer.held].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(sorted(watcher)).toEqual(sorted(late));
  expect(announcements(watcher).length).toBeLessThan(5 * changed);
  for (const peer of [source, other, watcher, late]) peer.connection.lose();
  world.settle();
  expect(residue(world)).toMatchObject(NOTHING);
});

test('a peer that moves again at once, or leaves while it moves, leaves nothing behind', () => {
  const world = busyWorld();
  const [source, one, two] = [1, 8, 9].map((n) => up(world, n));
  send(source, many(COUNT), 1);
  world.settle();
  for (const limit of [8, 3, 5]) for (const name of ['10.0.0.8', '10.0.0.9']) setLimit(world, name, limit);
  for (let turns = 0; memberOf(world, '10.0.0.9')?.origin == null; turns++) {
    if (turns > 10_000) throw new Error('the move does not begin');
    world.turn();
  }
  two.connection.lose();
  world.settle();
  expect(memberOf(world, '10.0.0.8')?.group.key.select).toEqual({ kind: 'paths', limit: 5 });
  expect(one.held.size).toBe(COUNT);
  for (const peer of [source, one]) peer.connection.lose();
  world.settle();
  expect(residue(world)).toMatchObject(NOTHING);
});

test('a move during the first snapshot does not consider the whole table in one turn', () => {
  const world = busyWorld();
  const source = up(world, 1);
  send(source, many(COUNT), 1);
  world.settle();
  setLimit(world, '10.0.0.8', 5); // a group of its own, which is new
  const peer = new SimPeer(world, '10.0.0.8', 8);
  peer.addPath = true;
  peer.send(open(OUR_AS, 8, { capabilities: CAPABILITIES, holdSeconds: 0 }), KEEPALIVE);
  for (let turns = 0; (memberOf(world, '10.0.0.8')?.sending ?? null) !== 'snapshot'; turns++) {
    if (turns > 1000) throw new Error('no snapshot');
    world.turn();
  }
  const { group } = memberOf(world, '10.0.0.8')!;
  const considered = () => group.advertised.counts.total;
  expect(considered()).toBeLessThan(COUNT / 2);
  let before = considered();
  let most = 0;
  setLimit(world, '10.0.0.8', 8);
  for (let turns = 0; turns === 0 || world.engine.isBusy; turns++) {
    if (turns > 10_000) throw new Error('the move does not end');
    most = Math.max(most, considered() - before);
    before = considered();
    world.turn();
  }
  world.settle();
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(COUNT / 2);
  expect(memberOf(world, '10.0.0.8')?.group.key.select).toEqual({ kind: 'paths', limit: 8 });
  expect(peer.held.size).toBe(COUNT);
  for (const one of [source, peer]) one.connection.lose();
  world.settle();
  expect(residue(world)).toMatchObject(NOTHING);
});
