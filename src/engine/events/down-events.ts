/** How the end of a session, or of an attempt, is told. No Node here. */
import { describeDown, describeRefusal } from '../../fsm/describe.ts';
import type { DownReason } from '../../fsm/types.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import type { TransportSpec } from '../../spec/transport.ts';
import { describeNotification, type Notification } from '../../wire/notification.ts';
import type { EngineEvent } from './events.ts';

const OPEN_MESSAGE_ERROR = 2;
const UNSUPPORTED_VERSION = 1;

/** What is told when an established session of `upSeconds` ends. */
export function downEvent(
  peer: string,
  { group, session }: PeerSpec,
  reason: DownReason,
  upSeconds: number,
): EngineEvent {
  const { text, code, subcode } = describeDown(reason, session);
  return { name: 'peer.down', peer, group, reason: text, code, subcode, upSeconds };
}

/** What is told when a connection ends before it was established. */
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

/** What an operator looks at, by errno name. */
const DIAL_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no BGP speaker listens there, or a firewall rejects the connection',
  ECONNRESET: 'the host there ended the connection at once',
  EHOSTUNREACH: 'the host does not answer on its link, or a router says that it cannot be reached',
  ENETUNREACH: 'this host has no route to it',
  EADDRNOTAVAIL: '`local-address` is no address of this host',
  EACCES: 'a firewall of this host forbids it',
  EPERM: 'a firewall of this host forbids it',
  ENODEV: 'the interface is not there',
};

/** Why a connection could not be made, with what the peer's options have to do with it. */
export function describeDialError(error: string, { ttl, minTtl, password }: TransportSpec): string {
  if (error === 'EHOSTUNREACH' && ttl === 1) {
    return `${error}: packets are sent with a TTL of 1; a peer that is more than one hop away needs \`multihop\``;
  }
  if (error !== 'ETIMEDOUT') return DIAL_ADVICE[error] === undefined ? error : `${error}: ${DIAL_ADVICE[error]}`;
  if (password !== null) return `${error}: no answer; the peer may be away, or have another TCP MD5 key or none`;
  if (minTtl !== null) return `${error}: no answer; the peer may be away, or send with a TTL below ${minTtl}`;
  return `${error}: no answer; the peer may be away, have a TCP MD5 key where there is none here, or a firewall drops the connection`;
}

/** Why an OPEN was refused that was not read to its end. */
function unread({ subcode }: Notification): string {
  return subcode === UNSUPPORTED_VERSION ? 'only BGP version 4 is spoken here' : 'the OPEN is malformed';
}
