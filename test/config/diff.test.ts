/** What a reload does: nothing to whom nothing changed, and to the others no more than needed. */
import { type ConfigChanges, diffSpecs } from '../../src/config/diff.ts';
import { SETTINGS, type SettingName } from '../../src/config/settings.ts';
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

/** What a changed text does to each peer and range: `192.0.2.1 soft import`. */
function effects(after: string, before = BASE): string[] {
  const { peers, ranges } = changes(before, after);
  return [
    ...peers.added.map(({ address }) => `+${formatAddress(address)}`),
    ...peers.removed.map(({ address }) => `-${formatAddress(address)}`),
    ...peers.changed.map(({ spec, how, fields }) => `${formatAddress(spec.address)} ${how} ${fields.join(' ')}`),
    ...ranges.added.map(({ prefix }) => `+${formatPrefix(prefix)}`),
    ...ranges.removed.map(({ prefix }) => `-${formatPrefix(prefix)}`),
    ...ranges.changed.map(({ spec, how, fields }) => `${formatPrefix(spec.prefix)} ${how} ${fields.join(' ')}`),
  ];
}

test('the same file changes nothing', () => {
  expect(changes(BASE, BASE)).toEqual({
    peers: { added: [], removed: [], changed: [] },
    ranges: { added: [], removed: [], changed: [] },
    listen: { added: [], removed: [] },
    log: false,
    metrics: false,
    restartNeeded: [],
  });
});

test('what is written otherwise but means the same changes nothing', () => {
  const after = BASE.replaceAll('internal', '65000').replace('10.0.0.0/8', '10.0.0.0/8, limit: 10000');
  expect(effects(after)).toEqual([]);
});

test('peers come and go', () => {
  const after = BASE.replace('192.0.2.1,', '2001:db8::1,');
  expect(effects(after)).toEqual(['+2001:db8::1', '-192.0.2.1']);
});

test('ranges come and go', () => {
  expect(effects(BASE.replace('10.0.0.0/8', '10.0.0.0/9'))).toEqual(['+10.0.0.0/9', '-10.0.0.0/8']);
});

test('a change of a group reaches its peers and its ranges, and nobody else', () => {
  const after = BASE.replace('as: internal, dynamic', 'as: internal, hold-time: 30, dynamic');
  expect(effects(after)).toEqual(['192.0.2.2 reset holdMs', '10.0.0.0/8 reset holdMs']);
});

test('a changed limit touches no session', () => {
  expect(effects(BASE.replace('10.0.0.0/8', '10.0.0.0/8, limit: 5'))).toEqual(['10.0.0.0/8 note limit']);
});

test('of several changes the strongest counts', () => {
  const after = BASE.replace('192.0.2.1, as: internal', '192.0.2.1, as: internal, description: x, import: reject');
  expect(effects(after)).toEqual(['192.0.2.1 soft import description']);
  const more = after.replace('import: reject', 'import: reject, hold-time: 9');
  expect(effects(more)).toEqual(['192.0.2.1 reset holdMs import description']);
});

test('a peer that moves to a group with the same settings keeps its session', () => {
  expect(effects(BASE.replace('192.0.2.1, as: internal', '192.0.2.1, group: g'))).toEqual(['192.0.2.1 note group']);
});

/** Another value for each setting; a new setting needs one, and a word in its row on what a reload does. */
const OTHER: Readonly<Record<SettingName, string>> = {
  as: '65001',
  'route-reflector-client': 'true',
  'cluster-id': '10.0.0.9',
  'client-to-client': 'false',
  families: '[ipv4-unicast]',
  'hold-time': '30',
  'keepalive-time': '9',
  passive: 'true',
  'connect-retry-time': '9',
  'delay-open-time': '9',
  'idle-hold-time': '9',
  'idle-hold-max-time': '90',
  'next-hop': 'self',
  aigp: 'false',
  'enforce-first-as': 'false',
  'allow-own-as': '1',
  'local-as': '64999',
  'as-override': 'true',
  'remove-private-as': 'all',
  'extended-next-hop': 'true',
  'add-path': '{ receive: true }',
  'graceful-restart': '{ mode: off }',
  'bgp-role': 'peer',
  'bgp-role-strict': 'true',
  'enhanced-route-refresh': 'false',
  'extended-messages': 'false',
  'send-hold-time': '600',
  'max-prefix': '{ limit: 10 }',
  'max-paths-per-prefix': '64',
  damping: '{}',
  'max-prefix-out': '{ limit: 10 }',
  'attribute-memory': '128',
  llgr: '{ time: 0 }',
  'best-external': 'true',
  import: 'reject',
  export: 'reject',
  description: 'x',
  shutdown: 'true',
  port: '1179',
  'local-address': '192.0.2.9',
  password: 'secret',
  'ttl-security': '1',
  multihop: '3',
  dscp: '0',
  'bind-device': 'eth1',
  bfd: '{ interval-ms: 100 }',
  'tcp-user-timeout': '30',
};

/** Those that say something of peers of another AS alone. */
const OUTSIDE: readonly SettingName[] = [
  'enforce-first-as',
  'as-override',
  'remove-private-as',
  'bgp-role',
  'local-as',
];

test.each(Object.keys(SETTINGS) as SettingName[])('a changed %s does what the reference says', (name) => {
  const { reload } = SETTINGS[name].type.meta() as { reload: string };
  const before = `${ROUTER}peers: [{ address: 192.0.2.1${name === 'as' ? ', as: internal' : `, as: ${OUTSIDE.includes(name) ? 65001 : 65000}`} }]`;
  const after = before.replace(/, as: \w+/, (as) => `${name === 'as' ? '' : as}, ${name}: ${OTHER[name]}`);
  expect(changes(before, after).peers.changed.map(({ how }) => how)).toEqual([reload]);
});

describe('beside the peers', () => {
  test('addresses that are listened on', () => {
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
    ['metrics.listen', `${BASE}metrics: none`],
    ['control.socket', `${BASE}control: { socket: /tmp/s }`],
  ])('%s waits for a restart, and is named', (key, after) => {
    expect(changes(BASE, after).restartNeeded).toEqual([key]);
  });

  test('a router with another AS number or id leaves sessions alone until the restart', () => {
    expect(effects(BASE.replace('id: 10.99.0.1', 'id: 10.99.0.2, cluster-id: 10.99.0.1'))).toEqual([
      '192.0.2.1 note routerId',
      '192.0.2.2 note routerId',
      '10.0.0.0/8 note routerId',
    ]);
  });
});
