/** Resolves a configuration to the specification that the daemon runs: inheritance, defaults, units, bytes. */

import { ROLE_NAMES } from '../../fsm/roles.ts';
import { parseAs } from '../../lib/as-number.ts';
import { parseAddress, parseIpv4, parsePrefix } from '../../lib/ip.ts';
import type { DynamicRangeSpec, PeerSettings, PeerSpec } from '../../spec/peer.ts';
import type { PoliciesSpec, PrefixSet } from '../../spec/policy.ts';
import type { GuardSpec, RouterSpec } from '../../spec/router.ts';
import type { AsRule, SessionSpec } from '../../spec/session.ts';
import { KNOWN_FAMILIES, opaqueFamily } from '../../wire/families/catalog.ts';
import { FAMILIES, useFamily } from '../../wire/families.ts';
import type { FamilyKind } from '../../wire/family.ts';
import { type PolicyFile, readPolicies } from '../policy/policies.ts';
import { type ReadSecret, readsNothing } from '../problems/secrets.ts';
import { type Domain, domainOf } from '../schema/confederation.ts';
import { percentOf } from '../schema/policy-sections.ts';
import type { Config, PeerConfig } from '../schema/schema.ts';
import { type FamilySetting, familyNameOf } from '../values/families.ts';
import { octetsOf } from '../values/limits.ts';
import { bfdSettings } from './bfd.ts';
import { dampingSpec } from './damping.ts';
import { type Effective, groupSubject, peerSubject, type Side, type Subject, sideOf } from './effective.ts';
import { exchangeSpec, selection } from './exchange.ts';
import { fibSpec } from './fib.ts';
import { limitsSpec } from './limits.ts';
import { ourNumbers } from './local-as.ts';
import { longLivedSpec, restartSpec } from './restart.ts';
import { logSpec, metricsSpec, webSpec } from './services.ts';
import { SharedSettings } from './shared-settings.ts';
import { transportSpec } from './transport.ts';

type Whereabouts = Pick<PeerSpec, 'address' | 'interfaceName' | 'fixedAddress'>;

/** The address of a neighbor on an interface that is not found yet. */
const UNKNOWN_ADDRESS = new Uint8Array(16);

/** The back-off of dials ends at four times the first delay, but not above this. */
const CONNECT_RETRY_MAX_MS = 120_000;

/** The part of the router that changes only with a restart of the daemon. */
export type RouterIdentity = Pick<RouterSpec, 'as' | 'routerId' | 'confederation'>;

/** The router without its peers. */
interface Router extends Domain {
  readonly as: number;
  readonly routerId: number;
  readonly clusterId: number;
  readonly readSecret: ReadSecret;
  readonly policies: PoliciesSpec;
  readonly shared: SharedSettings;
}

/**
 * The specification of a configuration that `load` has accepted with the same `readSecret`.
 * @param running the identity of a running daemon, which it keeps until a restart; peers are resolved for it. null: the
 *   identity in the configuration
 * @param file the policies as `load` has read them; absent: they are read again, without files and places
 */
export function resolve(
  config: Config,
  readSecret: ReadSecret = readsNothing,
  running: RouterIdentity | null = null,
  file: Pick<PolicyFile, 'policies' | 'files' | 'golden'> = readPolicies(config, () => ({
    problem: 'files are not read here',
  })),
): RouterSpec {
  takeIntoUse(config);
  const identity = identityOf(config);
  const { confederation, ...ids } = running ?? identity;
  const clusterText = config.router['cluster-id'];
  // The default follows the router ID that is in force; a new one applies after the restart.
  const clusterId = clusterText === undefined ? ids.routerId : parseIpv4(clusterText)!;
  const router: Router = {
    as: ids.as,
    routerId: ids.routerId,
    confederation,
    clusterId,
    readSecret,
    policies: file.policies,
    shared: new SharedSettings(),
  };
  return {
    ...identity,
    clusterId,
    listen: config.listen.map(({ address, port }) => ({ address: parseAddress(address)!, port })),
    peers: config.peers.map((peer) => peerSpec(config, peer, router)),
    ranges: Object.keys(config.groups).flatMap((name) => rangeSpecs(config, name, router)),
    deferMs: milliseconds(config.router['restart-defer-time']),
    nextHopCosts: config.router['next-hop-cost'].map(({ prefix, cost }) => ({ prefix: parsePrefix(prefix)!, cost })),
    attributeOctets: octetsOf(config.router['attribute-memory']),
    routeHistoryOctets: octetsOf(config.router['route-history']) ?? 0,
    policies: file.policies,
    policyFiles: file.files,
    guard: guardSpec(config, file.golden),
    fib: fibSpec(config.fib, config.router['next-hop-check']),
    ...metricsSpec(config.metrics),
    web: webSpec(config.web),
    controlSocket: config.control.socket,
    restartState: config.router['restart-state'] ?? null,
    log: logSpec(config.log),
  };
}

/** Settings of families are by their ids, so all families of a configuration have theirs before anything is resolved. */
function takeIntoUse(config: Config): void {
  const groups = Object.keys(config.groups).map((name) => groupSubject(config, name));
  for (const subject of [...groups, ...config.peers.map((peer) => peerSubject(config, peer, []))]) {
    for (const family of subject.get('families')) useFamily(kindOf(family));
  }
}

