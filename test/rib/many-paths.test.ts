/** A prefix with very many paths: the same decision as with few, and what a change of one of them costs. */
import fc from 'fast-check';
import type { PathFilter } from '../../src/rib/paths/decision.ts';
import { MANY, SEVERAL } from '../../src/rib/paths/path-lists.ts';
import type { NextHopId, PathId } from '../../src/rib/tables/ids.ts';
import { INDEXED } from '../../src/rib/tables/prefixes.ts';
import { COMMUNITY_FLAG } from '../../src/wire/attributes/attribute-table.ts';
import { IPV4_UNICAST } from '../../src/wire/families.ts';
import { runs, size, testAtScale } from '../lab/effort.ts';
import type { Route } from '../lab/updates.ts';
import { type Candidate, dotted, LLGR_STALE, referenceBest, referenceRank, referenceTied } from './reference.ts';
import { Table, type TestPeer } from './table.ts';

/** Everything that is stale stays. */
const ALL_AGES = -1;

const PEERS: readonly TestPeer[] = [1, 2, 3, 4, 5].map((n) => ({
  address: `10.0.0.${n}`,
  // Two of them share one router id.
  routerId: `200.0.0.${n === 3 ? 4 : n}`,
  ebgp: n === 2,
}));
/** A path with this community is kept from the group. */
const NO_ADVERTISE = 0xffffff02;
const SOME = 10;

interface Held extends Candidate {
  readonly name: string;
  readonly from: TestPeer;
  readonly route: Route;
}

/** Tables beside a plain list of what is in them. */
class Both {
  readonly table = new Table();
  private readonly held = new Map<string, Held>();
  private readonly refused = new Set<TestPeer>();
  private readonly out = new Uint32Array(SOME);
  readonly filter: PathFilter = {
    accepts: (path) => {
      const { attributes, families } = this.table.rib;
      const flags = attributes.flagsOf(families[IPV4_UNICAST].paths.attributesOf(path));
      return (flags & COMMUNITY_FLAG.noAdvertise) === 0;
    },
  };

  announce(from: TestPeer, whole: Route, pathId: number): void {
    const { ebgp = false, address, routerId } = from;
    const { localPref: _l, originatorId: _o, clusterList: _c, ...outside } = whole;
    const route = ebgp ? { ...outside, asPath: whole.asPath?.length ? whole.asPath : [3] } : whole;
    const name = `${address} #${pathId}`;
    this.held.set(name, { name, from, ebgp, routerId: dotted(routerId), address: dotted(address), route, pathId });
    this.table.announce(from, route, pathId);
  }

  withdraw(from: TestPeer, pathId: number): void {
    this.held.delete(`${from.address} #${pathId}`);
    this.table.withdraw(from, pathId);
  }

  /** The session of a peer is over, and its paths are swept. */
  lose(from: TestPeer): void {
    const peer = this.table.peer(from);
    peer.gone = true;
    this.table.family.sweep(1, 1_000_000);
    peer.gone = false;
    for (const [name, path] of this.held) if (path.from === from) this.held.delete(name);
  }

  /** What a peer announced is stale for long, and ranks last (RFC 9494). */
  makeLongLived(from: TestPeer): void {
    const peer = this.table.peer(from);
    peer.retain(IPV4_UNICAST, ALL_AGES);
    peer.longLived[IPV4_UNICAST] = 1;
    this.table.family.sweep(1, 1_000_000);
    peer.longLived[IPV4_UNICAST] = 0;
    for (const [name, path] of this.held) {
      if (path.from !== from) continue;
      const communities = [...(path.route.communities ?? []), LLGR_STALE];
      this.held.set(name, { ...path, route: { ...path.route, communities } });
    }
  }

  /** The import policy of a peer changes. */
  turn(from: TestPeer): void {
    const peer = this.table.peer(from);
    peer.importAccepts = !peer.importAccepts;
    if (peer.importAccepts) this.refused.delete(from);
    else this.refused.add(from);
    this.table.family.revalidateFrom(1, 1_000_000);
  }

