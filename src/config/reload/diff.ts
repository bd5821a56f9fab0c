/** What a reload has to do: the difference of two specifications, peer by peer. */

import { formatPrefix } from '../../lib/ip.ts';
import type { DynamicRangeSpec, PeerSettings, PeerSpec } from '../../spec/peer.ts';
import { peerName } from '../../spec/peer-name.ts';
import type { ListenSpec, RouterSpec } from '../../spec/router.ts';
import type { SessionSpec } from '../../spec/session.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import {
  always,
  type Change,
  type Effect,
  effectsOf,
  type How,
  partEffects,
  plainHow,
  type Rows,
  settled,
  strongest,
} from './effects.ts';
import { LIVE, listenKey, RESTART } from './router-keys.ts';
import { same } from './same.ts';

interface Changed<Spec> {
  readonly before: Spec;
  /** The new one. */
  readonly spec: Spec;
  readonly how: How;
  /** Changed keys of the configuration, strongest effect first. */
  readonly keys: readonly string[];
}

interface Difference<Spec> {
  readonly added: readonly Spec[];
  readonly removed: readonly Spec[];
  readonly changed: readonly Changed<Spec>[];
}

export interface ConfigChanges {
  /** By the name of the peer (`peerName`). */
  readonly peers: Difference<PeerSpec>;
  /** By the prefix of the range; a changed limit alone is `live`. */
  readonly ranges: Difference<DynamicRangeSpec>;
  readonly listen: Omit<Difference<ListenSpec>, 'changed'>;
  /** The log levels differ. */
  readonly log: boolean;
  /** The HTTP server moves, appears or disappears. */
  readonly metrics: boolean;
  /** The same of the web page. */
  readonly web: boolean;
  /** Changed keys other than those of peers that apply at once: log levels, listen addresses, cluster ID. */
  readonly settings: readonly string[];
  /** Changed keys that need a restart. */
  readonly restartNeeded: readonly string[];
}

