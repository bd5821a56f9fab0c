/** The decision ladder (RFC 4271 9.1.2.2, RFC 4456 9, RFC 9494 4.3), step by step and against a reference. */
import fc from 'fast-check';
import { parseAddress, parsePrefix } from '../../src/lib/ip.ts';
import { STEPS } from '../../src/rib/paths/steps.ts';
import { runs } from '../lab/effort.ts';
import type { Route } from '../lab/updates.ts';
import { type Candidate, dotted, LLGR_STALE, referenceBest } from './reference.ts';
import { type Choice, Table, type TestPeer } from './table.ts';

const A: TestPeer = { address: '10.0.0.1', routerId: '1.0.0.1' };
const B: TestPeer = { address: '10.0.0.2', routerId: '1.0.0.2' };
const EBGP: TestPeer = { address: '192.0.2.9', routerId: '9.0.0.9', ebgp: true };

interface Arrival {
  readonly from: TestPeer;
  readonly route: Route;
  readonly pathId?: number;
}

function arrive(table: Table, { from, route, pathId }: Arrival): void {
  table.announce(from, route, pathId);
}

function choose(arrivals: readonly Arrival[]): Choice {
  const table = new Table();
  for (const arrival of arrivals) arrive(table, arrival);
  return table.decide();
}

