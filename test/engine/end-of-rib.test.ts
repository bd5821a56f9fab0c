/** End-of-RIB stands behind all that was in the tables when the peer came (RFC 4724 4.1), whatever was still open then. */
import { RibNextHops } from '../../src/engine/fib-feed/tracked-next-hops.ts';
import type { FibGate } from '../../src/reflect/advertise/fib-gate.ts';
import type { PrefixId } from '../../src/rib/tables/ids.ts';
import type { SessionSpec } from '../../src/spec/session.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { announce, END_OF_RIB, KEEPALIVE, open } from '../lab/updates.ts';
import { END_OF_RIB_6, restartingOpen } from './restarting.ts';
import { SimPeer } from './sim-peer.ts';
import { TwoReflectors } from './two-reflectors.ts';
import { OUR_AS, OUR_ID, peerSpec, range, router, World } from './world.ts';

const GRACEFUL = { full: true, restartMs: 120_000, staleMs: 300_000 };
const session = { gracefulRestart: GRACEFUL };
const NON_CLIENT = { client: false };
const OTHER = '192.0.2.2';
const P = '10.1.0.0/26';
const MANY = Array.from({ length: 6000 }, (_, i) => `20.${i >> 8}.${i & 255}.0/24`);
/** As the other reflector, whose cluster id is its own, reflects a path of the node with router id 1. */
const COPY = { nextHop: '10.0.0.1', localPref: 100, originatorId: 1, clusterList: [0x0a63_0002] };
const DIRECT = { nextHop: '10.0.0.1', localPref: 100 };

/** What was received before End-of-RIB of IPv4, in its order. */
function initial(peer: SimPeer): string[] {
  const end = peer.history.indexOf('EOR ipv4-unicast');
  return peer.history.slice(0, Math.max(end, 0)).filter((line) => line.includes('/'));
}

const endsOfRib = (peer: SimPeer) => peer.history.filter((line) => line === 'EOR ipv4-unicast').length;

/** A peer whose session is established with its next message, in the middle of whatever comes before that. */
function almostUp(world: World, address: string, routerId: number): SimPeer {
  const peer = new SimPeer(world, address, routerId);
  peer.send(open(OUR_AS, routerId));
  world.settle();
  return peer;
}

function feed(peer: SimPeer, prefixes: readonly string[], route: Parameters<typeof announce>[1]): void {
  for (let at = 0; at < prefixes.length; at += 200) peer.send(announce(prefixes.slice(at, at + 200), route));
}

test('after a restart a reflector that announced the same prefixes first gets each before End-of-RIB, and only once', () => {
  const spec = router({
    ranges: [range({ session })],
    peers: [peerSpec(OTHER, { session, exchange: NON_CLIENT })],
    deferMs: 30_000,
  });
  const world = new World(spec, {}, ['10.0.0.1', OTHER]);
  const other = new SimPeer(world, OTHER, 0x0a63_0002);
  other.establish(restartingOpen(0x0a63_0002));
  feed(other, MANY, COPY);
  other.send(END_OF_RIB, END_OF_RIB_6);
  world.settle();
  const node = new SimPeer(world, '10.0.0.1', 1);
  node.establish(restartingOpen(1));
  feed(node, MANY, DIRECT);
  node.send(END_OF_RIB, END_OF_RIB_6);
  world.pass(3_000);
  expect(endsOfRib(other)).toBe(1);
  expect(initial(other).sort()).toEqual([...MANY].sort());
  expect(other.held.get(MANY[0])).toMatchObject({ originatorId: '0.0.0.1' });
  const watcher = SimPeer.up(world, '10.0.0.9', 9);
  expect(initial(watcher)).toHaveLength(MANY.length);
});

test('a peer that joins while prefixes are undecided gets them as they are decided, once, before End-of-RIB', () => {
  const world = new World(router({ peers: [peerSpec(OTHER, { exchange: NON_CLIENT })] }));
  const [node, second] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  const other = almostUp(world, OTHER, 0x0a63_0002);
  feed(node, MANY, { nextHop: '10.0.0.1', localPref: 100 });
  feed(second, MANY, { nextHop: '10.0.0.2', localPref: 200 });
  other.send(KEEPALIVE);
  world.settle();
  expect(initial(other).sort()).toEqual([...MANY].sort());
  expect(other.held.get(MANY[5999])?.nextHop).toBe('10.0.0.2');
  expect(other.history.filter((line) => line.includes('/'))).toHaveLength(MANY.length);
});

test('a peer of a group that is there already gets what was undecided before End-of-RIB', () => {
  const world = new World();
  const [node, before] = [SimPeer.up(world, '10.0.0.1', 1), SimPeer.up(world, '10.0.0.2', 2)];
  world.pass(2_000);
  const late = almostUp(world, '10.0.0.3', 3);
  feed(node, MANY, DIRECT);
  late.send(KEEPALIVE);
  world.settle();
  expect(before.prefixes).toHaveLength(MANY.length);
  expect(new Set(initial(late))).toEqual(new Set(MANY));
  expect(endsOfRib(late)).toBe(1);
});

