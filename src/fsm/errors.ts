/** NOTIFICATIONs as the state machine sees them: what answers an unexpected message, what a received one means. No I/O. */
import { cease, type Notification, notification } from '../wire/notification.ts';
import type { Phase } from './peer.ts';

const FSM_ERROR = 5;

/**
 * Finite State Machine Error with the subcode of the state that the message was unexpected in (RFC 6608).
 * Before our OPEN there is no such state: unspecified.
 */
const UNEXPECTED_IN: Readonly<Record<Phase, Notification>> = {
  Delayed: notification(FSM_ERROR, 0),
  OpenSent: notification(FSM_ERROR, 1),
  OpenConfirm: notification(FSM_ERROR, 2),
  Established: notification(FSM_ERROR, 3),
};

/** What answers a message that the connection's state does not allow. */
export function unexpectedMessage(phase: Phase): Notification {
  return UNEXPECTED_IN[phase];
}

/** Whether the far side is unwilling for now (shut down, busy, damped), rather than at odds with what we said. */
export function isCease(received: Notification): boolean {
  return received.code === cease.rejected.code;
}

/** Whether the far side ended the connection because it kept another one. */
export function isCollision(received: Notification): boolean {
  return isCease(received) && received.subcode === cease.collision.subcode;
}
