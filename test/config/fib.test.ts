/** The `fib` section: its specification, its errors, and the effect of a reload. */
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { parsePrefix } from '../../src/lib/ip.ts';
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const PEERS = `${ROUTER}peers:\n  - { address: 192.0.2.1, as: internal }\n`;
const fibOf = (text: string) => specOf(`${PEERS}fib: ${text}`).fib;
const restart = (text: string) => diffSpecs(specOf(PEERS), specOf(`${PEERS}${text}`)).restartNeeded;

test('a family overrides the values of the section', () => {
  const text =
    '{ table: 100, metric: 7, advertise: installed, families: { ipv6-unicast: { table: 10, protocol: 99, src: "2001:DB8::0:1", advertise: best } } }';
  expect(fibOf(text).families).toEqual([
    { table: 100, protocol: 186, metric: 7, src: null, advertiseInstalled: true },
    { table: 10, protocol: 99, metric: 7, src: '2001:db8::1', advertiseInstalled: false },
  ]);
});

test('a prefix rule without lengths matches the prefix itself, with ge also longer ones', () => {
  const rules = fibOf(
    '{ install: [{ prefix: 10.0.0.0/8 }, { prefix: 10.0.0.0/8, ge: 24 }, { prefix: "::/0", le: 48, action: reject }] }',
  ).install;
  expect(rules).toEqual([
    { prefix: parsePrefix('10.0.0.0/8'), ge: 8, le: 8, accept: true },
    { prefix: parsePrefix('10.0.0.0/8'), ge: 24, le: 32, accept: true },
    { prefix: parsePrefix('::/0'), ge: 0, le: 48, accept: false },
  ]);
  expect(fibOf('{ install: [] }').install).toEqual([]);
});

test('the other keys are resolved, times in milliseconds', () => {
  const text =
    '{ blackhole: unreachable, multipath: 8, weights: true, onlink: [{ range: 203.0.113.0/24, interface: eth1.5 }], takeover: true, on-stop: withdraw, restart-time: 300, compare-time: 60, nexthop-ids: none }';
  expect(fibOf(text)).toMatchObject({
    blackhole: 'unreachable',
    multipath: 8,
    weights: true,
    onlink: [{ prefix: parsePrefix('203.0.113.0/24'), device: 'eth1.5' }],
    takeover: true,
    onStop: 'withdraw',
    restartMs: 300_000,
    compareMs: 60_000,
    objectIds: null,
  });
  expect(fibOf('{ blackhole: true, nexthop-ids: { first: 5 } }')).toMatchObject({
    blackhole: 'blackhole',
    objectIds: { first: 5, count: 1_000_000 },
  });
  expect(specOf(`router: { as: 1, id: 10.0.0.1, next-hop-check: false }\n`).fib.nextHopCheck).toBe(false);
});

test.each([
  [
    '{ families: { ipv4-unicast: { src: "2001:db8::1" } } }',
    'fib.families.ipv4-unicast.src: 2001:db8::1 is not an IPv4 address',
  ],
  [
    '{ families: { ipv6-unicast: { src: 10.0.0.1 } } }',
    'fib.families.ipv6-unicast.src: 10.0.0.1 is not an IPv6 address',
  ],
  [
    '{ families: { ipv6-unicast: { table: 255 } } }',
    'fib.families.ipv6-unicast.table: table 255 is the table of local addresses',
  ],
  ['{ families: { ipv5-unicast: {} } }', 'fib.families.ipv5-unicast: unknown key `ipv5-unicast`'],
  [
    '{ install: [{ prefix: 10.0.0.0/8, ge: 7 }] }',
    'fib.install[0].ge: no prefix in 10.0.0.0/8 has a length of 7 or more',
  ],
  [
    '{ install: [{ prefix: 10.0.0.0/8, ge: 33 }] }',
    'fib.install[0].ge: no prefix in 10.0.0.0/8 has a length of 33 or more',
  ],
  [
    '{ install: [{ prefix: 10.0.0.0/8, ge: 24, le: 16 }] }',
    'fib.install[0].le: no prefix can have a length of at most 16 here',
  ],
  [
    '{ install: [{ prefix: 10.0.0.0/8, le: 64 }] }',
    'fib.install[0].le: no prefix can have a length of at most 64 here',
  ],
  ['{ install: [{ prefix: 10.0.0.1/8 }] }', 'fib.install[0].prefix: 10.0.0.1/8 is not a prefix'],
  ['{ onlink: [{ range: 10.0.0.0/8, interface: a/b }] }', 'fib.onlink[0].interface: a/b is not an interface name'],
  ['{ nexthop-ids: { first: 4294967290, count: 100 } }', 'fib.nexthop-ids: the range exceeds 4294967295, the last ID'],
])('%s is invalid', (text, problem) => {
  expect(problemsOf(`${PEERS}fib: ${text}`).map((line) => line.replace(/^\S+ /, ''))).toEqual([problem]);
});

