/**
 * Every key of the schema, changed by a reload while sessions are up: what happens is what the reference page says
 * (`config/reload/reload-table.ts`), and sessions that the key does not concern stay as they are.
 */
import { stringify } from 'yaml';
import type { ReadSecret } from '../../src/config/problems/secrets.ts';
import { load } from '../../src/config/read/load.ts';
import { diffSpecs } from '../../src/config/reload/diff.ts';
import { reloadTable } from '../../src/config/reload/reload-table.ts';
import { type RouterIdentity, resolve } from '../../src/config/resolve/resolve.ts';
import type { Reload } from '../../src/config/values/reload.ts';
import { COMPONENTS } from '../../src/engine/events/event-row.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import { SimPeer } from '../engine/sim-peer.ts';
import { World } from '../engine/world.ts';
import { reconfigureNow } from './reconfigure-now.ts';

type Keys = Readonly<Record<string, unknown>>;

/** One change of a key: the keys around it before and after; what it does, unless that is what the table says first. */
interface Case {
  readonly before?: Keys;
  readonly after: Keys;
  readonly effect?: Reload;
  /** Whose settings are changed: `inside` a named peer and a range, `named` the peer alone, `outside` an eBGP peer. */
  readonly who?: 'inside' | 'named' | 'outside';
}

/** A setting that is not there, and then is. */
const to = (name: string, after: unknown, over: Partial<Case> = {}): Case => ({ after: { [name]: after }, ...over });
/** A setting with two values. */
const from = (name: string, before: unknown, after: unknown, over: Partial<Case> = {}): Case => ({
  before: { [name]: before },
  after: { [name]: after },
  ...over,
});
/** A key within a setting. */
const within = (name: string, before: object, after: object, over: Partial<Case> = {}) =>
  from(name, before, { ...before, ...after }, over);
const outside = { who: 'outside' } as const;
const named = { who: 'named' } as const;

const LIMIT = { limit: 1000, action: 'warn' };
const V6 = 'ipv6-unicast';
const fib = (keys: Keys, before: Keys = {}): Case => ({ before, after: { ...before, ...keys } });
const ofFamily = (keys: Keys) => fib({ families: { 'ipv4-unicast': keys } });
const rule = (over: Keys) =>
  fib({ install: [{ prefix: '10.0.0.0/8', ...over }] }, { install: [{ prefix: '10.0.0.0/8', le: 32 }] });
const onlink = (over: Keys) =>
  fib(
    { onlink: [{ range: '203.0.113.0/24', interface: 'eth1', ...over }] },
    { onlink: [{ range: '203.0.113.0/24', interface: 'eth1' }] },
  );
const range = (over: Keys): Case => ({ after: { dynamic: [{ range: '10.1.0.0/16', ...over }] } });
const members = { identifier: 64_512, members: [65_000, 65_020] };

/** Top-level keys of policies, with a policy that the peers inside the AS import by. */
const policy = (before: Keys, after: Keys): Case => {
  const rules = [{ name: 'marked', if: { communities: 'marks' }, then: 'reject' }];
  const base = { sets: { communities: { marks: ['65000:1'] } }, policies: { in: { rules, default: 'accept' } } };
  return { before: { ...base, ...before }, after: { ...base, ...after } };
};

