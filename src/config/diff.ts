/** What a reload has to do: the difference of two specifications, peer by peer. No I/O, no timers. */
import type { SessionSpec } from '../fsm/spec.ts';
import { formatAddress, formatPrefix } from '../lib/ip.ts';
import { Secret } from '../lib/secret.ts';
import { peerName } from '../reflect/peer-name.ts';
import type {
  DynamicRangeSpec,
  ListenSpec,
  PeerSettings,
  PeerSpec,
  RouterSpec,
  TransportSpec,
} from '../reflect/spec.ts';

/**
 * How a change takes effect: `reset` ends the session, because its OPEN or its connection would be another;
 * `soft` keeps it, and the routes are judged and sent anew; `apply` keeps it, and changes the connection that it has;
 * `note` counts from the next connection on, or is only shown.
 */
export type How = 'reset' | 'soft' | 'apply' | 'note';

export interface Changed<Spec> {
  readonly before: Spec;
  /** As it is to be. */
  readonly spec: Spec;
  readonly how: How;
  /** Names of the fields that differ, as in the specification. */
  readonly fields: readonly string[];
}

export interface Difference<Spec> {
  readonly added: readonly Spec[];
  readonly removed: readonly Spec[];
  readonly changed: readonly Changed<Spec>[];
}

export interface ConfigChanges {
  /** A peer is known by its name (`peerName`). */
  readonly peers: Difference<PeerSpec>;
  /** A range is known by its prefix; a changed limit alone is a `note`. */
  readonly ranges: Difference<DynamicRangeSpec>;
  readonly listen: Omit<Difference<ListenSpec>, 'changed'>;
  /** The levels of the log are others. */
  readonly log: boolean;
  /** The page of metrics moves, appears or goes. */
  readonly metrics: boolean;
  /** Keys of the configuration whose change only a restart puts in force. */
  readonly restartNeeded: readonly string[];
}

/** What leads from `before` to `after`. Peers and ranges whose settings are equal do not appear. */
export function diffSpecs(before: RouterSpec, after: RouterSpec): ConfigChanges {
  const { added, removed } = compare(before.listen, after.listen, listenKey, () => null);
  return {
    peers: compare(before.peers, after.peers, peerName, peerChange),
    ranges: compare(before.ranges, after.ranges, ({ prefix }) => formatPrefix(prefix), rangeChange),
    listen: { added, removed },
    log: !same(before.log, after.log),
    metrics: !same(before.metrics, after.metrics),
    restartNeeded: RESTART.filter(({ of }) => !same(of(before), of(after))).map(({ key }) => key),
  };
}

/** Fields of the FIB specification, by the key that they come from. */
const FIB_FIELDS = [
  ['fib.install', 'install'],
  ['fib.blackhole', 'blackhole'],
  ['fib.multipath', 'multipath'],
  ['fib.weights', 'weights'],
  ['fib.onlink', 'onlink'],
  ['fib.takeover', 'takeover'],
  ['fib.on-stop', 'onStop'],
  ['fib.restart-time', 'restartMs'],
  ['fib.compare-time', 'compareMs'],
  ['fib.nexthop-ids', 'objectIds'],
  ['router.next-hop-check', 'nextHopCheck'],
] as const;

/** What the daemon takes once, at its start. */
const RESTART: readonly { readonly key: string; readonly of: (spec: RouterSpec) => unknown }[] = [
  { key: 'router.as', of: (spec) => spec.as },
  { key: 'router.confederation', of: (spec) => spec.confederation ?? null },
  { key: 'router.id', of: (spec) => spec.routerId },
  { key: 'fib.mode', of: (spec) => spec.fib.mode },
  { key: 'fib.table', of: (spec) => spec.fib.table },
  { key: 'fib.protocol', of: (spec) => spec.fib.protocol },
  { key: 'fib.metric', of: (spec) => spec.fib.metric },
  { key: 'fib.families', of: ownOfFamilies },
  ...FIB_FIELDS.map(([key, field]) => ({ key, of: (spec: RouterSpec) => spec.fib[field] })),
  { key: 'metrics.listen', of: (spec) => spec.metrics },
  { key: 'control.socket', of: (spec) => spec.controlSocket },
  { key: 'router.restart-state', of: (spec) => spec.restartState },
];

/** What families have of their own: a change of what they share is told once, where it is written. */
function ownOfFamilies({ fib }: RouterSpec): unknown {
  return fib.families?.map((family) => {
    const shared = fib as unknown as Readonly<Record<string, unknown>>;
    return Object.fromEntries(Object.entries(family).filter(([name, value]) => shared[name] !== value));
  });
}

/** How each field's change takes effect; a field of a settings object that is not here does not exist. */
const SESSION: Readonly<Record<keyof PeerSettings['session'], How>> = {
  // Ours and our id wait for the restart.
  localAs: 'note',
  confederation: 'reset',
  alsoOurs: 'note',
  routerId: 'note',
  remoteAs: 'reset',
  families: 'reset',
  addPath: 'reset',
  extendedNextHop: 'reset',
  gracefulRestart: 'reset',
  longLived: 'reset',
  // The engine's own.
  restarted: 'note',
  role: 'reset',
  roleStrict: 'reset',
  enhancedRefresh: 'reset',
  extendedMessages: 'reset',
  sendHoldMs: 'note',
  holdMs: 'reset',
  keepaliveMs: 'reset',
  passive: 'note',
  connectRetryMs: 'note',
  connectRetryMaxMs: 'note',
  delayOpenMs: 'note',
  idleHoldMs: 'note',
  idleHoldMaxMs: 'note',
  collisionDetectEstablished: 'note',
};

