/** From a configuration to the specification of the daemon: inheritance, defaults, units. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAddress } from '../../src/lib/ip.ts';
import { Secret } from '../../src/lib/secret.ts';
import type { PolicyChains } from '../../src/spec/exchange.ts';
import type { PeerSpec } from '../../src/spec/peer.ts';
import { PRIVATE_AS } from '../../src/wire/attributes/encode.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../src/wire/families.ts';
import { ROUTER, specOf } from './support.ts';

function peerOf(settings: string, group = ''): PeerSpec {
  const member = group === '' ? '' : ', group: g';
  const text = `${ROUTER}peers: [{ address: 192.0.2.1${member}, ${settings} }]\ngroups: { g: { ${group} } }\n`;
  return specOf(text).peers[0]!;
}

/** No policies beyond `accept` and `reject`. */
const NO_CHAINS: PolicyChains = {
  import: null,
  export: null,
  labels: {},
  keepRejected: true,
  lacksImport: false,
  lacksExport: false,
};

const FAMILY = { table: 254, protocol: 186, metric: 20, src: null, advertiseInstalled: false };

test('missing keys have their defaults', () => {
  expect(specOf(`${ROUTER}peers: [{ address: 192.0.2.1, as: internal }]`)).toEqual({
    as: 65000,
    confederation: null,
    routerId: 0x0a630001,
    clusterId: 0x0a630001,
    listen: [
      { address: new Uint8Array(4), port: 179 },
      { address: new Uint8Array(16), port: 179 },
    ],
    peers: [
      {
        address: parseAddress('192.0.2.1'),
        interfaceName: null,
        fixedAddress: true,
        port: 179,
        group: '',
        attributeOctets: 64 << 20,
        description: '',
        maxPathsPerPrefix: 4096,
        localAddress: null,
        shutdown: false,
        limits: null,
        damping: null,
        bfd: null,
        session: {
          localAs: 65000,
          alsoOurs: [],
          confederation: false,
          routerId: 0x0a630001,
          remoteAs: { kind: 'internal' },
          passive: false,
          families: [IPV4_UNICAST, IPV6_UNICAST],
          addPath: { receive: false, send: false },
          extendedNextHop: false,
          gracefulRestart: { full: true, helper: true, restartMs: 120_000, staleMs: 360_000, families: {} },
          longLived: { timeMs: 86_400_000, maxMs: 86_400_000, families: {} },
          role: null,
          roleStrict: false,
          enhancedRefresh: true,
          extendedMessages: true,
          sendHoldMs: null,
          holdMs: 90_000,
          keepaliveMs: null,
          connectRetryMs: 5_000,
          connectRetryMaxMs: 20_000,
          delayOpenMs: 0,
          idleHoldMs: 1_000,
          idleHoldMaxMs: 60_000,
        },
        exchange: {
          client: false,
          clusterId: 0x0a630001,
          clientToClient: true,
          nextHop: { kind: 'unchanged' },
          defaultRouteTarget: false,
          aigp: true,
          prefixSid: true,
          flowspecValidation: false,
          enforceFirstAs: false,
          allowOwnAs: 0,
          localAs: null,
          asOverride: false,
          privateAs: 0,
          select: { kind: 'best', external: false },
          import: 'accept',
          export: 'accept',
          chains: NO_CHAINS,
        },
        transport: { password: null, ttl: null, minTtl: null, dscp: 48, bindDevice: null, userTimeoutMs: 0 },
      },
    ],
    ranges: [],
    policies: new Map(),
    policyFiles: [],
    guard: null,
    deferMs: 30_000,
    attributeOctets: 1024 << 20,
    routeHistoryOctets: 4 << 20,
    nextHopCosts: [],
    fib: {
      mode: 'off',
      table: 254,
      protocol: 186,
      metric: 20,
      families: [FAMILY, FAMILY],
      install: null,
      blackhole: null,
      multipath: 1,
      weights: false,
      onlink: [],
      takeover: false,
      onStop: 'keep',
      nextHopCheck: null,
      objectIds: { first: 186_000_000, count: 1_000_000 },
      restartMs: 120_000,
      compareMs: 300_000,
    },
    web: null,
    exposition: { names: ['reflectord'], peerDetail: 'full', maxPeers: 10_000 },
    metrics: { address: parseAddress('127.0.0.1'), port: 9179 },
    controlSocket: '/run/reflectord/control.sock',
    restartState: null,
    log: { level: 'info', components: {}, format: null },
  });
});

const RESTART = { limit: 10, warnAt: 8, action: 'restart', restartMs: 60_000, of: 'received' };