const CASES: Readonly<Record<string, readonly Case[]>> = {
  'router.as': [to('as', 65_009)],
  'router.id': [to('id', '10.99.0.2')],
  'router.cluster-id': [to('cluster-id', '10.99.0.9')],
  'router.confederation': [to('confederation', members)],
  'router.confederation.identifier': [within('confederation', members, { identifier: 64_513 })],
  'router.confederation.members': [within('confederation', members, { members: [65_000, 65_021] })],
  'router.restart-defer-time': [to('restart-defer-time', 7)],
  'router.attribute-memory': [to('attribute-memory', 512)],
  'router.route-history': [to('route-history', 16), to('route-history', 'none')],
  'router.restart-state': [to('restart-state', '/var/lib/reflectord/other')],
  'router.next-hop-cost': [to('next-hop-cost', [{ prefix: '10.1.0.0/16', cost: 10 }])],
  'router.next-hop-cost[].prefix': [
    from('next-hop-cost', [{ prefix: '10.1.0.0/16', cost: 10 }], [{ prefix: '10.2.0.0/16', cost: 10 }]),
  ],
  'router.next-hop-cost[].cost': [
    from('next-hop-cost', [{ prefix: '10.1.0.0/16', cost: 10 }], [{ prefix: '10.1.0.0/16', cost: 20 }]),
  ],
  'router.next-hop-check': [to('next-hop-check', true)],
  'listen[].address': [to('listen', [{ address: '127.0.0.9' }])],
  'listen[].port': [to('listen', [{ address: '127.0.0.1', port: 1179 }])],
  dynamic: [range({ limit: 5 }), { after: { dynamic: [] }, effect: 'reset' }],
  'dynamic[].range': [
    { after: { dynamic: [{ range: '10.1.0.0/16' }, { range: '10.3.0.0/16' }] } },
    { after: { dynamic: [{ range: '10.3.0.0/16' }] }, effect: 'reset' },
  ],
  'dynamic[].limit': [range({ limit: 5 })],
  'dynamic[].attempts-per-minute': [range({ 'attempts-per-minute': 5 })],
  'dynamic[].forget-time': [range({ 'forget-time': 5 })],
  'peers[].address': [to('address', '10.0.0.9', named)],
  'peers[].interface': [
    {
      before: { address: 'fe80::7', interface: 'eth1' },
      after: { address: 'fe80::7', interface: 'eth2' },
      who: 'named',
    },
  ],
  'peers[].group': [to('group', 'other', named)],
  as: [to('as', 65_001, named)],
  'route-reflector-client': [from('route-reflector-client', true, false), from('route-reflector-client', false, true)],
  'cluster-id': [to('cluster-id', '10.99.0.9')],
  'client-to-client': [to('client-to-client', false)],
  families: [to('families', ['ipv4-unicast'])],
  'hold-time': [to('hold-time', 30)],
  'keepalive-time': [to('keepalive-time', 9)],
  passive: [from('passive', true, false, named)],
  'connect-retry-time': [to('connect-retry-time', 9)],
  'delay-open-time': [to('delay-open-time', 9)],
  'idle-hold-time': [to('idle-hold-time', 9)],
  'idle-hold-max-time': [to('idle-hold-max-time', 90)],
  'next-hop': [to('next-hop', 'self')],
  'next-hop.ipv4-unicast': [to('next-hop', { 'ipv4-unicast': 'self' })],
  'next-hop.ipv6-unicast': [to('next-hop', { 'ipv6-unicast': 'self' })],
  'default-route-target': [to('default-route-target', true)],
  aigp: [to('aigp', false)],
  'prefix-sid': [to('prefix-sid', false)],
  'flowspec-validation': [to('flowspec-validation', false, outside)],
  'enforce-first-as': [to('enforce-first-as', false, outside)],
  'allow-own-as': [to('allow-own-as', 1)],
  'local-as': [to('local-as', 64_999, outside)],
  'local-as.as': [within('local-as', { as: 64_999 }, { as: 64_998 }, outside)],
  'local-as.no-prepend': [within('local-as', { as: 64_999 }, { 'no-prepend': true }, outside)],
  'local-as.replace-as': [within('local-as', { as: 64_999 }, { 'replace-as': true }, outside)],
  'as-override': [to('as-override', true, outside)],
  'remove-private-as': [to('remove-private-as', 'all', outside)],
  'extended-next-hop': [to('extended-next-hop', true)],
  'add-path': [to('add-path', { receive: true })],
  'add-path.receive': [within('add-path', { send: 'all' }, { receive: true })],
  'add-path.send': [
    within('add-path', {}, { send: 'all' }),
    within('add-path', { send: 'all' }, { send: 3 }, { effect: 'soft' }),
    within('add-path', { send: 'best' }, { send: 'rank-2' }, { effect: 'soft' }),
  ],
  'add-path.limit': [within('add-path', { send: 'all' }, { limit: 3 })],
  'graceful-restart': [to('graceful-restart', { mode: 'off' })],
  'graceful-restart.mode': [within('graceful-restart', { time: 60 }, { mode: 'helper' })],
  'graceful-restart.time': [to('graceful-restart', { time: 60 })],
  'graceful-restart.stale-time': [to('graceful-restart', { 'stale-time': 60 })],
  'graceful-restart.families': [to('graceful-restart', { families: { [V6]: { mode: 'off' } } })],
  llgr: [to('llgr', { time: 0 })],
  'llgr.time': [to('llgr', { time: 60 })],
  'llgr.max-time': [to('llgr', { 'max-time': 60 })],
  'llgr.families': [to('llgr', { families: { [V6]: { time: 0 } } })],
  'extended-messages': [to('extended-messages', false)],
  'bgp-role': [to('bgp-role', 'peer', outside)],
  'bgp-role-strict': [
    { before: { 'bgp-role': 'peer' }, after: { 'bgp-role': 'peer', 'bgp-role-strict': true }, who: 'outside' },
  ],
  'enhanced-route-refresh': [to('enhanced-route-refresh', false)],
  'send-hold-time': [to('send-hold-time', 600)],
  'best-external': [to('best-external', true)],
  damping: [to('damping', {}, outside)],
  'damping.mode': [within('damping', {}, { mode: 'off' }, outside)],
  'damping.half-life': [within('damping', {}, { 'half-life': 600 }, outside)],
  'damping.suppress': [within('damping', {}, { suppress: 7000 }, outside)],
  'damping.reuse': [within('damping', {}, { reuse: 1000 }, outside)],
  'damping.max-suppress-time': [within('damping', {}, { 'max-suppress-time': 7200 }, outside)],
  'max-prefix': [to('max-prefix', LIMIT)],
  'max-prefix.limit': [within('max-prefix', LIMIT, { limit: 900 })],
  'max-prefix.warn-percent': [within('max-prefix', LIMIT, { 'warn-percent': 50 })],
  'max-prefix.action': [within('max-prefix', LIMIT, { action: 'block' })],
  'max-prefix.restart-time': [within('max-prefix', { limit: 1000 }, { 'restart-time': 9 })],
  'max-prefix.of': [within('max-prefix', LIMIT, { of: 'accepted' })],
  'max-prefix.families': [within('max-prefix', LIMIT, { families: { [V6]: { limit: 5 } } })],
  'attribute-memory': [to('attribute-memory', 77)],
  'max-paths-per-prefix': [to('max-paths-per-prefix', 77)],
  'max-prefix-out': [to('max-prefix-out', LIMIT)],
  'max-prefix-out.limit': [within('max-prefix-out', LIMIT, { limit: 900 })],
  'max-prefix-out.warn-percent': [within('max-prefix-out', LIMIT, { 'warn-percent': 50 })],
  'max-prefix-out.action': [within('max-prefix-out', LIMIT, { action: 'block' })],
  'max-prefix-out.restart-time': [within('max-prefix-out', { limit: 1000 }, { 'restart-time': 9 })],
  'max-prefix-out.families': [within('max-prefix-out', LIMIT, { families: { [V6]: { limit: 5 } } })],
  import: [to('import', 'reject'), to('import', ['reject'])],
  export: [to('export', 'reject'), to('export', ['reject'])],
  labels: [to('labels', { region: 'eu' })],
  'keep-rejected': [to('keep-rejected', false)],
  sets: [policy({ sets: { communities: { marks: ['65000:1'] } } }, { sets: { communities: { marks: ['65000:2'] } } })],
  tests: [
    policy({}, { tests: [{ policy: 'in', route: { prefix: '10.0.0.0/8' }, expect: { 'accepted-by': 'default' } }] }),
  ],
  policies: [policy({}, { policies: { in: { rules: [], default: 'reject' } } })],
  guard: [policy({}, { guard: { 'withdraw-at-most': '20 %' } })],
  'guard.golden-prefixes': [policy({}, { guard: { 'golden-prefixes': ['10.0.0.0/8'] } })],
  'guard.withdraw-at-most': [
    policy({ guard: { 'withdraw-at-most': '20 %' } }, { guard: { 'withdraw-at-most': '30 %' } }),
  ],
  description: [to('description', 'leaf 1', named)],
  shutdown: [to('shutdown', true)],
  port: [to('port', 1179, named)],
  'local-address': [to('local-address', '192.0.2.9', named)],
  password: [from('password', 'a', 'b'), to('password', 'a', { effect: 'reset' })],
  'password.file': [from('password', { file: 'a' }, { file: 'b' })],
  'password.env': [from('password', { file: 'a' }, { env: 'B' })],
  'ttl-security': [to('ttl-security', 2)],
  multihop: [to('multihop', 3)],
  bfd: [to('bfd', true)],
  'bfd.interval-ms': [within('bfd', {}, { 'interval-ms': 100 })],
  'bfd.min-rx-ms': [within('bfd', {}, { 'min-rx-ms': 100 })],
  'bfd.multiplier': [within('bfd', {}, { multiplier: 5 })],
  'bfd.multihop': [within('bfd', {}, { multihop: true })],
  'bfd.graceful': [within('bfd', {}, { graceful: true })],
  'bfd.min-ttl': [within('bfd', { multihop: true }, { 'min-ttl': 250 })],
  dscp: [to('dscp', 0)],
  'bind-device': [to('bind-device', 'eth1')],
  'tcp-user-timeout': [to('tcp-user-timeout', 30)],
  'fib.mode': [fib({ mode: 'dry-run' })],
  'fib.table': [fib({ table: 100 })],
  'fib.protocol': [fib({ protocol: 200 })],
  'fib.metric': [fib({ metric: 5 })],
  'fib.families.ipv4-unicast.table': [ofFamily({ table: 100 })],
  'fib.families.ipv4-unicast.protocol': [ofFamily({ protocol: 200 })],
  'fib.families.ipv4-unicast.metric': [ofFamily({ metric: 5 })],
  'fib.families.ipv4-unicast.src': [ofFamily({ src: '10.99.0.1' })],
  'fib.families.ipv4-unicast.advertise': [ofFamily({ advertise: 'installed' })],
  'fib.install': [fib({ install: [{ prefix: '10.0.0.0/8' }] })],
  'fib.install[].prefix': [rule({ prefix: '10.0.0.0/9', le: 32 })],
  'fib.install[].ge': [rule({ ge: 24, le: 32 })],
  'fib.install[].le': [rule({ le: 24 })],
  'fib.install[].action': [rule({ le: 32, action: 'reject' })],
  'fib.blackhole': [fib({ blackhole: true })],
  'fib.multipath': [fib({ multipath: 4 })],
  'fib.weights': [fib({ weights: true })],
  'fib.onlink': [fib({ onlink: [{ range: '203.0.113.0/24', interface: 'eth1' }] })],
  'fib.onlink[].range': [onlink({ range: '203.0.112.0/24' })],
  'fib.onlink[].interface': [onlink({ interface: 'eth2' })],
  'fib.advertise': [fib({ advertise: 'installed' })],
  'fib.takeover': [fib({ takeover: true })],
  'fib.on-stop': [fib({ 'on-stop': 'withdraw' })],
  'fib.restart-time': [fib({ 'restart-time': 60 })],
  'fib.compare-time': [fib({ 'compare-time': 60 })],
  'fib.nexthop-ids': [fib({ 'nexthop-ids': 'none' })],
  'fib.nexthop-ids.first': [fib({ 'nexthop-ids': { first: 5000 } })],
  'fib.nexthop-ids.count': [fib({ 'nexthop-ids': { count: 5000 } })],
  'metrics.listen': [to('listen', '127.0.0.1:9999')],
  'metrics.names': [to('names', ['frr'])],
  'metrics.peer-detail': [to('peer-detail', 'none')],
  'metrics.max-peers': [to('max-peers', 1)],
  'web.listen': [to('listen', '127.0.0.1:9998')],
  'web.hosts': [{ before: { listen: '[::1]:1' }, after: { listen: '[::1]:1', hosts: ['rr1'] } }],
  'control.socket': [to('socket', '/run/reflectord/other.sock')],
  'log.level': [to('level', 'debug')],
  'log.format': [to('format', 'json')],
  ...Object.fromEntries(
    ['default', ...COMPONENTS].map((name) => [`log.level.${name}`, [to('level', { [name]: 'debug' })]]),
  ),
};
for (const name of ['table', 'protocol', 'metric', 'src', 'advertise'])
  Object.assign(CASES, {
    [`fib.families.${V6}.${name}`]: CASES[`fib.families.ipv4-unicast.${name}`]!.map(({ after }) => {
      const keys = (after.families as Record<string, Keys>)['ipv4-unicast']!;
      return fib({ families: { [V6]: name === 'src' ? { src: '2001:db8::1' } : keys } });
    }),
  });