const EXCHANGE: Readonly<Record<keyof PeerSettings['exchange'], How>> = {
  client: 'soft',
  clusterId: 'soft',
  clientToClient: 'soft',
  nextHop: 'soft',
  aigp: 'reset',
  enforceFirstAs: 'soft',
  allowOwnAs: 'soft',
  localAs: 'reset',
  asOverride: 'soft',
  privateAs: 'soft',
  select: 'soft',
  import: 'soft',
  export: 'soft',
};

const TRANSPORT: Readonly<Record<keyof Omit<TransportSpec, 'password'>, How>> = {
  ttl: 'apply',
  minTtl: 'apply',
  dscp: 'apply',
  bindDevice: 'reset',
  userTimeoutMs: 'apply',
};

const PEER: Readonly<Record<Exclude<keyof PeerSpec, keyof PeerSettings | 'address'>, How>> = {
  port: 'note',
  // A peer with another interface is another peer.
  interfaceName: 'reset',
  fixedAddress: 'reset',
  localAddress: 'reset',
  description: 'note',
  shutdown: 'reset',
};

/** In force at once; no peer has it. */
const RANGE = { limit: 'note', forgetMs: 'note', attemptsPerMinute: 'note' } as const;

interface Change {
  readonly how: How;
  readonly fields: readonly string[];
}

function peerChange(before: PeerSpec, after: PeerSpec): Change | null {
  return strongest([...settingsFields(before, after), ...fieldsOf(before, after, PEER)]);
}

function rangeChange(before: DynamicRangeSpec, after: DynamicRangeSpec): Change | null {
  return strongest([...settingsFields(before, after), ...fieldsOf(before, after, RANGE)]);
}

/** What a peer that is up needs where its settings become others; null: they are the same. */
export function settingsChange(before: PeerSettings, after: PeerSettings): How | null {
  return strongest(settingsFields(before, after))?.how ?? null;
}

function settingsFields(before: PeerSettings, after: PeerSettings): [string, How][] {
  return [
    ...fieldsOf(before, after, {
      group: 'note',
      limits: 'soft',
      attributeOctets: 'soft',
      maxPathsPerPrefix: 'soft',
      damping: 'soft',
      bfd: 'apply',
    }),
    ...fieldsOf(plainRule(before.session), plainRule(after.session), SESSION),
    ...fieldsOf(before.exchange, after.exchange, EXCHANGE),
    ...fieldsOf(before.transport, after.transport, TRANSPORT),
    ...fieldsOf(before.transport, after.transport, { password: passwordChange(before.transport, after.transport) }),
  ];
}

/** Another key goes onto the connections that are open; whether there is one at all is agreed on at their beginning. */
function passwordChange(before: TransportSpec, after: TransportSpec): How {
  return (before.password === null) === (after.password === null) ? 'apply' : 'reset';
}

/** A list of just our own number and `internal` are the same rule. */
function plainRule(session: SessionSpec): SessionSpec {
  const { remoteAs, localAs } = session;
  const internal = remoteAs.kind === 'list' && remoteAs.list.every((as) => as === localAs);
  return internal ? { ...session, remoteAs: { kind: 'internal' } } : session;
}

function fieldsOf<T>(before: T, after: T, table: { readonly [Field in keyof T]?: How }): [string, How][] {
  const fields = Object.entries(table) as [keyof T & string, How][];
  return fields.filter(([field]) => !same(before[field], after[field]));
}

const STRENGTH: Readonly<Record<How, number>> = { note: 0, apply: 1, soft: 2, reset: 3 };

function strongest(fields: readonly [string, How][]): Change | null {
  if (fields.length === 0) return null;
  const how = fields.map(([, each]) => each).reduce((a, b) => (STRENGTH[b] > STRENGTH[a] ? b : a));
  return { how, fields: fields.map(([name]) => name) };
}

function compare<Spec>(
  before: readonly Spec[],
  after: readonly Spec[],
  keyOf: (spec: Spec) => string,
  changeOf: (before: Spec, after: Spec) => Change | null,
): Difference<Spec> {
  const old = new Map(before.map((spec) => [keyOf(spec), spec]));
  const now = new Set(after.map(keyOf));
  const changed: Changed<Spec>[] = [];
  for (const spec of after) {
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

function listenKey({ address, port }: ListenSpec): string {
  return `${formatAddress(address)} ${port}`;
}

/** Equality of plain data, bytes included; the order of keys does not matter, that of lists does. */
function same(a: unknown, b: unknown): boolean {
  if (a instanceof Secret && b instanceof Secret) return a.equals(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => same(a[key as keyof typeof a], b[key as keyof typeof b]));
}
