/** A daemon with made-up numbers, for tests of the metrics page. */

import type { MetricsSource, PeerMetrics } from '../../src/engine/api/metrics-source.ts';
import { EventCounter } from '../../src/io/metrics/event-counts.ts';
import type { Readings } from '../../src/io/metrics/row.ts';
import { DurationHistogram } from '../../src/lib/duration-histogram.ts';
import { LongestTurns } from '../../src/lib/longest-turn.ts';
import type { ExpositionSpec } from '../../src/spec/router.ts';
import { ROUTER } from '../lab/spec.ts';

/** Everything under our own names: the defaults. */
export const EXPOSITION: ExpositionSpec = ROUTER.exposition;

export function fakePeer(n: number, state: PeerMetrics['state'] = 'Established'): PeerMetrics {
  const family = {
    received: 120,
    accepted: 118,
    stale: 5,
    damped: 1,
    advertised: 5000,
    announced: 130,
    withdrawn: 10,
    updatesSent: 900,
    withdrawalsSent: 30,
    extendedNextHop: false,
    disabled: false,
    endOfRibReceived: true,
    endOfRibSent: true,
    sending: 'log',
    lagBytes: 17,
    maxPrefix: { limit: 150, warnAt: 120, action: 'block', of: 'received', count: 120, blocked: 2, level: 'near' },
    maxPrefixOut: null,
    maxPathsPerPrefix: 4096,
    pathsRefused: 3,
    membership: null,
  } as const;
  return {
    address: `10.99.${n >> 8}.${n & 255}`,
    port: 179,
    neighbor: null,
    bgpRole: { ours: null, theirs: null },
    localAddress: '10.99.0.1',
    localPort: 179,
    group: 'hosts',
    description: 'rack "1" \\ a\nb',
    dynamic: true,
    role: 'client',
    state,
    shutdown: false,
    draining: false,
    ownAsPaths: 0,
    firstAsPaths: 0,
    infeasiblePaths: 6,
    localAs: 65000,
    localAsUse: null,
    importPolicy: 'accept',
    exportPolicy: 'accept',
    rejectedPaths: 0,
    rejectedDropped: 0,
    sinceSeconds: 60,
    as: 65_000,
    routerId: '10.99.0.2',
    holdSeconds: 240,
    keepaliveSeconds: 80,
    families: [
      { ...family, family: 'ipv4-unicast' },
      { ...family, family: 'ipv6-unicast', sending: 'slow' },
    ],
    configuredFamilies: ['ipv4-unicast', 'ipv6-unicast'],
    heldDown: null,
    attributeOctets: 1000,
    attributeLimit: 67_108_864,
    transport: {
      password: null,
      ttl: null,
      minTtl: null,
      dscp: 48,
      bindDevice: null,
      userTimeoutSeconds: 0,
      problem: null,
    },
    bfd: {
      state: 'Up',
      diag: 'no diagnostic',
      sinceSeconds: 60,
      multihop: false,
      minTtl: 255,
      localAddress: '10.99.0.1',
      discriminator: 1,
      intervalMs: 100,
      minRxMs: 100,
      multiplier: 3,
      transmitMs: 100,
      detectionMs: 300,
      remote: null,
      flaps: 2,
      lastLoss: null,
      lastLossSecondsAgo: null,
      packetsSent: 600,
      packetsReceived: 590,
      problem: null,
    },
    restart: null,
    messagesIn: 1,
    messagesOut: 2,
    updatesIn: 3,
    updatesOut: 4,
    bytesIn: 5,
    bytesOut: 6,
    established: 7,
    dropped: 8,
    connectFailures: 4,
    malformed: { discard: 1, withdraw: 2, reset: 3 },
  };
}

export function fakeSource(peers: readonly PeerMetrics[]): MetricsSource {
  const turn = new DurationHistogram();
  for (const ms of [0.2, 3, 7000]) turn.observe(ms);
  const counts = { wanted: 10, installed: 8, adopted: 1, failed: 2, conflicts: 1, pending: 0 };
  return {
    localAs: () => 65_000,
    policyRules: () => [],
    policyEvaluations: () => 0,
    peers: () => peers,
    ranges: () => [{ range: '10.99.0.0/16', group: 'hosts', peers: 2, limit: 10_000 }],
    tables: () => [{ family: 'ipv4-unicast', prefixes: 100, paths: 200 }],
    attributeMemory: () => ({ attributeOctets: 2000, exportedOctets: 0, attributeLimit: 1_073_741_824 }),
    memory: () => [{ name: 'attribute sets', entries: 10, bytes: 640 }],
    attributeSets: () => 10,
    nextHops: () => 4,
    groups: () => [
      {
        name: 'client-1f0c2a9b',
        family: 'ipv4-unicast',
        role: 'client',
        advertised: 100,
        logBytes: 9,
        members: 2,
        slowMembers: 1,
        cutPrefixes: 0,
        blockedPrefixes: 0,
        lagBytes: 8,
      },
    ],
    notifications: () => [{ direction: 'received', code: 6, subcode: 4, count: 2 }],
    deferral: () => ({ awaited: 3, peers: ['192.0.2.1'], held: 2, remainingSeconds: 17 }),
    durations: () => [['turn', turn]],
    fib: () => [['ipv4-unicast', counts]],
    fibStatus: () => ({
      up: true,
      watched: true,
      objects: true,
      nextHops: 3,
      unreachable: 1,
      repaired: 4,
      comparisons: 5,
    }),
    config: () => ({ lastLoadOk: true, lastLoadSeconds: 1_700_000_000 }),
    health: () => ({
      status: 'degraded',
      ready: true,
      causes: [
        {
          cause: 'peer-held-down',
          severity: 'degraded',
          blocksReady: false,
          count: 3,
          details: ['a', 'b', 'c'],
          remedy: 'Raise it.',
        },
      ],
    }),
  };
}

export function fakeReadings(peers: readonly PeerMetrics[]): Readings {
  const events = new EventCounter({ emit: () => {} });
  events.emit({ name: 'peer.refused', address: '192.0.2.1', reason: 'unknown-address', detail: 'nobody there' });
  return {
    source: fakeSource(peers),
    events,
    version: '1.2.3',
    tcpDrops: () => ({ wrongKey: 1, unsigned: 2, signed: 3, lowTtl: 4 }),
    loopDelay: () => ({ mean: 0.001, p50: 0.0005, p99: 0.01, p999: 0.015, max: 0.02 }),
    longestTurns: () => ({ ...new LongestTurns().take(), decision: 4 }),
  };
}