const KEYS = [...reloadTable().keys()];

test('every key of the schema is tried, each of its effects too', () => {
  expect(Object.keys(CASES).sort()).toEqual([...KEYS].sort());
  for (const [key, { reload, except }] of reloadTable()) {
    const effects = new Set(CASES[key]!.map(({ effect }) => effect ?? reload));
    expect([key, effects]).toEqual([key, new Set([reload, ...(except === null ? [] : [except.effect])])]);
  }
});

const SECTIONS = ['router', 'fib', 'metrics', 'web', 'control', 'log'];

/** A router with three peers, and some keys where they belong. */
function configuration(key: string, keys: Keys, who: Case['who']): string {
  const section = SECTIONS.find((name) => key.startsWith(`${name}.`));
  const isPolicy = ['sets', 'policies', 'tests', 'guard'].includes(key.split('.')[0]!);
  const ofPeers = section === undefined && !key.startsWith('listen') && !isPolicy;
  const of = (...places: Case['who'][]) => (ofPeers && places.includes(who) ? keys : {});
  const base: Record<string, unknown> = {
    router: { as: 65_000, id: '10.99.0.1' },
    listen: [{ address: '127.0.0.1' }],
    groups: {
      hosts: { as: 'internal', 'route-reflector-client': true, dynamic: [{ range: '10.1.0.0/16' }], ...of('inside') },
      other: { as: 'internal' },
    },
    peers: [
      {
        address: '10.0.0.1',
        as: 'internal',
        passive: true,
        ...(key.startsWith('dynamic') ? {} : of('inside', 'named')),
      },
      { address: '192.0.2.1', as: 65_001, passive: true, import: 'accept', export: 'accept', ...of('outside') },
    ],
    metrics: { listen: '127.0.0.1:9179' },
  };
  if (isPolicy) {
    const groups = base.groups as Record<string, Keys>;
    const peers = (base.peers as Keys[]).map((peer, at) => (at === 0 ? { ...peer, import: ['in'] } : peer));
    const hosts = { ...groups.hosts, import: ['in'] };
    return stringify({ ...base, groups: { ...groups, hosts }, peers, ...keys });
  }
  if (key.startsWith('listen')) return stringify({ ...base, ...keys });
  return stringify(section === undefined ? base : { ...base, [section]: { ...(base[section] as Keys), ...keys } });
}