test('every setting of a peer is in the specification', () => {
  const peer = peerOf(
    'as: internal, route-reflector-client: true, cluster-id: 10.0.0.7, client-to-client: false, families: [ipv6-unicast], hold-time: 30, keepalive-time: 7, passive: true, connect-retry-time: 11, delay-open-time: 2, idle-hold-time: 3, idle-hold-max-time: 40, next-hop: 192.0.2.9, allow-own-as: 2, extended-next-hop: true, add-path: { receive: true, send: 3 }, graceful-restart: { mode: helper, time: 200, stale-time: 60 }, llgr: { time: 100 }, enhanced-route-refresh: false, extended-messages: false, send-hold-time: 700, max-prefix: { limit: 10 }, max-paths-per-prefix: 64, attribute-memory: 128, max-prefix-out: { limit: 15, action: block, families: { ipv4-unicast: { limit: none } } }, import: reject, export: reject, description: d, shutdown: true, port: 1179, local-address: 192.0.2.8, password: a key, ttl-security: 2, dscp: 46, bind-device: eth1, tcp-user-timeout: 30',
  );
  expect(peer).toEqual({
    address: parseAddress('192.0.2.1'),
    interfaceName: null,
    fixedAddress: true,
    port: 1179,
    group: '',
    attributeOctets: 128 << 20,
    description: 'd',
    localAddress: parseAddress('192.0.2.8'),
    shutdown: true,
    damping: null,
    bfd: null,
    session: {
      localAs: 65000,
      alsoOurs: [],
      confederation: false,
      routerId: 0x0a630001,
      remoteAs: { kind: 'internal' },
      passive: true,
      families: [IPV6_UNICAST],
      addPath: { receive: true, send: true },
      extendedNextHop: true,
      gracefulRestart: { full: false, helper: true, restartMs: 200_000, staleMs: 60_000, families: {} },
      longLived: { timeMs: 100_000, maxMs: 100_000, families: {} },
      role: null,
      roleStrict: false,
      enhancedRefresh: false,
      extendedMessages: false,
      sendHoldMs: 700_000,
      holdMs: 30_000,
      keepaliveMs: 7_000,
      connectRetryMs: 11_000,
      connectRetryMaxMs: 44_000,
      delayOpenMs: 2_000,
      idleHoldMs: 3_000,
      idleHoldMaxMs: 40_000,
    },
    exchange: {
      client: true,
      clusterId: 0x0a000007,
      clientToClient: false,
      nextHop: { kind: 'address', address: parseAddress('192.0.2.9') },
      defaultRouteTarget: false,
      aigp: true,
      prefixSid: true,
      flowspecValidation: false,
      enforceFirstAs: false,
      allowOwnAs: 2,
      localAs: null,
      asOverride: false,
      privateAs: 0,
      select: { kind: 'paths', limit: 3 },
      import: 'reject',
      export: 'reject',
      chains: NO_CHAINS,
    },
    transport: {
      password: { key: new Secret(new TextEncoder().encode('a key')), source: 'the configuration' },
      ttl: 255,
      minTtl: 254,
      dscp: 46,
      bindDevice: 'eth1',
      userTimeoutMs: 30_000,
    },
    limits: {
      inbound: [RESTART, RESTART],
      outbound: [null, { limit: 15, warnAt: 12, action: 'block', restartMs: 60_000, of: 'received' }],
    },
    maxPathsPerPrefix: 64,
  });
});

describe('inheritance', () => {
  test('a peer inherits from its group what it does not set itself', () => {
    const { session, exchange, group } = peerOf(
      'hold-time: 60, route-reflector-client: false',
      'as: internal, hold-time: 30, connect-retry-time: 9, route-reflector-client: true',
    );
    expect(group).toBe('g');
    expect([session.holdMs, session.connectRetryMs, exchange.client]).toEqual([60_000, 9_000, false]);
  });

  test('false and 0 of a peer override the group', () => {
    const { session } = peerOf('passive: false, hold-time: 0', 'as: internal, passive: true, hold-time: 30');
    expect([session.passive, session.holdMs]).toEqual([false, 0]);
  });

  test('a range has the settings of its group', () => {
    const text = `${ROUTER}groups: { g: { as: [65001, 1.10], import: accept, dynamic: [{ range: 10.0.0.0/8, limit: 3 }, { range: 2001:db8::/32 }] } }`;
    const [first, second] = specOf(text).ranges;
    expect(first).toMatchObject({ group: 'g', limit: 3, prefix: { address: parseAddress('10.0.0.0'), length: 8 } });
    expect(second).toMatchObject({ limit: 10_000, prefix: { address: parseAddress('2001:db8::'), length: 32 } });
    expect(first!.session.remoteAs).toEqual({ kind: 'list', list: [65001, 65546] });
    expect(first!.exchange).toMatchObject({ import: 'accept', export: 'reject' });
  });

  test('a group that is shut down has no ranges', () => {
    const text = `${ROUTER}groups: { g: { as: internal, shutdown: true, dynamic: [{ range: 10.0.0.0/8 }] } }`;
    expect(specOf(text).ranges).toEqual([]);
  });
});

