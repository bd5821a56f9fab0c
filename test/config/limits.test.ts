/** Prefix limits: what a family inherits, and contradictions. */
import { problemsOf, ROUTER, specOf, warningsOf } from './support.ts';

const peer = (settings: string) => `${ROUTER}peers:\n  - { address: 192.0.2.1, as: internal, ${settings} }\n`;
const limitsOf = (settings: string) => specOf(peer(settings)).peers[0]!.limits;

test('a family overrides the values for all families', () => {
  const all = 'limit: 1000, warn-percent: 75, action: restart, restart-time: 30, of: accepted';
  const own = 'families: { ipv6-unicast: { limit: 10, action: shutdown, of: received } }';
  expect(limitsOf(`max-prefix: { ${all}, ${own} }`)).toEqual({
    inbound: [
      { limit: 1000, warnAt: 750, action: 'restart', restartMs: 30_000, of: 'accepted' },
      { limit: 10, warnAt: 8, action: 'shutdown', restartMs: 30_000, of: 'received' },
    ],
    outbound: [null, null],
  });
});

test('a limit can be for one family, or for all but one', () => {
  const inbound = (words: string) => limitsOf(`max-prefix: { ${words} }`)?.inbound.map((limit) => limit?.limit ?? null);
  expect(inbound('families: { ipv6-unicast: { limit: 5 } }')).toEqual([null, 5]);
  expect(inbound('limit: 7, families: { ipv6-unicast: { limit: none } }')).toEqual([7, null]);
});

test('a peer removes the limit of its group with `none`', () => {
  const text = `${ROUTER}groups:\n  g: { as: internal, max-prefix: { limit: 5 } }\npeers:\n`;
  const peers =
    '  - { address: 192.0.2.1, group: g }\n  - { address: 192.0.2.2, group: g, max-prefix: { limit: none } }\n';
  const [first, second] = specOf(text + peers).peers;
  expect(first?.limits?.inbound.map((limit) => limit?.limit)).toEqual([5, 5]);
  expect(second?.limits).toBeNull();
});

test.each([
  ['max-prefix: {}', 'max-prefix: `limit` is missing'],
  ['max-prefix: { action: block }', 'max-prefix: `limit` is missing'],
  ['max-prefix-out: { families: { ipv4-unicast: { action: warn } } }', 'max-prefix-out: `limit` is missing'],
])('%s lacks a limit', (settings, what) => {
  expect(problemsOf(peer(settings))).toEqual([expect.stringContaining(what)]);
});

test.each([
  ['max-prefix: { limit: 0 }', 'max-prefix.limit'],
  ['max-prefix: { limit: 4294967296 }', 'max-prefix.limit'],
  ['max-prefix: { limit: 5, warn-percent: 0 }', 'max-prefix.warn-percent'],
  ['max-prefix: { limit: 5, warn-percent: 101 }', 'max-prefix.warn-percent'],
  ['max-prefix: { limit: 5, action: stop }', 'max-prefix.action'],
  ['max-prefix-out: { limit: 5, of: accepted }', 'max-prefix-out.of'],
  ['max-prefix: { limit: 5, families: { ipv4: { limit: 6 } } }', 'max-prefix.families.ipv4'],
])('%s is rejected', (settings, path) => {
  expect(problemsOf(peer(settings))).toEqual([expect.stringContaining(path)]);
});

test.each([
  ['max-prefix: { limit: 5, action: block, restart-time: 5 }', 'max-prefix.restart-time'],
  [
    'max-prefix: { limit: 5, families: { ipv4-unicast: { action: warn, restart-time: 5 } } }',
    'max-prefix.families.ipv4-unicast.restart-time',
  ],
  [
    'families: [ipv4-unicast], max-prefix: { limit: 5, families: { ipv6-unicast: { limit: 6 } } }',
    'max-prefix.families.ipv6-unicast',
  ],
])('%s has no effect and gives a warning', (settings, path) => {
  expect(warningsOf(peer(settings))).toEqual([expect.stringContaining(`${path}: no effect`)]);
});

test('a restart time that a family uses gives no warning', () => {
  const family = 'families: { ipv4-unicast: { action: restart } }';
  expect(warningsOf(peer(`max-prefix: { limit: 5, action: block, restart-time: 5, ${family} }`))).toEqual([]);
});