function kindOf(setting: FamilySetting): FamilyKind {
  if (typeof setting === 'string') return KNOWN_FAMILIES.find(({ name }) => name === familyNameOf(setting))!;
  return opaqueFamily(setting.afi, setting.safi, setting.nlri);
}

function identityOf({ router }: Config): RouterIdentity {
  return { as: parseAs(router.as)!, routerId: parseIpv4(router.id)!, confederation: domainOf(router).confederation };
}

/** What bounds a reload. */
function guardSpec({ guard }: Config, golden: PrefixSet | null): GuardSpec | null {
  if (guard === undefined) return null;
  const most = guard['withdraw-at-most'];
  return { golden, withdrawPercent: most === undefined ? null : percentOf(most) };
}

function peerSpec(config: Config, peer: PeerConfig, router: Router): PeerSpec {
  const subject = peerSubject(config, peer, []);
  return {
    ...router.shared.of(peer, () => peerSettings(subject, peer.group ?? '', router)),
    ...whereabouts(peer),
    port: subject.get('port'),
    localAddress: optional(subject.get('local-address'), parseAddress),
    description: subject.get('description'),
    shutdown: subject.get('shutdown'),
  };
}

/** The location of a peer: an address, or an interface. */
function whereabouts({ address, interface: interfaceName }: PeerConfig): Whereabouts {
  const known = address === undefined ? UNKNOWN_ADDRESS : parseAddress(address)!;
  return { address: known, interfaceName: interfaceName ?? null, fixedAddress: address !== undefined };
}

/** A group that is shut down accepts no dynamic peers. */
function rangeSpecs(config: Config, name: string, router: Router): DynamicRangeSpec[] {
  const subject = groupSubject(config, name);
  const { dynamic = [] } = config.groups[name]!;
  if (dynamic.length === 0 || subject.get('shutdown')) return [];
  const settings = peerSettings(subject, name, router);
  return dynamic.map(({ range, limit, ...words }) => ({
    ...settings,
    prefix: parsePrefix(range)!,
    limit,
    forgetMs: milliseconds(words['forget-time']),
    attemptsPerMinute: words['attempts-per-minute'],
  }));
}

function peerSettings(subject: Subject, group: string, router: Router): PeerSettings {
  const configured = sideOf(subject.get('as'), router);
  // A rule can be mixed for the running router and valid after the restart; until then the peer is external.
  const side = configured === 'mixed' || configured === null ? 'external' : configured;
  const internal = side === 'internal';
  return {
    group,
    session: sessionSpec(subject, router, side),
    exchange: exchangeSpec(subject, router, side),
    transport: transportSpec(subject, internal, router.readSecret),
    limits: limitsSpec(subject),
    attributeOctets: octetsOf(subject.get('attribute-memory')),
    maxPathsPerPrefix: optional(subject.get('max-paths-per-prefix'), (paths) => (paths === 'none' ? null : paths)),
    damping: dampingSpec(subject.get('damping')),
    bfd: bfdSettings(subject, internal),
  };
}

function sessionSpec(subject: Subject, router: Router, side: Side): SessionSpec {
  const families = subject.familyNames;
  const connectRetryMs = milliseconds(subject.get('connect-retry-time'));
  const idleHoldMs = milliseconds(subject.get('idle-hold-time'));
  return {
    ...ourNumbers(subject, side, router),
    routerId: router.routerId,
    remoteAs: asRule(subject.get('as')),
    passive: subject.get('passive'),
    families: FAMILIES.filter(({ name }) => families.includes(name)).map(({ id }) => id),
    addPath: {
      receive: subject.get('add-path')?.receive ?? false,
      send: selection(subject).kind === 'paths',
    },
    extendedNextHop: subject.extendedNextHop,
    gracefulRestart: restartSpec(subject),
    longLived: longLivedSpec(subject),
    role: optional(subject.get('bgp-role'), (name) => ROLE_NAMES.indexOf(name)),
    roleStrict: subject.get('bgp-role-strict'),
    enhancedRefresh: subject.get('enhanced-route-refresh'),
    extendedMessages: subject.get('extended-messages'),
    sendHoldMs: optional(subject.get('send-hold-time'), milliseconds),
    holdMs: milliseconds(subject.get('hold-time')),
    keepaliveMs: optional(subject.get('keepalive-time'), milliseconds),
    connectRetryMs,
    connectRetryMaxMs: Math.max(connectRetryMs, Math.min(4 * connectRetryMs, CONNECT_RETRY_MAX_MS)),
    delayOpenMs: milliseconds(subject.get('delay-open-time')),
    idleHoldMs,
    // The default maximum must not shorten a longer first delay.
    idleHoldMaxMs: Math.max(idleHoldMs, milliseconds(subject.get('idle-hold-max-time'))),
  };
}

function asRule(rule: Effective<'as'>): AsRule {
  if (rule === 'internal' || rule === 'external') return { kind: rule };
  const list = Array.isArray(rule) ? (rule as (number | string)[]) : [rule as number | string];
  return { kind: 'list', list: list.map((as) => parseAs(as)!) };
}

function optional<T, R>(value: T | null, convert: (value: T) => R): R | null {
  return value === null ? null : convert(value);
}

function milliseconds(seconds: number): number {
  return seconds * 1000;
}