describe('what is inside the AS', () => {
  test.each([
    ['internal', 'accept'],
    ['65000', 'accept'],
    ['0.65000', 'accept'],
    ['[65000]', 'accept'],
    ['external', 'reject'],
    ['65001', 'reject'],
    ['[65001, 65002]', 'reject'],
  ])('as: %s has the default policy %s (RFC 8212)', (as, policy) => {
    expect(peerOf(`as: ${as}`).exchange).toMatchObject({ import: policy, export: policy });
  });
});

describe('paths that are advertised to a peer', () => {
  test.each([
    ['passive: false', { kind: 'best', external: false }, false],
    ['best-external: true', { kind: 'best', external: true }, false],
    ['add-path: { receive: true }', { kind: 'best', external: false }, false],
    ['add-path: { send: best }', { kind: 'best', external: false }, false],
    ['add-path: { send: all }', { kind: 'paths', limit: 8 }, true],
    ['add-path: { send: all, limit: 20 }', { kind: 'paths', limit: 20 }, true],
    ['add-path: { send: 2 }', { kind: 'paths', limit: 2 }, true],
    ['add-path: { send: rank-2 }', { kind: 'rank-2' }, false],
  ])('%s', (settings, select, send) => {
    const { exchange, session } = peerOf(`as: internal, ${settings}`);
    expect(exchange.select).toEqual(select);
    expect(session.addPath.send).toBe(send);
  });
});

describe('the router', () => {
  test('peers inherit its cluster ID, groups can have their own', () => {
    const text = `router: { as: 1.10, id: 10.0.0.1, cluster-id: 244.0.0.1 }\ngroups: { g: { cluster-id: 10.0.0.9 } }\npeers: [{ address: 192.0.2.1, as: internal }, { address: 192.0.2.2, as: internal, group: g }]`;
    const spec = specOf(text);
    expect([spec.as, spec.routerId, spec.clusterId]).toEqual([65546, 0x0a000001, 0xf4000001]);
    expect(spec.peers.map(({ exchange }) => exchange.clusterId)).toEqual([0xf4000001, 0x0a000009]);
  });

  test('the default maximum does not shorten a longer first delay', () => {
    const { session } = peerOf('as: internal, idle-hold-time: 100');
    expect([session.idleHoldMs, session.idleHoldMaxMs]).toEqual([100_000, 100_000]);
  });

  test.each([
    ['none', null],
    ['{ listen: none }', null],
    ['{}', { address: parseAddress('127.0.0.1'), port: 9179 }],
    ['{ listen: "[::1]:9180" }', { address: parseAddress('::1'), port: 9180 }],
  ])('metrics: %s', (metrics, expected) => {
    expect(specOf(`${ROUTER}metrics: ${metrics}`).metrics).toEqual(expected);
  });

  test('log levels: one for all, or per component with a default', () => {
    expect(specOf(`${ROUTER}log: { level: debug }`).log).toEqual({ level: 'debug', components: {}, format: null });
    expect(specOf(`${ROUTER}log: { level: { fib: trace } }`).log).toEqual({
      level: 'info',
      components: { fib: 'trace' },
      format: null,
    });
    expect(specOf(`${ROUTER}log: { level: { default: warn, fib: trace, peer: error } }`).log).toEqual({
      level: 'warn',
      components: { fib: 'trace', peer: 'error' },
      format: null,
    });
  });
});

test('graceful restart is not offered if it is off in all families', () => {
  const peer = peerOf('as: internal, graceful-restart: { mode: off }');
  expect(peer).toMatchObject({ session: { gracefulRestart: null } });
  const each = '{ ipv4-unicast: { mode: off }, ipv6-unicast: { mode: off } }';
  expect(peerOf(`as: internal, graceful-restart: { families: ${each} }`).session.gracefulRestart).toBeNull();
});

