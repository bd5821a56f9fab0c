/** What a reload does: nothing to unchanged peers, and no more than needed to the others. */
import { type ConfigChanges, diffSpecs } from '../../src/config/reload/diff.ts';
import { formatAddress, formatPrefix } from '../../src/lib/ip.ts';
import { ROUTER, specOf } from './support.ts';

const BASE = `${ROUTER}groups:
  g: { as: internal, dynamic: [{ range: 10.0.0.0/8 }] }
peers:
  - { address: 192.0.2.1, as: internal }
  - { address: 192.0.2.2, group: g }
`;

function changes(before: string, after: string): ConfigChanges {
  return diffSpecs(specOf(before), specOf(after));
}

/** The effect of a changed text on each peer and range: `192.0.2.1 soft import`. */
function effects(after: string, before = BASE): string[] {
  const { peers, ranges } = changes(before, after);
  return [
    ...peers.added.map(({ address }) => `+${formatAddress(address)}`),
    ...peers.removed.map(({ address }) => `-${formatAddress(address)}`),
    ...peers.changed.map(({ spec, how, keys }) => `${formatAddress(spec.address)} ${how} ${keys.join(' ')}`),
    ...ranges.added.map(({ prefix }) => `+${formatPrefix(prefix)}`),
    ...ranges.removed.map(({ prefix }) => `-${formatPrefix(prefix)}`),
    ...ranges.changed.map(({ spec, how, keys }) => `${formatPrefix(spec.prefix)} ${how} ${keys.join(' ')}`),
  ];
}

test('the same file changes nothing', () => {
  expect(changes(BASE, BASE)).toEqual({
    peers: { added: [], removed: [], changed: [] },
    ranges: { added: [], removed: [], changed: [] },
    listen: { added: [], removed: [] },
    log: false,
    metrics: false,
    web: false,
    settings: [],
    restartNeeded: [],
  });
});

test('another notation of the same values changes nothing', () => {
  const after = BASE.replaceAll('internal', '65000').replace('10.0.0.0/8', '10.0.0.0/8, limit: 10000');
  expect(effects(after)).toEqual([]);
});

test('peers are added and removed', () => {
  const after = BASE.replace('192.0.2.1,', '2001:db8::1,');
  expect(effects(after)).toEqual(['+2001:db8::1', '-192.0.2.1']);
});

test('ranges are added and removed', () => {
  expect(effects(BASE.replace('10.0.0.0/8', '10.0.0.0/9'))).toEqual(['+10.0.0.0/9', '-10.0.0.0/8']);
});

test('a change of a group affects its peers and its ranges, and no others', () => {
  const after = BASE.replace('as: internal, dynamic', 'as: internal, hold-time: 30, dynamic');
  expect(effects(after)).toEqual(['192.0.2.2 reset hold-time', '10.0.0.0/8 reset hold-time']);
});

test('a changed limit touches no session', () => {
  expect(effects(BASE.replace('10.0.0.0/8', '10.0.0.0/8, limit: 5'))).toEqual(['10.0.0.0/8 live dynamic[].limit']);
});

test('the strongest of several effects applies', () => {
  const after = BASE.replace('192.0.2.1, as: internal', '192.0.2.1, as: internal, description: x, import: reject');
  expect(effects(after)).toEqual(['192.0.2.1 soft import description']);
  const more = after.replace('import: reject', 'import: reject, hold-time: 9');
  expect(effects(more)).toEqual(['192.0.2.1 reset hold-time import description']);
});

test('a peer that moves to a group with the same settings keeps its session', () => {
  expect(effects(BASE.replace('192.0.2.1, as: internal', '192.0.2.1, group: g'))).toEqual([
    '192.0.2.1 live peers[].group',
  ]);
});

describe('other sections', () => {
  test('listen addresses', () => {
    const before = `${BASE}listen: [{ address: 10.0.0.1 }, { address: 10.0.0.2 }]`;
    const after = `${BASE}listen: [{ address: 10.0.0.2 }, { address: 10.0.0.1, port: 1179 }]`;
    const { listen } = changes(before, after);
    expect(listen.added.map(({ port }) => port)).toEqual([1179]);
    expect(listen.removed.map(({ address }) => formatAddress(address))).toEqual(['10.0.0.1']);
  });

  test('the log', () => {
    expect(changes(BASE, `${BASE}log: { level: { default: info } }`).log).toBe(false);
    expect(changes(BASE, `${BASE}log: { level: { fib: debug } }`).log).toBe(true);
  });

  test.each([
    ['router.as', BASE.replace('65000', '65001')],
    ['router.id', BASE.replace('id: 10.99.0.1', 'id: 10.99.0.2, cluster-id: 10.99.0.1')],
    ['fib.mode', `${BASE}fib: { mode: dry-run }`],
    ['fib.table', `${BASE}fib: { table: 100 }`],
    ['fib.protocol', `${BASE}fib: { protocol: 200 }`],
    ['fib.metric', `${BASE}fib: { metric: 5 }`],
    ['control.socket', `${BASE}control: { socket: /tmp/s }`],
  ])('%s needs a restart, and is reported', (key, after) => {
    expect(changes(BASE, after).restartNeeded).toEqual([key]);
  });

  test('a new AS number or router ID leaves sessions alone until the restart', () => {
    expect(effects(BASE.replace('id: 10.99.0.1', 'id: 10.99.0.2, cluster-id: 10.99.0.1'))).toEqual([
      '192.0.2.1 live router.id',
      '192.0.2.2 live router.id',
      '10.0.0.0/8 live router.id',
    ]);
  });
});