function nameOf({ from, pathId = 0 }: Arrival): string {
  return pathId === 0 ? from.address : `${from.address} #${pathId}`;
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

describe('each step alone', () => {
  const cases: [step: string, winner: Arrival, loser: Arrival][] = [
    ['llgr stale', { from: B, route: {} }, { from: A, route: { localPref: 900, communities: [LLGR_STALE] } }],
    ['local preference', { from: B, route: { localPref: 200 } }, { from: A, route: { localPref: 199 } }],
    ['local preference', { from: B, route: { localPref: 0x80000000 } }, { from: A, route: { localPref: 0x7fffffff } }],
    ['local preference', { from: B, route: { localPref: 0xffffffff } }, { from: A, route: { localPref: 0xfffffffe } }],
    ['as-path length', { from: B, route: { asPath: [1] } }, { from: A, route: { asPath: [1, 2] } }],
    ['as-path length', { from: B, route: {} }, { from: A, route: { asPath: [1] } }],
    ['as-path length', { from: B, route: { asPath: [1, [2, 3, 4]] } }, { from: A, route: { asPath: [1, 2, 3] } }],
    ['origin', { from: B, route: { origin: 0 } }, { from: A, route: { origin: 1 } }],
    ['origin', { from: B, route: { origin: 1 } }, { from: A, route: { origin: 2 } }],
    ['med', { from: B, route: { asPath: [1], med: 5 } }, { from: A, route: { asPath: [1], med: 6 } }],
    ['med', { from: B, route: { med: 0x7fffffff } }, { from: A, route: { med: 0x80000000 } }],
    ['med', { from: B, route: {} }, { from: A, route: { med: 1 } }],
    ['ebgp over ibgp', { from: EBGP, route: { asPath: [1] } }, { from: A, route: { asPath: [2] } }],
    ['router id', { from: A, route: { originatorId: 9 } }, { from: B, route: { originatorId: 10 } }],
    ['router id', { from: B, route: {} }, { from: A, route: { originatorId: 0xff000001 } }],
    [
      'cluster-list length',
      { from: B, route: { originatorId: 9, clusterList: [1] } },
      { from: A, route: { originatorId: 9, clusterList: [1, 2] } },
    ],
    [
      'cluster-list length',
      { from: B, route: { originatorId: 9 } },
      { from: A, route: { originatorId: 9, clusterList: [1] } },
    ],
    ['peer address', { from: A, route: { originatorId: 9 } }, { from: B, route: { originatorId: 9 } }],
    ['path id', { from: A, route: {}, pathId: 7 }, { from: A, route: {}, pathId: 8 }],
    ['path id', { from: A, route: {}, pathId: 1 }, { from: A, route: {}, pathId: 0xffffffff }],
  ];

  test.each(cases)('%s decides, whichever came first (%j before %j)', (step, winner, loser) => {
    const expected = { best: nameOf(winner), step };
    expect(choose([winner, loser])).toEqual(expected);
    expect(choose([loser, winner])).toEqual(expected);
  });

  test('a single path is the best one', () => {
    expect(choose([{ from: A, route: {} }])).toEqual({ best: A.address, step: 'only path' });
  });

  test('a prefix has no best path once its last path is withdrawn', () => {
    const table = new Table();
    table.announce(A, {});
    table.decide();
    table.withdraw(A);
    expect(table.decide()).toEqual({ best: '', step: 'only path' });
    expect(table.family.prefixes.count).toBe(0);
  });
});

describe('what a missing attribute means', () => {
  test('a path from eBGP has LOCAL_PREF 100', () => {
    const other = (localPref: number) =>
      choose([
        { from: EBGP, route: { asPath: [1] } },
        { from: A, route: { asPath: [1], localPref } },
      ]);
    expect(other(99)).toEqual({ best: EBGP.address, step: 'local preference' });
    expect(other(101)).toEqual({ best: A.address, step: 'local preference' });
    expect(other(100)).toEqual({ best: EBGP.address, step: 'ebgp over ibgp' });
  });

  test('LOCAL_PREF and ORIGINATOR_ID of an eBGP peer are ignored', () => {
    const outside = { from: EBGP, route: { asPath: [1], localPref: 900, originatorId: 1 } };
    expect(choose([outside, { from: A, route: { asPath: [1], localPref: 101 } }]).best).toBe(A.address);
    const other = { from: { address: '192.0.2.8', routerId: '8.0.0.8', ebgp: true }, route: { asPath: [1] } };
    expect(choose([outside, other])).toEqual({ best: '192.0.2.8', step: 'router id' });
  });

  test('a missing MED is 0', () => {
    const routes = [
      { from: A, route: { asPath: [1], med: 0 } },
      { from: B, route: { asPath: [1] } },
    ];
    expect(choose(routes)).toEqual({ best: A.address, step: 'router id' });
  });
});

describe('the cost of the next hop', () => {
  const NEAR = '192.0.2.1';
  const FAR = '192.0.2.2';
  const costs = (near: number, far: number) =>
    [`${NEAR}/32`, `${FAR}/32`].map((text, i) => ({ prefix: parsePrefix(text)!, cost: i === 0 ? near : far }));
  const table = (arrivals: readonly Arrival[], near: number, far: number) => {
    const made = new Table();
    made.rib.nextHops.setCostRules(costs(near, far));
    for (const arrival of arrivals) arrive(made, arrival);
    return made;
  };

  test('decides behind eBGP over iBGP and before the router id, over the whole range of 32 bits', () => {
    const routes = [
      { from: A, route: { nextHop: FAR } },
      { from: B, route: { nextHop: NEAR } },
    ];
    for (const order of permutations(routes)) {
      expect(table(order, 10, 11).decide()).toEqual({ best: B.address, step: 'next-hop cost' });
      expect(table(order, 0, 0xffff_ffff).decide()).toEqual({ best: B.address, step: 'next-hop cost' });
      expect(table(order, 10, 10).decide()).toEqual({ best: A.address, step: 'router id' });
    }
    const outside = { from: EBGP, route: { asPath: [1], nextHop: FAR } };
    const inside = { from: A, route: { asPath: [1], nextHop: NEAR } };
    expect(table([outside, inside], 1, 9).decide()).toEqual({ best: EBGP.address, step: 'ebgp over ibgp' });
  });

  test('excludes paths that would share the traffic', () => {
    const out = new Uint32Array(4);
    const tied = (far: number) => {
      const made = table(
        [
          { from: A, route: { nextHop: NEAR } },
          { from: B, route: { nextHop: FAR } },
        ],
        5,
        far,
      );
      const prefix = made.family.nextDirty();
      return made.family.decision.tied(made.family.prefixes.head(prefix), 4, out);
    };
    expect([tied(5), tied(6)]).toEqual([2, 1]);
  });

  test('is added to the metric of AIGP, with the carry', () => {
    const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
    const aigp = (high: number, low: number) => [[0x80, 26, 11, 1, 0, 11, ...u32(high), ...u32(low)]];
    const routes = (near: [number, number], far: [number, number]) => [
      { from: A, route: { nextHop: FAR, asPath: [1], extra: aigp(...far) } },
      { from: B, route: { nextHop: NEAR, asPath: [1, 2], extra: aigp(...near) } },
    ];
    expect(table(routes([0, 100], [0, 90]), 5, 16).decide()).toEqual({ best: B.address, step: 'aigp' });
    expect(table(routes([0, 100], [0, 90]), 5, 14).decide()).toEqual({ best: A.address, step: 'aigp' });
    expect(table(routes([0, 100], [0, 90]), 5, 15).decide()).toEqual({ best: A.address, step: 'as-path length' });
    expect(table(routes([1, 0], [0, 0xffff_fffe]), 0, 3).decide()).toEqual({ best: B.address, step: 'aigp' });
    expect(table(routes([1, 0], [0, 0xffff_fffe]), 0, 1).decide()).toEqual({ best: A.address, step: 'aigp' });
    expect(table(routes([0, 1], [0xffff_ffff, 0xffff_ffff]), 0, 9).decide().best).toBe(B.address);
  });

  test('of the longest prefix that covers a next hop is used', () => {
    const made = table([], 7, 8);
    made.rib.nextHops.setCostRules([
      { prefix: parsePrefix('192.0.2.0/24')!, cost: 1 },
      ...costs(7, 8),
      { prefix: parsePrefix('::/0')!, cost: 3 },
      { prefix: parsePrefix('0.0.0.0/0')!, cost: 4 },
    ]);
    const { nextHops } = made.rib;
    const cost = (text: string) => {
      const bytes = parseAddress(text)!;
      return nextHops.costOf(nextHops.intern(bytes, 0, bytes.length));
    };
    expect([NEAR, FAR, '192.0.2.3', '192.0.3.1', '2001:db8::1'].map(cost)).toEqual([7, 8, 1, 4, 3]);
    const near = nextHops.intern(parseAddress(NEAR)!, 0, 4);
    nextHops.hold(near);
    nextHops.setReach(near, null, 99);
    expect(nextHops.costOf(near)).toBe(7);
    nextHops.setCostRules([]);
    expect(nextHops.costOf(near)).toBe(99);
  });
});

describe('MULTI_EXIT_DISC', () => {
  test('is compared only between paths from one neighboring AS', () => {
    const routes = [
      { from: A, route: { asPath: [1, 9], med: 500 } },
      { from: B, route: { asPath: [2, 9], med: 5 } },
    ];
    expect(choose(routes)).toEqual({ best: A.address, step: 'router id' });
  });

  test('paths of our own AS, with an empty path or one that begins with a set, count as one neighbor', () => {
    const routes = [
      { from: A, route: { asPath: [[1, 2]], med: 500 } },
      { from: B, route: { asPath: [[3]], med: 5 } },
    ];
    expect(choose(routes)).toEqual({ best: B.address, step: 'med' });
  });

  test('a path that lost within its own AS is no longer compared, in whatever order the paths are received', () => {
    // Compared pairwise these three form a cycle: x beats y (router id), y beats z (router id), z beats x (MED).
    const circle = [
      { from: { address: '10.0.0.1', routerId: '1.0.0.1' }, route: { asPath: [1, 9], med: 10 } },
      { from: { address: '10.0.0.2', routerId: '1.0.0.2' }, route: { asPath: [2, 9], med: 99 } },
      { from: { address: '10.0.0.3', routerId: '1.0.0.3' }, route: { asPath: [1, 9], med: 5 } },
    ];
    for (const order of permutations(circle)) expect(choose(order)).toEqual({ best: '10.0.0.2', step: 'router id' });
  });

  test('a withdrawn path that was not the best one brings back those that its MED had removed', () => {
    const table = new Table();
    const [hidden, best, hiding] = [1, 2, 3].map((n) => ({ address: `10.0.0.${n}`, routerId: `1.0.0.${n}` }));
    table.announce(best, { asPath: [1, 9] });
    table.announce(hiding, { asPath: [2, 9], med: 5 });
    table.announce(hidden, { asPath: [2, 9], med: 10 });
    expect(table.decide().best).toBe(best.address);
    table.withdraw(hiding);
    expect(table.decide().best).toBe(hidden.address);
  });

  test('two neighboring ASes with several paths each leave one path each', () => {
    const four = [1, 2, 3, 4].map((n) => ({
      from: { address: `10.0.0.${n}`, routerId: `1.0.0.${n}` },
      route: { asPath: [n % 2 === 0 ? 1 : 2, 9], med: 10 - n },
    }));
    for (const order of permutations(four)) expect(choose(order).best).toBe('10.0.0.3');
  });
});

test('peer addresses are compared as numbers, IPv4 before IPv6', () => {
  const route = { originatorId: 9 };
  const low = { from: { address: '10.0.0.9', routerId: '1.1.1.1' }, route };
  const high = { from: { address: '10.0.0.10', routerId: '1.1.1.1' }, route };
  const six = { from: { address: '2001:db8::1', routerId: '1.1.1.1' }, route };
  for (const order of permutations([low, high, six]))
    expect(choose(order)).toEqual({ best: '10.0.0.9', step: 'peer address' });
});

const asNumber = fc.constantFrom(1, 2, 3);
const ibgpRoute = fc.record(
  {
    localPref: fc.constantFrom(100, 200, 0xffffffff),
    asPath: fc.array(fc.oneof(asNumber, fc.array(asNumber, { minLength: 1, maxLength: 2 })), { maxLength: 2 }),
    origin: fc.constantFrom(0, 0, 0, 1, 2),
    med: fc.constantFrom(0, 1, 0x80000000),
    originatorId: fc.constantFrom(1, 2, 0x80000000),
    clusterList: fc.array(fc.constantFrom(5, 6), { minLength: 1, maxLength: 2 }),
    communities: fc.constantFrom([LLGR_STALE], [1], [2]),
  },
  { requiredKeys: [] },
);
const PEERS: readonly TestPeer[] = [1, 2, 3, 4].map((n) => ({
  address: `10.0.0.${n}`,
  // Two of them share one router id.
  routerId: `200.0.0.${n === 3 ? 4 : n}`,
  ebgp: n === 2,
}));

const candidate = fc
  .tuple(fc.constantFrom(...PEERS), ibgpRoute, fc.constantFrom(1, 2, 0x80000000))
  .map(([from, route, pathId]) => {
    const { localPref: _l, originatorId: _o, clusterList: _c, ...outside } = route;
    const asPath = route.asPath?.length ? route.asPath : [3];
    return { from, route: from.ebgp ? { ...outside, asPath } : route, pathId, name: `${from.address} #${pathId}` };
  });

function asCandidate({
  from,
  route,
  pathId,
  name,
}: Arrival & { pathId: number; name: string }): Candidate & { name: string } {
  return {
    ebgp: from.ebgp ?? false,
    routerId: dotted(from.routerId),
    address: dotted(from.address),
    route,
    pathId,
    name,
  };
}

test('the best path is that of the reference, in whatever order paths are added, changed and withdrawn', () => {
  const scenario = fc.tuple(
    fc.uniqueArray(candidate, { selector: ({ name }) => name, minLength: 1, maxLength: 7, size: 'max' }),
    fc.array(candidate, { maxLength: 5, size: 'max' }),
    fc.infiniteStream(fc.nat()),
  );
  fc.assert(
    fc.property(scenario, ([final, before, random]) => {
      const table = new Table();
      for (const arrival of before) arrive(table, arrival);
      table.decide();
      for (const { from, pathId, name } of before) {
        if (!final.some((path) => path.name === name)) table.withdraw(from, pathId);
      }
      const order = [...final].sort(() => ((random.next().value ?? 0) % 3) - 1);
      for (const arrival of order) {
        arrive(table, arrival);
        if ((random.next().value ?? 0) % 2 === 0) table.decide();
      }
      const best = referenceBest(final.map(asCandidate));
      expect(table.decide().best).toBe(best?.name);
    }),
    { numRuns: runs(1000) },
  );
});

test('all steps in one pass find the same path, by the same step, as each step alone does for an explanation', () => {
  const scenario = fc.uniqueArray(candidate, { selector: ({ name }) => name, minLength: 2, maxLength: 7, size: 'max' });
  fc.assert(
    fc.property(scenario, (arrivals) => {
      const table = new Table();
      for (const arrival of arrivals) arrive(table, arrival);
      const chosen = table.decide();
      const removed = new Map<number, number>();
      const { decision } = table.family;
      decision.onRemoved = (path, step) => removed.set(path, step);
      expect(table.decide()).toEqual(chosen);
      expect(removed.size).toBe(arrivals.length - 1);
      expect(STEPS[Math.max(...removed.values())]).toBe(chosen.step);
    }),
    { numRuns: runs(1000) },
  );
});

describe('AIGP (RFC 7311 4.1)', () => {
  const [A, B] = [
    { address: '10.0.0.1', routerId: '10.0.0.1' },
    { address: '10.0.0.2', routerId: '10.0.0.2' },
  ];
  const metric = (high: number, low: number) => {
    const octets = [high, low].flatMap((half) => [half >>> 24, (half >>> 16) & 255, (half >>> 8) & 255, half & 255]);
    return { extra: [[0x80, 26, 11, 1, 0, 11, ...octets]] };
  };

  test.each([
    ['the lower one wins over a shorter AS_PATH', { ...metric(0, 5), asPath: [1, 2, 3] }, metric(0, 6), 'aigp'],
    ['a path with one wins over all without', { ...metric(9, 9), asPath: [1, 2, 3] }, {}, 'aigp'],
    ['all 64 bits count', metric(0x200000, 0), metric(0x200000, 1), 'aigp'],
    ['the upper half counts first', metric(1, 9), metric(2, 0), 'aigp'],
    ['LOCAL_PREF counts before', { localPref: 200 }, metric(0, 1), 'local preference'],
    [
      'equal ones decide nothing',
      { ...metric(0, 5), asPath: [1] },
      { ...metric(0, 5), asPath: [1, 2] },
      'as-path length',
    ],
  ])('%s', (_what, better, worse, step) => {
    for (const [first, second] of [
      [A, B],
      [B, A],
    ] as const) {
      const table = new Table();
      table.announce(first, better);
      table.announce(second, worse);
      expect(table.decide()).toEqual({ best: first.address, step });
    }
  });
});