  compare(): void {
    const { table, filter, out } = this;
    const { family, prefix } = table;
    const usable = [...this.held.values()].filter(({ from }) => !this.refused.has(from));
    const accepted = usable.filter(({ route }) => !route.communities?.includes(NO_ADVERTISE));
    const names = (paths: readonly Held[]) => paths.map(({ name }) => name);
    const taken = (count: number) => [...out.subarray(0, count)].map((path) => table.nameOf(path as PathId));
    expect(table.decide().best).toBe(referenceBest(usable)?.name ?? '');
    if (prefix === 0) return;
    expect(taken(family.rank(prefix, null, SOME, out))).toEqual(names(referenceRank(usable, SOME)));
    expect(family.decision.eligible).toBe(usable.length);
    expect(taken(family.rank(prefix, filter, SOME, out))).toEqual(names(referenceRank(accepted, SOME)));
    expect(family.decision.eligible).toBe(accepted.length);
    expect(taken(family.tied(prefix, SOME, out))).toEqual(names(referenceRank(referenceTied(usable), SOME)));
    expect(this.listed()).toEqual(names([...this.held.values()]).sort());
  }

  /** Names of what the list of the prefix holds. */
  private listed(): string[] {
    const { family, prefix } = this.table;
    const names: string[] = [];
    for (let path = family.prefixes.head(prefix); path !== 0; path = family.paths.nextOf(path)) {
      names.push(this.table.nameOf(path));
    }
    return names.sort();
  }

  get isIndexed(): boolean {
    return this.table.family.prefixes.listed.get(this.table.prefix) === INDEXED;
  }
}

const asNumber = fc.constantFrom(1, 2, 3);
const route: fc.Arbitrary<Route> = fc.record(
  {
    localPref: fc.constantFrom(100, 100, 100, 200),
    asPath: fc.array(asNumber, { minLength: 1, maxLength: 2 }),
    origin: fc.constantFrom(0, 0, 0, 1),
    med: fc.constantFrom(0, 1, 2, 0x80000000),
    originatorId: fc.constantFrom(1, 2, 0x80000000),
    clusterList: fc.array(fc.constantFrom(5, 6), { minLength: 1, maxLength: 2 }),
    communities: fc.constantFrom([LLGR_STALE], [NO_ADVERTISE], [NO_ADVERTISE], [1]),
  },
  { requiredKeys: ['localPref'] },
);
const peer = fc.constantFrom(...PEERS);
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('announce'), peer, route, first: fc.nat(60), count: fc.nat(40) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('withdraw'), peer, first: fc.nat(60), count: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('lose', 'long-lived', 'import'), peer }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('compare'), peer }) },
);

function run(both: Both, each: { do: string; peer: TestPeer; route?: Route; first?: number; count?: number }): void {
  const { do: what, peer: from, route: said = { localPref: 100 }, first = 0, count = 0 } = each;
  const ids = Array.from({ length: count }, (_, i) => first + i + 1);
  if (what === 'announce') for (const id of ids) both.announce(from, { ...said, med: (said.med ?? 0) + (id % 3) }, id);
  else if (what === 'withdraw') for (const id of ids) both.withdraw(from, id);
  else if (what === 'lose') both.lose(from);
  else if (what === 'long-lived') both.makeLongLived(from);
  else if (what === 'import') both.turn(from);
  else both.compare();
}

test('best, rank and ties are those of the reference while few or many paths are added, changed and withdrawn', () => {
  let indexed = 0;
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 25, size: 'max' }), (acts) => {
      const both = new Both();
      for (const each of acts) {
        run(both, each);
        if (both.table.prefix !== 0 && both.isIndexed) indexed++;
      }
      both.compare();
      for (const from of PEERS) both.lose(from);
      both.compare();
      expect(both.table.family.prefixes.count).toBe(0);
      expect(both.table.family.paths.count).toBe(0);
    }),
    { numRuns: runs(80) },
  );
  expect(indexed).toBeGreaterThan(runs(80));
});

test('many paths of hundreds of neighboring ASes with their own MEDs are ranked as the reference does, in any order of arrival', () => {
  const [count, neighbors] = [size(5000, 1000), size(700, 140)];
  for (const step of [1, 2477]) {
    const both = new Both();
    for (let i = 0; i < count; i++) {
      const n = (i * step) % count;
      const communities = n % 4 === 0 ? [NO_ADVERTISE] : [n % 3];
      both.announce(
        PEERS[n % 5],
        { localPref: 100, asPath: [(n % neighbors) + 1, 9], med: (n * 13) % 17, communities },
        n + 1,
      );
    }
    both.compare();
    for (let n = 0; n < count; n += 3) both.withdraw(PEERS[n % 5], n + 1);
    both.compare();
    both.lose(PEERS[1]);
    both.compare();
  }
});