/** Every file and every variable has its name in it. */
const readSecret: ReadSecret = (source) => ({
  bytes: new TextEncoder().encode('file' in source ? source.file : source.env),
});

function specOf(text: string, running: RouterIdentity | null): RouterSpec {
  const result = load(text, 'test.yaml', readSecret);
  if (!result.ok) throw new Error(`${JSON.stringify(result.problems, null, 1)}\n${text}`);
  return resolve(result.config, readSecret, running);
}

/** What became of the three peers, and what the reload says of itself. */
function reload(key: string, { before = {}, after, who = 'inside' }: Case) {
  const world = new World(specOf(configuration(key, before, who), null));
  const linkLocal = before.interface === undefined ? null : `${before.address}%${before.interface}`;
  const peers = {
    named: SimPeer.up(world, linkLocal ?? '10.0.0.1', 1),
    ranged: SimPeer.up(world, '10.1.0.1', 2),
    outside: SimPeer.up(world, '192.0.2.1', 3, 65_001),
  };
  for (const peer of Object.values(peers)) expect(peer.history).toContain('EOR ipv4-unicast');
  const updates = () => Object.values(peers).map(({ counts }) => counts[2]);
  const [running, sent] = [world.engine.spec, updates()];
  const spec = specOf(configuration(key, after, who), running);
  const diff = diffSpecs(running, spec);
  const done = reconfigureNow(world.engine, diff, spec);
  world.settle();
  const reset = Object.entries(peers).filter(([, { notification }]) => notification !== null);
  const concerned = { inside: ['named', 'ranged'], named: ['named'], outside: ['outside'] }[who];
  return {
    diff,
    done,
    reset: reset.map(([name]) => name),
    concerned,
    quiet: updates().join() === sent.join(),
    running,
    now: world.engine.spec,
  };
}