test('End-of-RIB waits until it is known how the next hops are reached, and for the routes that this makes usable', () => {
  const world = new World();
  const table = new RibNextHops(world.engine);
  const ids = new Map<string, number>();
  table.watch((id) => void ids.set(table.nameOf(id), id));
  const node = SimPeer.up(world, '10.0.0.1', 1);
  node.send(announce([P], DIRECT), announce(['10.2.0.0/26'], { nextHop: '192.0.2.77', localPref: 100 }));
  world.settle();
  const watcher = SimPeer.up(world, '10.0.0.2', 2);
  expect([watcher.prefixes, endsOfRib(watcher)]).toEqual([[], 0]);
  table.setReach(ids.get('10.0.0.1') as number, null, 0);
  table.changed();
  world.settle();
  expect([watcher.prefixes, endsOfRib(watcher)]).toEqual([[P], 0]);
  table.setReach(ids.get('192.0.2.77') as number, 'no route to it', 0);
  table.changed();
  world.settle();
  expect([initial(watcher), endsOfRib(watcher)]).toEqual([[P], 1]);
});

test('a next hop that is removed before it is resolved no longer delays End-of-RIB', () => {
  const world = new World();
  new RibNextHops(world.engine).watch(() => {});
  const [node, watcher] = [SimPeer.up(world, '10.0.0.1', 1), new SimPeer(world, '10.0.0.2', 2)];
  node.send(announce([P], DIRECT));
  watcher.establish();
  expect(endsOfRib(watcher)).toBe(0);
  node.connection.lose();
  world.settle();
  expect(endsOfRib(watcher)).toBe(1);
});

describe('where only what the kernel has is advertised, End-of-RIB waits', () => {
  const Q = '10.2.0.0/26';

  function gated() {
    const answers = new Map<PrefixId, FibGate>();
    const world = new World(router(), {}, [], { fibGate: (_, prefix) => answers.get(prefix) ?? 'hold' });
    const answer = (prefix: number, fibGate: FibGate) => {
      answers.set(prefix as PrefixId, fibGate);
      world.engine.rib.families[IPV4_UNICAST].markDirty(prefix as PrefixId);
      world.engine.schedule();
      world.settle();
    };
    return { world, answer };
  }

  test('for the answers that are due when the peer comes, and not for those that become due later', () => {
    const { world, answer } = gated();
    const node = SimPeer.up(world, '10.0.0.1', 1);
    node.send(announce([P], DIRECT), announce([Q], DIRECT));
    world.settle();
    const watcher = SimPeer.up(world, '10.0.0.2', 2);
    expect(endsOfRib(watcher)).toBe(0);
    answer(1, 'advertise');
    expect([watcher.prefixes, endsOfRib(watcher)]).toEqual([[P], 0]);
    node.send(announce(['10.3.0.0/26'], DIRECT));
    world.settle();
    answer(2, 'suppress');
    expect([initial(watcher), endsOfRib(watcher)]).toEqual([[P], 1]);
  });
});

test('of two reflectors neither withdraws anything, from each other or from nodes, when one of them restarts', () => {
  const SECOND = 0x0a63_0002;
  const mate = (address: string, over: Partial<SessionSpec>) =>
    peerSpec(address, { session: { ...session, ...over }, exchange: NON_CLIENT });
  const clients = (routerId: number) => range({ session: { ...session, routerId }, exchange: { clusterId: routerId } });
  const first = { ranges: [clients(OUR_ID)], peers: [mate('192.0.2.2', {})], deferMs: 30_000 };
  const dials = mate('192.0.2.1', { routerId: SECOND, passive: false });
  const pair = new TwoReflectors(
    router(first),
    router({ routerId: SECOND, clusterId: SECOND, ranges: [clients(SECOND)], peers: [dials] }),
  );
  pair.connect();
  const prefixes = MANY.slice(0, 1000);
  const join = (world: World) => {
    const sims = [1, 2].map((n) => new SimPeer(world, `10.0.0.${n}`, n));
    for (const sim of sims) sim.establish(restartingOpen(sim.routerId));
    feed(sims[0], prefixes, DIRECT);
    for (const sim of sims) sim.send(END_OF_RIB, END_OF_RIB_6);
    pair.settle();
    return sims;
  };
  join(pair.first);
  const [, watcher] = join(pair.second);
  pair.pass(1_000);
  expect(watcher.prefixes).toEqual([...prefixes].sort());
  watcher.history.length = 0;
  const { second } = pair;
  pair.restartFirst();
  // The dial that follows the loss.
  pair.second.pass(10_000);
  pair.connect();
  join(pair.first);
  pair.pass(10_000);
  const stale = second.events.filter(({ name }) => name === 'peer.stale-removed');
  expect(second.eventsNamed('peer.restarting')).toHaveLength(1);
  expect(stale).toEqual([]);
  expect(watcher.history.filter((line) => line.startsWith('-'))).toEqual([]);
  expect(pair.first.engine.deferring).toBe(false);
});