/** The changes from `before` to `after`. Peers and ranges with equal settings do not appear. */
export function diffSpecs(before: RouterSpec, after: RouterSpec): ConfigChanges {
  const steps = diffSteps(before, after);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** As `diffSpecs`; yields after each peer, because there may be a thousand. */
export function* diffSteps(before: RouterSpec, after: RouterSpec): Generator<undefined, ConfigChanges> {
  const { added, removed } = yield* compare(before.listen, after.listen, listenKey, () => null);
  return {
    peers: yield* compare(before.peers, after.peers, peerName, peerChange),
    ranges: yield* compare(before.ranges, after.ranges, ({ prefix }) => formatPrefix(prefix), rangeChange),
    listen: { added, removed },
    log: !same(before.log, after.log),
    metrics: !same(before.metrics, after.metrics),
    web: !same(before.web, after.web),
    settings: LIVE.filter(({ of }) => !same(of(before), of(after))).map(({ key }) => key),
    restartNeeded: RESTART.filter(({ of }) => !same(of(before), of(after))).map(({ key }) => key),
  };
}

const SESSION: Rows<PeerSettings['session']> = {
  localAs: settled('router.as'),
  confederation: always('as', 'reset'),
  alsoOurs: settled('router.confederation'),
  routerId: settled('router.id'),
  remoteAs: 'as',
  families: 'families',
  addPath: 'add-path',
  extendedNextHop: 'extended-next-hop',
  gracefulRestart: (before, after) =>
    same(withoutStaleTimes(before), withoutStaleTimes(after))
      ? { key: 'graceful-restart.stale-time', how: plainHow('graceful-restart.stale-time') }
      : { key: 'graceful-restart', how: plainHow('graceful-restart') },
  longLived: 'llgr',
  role: 'bgp-role',
  roleStrict: 'bgp-role-strict',
  enhancedRefresh: 'enhanced-route-refresh',
  extendedMessages: 'extended-messages',
  sendHoldMs: 'send-hold-time',
  holdMs: 'hold-time',
  keepaliveMs: 'keepalive-time',
  passive: 'passive',
  connectRetryMs: 'connect-retry-time',
  connectRetryMaxMs: 'connect-retry-time',
  delayOpenMs: 'delay-open-time',
  idleHoldMs: 'idle-hold-time',
  idleHoldMaxMs: 'idle-hold-max-time',
};

const EXCHANGE: Rows<PeerSettings['exchange']> = {
  client: 'route-reflector-client',
  clusterId: 'cluster-id',
  clientToClient: 'client-to-client',
  nextHop: 'next-hop',
  defaultRouteTarget: 'default-route-target',
  aigp: 'aigp',
  prefixSid: 'prefix-sid',
  flowspecValidation: 'flowspec-validation',
  enforceFirstAs: 'enforce-first-as',
  allowOwnAs: 'allow-own-as',
  localAs: 'local-as',
  asOverride: 'as-override',
  privateAs: 'remove-private-as',
  // The part that the OPEN carries is `addPath` of the session.
  select: (before, after) => ({
    key: before.kind === 'best' && after.kind === 'best' ? 'best-external' : 'add-path',
    how: 'soft',
  }),
  import: 'import',
  export: 'export',
  chains: (before, after) => {
    const key = CHAIN_KEYS.find(([field]) => !same(before[field], after[field]))?.[1] ?? 'import';
    return { key, how: plainHow(key) };
  },
};

/** Fields of the chains, by their key. */
const CHAIN_KEYS = [
  ['import', 'import'],
  ['export', 'export'],
  ['labels', 'labels'],
  ['keepRejected', 'keep-rejected'],
] as const;

const TRANSPORT: Rows<Omit<TransportSpec, 'password'>> = {
  ttl: (before, after) => ({ key: before === 255 || after === 255 ? 'ttl-security' : 'multihop', how: 'live' }),
  minTtl: 'ttl-security',
  dscp: 'dscp',
  bindDevice: 'bind-device',
  userTimeoutMs: 'tcp-user-timeout',
};

const SHARED: Rows<Omit<PeerSettings, 'session' | 'exchange' | 'transport'>> = {
  group: 'peers[].group',
  limits: (before, after) => {
    const key = same(before?.inbound ?? [], after?.inbound ?? []) ? 'max-prefix-out' : 'max-prefix';
    return { key, how: plainHow(key) };
  },
  attributeOctets: 'attribute-memory',
  maxPathsPerPrefix: 'max-paths-per-prefix',
  damping: 'damping',
  bfd: 'bfd',
};

const PEER: Rows<Omit<PeerSpec, keyof PeerSettings | 'address'>> = {
  port: 'port',
  // A different interface is a different peer.
  interfaceName: always('peers[].interface', 'reset'),
  fixedAddress: always('peers[].address', 'reset'),
  localAddress: 'local-address',
  description: 'description',
  shutdown: 'shutdown',
};

/** Keys of a range that apply at once and do not concern its peers. */
const RANGE: Rows<Pick<DynamicRangeSpec, 'limit' | 'forgetMs' | 'attemptsPerMinute'>> = {
  limit: 'dynamic[].limit',
  forgetMs: 'dynamic[].forget-time',
  attemptsPerMinute: 'dynamic[].attempts-per-minute',
};

function peerChange(before: PeerSpec, after: PeerSpec): Change | null {
  return strongest([...settingsEffects(before, after), ...effectsOf(before, after, PEER)]);
}

function rangeChange(before: DynamicRangeSpec, after: DynamicRangeSpec): Change | null {
  return strongest([...settingsEffects(before, after), ...effectsOf(before, after, RANGE)]);
}

/** The change between two settings of an established peer; null if they are equal. */
export function settingsChange(before: PeerSettings, after: PeerSettings): Change | null {
  return strongest(settingsEffects(before, after));
}

function settingsEffects(before: PeerSettings, after: PeerSettings): Effect[] {
  return [
    ...effectsOf(before, after, SHARED),
    ...partEffects(plainRule(before.session), plainRule(after.session), SESSION),
    ...partEffects(before.exchange, after.exchange, EXCHANGE),
    ...partEffects(before.transport, after.transport, TRANSPORT),
    ...passwordEffects(before.transport, after.transport),
  ];
}

/** A changed key is set on open connections; the first key, or none, needs new ones. */
function passwordEffects({ password: before }: TransportSpec, { password: after }: TransportSpec): Effect[] {
  if (same(before, after)) return [];
  return [{ key: 'password', how: (before === null) === (after === null) ? 'live' : 'reset' }];
}

/** The part of graceful restart in the OPEN, which does not contain our stale times. */
function withoutStaleTimes(spec: SessionSpec['gracefulRestart']): unknown {
  if (!spec) return null;
  const { staleMs: _stale, families, ...rest } = spec;
  const own = Object.entries(families).map(([id, { staleMs: _own, ...family }]) => [id, family]);
  return { ...rest, families: Object.fromEntries(own) };
}

/** A list of only our own AS number is the same rule as `internal`. */
function plainRule(session: SessionSpec): SessionSpec {
  const { remoteAs, localAs } = session;
  const internal = remoteAs.kind === 'list' && remoteAs.list.every((as) => as === localAs);
  return internal ? { ...session, remoteAs: { kind: 'internal' } } : session;
}

function* compare<Spec>(
  before: readonly Spec[],
  after: readonly Spec[],
  keyOf: (spec: Spec) => string,
  changeOf: (before: Spec, after: Spec) => Change | null,
): Generator<undefined, Difference<Spec>> {
  const old = new Map(before.map((spec) => [keyOf(spec), spec]));
  const now = new Set(after.map(keyOf));
  const changed: Changed<Spec>[] = [];
  for (const spec of after) {
    yield undefined;
    const was = old.get(keyOf(spec));
    const change = was === undefined ? null : changeOf(was, spec);
    if (was !== undefined && change !== null) changed.push({ before: was, spec, ...change });
  }
  return {
    added: after.filter((spec) => !old.has(keyOf(spec))),
    removed: before.filter((spec) => !now.has(keyOf(spec))),
    changed,
  };
}

/** Ranges that were added, removed, or have other limits; the effect on peers is reported with the peers. */
export function rangeChanges({ ranges: { added, removed, changed } }: ConfigChanges): string[] {
  const own = changed.flatMap(({ keys }) => keys.filter((key) => key.startsWith('dynamic[].')));
  return [...new Set([...(added.length + removed.length > 0 ? ['dynamic[].range'] : []), ...own])];
}
