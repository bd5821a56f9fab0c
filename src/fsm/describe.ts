/**
 * In words: why a session ended, and which side has to change what. No I/O, no timers.
 * Names in backquotes are keys of our configuration.
 */
import { formatIpv4 } from '../lib/ip.ts';
import type { AsRule, SessionSpec } from '../spec/session.ts';
import type { FamilyId } from '../wire/families.ts';
import { FAMILIES, familyOf } from '../wire/families.ts';
import { describeNotification, type Notification } from '../wire/notification.ts';
import type { AfiSafi } from '../wire/open/capabilities.ts';
import { counterpart, ROLE_NAMES } from './roles.ts';
import type { AttributeLimitReached, BfdLoss, DownReason, LimitReached, OpenRefusal } from './types.ts';

export interface DownDescription {
  readonly text: string;
  /** Code and subcode of the NOTIFICATION that was sent or received, or null. */
  readonly code: number | null;
  readonly subcode: number | null;
}

/** Why a session ended, for logs and for people. */
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
      return 'another connection with the peer was kept';
    case 'restarted':
      return 'the peer opened a new connection: it has restarted';
  }
}

/** Who or what ended it here, and what the peer was sent. */
function describeStop({ notification, limit, why = 'stopped here' }: Extract<DownReason, { kind: 'stopped' }>): string {
  if (limit !== undefined) return describeLimit(limit, notification);
  return notification === null ? why : `sent ${describeNotification(notification)}: ${why}`;
}

/** How BFD found that the path to the peer is dead. */
export function describeBfdLoss({ cause, detectionMs, said }: BfdLoss): string {
  return cause === 'silence'
    ? `nothing was heard from the peer for ${detectionMs} ms, the detection time`
    : `the peer says that it does not hear this side (${said})`;
}

/** Which limit ended a session, and how it comes back. */
function describeLimit(limit: LimitReached, notification: Notification | null): string {
  const sent = notification === null ? '' : `sent ${describeNotification(notification)}: `;
  return `${sent}${describeLimitReached(limit)}; ${adviceOn(limit)}; ${describeReturn(limit.restartMs)}`;
}

/** What there is too much of. */
export function describeLimitReached(reached: LimitReached): string {
  if (reached.kind === 'attributes') return describeAttributeLimit(reached);
  const { family, direction, limit } = reached;
  const { name } = FAMILIES[family]!;
  return direction === 'in'
    ? `the peer announced more than ${limit} prefixes of ${name}`
    : `there are more than ${limit} prefixes of ${name} to tell the peer`;
}

function describeAttributeLimit({ scope, octets, limit }: AttributeLimitReached): string {
  return scope === 'peer'
    ? `the attribute sets of the peer take up ${formatMebibytes(octets)}, more than ${formatMebibytes(limit)}`
    : `the attribute sets of all peers take up more than ${formatMebibytes(limit)}, and those of this peer most of it (${formatMebibytes(octets)})`;
}

/** Octets in words. */
export function formatMebibytes(octets: number): string {
  return `${Math.round((octets / (1 << 20)) * 10) / 10} MiB`;
}

/** Which side changes what so that a limit is kept that was passed. */
export function adviceOn(reached: LimitReached): string {
  if (reached.kind === 'prefixes') return limitAdvice(reached.direction);
  const key = reached.scope === 'peer' ? 'attribute-memory' : 'router.attribute-memory';
  return `announce fewer different attributes there, or raise \`${key}\` here`;
}

/** Which side changes what so that a limit of prefixes is kept. */
export function limitAdvice(direction: 'in' | 'out'): string {
  return direction === 'in'
    ? 'announce less there, or raise `max-prefix` here'
    : 'raise `max-prefix-out` here, or take in less';
}

/** How a session comes back that a limit has ended. */
export function describeReturn(restartMs: number | null): string {
  if (restartMs !== null) return `it is tried again after ${restartMs / 1000} s`;
  return 'it stays down until `reflectord reset`, or a reload with another limit';
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
  if (reason.notification.code === 4) return 'nothing was heard from the peer for the hold time';
  return reason.notification.code === 8 ? 'the peer took nothing of what was to be sent for the send hold time' : null;
}