const ALL = KEYS.flatMap((key) => (CASES[key] ?? []).map((one, at) => ({ key, at: at + 1, one })));

test.each(ALL)('$key, change $at', ({ key, one }) => {
  const effect = one.effect ?? reloadTable().get(key)!.reload;
  const { diff, done, reset, concerned, quiet, running, now } = reload(key, one);
  const effects = new Set(done.changed.map((change) => change.effect));
  switch (effect) {
    case 'restart':
      expect(diff.restartNeeded).toHaveLength(1);
      expect(reset).toEqual([]);
      expect(done.changed).toEqual([]);
      expect([now.fib, now.as, now.routerId, now.clusterId, now.controlSocket]).toEqual([
        running.fib,
        running.as,
        running.routerId,
        running.clusterId,
        running.controlSocket,
      ]);
      break;
    case 'reset':
      expect(reset.length).toBeGreaterThan(0);
      expect(concerned).toEqual(expect.arrayContaining(reset));
      break;
    case 'soft':
      expect(reset).toEqual([]);
      // What concerns all peers changes the settings of none.
      if (key.startsWith('router.') && effects.size === 0) expect(diff.settings).toHaveLength(1);
      else expect(effects).toEqual(new Set(['soft']));
      break;
    case 'live':
      expect(reset).toEqual([]);
      expect(effects.has('soft')).toBe(false);
      expect(quiet).toBe(true);
      break;
  }
  // Of a list or a mapping the whole is named; `fib.advertise` stands for the families, `policies` for their sets, too.
  const isNamed = (keys: readonly string[]) =>
    keys.some(
      (each) =>
        key.startsWith(each) ||
        each.startsWith(key.split('[')[0]!) ||
        key.endsWith(each.slice(3)) ||
        (key === 'sets' && each === 'policies'),
    );
  const names = [
    ...done.changed.flatMap(({ keys }) => keys),
    ...diff.settings,
    ...diff.restartNeeded,
    ...diff.ranges.changed.flatMap(({ keys }) => keys),
  ];
  const ranges = diff.ranges.added.length + diff.ranges.removed.length;
  const others = done.added.length + done.removed.length + ranges;
  // The tests of policies are run before a reload; the daemon has no further use for them.
  if (others === 0 && key !== 'router.cluster-id' && key !== 'tests')
    expect([names, isNamed(names)]).toEqual([names, true]);
});