describe('what a family has of its own', () => {
  test('of graceful restart: other keys have the values for all families', () => {
    const setting = '{ mode: off, stale-time: 50, families: { ipv6-unicast: { mode: helper } } }';
    expect(peerOf(`as: internal, graceful-restart: ${setting}`).session.gracefulRestart).toEqual({
      full: false,
      helper: false,
      restartMs: 120_000,
      staleMs: 50_000,
      families: { [IPV6_UNICAST]: { full: false, helper: true, staleMs: 50_000 } },
    });
  });

  test('of long-lived graceful restart: `time` is the default of `max-time`', () => {
    const of = (setting: string) => peerOf(`as: internal, llgr: ${setting}`).session.longLived;
    expect(of('{ time: 9, families: { ipv6-unicast: { time: 7 } } }')).toEqual({
      timeMs: 9_000,
      maxMs: 9_000,
      families: { [IPV6_UNICAST]: { timeMs: 7_000, maxMs: 7_000 } },
    });
    expect(of('{ time: 9, max-time: 3, families: { ipv4-unicast: { max-time: 1 } } }')).toEqual({
      timeMs: 9_000,
      maxMs: 3_000,
      families: { [IPV4_UNICAST]: { timeMs: 9_000, maxMs: 1_000 } },
    });
    expect(of('{ time: 0 }')).toBeNull();
    expect(of('{ time: 0, max-time: 5 }')).toEqual({ timeMs: 0, maxMs: 5_000, families: {} });
  });
});

test.each([
  [', aigp: true', { aigp: true, prefixSid: false }],
  [', prefix-sid: true', { aigp: false, prefixSid: true }],
  ['', { aigp: false, enforceFirstAs: true, allowOwnAs: 0, asOverride: false, privateAs: PRIVATE_AS.keep }],
  ['', { flowspecValidation: true }],
  [', flowspec-validation: false', { flowspecValidation: false }],
  [', enforce-first-as: false, allow-own-as: 3', { enforceFirstAs: false, allowOwnAs: 3 }],
  [', as-override: true, remove-private-as: true', { asOverride: true, privateAs: PRIVATE_AS.dropIfAll }],
  [', remove-private-as: all', { privateAs: PRIVATE_AS.drop }],
  [', remove-private-as: replace', { privateAs: PRIVATE_AS.replace }],
  [', remove-private-as: false', { privateAs: PRIVATE_AS.keep }],
])('what is done about AS_PATH with a peer of another AS: %s', (settings, expected) => {
  expect(peerOf(`as: 65001${settings}`).exchange).toMatchObject(expected);
});

test.each([
  ['local-as: 64999', { as: 64_999, routerAs: 65_000, prepend: true, replace: false }],
  ['local-as: { as: 1.10, no-prepend: true }', { as: 65_546, routerAs: 65_000, prepend: false, replace: false }],
  ['local-as: { as: 64999, replace-as: true }', { as: 64_999, routerAs: 65_000, prepend: true, replace: true }],
])('a peer of another AS knows us by another number: %s', (setting, localAs) => {
  const { session, exchange } = peerOf(`as: 65001, ${setting}`);
  expect([session.localAs, session.alsoOurs, exchange.localAs]).toEqual([localAs.as, [65_000], localAs]);
  const without = peerOf('as: 65001, local-as: false');
  expect([without.session.localAs, without.session.alsoOurs, without.exchange.localAs]).toEqual([65_000, [], null]);
});

test('a next hop for each family', () => {
  const { exchange } = peerOf('as: 65001, next-hop: { ipv6-unicast: self }');
  expect(exchange.nextHop).toEqual({ kind: 'families', modes: [{ kind: 'unchanged' }, { kind: 'self' }] });
});

test('memory of attribute sets can be unlimited', () => {
  const spec = specOf(
    `${ROUTER.replace('router: {', 'router: { attribute-memory: none,')}peers: [{ address: 192.0.2.1, as: internal, attribute-memory: none }]`,
  );
  expect([spec.attributeOctets, spec.peers[0]?.attributeOctets]).toEqual([null, null]);
});

test('a dial is retried at most after four times the first delay, and after two minutes if that is not shorter', () => {
  const maximum = (seconds: number) => peerOf(`as: internal, connect-retry-time: ${seconds}`).session.connectRetryMaxMs;
  expect([5, 30, 60, 200].map(maximum)).toEqual([20_000, 120_000, 120_000, 200_000]);
});

test('no field of a specification is optional: a default exists once, in the schema', () => {
  const room = 'src/spec/';
  const optional = readdirSync(room).flatMap((file) =>
    [...readFileSync(room + file, 'utf8').matchAll(/^\s*readonly (\w+)\?:/gm)].map(([, name]) => `${file} ${name}`),
  );
  expect(optional).toEqual([]);
});