test('settings without effect, and a protocol ID of another program in a family, give warnings', () => {
  const warnings = (text: string) => warningsOf(`${PEERS}fib: ${text}`).map((line) => line.replace(/^\S+ /, ''));
  expect(warnings('{ weights: true }')).toEqual(['fib.weights: no effect: a single next hop gets all the traffic']);
  expect(warnings('{ weights: true, multipath: 2 }')).toEqual([]);
  expect(warnings('{ advertise: installed }')).toEqual([
    'fib.advertise: no effect: routes are not installed, so they are advertised at once',
  ]);
  expect(warnings('{ mode: install, families: { ipv6-unicast: { protocol: 12 } } }')).toEqual([
    'fib.families.ipv6-unicast.protocol: 12 is the protocol ID of bird; its routes in table 254 would be treated as ours',
  ]);
});

test.each([
  ['fib.table', 'fib: { table: 100 }'],
  ['fib.families', 'fib: { families: { ipv4-unicast: { table: 100 } } }'],
  ['fib.advertise', 'fib: { advertise: installed }'],
  ['fib.install', 'fib: { install: [{ prefix: 10.0.0.0/8 }] }'],
  ['fib.blackhole', 'fib: { blackhole: true }'],
  ['fib.multipath', 'fib: { multipath: 2 }'],
  ['fib.weights', 'fib: { weights: true }'],
  ['fib.onlink', 'fib: { onlink: [{ range: 10.0.0.0/8, interface: eth0 }] }'],
  ['fib.takeover', 'fib: { takeover: true }'],
  ['fib.on-stop', 'fib: { on-stop: withdraw }'],
  ['fib.restart-time', 'fib: { restart-time: 5 }'],
  ['fib.compare-time', 'fib: { compare-time: 50 }'],
  ['fib.nexthop-ids', 'fib: { nexthop-ids: none }'],
])('a change of %s needs a restart, and is reported: %s', (key, text) => {
  expect(restart(text)).toEqual([key]);
});

describe('router.next-hop-cost', () => {
  const costs = (text: string) => `router: { as: 65000, id: 10.99.0.1, next-hop-cost: ${text} }\n`;

  test('sets the cost of the next hops of prefixes, in both families', () => {
    expect(
      specOf(costs('[{ prefix: 10.1.0.0/16, cost: 10 }, { prefix: "2001:db8::/32", cost: 0 }]')).nextHopCosts,
    ).toEqual([
      { prefix: parsePrefix('10.1.0.0/16'), cost: 10 },
      { prefix: parsePrefix('2001:db8::/32'), cost: 0 },
    ]);
    expect(specOf(PEERS).nextHopCosts).toEqual([]);
  });

  test.each([
    ['[{ prefix: 10.1.0.1/16, cost: 10 }]', 'router.next-hop-cost[0].prefix: 10.1.0.1/16 is not a prefix'],
    ['[{ prefix: 10.1.0.0/16 }]', 'router.next-hop-cost[0]: `cost` is missing'],
    ['[{ prefix: 10.1.0.0/16, cost: -1 }]', 'router.next-hop-cost[0].cost: -1 is not a cost'],
    ['{ prefix: 10.1.0.0/16, cost: 1 }', 'router.next-hop-cost: a mapping is not a list of next-hop costs'],
    [
      '[{ prefix: "2001:db8::/32", cost: 1 }, { prefix: "2001:DB8:0::/32", cost: 2 }]',
      'router.next-hop-cost[1].prefix: 2001:DB8:0::/32 already has a cost in entry 1',
    ],
  ])('%s is invalid', (text, problem) => {
    expect(problemsOf(`${costs(text)}peers:\n  - { address: 192.0.2.1, as: internal }\n`)[0]).toContain(problem);
  });

  test('needs no restart', () => {
    const changed = PEERS.replace('id: 10.99.0.1', 'id: 10.99.0.1, next-hop-cost: [{ prefix: 10.0.0.0/8, cost: 1 }]');
    expect(diffSpecs(specOf(PEERS), specOf(changed)).restartNeeded).toEqual([]);
  });
});

test('a change of router.next-hop-check needs a restart, and is reported', () => {
  const changed = PEERS.replace('id: 10.99.0.1', 'id: 10.99.0.1, next-hop-check: true');
  expect(diffSpecs(specOf(PEERS), specOf(changed)).restartNeeded).toEqual(['router.next-hop-check']);
});