test('a prefix gets an index when its paths are many, and loses it when they are few again', () => {
  const both = new Both();
  for (let id = 1; id <= MANY; id++) both.announce(PEERS[0], { localPref: 100 }, id);
  expect(both.isIndexed).toBe(false);
  both.announce(PEERS[0], { localPref: 100 }, MANY + 1);
  expect(both.isIndexed).toBe(true);
  for (let id = 1; id <= MANY / 2 + 1; id++) both.withdraw(PEERS[0], id);
  expect(both.isIndexed).toBe(true);
  both.withdraw(PEERS[0], MANY);
  expect(both.isIndexed).toBe(false);
  both.compare();
});

test('a prefix with several paths has a hash of them, until they are few again', () => {
  const both = new Both();
  const listed = () => both.table.family.prefixes.listed.get(both.table.prefix);
  for (let id = 1; id <= SEVERAL; id++) both.announce(PEERS[0], { localPref: 100 }, id);
  expect(listed()).toBe(0);
  both.announce(PEERS[1], { localPref: 100 }, 1);
  expect(listed()).toBe(SEVERAL + 1);
  both.compare();
  for (let id = 1; id <= SEVERAL / 2; id++) both.withdraw(PEERS[0], id);
  expect(listed()).toBe(SEVERAL / 2 + 1);
  both.compare();
  both.withdraw(PEERS[1], 1);
  both.withdraw(PEERS[0], SEVERAL);
  expect(listed()).toBe(0);
  both.compare();
});

test('a path that is not the best one costs no decision when it comes, and none when it goes while no MED is known', () => {
  const both = new Both();
  both.announce(PEERS[0], { localPref: 200 }, 1);
  both.compare();
  const { family } = both.table;
  const decide = jest.spyOn(family.decision, 'best');
  const decisions = (act: () => void) => {
    act();
    decide.mockClear();
    family.decide(family.nextDirty());
    family.settle(both.table.prefix);
    return decide.mock.calls.length;
  };
  expect(decisions(() => both.announce(PEERS[0], { localPref: 100 }, 2))).toBe(0);
  expect(decisions(() => both.withdraw(PEERS[0], 2))).toBe(0);
  expect(decisions(() => both.announce(PEERS[0], { localPref: 100, med: 1 }, 2))).toBe(0);
  expect(decisions(() => both.withdraw(PEERS[0], 2))).toBe(1);
  expect(decisions(() => both.announce(PEERS[0], { localPref: 201 }, 3))).toBe(1);
  both.compare();
});

describe('keys that change while no path does', () => {
  function filled(): Both {
    const both = new Both();
    for (let id = 1; id <= 200; id++) both.announce(PEERS[id % 2 === 0 ? 0 : 3], { localPref: 100 }, id);
    both.compare();
    return both;
  }

  test('the first AIGP metric is compared before AS_PATH length among many paths, too (RFC 7311 4.1)', () => {
    const both = filled();
    const { table } = both;
    table.announce(PEERS[4], { asPath: [1, 2, 3], extra: [[0x80, 26, 11, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 5]] }, 1);
    expect(table.decide()).toEqual({ best: `${PEERS[4].address} #1`, step: 'aigp' });
    expect(table.nameOf(table.family.bestOf(table.prefix))).toBe(`${PEERS[4].address} #1`);
  });

  test('a changed cost of a next hop moves its paths to their new place, and all can be removed afterwards', () => {
    const both = new Both();
    const { table } = both;
    const { nextHops, attributes } = table.rib;
    const near = { localPref: 100, nextHop: '192.0.2.1' };
    for (let id = 1; id <= 100; id++) both.announce(PEERS[0], near, id);
    for (let id = 1; id <= 100; id++) both.announce(PEERS[3], { ...near, nextHop: '192.0.2.2' }, id);
    both.compare();
    const best = () => table.nameOf(table.family.bestOf(table.prefix));
    expect(best()).toBe(`${PEERS[0].address} #1`);
    for (const [cost, expected] of [
      [9, PEERS[3]],
      [0, PEERS[0]],
      [5, PEERS[3]],
    ] as const) {
      nextHops.setReach(attributes.nextHopOf(table.family.paths.attributesOf(1 as PathId)), null, cost);
      nextHops.beginWalk();
      table.family.revalidateFrom(1, 1_000_000);
      expect(table.decide()).toMatchObject({ best: `${expected.address} #1` });
      expect(best()).toBe(`${expected.address} #1`);
    }
    for (const from of PEERS) both.lose(from);
    both.compare();
    expect(table.family.paths.count).toBe(0);
  });

  test('the first resolution of a new next hop rebuilds no order: no path with it was usable before', () => {
    const both = filled();
    const { nextHops, attributes } = both.table.rib;
    const watched: number[] = [];
    nextHops.watch((id) => watched.push(id));
    watched.length = 0;
    both.table.announce(PEERS[0], { localPref: 100, nextHop: '192.0.2.99' }, 999);
    const before = attributes.keyVersion;
    nextHops.setReach(watched[0] as NextHopId, null, 20);
    expect(attributes.keyVersion).toBe(before);
    nextHops.setReach(watched[0] as NextHopId, 'no route', 0);
    expect(attributes.keyVersion).toBe(before);
    nextHops.setReach(watched[0] as NextHopId, null, 21);
    expect(attributes.keyVersion).toBe(before + 1);
  });

  test('another router id of a peer moves its paths to their new place, and all can be removed afterwards', () => {
    const both = filled();
    const { table } = both;
    expect(table.nameOf(table.family.bestOf(table.prefix))).toBe(`${PEERS[0].address} #2`);
    table.peer(PEERS[0]).routerId = 0xffffffff;
    table.rib.attributes.keysChanged();
    table.family.markDirty(table.prefix);
    table.decide();
    expect(table.nameOf(table.family.bestOf(table.prefix))).toBe(`${PEERS[3].address} #1`);
    table.peer(PEERS[3]).routerId = 0xfffffffe;
    table.rib.attributes.keysChanged();
    for (const from of PEERS) both.lose(from);
    both.compare();
    expect(table.family.paths.count).toBe(0);
  });
});

