/** The NOTIFICATIONs that the state machine itself sends. No I/O, no timers. */
import type { Notification } from '../wire/notification.ts';
import type { Phase } from './peer.ts';

const NO_DATA = new Uint8Array(0);

function notification(code: number, subcode: number, data: Uint8Array = NO_DATA): Notification {
  return { code, subcode, data };
}

const OPEN_ERROR = 2;
const FSM_ERROR = 5;

/** OPEN Message Error (RFC 4271 6.2); its data is the largest version that we speak. */
export const UNSUPPORTED_VERSION = notification(OPEN_ERROR, 1, Uint8Array.of(0, 4));
export const BAD_PEER_AS = notification(OPEN_ERROR, 2);
export const BAD_BGP_IDENTIFIER = notification(OPEN_ERROR, 3);
export const UNACCEPTABLE_HOLD_TIME = notification(OPEN_ERROR, 6);

/** Unsupported Capability (RFC 5492 5); `data` holds the missing capabilities as an OPEN encodes them. */
export function unsupportedCapability(data: Uint8Array): Notification {
  return notification(OPEN_ERROR, 7, data);
}

/** Hold Timer Expired (RFC 4271 6.5). */
export const HOLD_TIMER_EXPIRED = notification(4, 0);

/** Cease, Connection Rejected (RFC 4486): the peer may not connect at present. */
export const CEASE_REJECTED = notification(6, 5);
/** Cease, Connection Collision Resolution (RFC 4486): another connection was kept. */
export const CEASE_COLLISION = notification(6, 7);

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

/** Whether the far side ended the connection because it kept another one. */
export function isCollision(received: Notification): boolean {
  return received.code === CEASE_COLLISION.code && received.subcode === CEASE_COLLISION.subcode;
}

/** Whether the far side is unwilling for now (shut down, busy, damped), rather than at odds with what we said. */
export function isCease(received: Notification): boolean {
  return received.code === CEASE_REJECTED.code;
}
