/**
 * In words: why a session ended, and which side has to change what.
 * Names in backquotes are keys of our configuration.
 */
import { formatIpv4 } from '../lib/ip.ts';
import type { AsRule, SessionSpec } from '../spec/session.ts';
import { knownFamily } from '../wire/families/catalog.ts';
import type { FamilyId } from '../wire/families.ts';
import { FAMILIES } from '../wire/families.ts';
import { describeNotification, type Notification } from '../wire/notification.ts';
import type { AfiSafi } from '../wire/open/capabilities.ts';
import { counterpart, ROLE_NAMES } from './roles.ts';
import type { AttributeLimitReached, BfdLoss, DownReason, LimitReached, OpenRefusal } from './types.ts';

interface DownDescription {
  readonly text: string;
  /** Code and subcode of the NOTIFICATION that was sent or received, or null. */
  readonly code: number | null;
  readonly subcode: number | null;
}

/** Why a session ended, for logs and the command line. */
export function describeDown(reason: DownReason, spec: SessionSpec): DownDescription {
  const notification = notificationOf(reason);
  const text = describeReason(reason, spec);
  return { text, code: notification?.code ?? null, subcode: notification?.subcode ?? null };
}

function notificationOf(reason: DownReason): Notification | null {
  return 'notification' in reason ? reason.notification : null;
}

function describeReason(reason: DownReason, spec: SessionSpec): string {
  switch (reason.kind) {
    case 'notificationSent':
      return `sent ${describeNotification(reason.notification)}${because(sentAdvice(reason, spec))}`;
    case 'notificationReceived':
      return `received ${describeNotification(reason.notification)}${because(receivedAdvice(reason.notification, spec))}`;
    case 'bfdDown':
      return `sent ${describeNotification(reason.notification)}: ${describeBfdLoss(reason.loss)}`;
    case 'closedByPeer':
      return describeClose(reason.error ?? null);
    case 'stopped':
      return describeStop(reason);
    case 'collision':
      return 'collision: another connection with the peer was kept';
    case 'restarted':
      return 'the peer restarted: it opened a new connection';
  }
}

/** What closed the session on this side, and the NOTIFICATION that was sent. */
function describeStop({
  notification,
  limit,
  why = 'closed by this side',
}: Extract<DownReason, { kind: 'stopped' }>): string {
  if (limit !== undefined) return describeLimit(limit, notification);
  return notification === null ? why : `sent ${describeNotification(notification)}: ${why}`;
}

/** How BFD detected the failure. */
export function describeBfdLoss({ cause, detectionMs, diag }: BfdLoss): string {
  return cause === 'silence'
    ? `no BFD packet was received from the peer for the detection time of ${detectionMs} ms`
    : `the peer signals that it does not receive our BFD packets (${diag})`;
}

/** Which limit closed a session, and when the session comes back. */
function describeLimit(limit: LimitReached, notification: Notification | null): string {
  const sent = notification === null ? '' : `sent ${describeNotification(notification)}: `;
  return `${sent}${describeLimitReached(limit)}; ${adviceOn(limit)}; ${describeReturn(limit.restartMs)}`;
}

/** Which limit was exceeded. */
export function describeLimitReached(reached: LimitReached): string {
  if (reached.kind === 'attributes') return describeAttributeLimit(reached);
  const { family, direction, limit } = reached;
  const { name } = FAMILIES[family]!;
  return direction === 'in'
    ? `the peer announced more than ${limit} prefixes of ${name}`
    : `there are more than ${limit} prefixes of ${name} to advertise to the peer`;
}

function describeAttributeLimit({ scope, octets, limit }: AttributeLimitReached): string {
  return scope === 'peer'
    ? `the attribute sets of the peer use ${formatMebibytes(octets)}, more than the limit of ${formatMebibytes(limit)}`
    : `the attribute sets of all peers use more than the limit of ${formatMebibytes(limit)}, and this peer has the largest share (${formatMebibytes(octets)})`;
}

/** Octets as MiB with one decimal. */
function formatMebibytes(octets: number): string {
  return `${Math.round((octets / (1 << 20)) * 10) / 10} MiB`;
}

/** Which side has to change what so that an exceeded limit is no longer exceeded. */
export function adviceOn(reached: LimitReached): string {
  if (reached.kind === 'prefixes') return limitAdvice(reached.direction);
  const key = reached.scope === 'peer' ? 'attribute-memory' : 'router.attribute-memory';
  return `announce fewer distinct attribute sets at the peer, or raise \`${key}\` here`;
}

/** Which side has to change what so that a prefix limit is no longer exceeded. */
export function limitAdvice(direction: 'in' | 'out'): string {
  return direction === 'in'
    ? 'announce fewer prefixes at the peer, or raise `max-prefix` here'
    : 'raise `max-prefix-out` here, or accept fewer prefixes from other peers';
}

/** When a session that was closed by a limit comes back. */
export function describeReturn(restartMs: number | null): string {
  if (restartMs !== null) return `the next attempt is after ${restartMs / 1000} s`;
  return 'the peer stays down until `reflectord reset`, or a reload with another limit';
}

function because(advice: string | null): string {
  return advice === null ? '' : `: ${advice}`;
}

function describeClose(error: string | null): string {
  if (error === null) return 'the peer closed the connection without a NOTIFICATION';
  return `${error === 'ENETDOWN' ? 'its interface went down' : 'the connection failed'} (${error})`;
}

function sentAdvice(reason: Extract<DownReason, { kind: 'notificationSent' }>, spec: SessionSpec): string | null {
  if (reason.refusal !== undefined) return describeRefusal(reason.refusal, spec);
  if (reason.notification.code === 4) return 'nothing was received from the peer for the hold time';
  return reason.notification.code === 8 ? 'the peer read nothing from the connection for the send hold time' : null;
}