describe('what it costs', () => {
  /** Counts how often the columns of paths are read: the measure of work, whatever the machine. */
  class Counted extends Both {
    private reads = 0;

    constructor() {
      super();
      const { paths } = this.table.family;
      for (const name of ['attributesOf', 'nextOf', 'peerOf', 'pathIdOf', 'reasonOf'] as const) {
        const read = paths[name].bind(paths) as (path: PathId) => never;
        paths[name] = (path: PathId) => {
          this.reads++;
          return read(path);
        };
      }
    }

    readsOf(work: () => void): number {
      const before = this.reads;
      work();
      return this.reads - before;
    }
  }

  const out = new Uint32Array(8);
  /** Of one comparison of two paths, and of what else there is to do for one. */
  const PER_COMPARISON = 60;
  const allowed = (count: number) => PER_COMPARISON * Math.log2(count) * 4;
  const kinds: [string, (n: number) => Route][] = [
    ['each from another neighboring AS', (n) => ({ localPref: 100, asPath: [100_000 + n] })],
    [
      'each from another neighboring AS, half of them kept back',
      (n) => ({ asPath: [n + 1], communities: [n % 2 === 0 ? NO_ADVERTISE : 1] }),
    ],
    ['each with another MED of one AS', (n) => ({ localPref: 100, asPath: [7], med: (n * 7919) % 100_003 })],
    ['with equal attributes', () => ({ localPref: 100 })],
  ];

  testAtScale.each(kinds)(
    '20,000 paths %s: one that comes, changes or goes costs some log2(n) comparisons',
    (_kind, routeOf) => {
      const COUNT = 20_000;
      const both = new Counted();
      const { table, filter } = both;
      const { family } = table;
      const consider = () => {
        table.family.decide(table.prefix);
        family.rank(table.prefix, filter, 8, out);
        family.settle(table.prefix);
      };
      const arrival = both.readsOf(() => {
        for (let n = 0; n < COUNT; n++) {
          table.announce(PEERS[0], routeOf(n), n + 1);
          if (n % 10 === 0) consider();
        }
      });
      expect(arrival / COUNT).toBeLessThan(allowed(COUNT) * 2);
      for (const change of [
        () => table.announce(PEERS[0], { ...routeOf(5), localPref: 200 }, 6),
        () => table.announce(PEERS[3], routeOf(9), 1),
        () => table.withdraw(PEERS[0], 6),
        () => table.withdraw(PEERS[0], COUNT / 2),
      ]) {
        expect(both.readsOf(change)).toBeLessThan(allowed(COUNT));
        expect(both.readsOf(consider)).toBeLessThan(allowed(COUNT) * 8);
      }
      const departure = both.readsOf(() => both.lose(PEERS[0]));
      expect(departure / COUNT).toBeLessThan(allowed(COUNT));
      expect(family.paths.count).toBe(1);
    },
  );
});
