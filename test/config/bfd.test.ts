/** BFD in the configuration: off by default, over as many hops as the session itself. */
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const peer = (settings: string, as = '65001') =>
  `${ROUTER}peers:\n  - { address: 192.0.2.1, as: ${as}, import: accept, export: accept, ${settings} }\n`;
const bfdOf = (settings: string, as?: string) => specOf(peer(settings, as)).peers[0]!.bfd;

const USUAL = { intervalMs: 300, minRxMs: 300, multiplier: 3, multihop: false, minTtl: 1, graceful: false };

test('is off without the setting, and with false', () => {
  expect(bfdOf('port: 179')).toBeNull();
  expect(bfdOf('bfd: false')).toBeNull();
});

test('has the usual defaults with true, and for the keys that a mapping omits', () => {
  expect(bfdOf('bfd: true')).toEqual(USUAL);
  expect(bfdOf('bfd: {}')).toEqual(USUAL);
  expect(bfdOf('bfd: { interval-ms: 100, multiplier: 5 }')).toEqual({
    ...USUAL,
    intervalMs: 100,
    minRxMs: 100,
    multiplier: 5,
  });
  expect(bfdOf('bfd: { interval-ms: 100, min-rx-ms: 50 }')).toMatchObject({ intervalMs: 100, minRxMs: 50 });
});

test('a peer can turn off the BFD of its group', () => {
  const text = `${ROUTER}groups: { g: { as: internal, bfd: { interval-ms: 100, multiplier: 3 }, dynamic: [{ range: 10.0.0.0/8 }] } }
peers:
  - { address: 192.0.2.1, group: g }
  - { address: 192.0.2.2, group: g, bfd: false }
`;
  const { peers, ranges } = specOf(text);
  expect(peers.map(({ bfd }) => bfd?.intervalMs)).toEqual([100, undefined]);
  expect(ranges.map(({ bfd }) => bfd?.intervalMs)).toEqual([100]);
});

describe('how many hops', () => {
  test.each([
    ['bfd: true', '65001', false],
    ['bfd: true, multihop: 1', '65001', false],
    ['bfd: true, multihop: 2', '65001', true],
    ['bfd: true, ttl-security: 1', '65001', false],
    ['bfd: true, ttl-security: 3', '65001', true],
    ['bfd: true', 'external', false],
    ['bfd: true', 'internal', null],
    ['bfd: true, ttl-security: 1', 'internal', false],
    ['bfd: true, ttl-security: 2', 'internal', null],
    ['bfd: { multihop: true }', '65001', true],
    ['bfd: { multihop: false }, multihop: 2', '65001', false],
    ['bfd: { multihop: false }', 'internal', false],
  ] as const)('%s with a peer of AS %s: several is %s', (settings, as, multihop) => {
    expect(bfdOf(settings, as)?.multihop).toBe(multihop);
  });

  test('a peer on an interface is one hop away', () => {
    const text = `${ROUTER}peers: [{ interface: eth1, as: internal, bfd: true }]`;
    expect(specOf(text).peers[0]!.bfd).toEqual(USUAL);
    expect(problemsOf(text.replace('bfd: true', 'bfd: { multihop: true }'))).toEqual([
      expect.stringContaining('peers[0].bfd.multihop: a peer on an `interface` is one hop away'),
    ]);
  });
});

describe('contradictions', () => {
  test.each([
    ['bfd: { interval-ms: 9 }', 'peers[0].bfd.interval-ms: 9 is not a number of milliseconds'],
    ['bfd: { interval-ms: 60001 }', 'bfd.interval-ms'],
    ['bfd: { min-rx-ms: 0 }', 'bfd.min-rx-ms'],
    ['bfd: { multiplier: 0 }', 'bfd.multiplier: 0 is not a multiplier'],
    ['bfd: { multiplier: 256 }', 'bfd.multiplier'],
    ['bfd: { multihop: 2 }', 'bfd.multihop: 2 is not a boolean'],
    ['bfd: { multihop: true, min-ttl: 256 }', 'bfd.min-ttl'],
    ['bfd: { min-ttl: 254 }', '`min-ttl` is for several hops'],
    ['bfd: { min-ttl: 254, multihop: false }, multihop: 3', '`min-ttl` is for several hops'],
    ['bfd: { interval: 100 }', 'unknown key `interval`'],
    ['bfd: on', 'peers[0].bfd: on is not a BFD setting'],
  ])('%s', (settings, what) => {
    expect(problemsOf(peer(settings))).toEqual([expect.stringContaining(what)]);
  });

  test('a minimum TTL needs an explicit multihop for iBGP', () => {
    expect(problemsOf(peer('bfd: { min-ttl: 250 }', 'internal'))).toHaveLength(1);
    expect(problemsOf(peer('bfd: { min-ttl: 250, multihop: true }', 'internal'))).toEqual([]);
    expect(problemsOf(peer('bfd: { min-ttl: 250 }, multihop: 6'))).toEqual([]);
  });

  test('is reported once for a group, and not if its peers are several hops away', () => {
    const text = (
      more: string,
    ) => `${ROUTER}groups: { g: { as: 65001, bfd: { min-ttl: 250 }, import: accept, export: accept } }
peers:
  - { address: 192.0.2.1, group: g${more} }
  - { address: 192.0.2.2, group: g${more} }
`;
    expect(problemsOf(text(''))).toEqual([expect.stringContaining('groups.g.bfd.min-ttl')]);
    expect(problemsOf(text(', multihop: 5'))).toEqual([]);
  });

  test('a detection time beyond the hold time gives a warning', () => {
    const slow = 'bfd: { interval-ms: 30000, multiplier: 3 }';
    expect(warningsOf(peer(slow))).toEqual([
      expect.stringContaining('the BFD detection time of 90 seconds is not below the hold time of 90'),
    ]);
    expect(warningsOf(peer(`${slow}, hold-time: 240`))).toEqual([]);
    expect(warningsOf(peer(`${slow}, hold-time: 0`))).toEqual([]);
  });
});