/** What the peer's OPEN said, what is configured here, and which of the two has to change. */
export function describeRefusal(refusal: OpenRefusal, spec: SessionSpec): string {
  switch (refusal.kind) {
    case 'version':
      return `the peer opened with BGP version ${refusal.got}, only version 4 is spoken here; change it there`;
    case 'peerAs':
      return `the peer opened with AS ${refusal.got}, ${describeRule(refusal.expected, [refusal.localAs, ...refusal.alsoOurs])} is expected; change \`as\` of the peer here, or the AS number there`;
    case 'asTrans':
      return 'the peer opened with AS 23456, which stands for a 4-octet AS number, without telling that number; turn on 4-octet AS numbers there';
    case 'holdTime':
      return `the peer opened with a hold time of ${refusal.gotSeconds} s, the least is 3 s (or 0 for none); change it there`;
    case 'zeroRouterId':
      return 'the peer opened with router id 0.0.0.0; set one there';
    case 'sameRouterId':
      return `the peer opened with our own router id ${formatIpv4(refusal.routerId)} within AS ${spec.localAs}; change \`router.id\` here, or the router id there`;
    case 'role':
      return describeRoles(refusal.got, refusal.role);
    case 'families':
      return `the peer offers ${describeAfiSafis(refusal.got)}, and here only ${describeFamilies(refusal.wanted)} is configured; change \`families\` of the peer here, or enable one of them there`;
  }
}

function describeRoles(got: readonly number[], role: number | null): string {
  const theirs = some(got, (each) => ROLE_NAMES[each] ?? `role ${each}`, ' and ');
  if (role === null) return `the peer says that it is ${theirs} at once; give it one BGP role there`;
  const [ours, wanted] = [ROLE_NAMES[role], ROLE_NAMES[counterpart(role)]];
  const said = theirs === '' ? 'the peer does not tell its BGP role' : `the peer says that it is ${theirs}`;
  const change =
    theirs === ''
      ? `set it to ${wanted} there, or turn \`bgp-role-strict\` off here`
      : `make it ${wanted} there, or change \`bgp-role\` here`;
  return `${said}, and this side is ${ours}; ${change}`;
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
  return some(got, ({ afi, safi }) => familyOf(afi, safi)?.name ?? `AFI ${afi} SAFI ${safi}`, ', ');
}

/** Entries of a list of the peer's that are named; it may be as long as an OPEN. */
const NAMED = 8;

function some<T>(list: readonly T[], describe: (entry: T) => string, between: string): string {
  const named = list.slice(0, NAMED).map(describe).join(between);
  return list.length > NAMED ? `${named} and ${list.length - NAMED} more` : named;
}

/** What an operator does about a NOTIFICATION that the peer sent, by code and subcode. */
const RECEIVED: Readonly<Record<string, (spec: SessionSpec) => string>> = {
  '2/1': () => 'the peer does not speak BGP version 4',
  '2/2': ({ localAs, alsoOurs = [] }) =>
    `the peer expects another AS number than ${localAs}; change the AS number of this router there, or ${alsoOurs.length > 0 ? '`local-as` or `router.confederation`' : '`router.as`'} here`,
  '2/3': ({ routerId }) =>
    `the peer does not accept router id ${formatIpv4(routerId)}, as if another router had it; change \`router.id\` here, or the router id there`,
  '2/4': () => 'the peer does not know capabilities',
  '2/6': ({ holdMs }) =>
    `the peer does not accept a hold time of ${holdMs / 1000} s; change \`hold-time\` here, or the least hold time there`,
  '2/7': ({ families }) =>
    `the peer insists on a capability that was not offered, the families being ${describeFamilies(families)}; change \`families\` here, or the capabilities there`,
  '2/11': ({ role = null }) =>
    role === null
      ? 'the peer insists on BGP roles; set `bgp-role` here, or turn that off there'
      : `the peer does not accept that this side is ${ROLE_NAMES[role]}; make it ${ROLE_NAMES[counterpart(role)]} there, or change \`bgp-role\` here`,
  '4/0': () => 'the peer heard nothing from here for its hold time',
  '6/1': () => 'the peer got more prefixes than it allows; raise its limit there, or announce less',
  '6/2': () => 'the session was shut down there',
  '6/3': () => 'this router was removed from the configuration there',
  '6/4': () => 'the session was reset there',
  '6/5': ({ localAs }) =>
    `the peer does not take this connection now; is this router configured there, with this address and AS ${localAs}?`,
  '6/6': () => 'the configuration was changed there',
  '6/7': () => 'the peer keeps another connection',
  '6/8': () => 'the peer is short of memory or other resources',
  '6/10': () => 'BFD found the path dead',
};

function receivedAdvice({ code, subcode }: Notification, spec: SessionSpec): string | null {
  return RECEIVED[`${code}/${subcode}`]?.(spec) ?? null;
}
