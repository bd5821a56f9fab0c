/** NOTIFICATIONs as the state machine sees them: what answers an unexpected message, what a received one means. No I/O. */
import { cease, type Notification, notification } from '../wire/notification.ts';
import type { Phase } from './peer.ts';

const FSM_ERROR = 5;

/** Subcodes by the state that a message was unexpected in (RFC 6608). */
const UNEXPECTED_IN = { OpenSent: 1, OpenConfirm: 2, Established: 3 } as const;

/**
 * What answers a message that the connection's state does not allow: Finite State Machine Error, with the type of the
 * message as data (RFC 6608 3). Before our OPEN there is no subcode for the state: unspecified, without data.
 * @param type a value of MESSAGE
 */
export function unexpectedMessage(phase: Phase, type: number): Notification {
  if (phase === 'Delayed') return notification(FSM_ERROR, 0);
  return notification(FSM_ERROR, UNEXPECTED_IN[phase], Uint8Array.of(type));
}

/** Whether the far side is unwilling for now (shut down, busy, damped), rather than at odds with what we said. */
export function isCease(received: Notification): boolean {
  return received.code === cease.rejected.code;
}

/** Whether the far side ended the connection because it kept another one. */
export function isCollision(received: Notification): boolean {
  return isCease(received) && received.subcode === cease.collision.subcode;
}