/** What the peer's OPEN contained, what is configured here, and which of the two has to change. */
export function describeRefusal(refusal: OpenRefusal, spec: SessionSpec): string {
  switch (refusal.kind) {
    case 'version':
      return `the peer's OPEN has BGP version ${refusal.got}, this side supports only version 4; change it at the peer`;
    case 'peerAs':
      return `the peer's OPEN has AS ${refusal.got}, expected is ${describeRule(refusal.expected, [refusal.localAs, ...refusal.alsoOurs])}; change \`as\` of the peer here, or the AS number at the peer`;
    case 'asTrans':
      return "the peer's OPEN has AS 23456 (AS_TRANS) without the capability for 4-octet AS numbers; enable that capability at the peer";
    case 'holdTime':
      return `the peer's OPEN has a hold time of ${refusal.gotSeconds} s, the minimum is 3 s (or 0 for none); change it at the peer`;
    case 'zeroRouterId':
      return "the peer's OPEN has router id 0.0.0.0; set a router id at the peer";
    case 'sameRouterId':
      return `the peer's OPEN has our own router id ${formatIpv4(refusal.routerId)} within AS ${spec.localAs}; change \`router.id\` here, or the router id at the peer`;
    case 'role':
      return describeRoles(refusal.got, refusal.role);
    case 'families':
      return `the peer offers ${describeAfiSafis(refusal.got)}, but only ${describeFamilies(refusal.wanted)} is configured here; change \`families\` of the peer here, or enable one of them at the peer`;
  }
}

function describeRoles(got: readonly number[], role: number | null): string {
  const theirs = some(got, (each) => ROLE_NAMES[each] ?? `role ${each}`, ' and ');
  if (role === null) return `the peer sends several BGP roles (${theirs}); configure one role at the peer`;
  const [ours, wanted] = [ROLE_NAMES[role], ROLE_NAMES[counterpart(role)]];
  const received = theirs === '' ? 'the peer does not send its BGP role' : `the BGP role of the peer is ${theirs}`;
  const change =
    theirs === ''
      ? `set it to ${wanted} at the peer, or turn \`bgp-role-strict\` off here`
      : `change it to ${wanted} at the peer, or change \`bgp-role\` here`;
  return `${received}, and the role of this side is ${ours}; ${change}`;
}

function describeRule(rule: AsRule, ours: readonly number[]): string {
  switch (rule.kind) {
    case 'list':
      return `AS ${rule.list.join(' or ')}`;
    case 'internal':
      return `our own AS ${ours[0]} (internal)`;
    case 'external':
      return `any AS but our own ${ours.join(', ')} (external)`;
  }
}

function describeFamilies(families: readonly FamilyId[]): string {
  return families.map((family) => FAMILIES[family]!.name).join(', ');
}

function describeAfiSafis(got: readonly AfiSafi[]): string {
  return some(got, ({ afi, safi }) => knownFamily(afi, safi)?.name ?? `AFI ${afi} SAFI ${safi}`, ', ');
}

/** Maximum number of entries of a received list that are named; the list may be as long as an OPEN. */
const MAX_NAMED = 8;

function some<T>(list: readonly T[], describe: (entry: T) => string, between: string): string {
  const named = list.slice(0, MAX_NAMED).map(describe).join(between);
  return list.length > MAX_NAMED ? `${named} and ${list.length - MAX_NAMED} more` : named;
}

/** What a received NOTIFICATION means and what the operator can do, by code and subcode. */
const RECEIVED: Readonly<Record<string, (spec: SessionSpec) => string>> = {
  '2/1': () => 'the peer does not support BGP version 4',
  '2/2': ({ localAs, alsoOurs }) =>
    `the peer expects another AS number than ${localAs}; change the AS number of this router at the peer, or ${alsoOurs.length > 0 ? '`local-as` or `router.confederation`' : '`router.as`'} here`,
  '2/3': ({ routerId }) =>
    `the peer rejects router id ${formatIpv4(routerId)}, perhaps because another router uses it; change \`router.id\` here, or the router id at the peer`,
  '2/4': () => 'the peer does not support capabilities',
  '2/6': ({ holdMs }) =>
    `the peer rejects a hold time of ${holdMs / 1000} s; change \`hold-time\` here, or the minimum hold time at the peer`,
  '2/7': ({ families }) =>
    `the peer requires a capability that this side did not offer (families: ${describeFamilies(families)}); change \`families\` here, or the capabilities at the peer`,
  '2/11': ({ role }) =>
    role === null
      ? 'the peer requires BGP roles; set `bgp-role` here, or turn strict mode off at the peer'
      : `the peer rejects our BGP role ${ROLE_NAMES[role]}; change its role to ${ROLE_NAMES[counterpart(role)]} at the peer, or change \`bgp-role\` here`,
  '4/0': () => 'the peer received nothing from this side for its hold time',
  '6/1': () =>
    'the peer received more prefixes than its limit; raise the limit at the peer, or advertise fewer prefixes',
  '6/2': () => 'the session was shut down at the peer',
  '6/3': () => 'this router was removed from the configuration of the peer',
  '6/4': () => 'the session was reset at the peer',
  '6/5': ({ localAs }) =>
    `the peer rejected this connection; check that this router is configured at the peer with this address and AS ${localAs}`,
  '6/6': () => 'the configuration of the peer was changed',
  '6/7': () => 'the peer keeps another connection (collision)',
  '6/8': () => 'the peer is out of memory or other resources',
  '6/10': () => 'BFD went down at the peer',
};

function receivedAdvice({ code, subcode }: Notification, spec: SessionSpec): string | null {
  return RECEIVED[`${code}/${subcode}`]?.(spec) ?? null;
}
