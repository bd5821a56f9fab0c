/** How the end of a session, or of an attempt, is told. No Node here. */
import { describeDown, describeRefusal } from '../fsm/describe.ts';
import type { DownReason } from '../fsm/types.ts';
import type { PeerSpec } from '../reflect/spec.ts';
import { describeNotification, type Notification } from '../wire/notification.ts';
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

/** Why an OPEN was refused that was not read to its end. */
function unread({ subcode }: Notification): string {
  return subcode === UNSUPPORTED_VERSION ? 'only BGP version 4 is spoken here' : 'the OPEN is malformed';
}
