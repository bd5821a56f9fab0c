/** Long work is cut into pieces: whatever is to be done, no turn of the loop does more than a bounded part of it. */
import { size, testAtScale } from '../lab/effort.ts';
import { announce, KEEPALIVE, message, open } from '../lab/updates.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, World } from './world.ts';

/** What one turn may do: five milliseconds of a clock that goes on by one with every look at it. */
const LOOKS_PER_TURN = 8;
/** Prefixes that the decision and the groups handle between two looks; paths that a sweep handles. */
const LOOK_EVERY = 16;
const WALK_STEP = 64;
/** Prefixes of two pieces of a snapshot. */
const BATCH = 4096;
/** More than the pieces of some turns; the largest bound of a turn is LOOKS_PER_TURN * 2 * BATCH. */
const PREFIXES = size(300_000, 30_000);
const MORE_PREFIXES = size(300_000, 80_000);

interface Turn {
  readonly considered: number;
  readonly announced: number;
  readonly removed: number;
}

/** A world that notes what each turn of the loop did, with a clock that never stands still. */
class Counted {
  readonly turns: Turn[] = [];
  readonly world: World;
  private considered = 0;
  private announced = 0;

  constructor() {
    let now = 1000;
    const clock = { nowMs: () => now++, wallMs: () => now };
    this.world = new World(undefined, { clock });
    const later = this.world.later.bind(this.world);
    this.world.later = (run) => later(() => this.count(run));
  }

  /** Notes how often the groups that there are by now are asked for something. */
  watch(): void {
    for (const group of this.world.engine.reflector.groups.flat()) {
      const { advertised } = group;
      const { update, announce: original } = advertised;
      advertised.update = (...args) => {
        this.considered++;
        return update.apply(advertised, args);
      };
      advertised.announce = (...args) => {
        this.announced++;
        original.apply(advertised, args);
      };
    }
  }

  get paths(): number {
    return this.world.engine.rib.families[0].paths.count;
  }

  most(what: keyof Turn): number {
    return Math.max(...this.turns.map((turn) => turn[what]));
  }

  private count(run: () => void): void {
    const before = this.paths;
    this.considered = 0;
    this.announced = 0;
    run();
    this.turns.push({
      considered: this.considered,
      announced: this.announced,
      removed: Math.max(0, before - this.paths),
    });
  }
}

/** UPDATEs with prefixes of /24, a thousand each. */
const updatesOf = (prefixes: number) =>
  Array.from({ length: prefixes / 1000 }, (_, m) => {
    const attributes = announce([], { localPref: 100 }).subarray(19);
    const nlri = Array.from({ length: 1000 }, (_prefix, k) => m * 1000 + k).flatMap((n) => [
      24,
      20 + (n >> 16),
      (n >> 8) & 255,
      n & 255,
    ]);
    return message(2, [...attributes, ...nlri]);
  });

/** A world with one source of a large table. */
function loaded(prefixes = PREFIXES): { counted: Counted; source: SimPeer } {
  const counted = new Counted();
  const source = SimPeer.up(counted.world, '10.0.0.1', 1);
  source.send(...updatesOf(prefixes));
  counted.world.settle();
  expect(counted.paths).toBe(prefixes);
  counted.watch();
  counted.turns.length = 0;
  return { counted, source };
}

/** Reads without looking at what it gets. */
function blind(world: World, address: string, routerId: number): { bytes: number } {
  const connection = world.connect(address);
  const seen = { bytes: 0 };
  connection.onBytes = (bytes) => {
    seen.bytes += bytes.length;
  };
  connection.deliver(open(OUR_AS, routerId));
  connection.deliver(KEEPALIVE);
  return seen;
}

test('a peer with very many paths that is lost is swept in pieces', () => {
  const { counted, source } = loaded();
  source.connection.lose();
  counted.world.settle();
  expect(counted.paths).toBe(0);
  expect(counted.most('removed')).toBeLessThanOrEqual(LOOKS_PER_TURN * WALK_STEP);
});

test('a large input of a peer is processed in slices, and in order', () => {
  const counted = new Counted();
  const source = SimPeer.up(counted.world, '10.0.0.1', 1);
  source.connection.turnMs = 3;
  const added: number[] = [];
  const later = counted.world.later;
  counted.world.later = (run) =>
    later(() => {
      const before = counted.paths;
      run();
      added.push(counted.paths - before);
    });
  const all = Buffer.concat([...updatesOf(60_000), message(2, [0, 4, 24, 20, 0, 0, 0, 0])]);
  counted.world.later(() => source.connection.deliver(all));
  counted.world.settle();
  // An UPDATE with a thousand prefixes has 4,0xx octets: two of them, with looks at the clock of their own.
  expect(Math.max(...added)).toBeLessThanOrEqual(2000);
  expect(counted.paths).toBe(60 * 1000 - 1);
});

