/**
 * The OPEN exchange, and the steps after a lost connection: the rules that involve both connections of a peer
 * (RFC 4271 6.8, 8.2.2).
 */
import { MESSAGE } from '../wire/message.ts';
import { holdTimerExpired } from '../wire/notification.ts';
import type { OpenMessage } from '../wire/open/open.ts';
import { resolveCollision } from './collision.ts';
import { COLLISION, confirm, drop, establish, sendOpen } from './connection.ts';
import { damp, reconnect, retryLater, retrySoon, stopDialing } from './dialing.ts';
import { isCease, isCollision, unexpectedMessage } from './errors.ts';
import { negotiate } from './negotiate.ts';
import type { Connection, Context, PeerState } from './peer.ts';
import { otherSide, withConnection } from './peer.ts';
import { collisionWaitMs } from './timers.ts';
import type { DownReason, Negotiated, Side } from './types.ts';

/** Whether the connection expects the peer's OPEN next. */
function awaitsOpen(connection: Connection): boolean {
  return connection.phase === 'Delayed' || (connection.phase === 'OpenSent' && connection.negotiated === null);
}

/** BGPOpen (events 19 and 20). */
export function receiveOpen(state: PeerState, side: Side, open: OpenMessage, ctx: Context): PeerState {
  const connection = state[side];
  if (connection === null) return state;
  if (!awaitsOpen(connection)) return refuseMessage(state, side, MESSAGE.open, ctx);
  const result = negotiate(ctx.spec, open);
  if (result.ok) return answerOrCollide(state, side, result.negotiated, ctx);
  const { notification, refusal } = result;
  return lose(state, side, { kind: 'notificationSent', notification, refusal }, ctx);
}

function answerOrCollide(state: PeerState, side: Side, negotiated: Negotiated, ctx: Context): PeerState {
  switch (resolveCollision(state, side, negotiated, ctx.spec)) {
    case 'proceed':
      return answerOpen(state, side, negotiated, ctx);
    case 'closeOther':
      return answerOpen(drop(state, otherSide(side), COLLISION, ctx), side, negotiated, ctx);
    case 'wait':
      return holdBack(state, side, negotiated, ctx);
    case 'yield':
      return lose(state, side, COLLISION, ctx);
  }
}

/** To OpenConfirm, which ends all dialing: the peer answers. */
function answerOpen(state: PeerState, side: Side, negotiated: Negotiated, ctx: Context): PeerState {
  const next = leaveDelay({ ...stopDialing(state, ctx), failedDials: 0 }, side, ctx);
  return confirm(next, side, negotiated, ctx);
}

/** The peer's OPEN ends DelayOpen: send ours (event 20). */
function leaveDelay(state: PeerState, side: Side, ctx: Context): PeerState {
  if (state[side]?.phase !== 'Delayed') return state;
  ctx.out.push({ type: 'cancel', timer: 'delayOpen', side });
  return sendOpen(state, side, ctx);
}

/** Stays in OpenSent and delays the KEEPALIVE; the delay-open timer, which is idle here, bounds the wait. */
function holdBack(state: PeerState, side: Side, negotiated: Negotiated, ctx: Context): PeerState {
  const next = leaveDelay(state, side, ctx);
  ctx.out.push({ type: 'arm', timer: 'delayOpen', side, ms: collisionWaitMs(negotiated.holdMs) });
  return withConnection(next, side, { phase: 'OpenSent', negotiated, confirmed: false });
}

/** The preferred connection is closed or too slow: this one proceeds. */
function goOn(state: PeerState, side: Side, waiting: Connection, ctx: Context): PeerState {
  if (waiting.negotiated === null) return state;
  const next = answerOpen(state, side, waiting.negotiated, ctx);
  return waiting.confirmed ? establish(next, side, ctx) : next;
}

/** DelayOpenTimer (event 12). */
export function delayOpenExpired(state: PeerState, side: Side, ctx: Context): PeerState {
  const connection = state[side];
  if (connection?.phase === 'Delayed') return sendOpen(state, side, ctx);
  return connection?.phase === 'OpenSent' ? goOn(state, side, connection, ctx) : state;
}

/** A message that the state does not allow closes the connection (RFC 4271 6.6, RFC 6608). */
export function refuseMessage(state: PeerState, side: Side, type: number, ctx: Context): PeerState {
  const connection = state[side];
  if (connection === null) return state;
  return lose(state, side, { kind: 'notificationSent', notification: unexpectedMessage(connection.phase, type) }, ctx);
}

/** Closes a connection and decides the next step of the peer. Without a connection on `side` it does nothing. */
export function lose(state: PeerState, side: Side, reason: DownReason, ctx: Context): PeerState {
  const lost = state[side];
  if (lost === null) return state;
  const rest = drop(state, side, reason, ctx);
  const remaining = rest[otherSide(side)];
  if (remaining !== null) return carryOn(rest, otherSide(side), remaining, ctx);
  switch (aftermath(lost, reason)) {
    case 'damp':
      return damp(rest, lost.phase === 'Established', ctx);
    case 'reconnect':
      return reconnect(rest, lost.phase === 'Established', ctx);
    case 'retry':
      return retryLater(side === 'out' ? { ...rest, failedDials: rest.failedDials + 1 } : rest, ctx);
    case 'collision':
      return retrySoon(rest, ctx);
  }
}

/** One of two connections remains. */
function carryOn(state: PeerState, side: Side, remaining: Connection, ctx: Context): PeerState {
  if (remaining.phase === 'OpenConfirm' || remaining.phase === 'Established') return state;
  if (remaining.negotiated === null) return retryLater(state, ctx);
  ctx.out.push({ type: 'cancel', timer: 'delayOpen', side });
  return goOn(state, side, remaining, ctx);
}

/**
 * Whether the loss of the last connection counts as a failure. RFC 4271: TCP that ends in OpenSent or before leads
 * back to Active, everything else to Idle. A CEASE before Established counts like a refused TCP connection, so that two
 * damped peers do not keep refusing each other. The end of TCP after OpenSent is no error, nor is a CEASE that closes a
 * session; the RFC requires no damping there (8.2.2, OpenConfirm and Established, events 18 and 25): a host that
 * restarts is accepted whenever it connects. The same holds after a BFD failure or an expired hold timer: the path
 * failed, or the host lost power. A peer that connects again because it lost its state is already connected.
 */
function aftermath(lost: Connection, reason: DownReason): 'damp' | 'reconnect' | 'retry' | 'collision' {
  if (reason.kind === 'collision' || reason.kind === 'restarted') return 'retry';
  const early = lost.phase === 'Delayed' || lost.phase === 'OpenSent';
  if (reason.kind === 'closedByPeer' || isSilence(reason)) return early ? 'retry' : 'reconnect';
  if (reason.kind === 'bfdDown') return 'reconnect';
  if (reason.kind !== 'notificationReceived') return 'damp';
  if (lost.phase !== 'Established' && isCollision(reason.notification)) return 'collision';
  if (!isCease(reason.notification)) return 'damp';
  return lost.phase === 'Established' ? 'reconnect' : 'retry';
}

/** The hold timer of one side expired (RFC 4271 6.5). */
function isSilence(reason: DownReason): boolean {
  const isNotified = reason.kind === 'notificationSent' || reason.kind === 'notificationReceived';
  return isNotified && reason.notification.code === holdTimerExpired.code;
}
