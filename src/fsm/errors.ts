/** The NOTIFICATIONs of the state machine: the answer to an unexpected message, the meaning of a received one. */
import { cease, type Notification, notification } from '../wire/notification.ts';
import type { Phase } from './peer.ts';

const FSM_ERROR = 5;

/** Subcodes by the state in which the message was unexpected (RFC 6608). */
const UNEXPECTED_IN = { OpenSent: 1, OpenConfirm: 2, Established: 3 } as const;

/**
 * The answer to a message that the state of the connection does not allow: Finite State Machine Error, with the type of
 * the message as data (RFC 6608 3). Before our OPEN there is no subcode for the state: unspecified, without data.
 * @param type a value of MESSAGE
 */
export function unexpectedMessage(phase: Phase, type: number): Notification {
  if (phase === 'Delayed') return notification(FSM_ERROR, 0);
  return notification(FSM_ERROR, UNEXPECTED_IN[phase], Uint8Array.of(type));
}

/** Whether the peer is only unavailable for now (shut down, busy, damped), and did not reject our messages. */
export function isCease(received: Notification): boolean {
  return received.code === cease.rejected.code;
}

/** Whether the peer closed the connection because it keeps another one. */
export function isCollision(received: Notification): boolean {
  return isCease(received) && received.subcode === cease.collision.subcode;
}