test('the changes of very many paths are advertised in slices', () => {
  const { counted, source } = loaded();
  const other = blind(counted.world, '10.0.0.2', 2);
  counted.world.settle();
  counted.turns.length = 0;
  source.connection.lose();
  counted.world.settle();
  expect(other.bytes).toBeGreaterThan(PREFIXES * 4 * 2);
  expect(counted.most('considered')).toBeLessThanOrEqual(LOOKS_PER_TURN * LOOK_EVERY);
});

test('a snapshot of very many prefixes is encoded in pieces', () => {
  const { counted } = loaded();
  const joiner = blind(counted.world, '10.0.0.2', 2);
  counted.world.settle();
  expect(joiner.bytes).toBeGreaterThan(PREFIXES * 4);
  expect(counted.most('announced')).toBeLessThanOrEqual(5 * BATCH);
});

test('also for the peer that sent them all and receives none of them', () => {
  const { counted, source } = loaded(MORE_PREFIXES);
  counted.world.later(() => source.send(message(5, [0, 1, 0, 1])));
  counted.world.settle();
  expect(counted.turns.reduce((sum, { announced }) => sum + announced, 0)).toBe(MORE_PREFIXES);
  expect(source.prefixes).toEqual([]);
  expect(counted.most('announced')).toBeLessThanOrEqual(LOOKS_PER_TURN * 2 * BATCH);
});

test('a change of settings moves members to another group a few at a time', () => {
  const { counted } = loaded();
  const { world } = counted;
  for (let n = 2; n < 10; n++) blind(world, `10.0.0.${n}`, n);
  world.settle();
  const { reflector } = world.engine;
  const { move } = reflector;
  let moved = 0;
  reflector.move = (...args) => {
    moved++;
    return move.apply(reflector, args);
  };
  const movedPerTurn: number[] = [];
  const later = world.later;
  world.later = (run) =>
    later(() => {
      const before = moved;
      run();
      movedPerTurn.push(moved - before);
    });
  for (const peer of world.engine.peers.values()) {
    peer.reconfigure({ ...peer.spec, exchange: { ...peer.spec.exchange, export: 'reject' } }, true);
  }
  expect(moved).toBe(0);
  world.settle();
  expect(moved).toBe(2 * 9);
  expect(Math.max(...movedPerTurn)).toBeLessThanOrEqual(LOOKS_PER_TURN);
  expect(reflector.groups[0]).toHaveLength(1);
});

/** Reads of columns that a turn may take: those of all 5,000 paths for each of 32 would be millions. */
const FLOODS: [kind: string, nextHopOf: (n: number) => string, held: number, limit: number][] = [
  ['each with another next hop', (n) => `192.1.${n >> 8}.${n & 255}`, 32, 40_000],
  ['all of one next hop', () => '192.0.2.1', 1, 200_000],
];

testAtScale.each(FLOODS)(
  '5,000 paths of one prefix from as many AS, %s, hold no turn up, nor do changes, nor their end',
  (_kind, nextHopOf, held, limit) => {
    const capabilities = [1, 4, 0, 1, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, 69, 4, 0, 1, 1, 3];
    const COUNT = 5000;
    const counted = new Counted();
    const { world } = counted;
    world.engine.adopt({
      ...world.engine.spec,
      ranges: world.engine.spec.ranges.map((each) => ({
        ...each,
        session: { ...each.session, addPath: { receive: true, send: true } },
        exchange: { ...each.exchange, select: { kind: 'paths', limit: 32 } },
      })),
    });
    const { paths } = world.engine.rib.families[0];
    const read = paths.attributesOf.bind(paths);
    let reads = 0;
    paths.attributesOf = (path) => {
      reads++;
      return read(path);
    };
    /** The maximum number of reads of a column in one turn, or for one message, that `work` causes. */
    const most = (work: () => void) => {
      let worst = 0;
      const measure = (run: () => void) => {
        const before = reads;
        run();
        worst = Math.max(worst, reads - before);
      };
      const { later } = world;
      world.later = (run) => later(() => measure(run));
      measure(work);
      world.settle();
      world.later = later;
      return worst;
    };
    const [source, receiver] = [1, 2].map((n) => {
      const peer = new SimPeer(world, `10.0.0.${n}`, n);
      peer.addPath = true;
      peer.establish(open(OUR_AS, n, { capabilities }));
      return peer;
    });
    const route = (n: number) =>
      announce([`20.0.0.0/8 #${n}`], { localPref: 100, asPath: [100_000 + n], nextHop: nextHopOf(n) });
    let worst = 0;
    for (let n = 1; n <= COUNT; n++)
      worst = Math.max(
        worst,
        most(() => source.send(route(n))),
      );
    expect(paths.count).toBe(COUNT);
    expect(receiver.held.size).toBe(held);
    expect(worst).toBeLessThan(limit);
    const better = announce(['20.0.0.0/8 #7'], { localPref: 200, asPath: [7], nextHop: nextHopOf(7) });
    expect(most(() => source.send(better))).toBeLessThan(limit);
    worst = most(() => source.connection.lose());
    expect(paths.count).toBe(0);
    expect(receiver.held.size).toBe(0);
    expect(worst).toBeLessThan(2 * limit + 200_000);
  },
);
