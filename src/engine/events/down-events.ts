/** The events for the end of a session, or of an attempt to establish one. */
import { describeDown, describeRefusal } from '../../fsm/describe.ts';
import type { DownReason } from '../../fsm/types.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import { describeNotification, type Notification } from '../../wire/notification.ts';
import type { EngineEvent } from './events.ts';

const OPEN_MESSAGE_ERROR = 2;
const UNSUPPORTED_VERSION = 1;

/** The event for the end of a session that was established for `upSeconds`. */
export function downEvent(
  peer: string,
  { group, session }: PeerSpec,
  reason: DownReason,
  upSeconds: number,
): EngineEvent {
  const { text, code, subcode } = describeDown(reason, session);
  return { name: 'peer.down', peer, group, reason: text, code, subcode, upSeconds };
}

/** The events for the end of a connection before its session was established. */
export function attemptEvents(peer: string, { session }: PeerSpec, reason: DownReason): EngineEvent[] {
  if (reason.kind === 'collision') return [];
  const { text, code, subcode } = describeDown(reason, session);
  const failed: EngineEvent = { name: 'peer.attempt-failed', peer, reason: text, code, subcode };
  if (reason.kind !== 'notificationSent' || reason.notification.code !== OPEN_MESSAGE_ERROR) return [failed];
  const rejected: EngineEvent = {
    name: 'peer.open-rejected',
    peer,
    notification: describeNotification(reason.notification),
    code: reason.notification.code,
    subcode: reason.notification.subcode,
    reason: reason.refusal === undefined ? unread(reason.notification) : describeRefusal(reason.refusal, session),
  };
  return [rejected, failed];
}

/** What the operator should check, by errno name. */
const DIAL_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no BGP speaker listens at the peer, or a firewall rejects the connection',
  ECONNRESET: 'the peer host reset the connection immediately',
  EHOSTUNREACH: 'the host does not answer on its link, or a router reports it as unreachable',
  ENETUNREACH: 'this host has no route to it',
  EADDRNOTAVAIL: '`local-address` is not an address of this host',
  EACCES: 'a firewall on this host blocks the connection',
  EPERM: 'a firewall on this host blocks the connection',
  ENODEV: 'the interface does not exist',
};

/** Why a connection failed, with advice that depends on the peer's TTL and key settings. */
export function describeDialError(error: string, { ttl, minTtl, password }: TransportSpec): string {
  if (error === 'EHOSTUNREACH' && ttl === 1) {
    return `${error}: packets are sent with a TTL of 1; a peer more than one hop away needs \`multihop\``;
  }
  if (error !== 'ETIMEDOUT') return DIAL_ADVICE[error] === undefined ? error : `${error}: ${DIAL_ADVICE[error]}`;
  if (password !== null) return `${error}: no answer; the peer may be offline, or have another TCP MD5 key or none`;
  if (minTtl !== null) return `${error}: no answer; the peer may be offline, or send with a TTL below ${minTtl}`;
  return `${error}: no answer; the peer may be offline or have a TCP MD5 key that is missing here, or a firewall drops the connection`;
}

/** Why an OPEN that could not be decoded was rejected. */
function unread({ subcode }: Notification): string {
  return subcode === UNSUPPORTED_VERSION ? 'this side supports only BGP version 4' : 'the OPEN is malformed';
}
