/**
 * The state machine of one peer (RFC 4271 section 8): a state and an event in, a state and actions out.
 * An event of a closed connection or a cancelled timer changes nothing, because it may have been queued when the
 * connection was closed. The RFC's "any other event" is handled in the same way where no other event is possible.
 */

import { MESSAGE } from '../wire/message.ts';
import { cease, holdTimerExpired, type Notification, openError } from '../wire/notification.ts';
import { agreed, armHold, armKeepalive, attach, COLLISION, drop, establish, RESTARTED } from './connection.ts';
import { connectFailed, connectRetryExpired, idleHoldExpired, start, stopDialing, stopIdleHold } from './dialing.ts';
import { delayOpenExpired, lose, receiveOpen, refuseMessage } from './exchange.ts';
import type { Context, PeerState } from './peer.ts';
import { establishedSide, initialState, isIdle, withConnection } from './peer.ts';
import type { Action, BfdLoss, DownReason, Event, OurSession, Side } from './types.ts';

/**
 * Applies `event`; appends the actions to `out`, in order.
 * @param random uniform in [0, 1), for the jitter of timers
 */
export function step(state: PeerState, event: Event, spec: OurSession, random: () => number, out: Action[]): PeerState {
  const ctx: Context = { spec, random, out };
  switch (event.type) {
    case 'start':
      return start(state, ctx);
    case 'stop':
      return stop(state, stopReason(event), ctx);
    case 'connected':
      return connected(state, ctx);
    case 'connectFailed':
      return connectFailed(state, ctx);
    case 'accepted':
      return accepted(state, ctx);
    case 'challenged':
      return challenged(state, ctx);
    case 'restarted':
      return restarted(state, ctx);
    case 'closed':
      return lose(state, event.side, { kind: 'closedByPeer', error: event.error ?? null }, ctx);
    case 'timer':
      return timerExpired(state, event, ctx);
    case 'bfdDown':
      return bfdDown(state, event.side, event.loss, ctx);
    default:
      return received(state, event, ctx);
  }
}

type MessageEvent = Extract<
  Event,
  { readonly type: 'open' | 'keepalive' | 'update' | 'routeRefresh' | 'notification' | 'messageError' }
>;

function received(state: PeerState, event: MessageEvent, ctx: Context): PeerState {
  switch (event.type) {
    case 'open':
      return receiveOpen(state, event.side, event.open, ctx);
    case 'keepalive':
      return receiveKeepalive(state, event.side, ctx);
    case 'update':
    case 'routeRefresh':
      return receiveRoutes(state, event.side, event.type, ctx);
    case 'notification':
      return lose(state, event.side, { kind: 'notificationReceived', notification: event.notification }, ctx);
    case 'messageError':
      return failed(state, event.side, event.notification, ctx);
  }
}

function timerExpired(state: PeerState, event: Extract<Event, { type: 'timer' }>, ctx: Context): PeerState {
  switch (event.timer) {
    case 'connectRetry':
      return connectRetryExpired(state, ctx);
    case 'idleHold':
      return idleHoldExpired(state, ctx);
    case 'delayOpen':
      return delayOpenExpired(state, event.side, ctx);
    case 'hold':
      return holdExpired(state, event.side, ctx);
    case 'keepalive':
      return keepaliveDue(state, event.side, ctx);
  }
}

function stopReason({ type: _, ...rest }: Extract<Event, { type: 'stop' }>): DownReason {
  return { kind: 'stopped', ...rest };
}

/** ManualStop and AutomaticStop: closes everything and clears the failure counters. */
function stop(state: PeerState, reason: DownReason, ctx: Context): PeerState {
  let next = stopDialing(state, ctx);
  if (next.out !== null) next = drop(next, 'out', reason, ctx);
  if (next.in !== null) next = drop(next, 'in', reason, ctx);
  stopIdleHold(next, ctx);
  return initialState();
}

/** Tcp_CR_Acked (event 16). The connection of a cancelled dial is closed without a NOTIFICATION. */
function connected(state: PeerState, ctx: Context): PeerState {
  if (state.dialing) {
    ctx.out.push({ type: 'cancel', timer: 'connectRetry', side: null });
    return attach({ ...state, dialing: false, retrying: false }, 'out', ctx);
  }
  if (state.out === null) ctx.out.push({ type: 'close', side: 'out' });
  return state;
}

/**
 * TcpConnectionConfirmed (event 17). Beside an established session a new connection waits for its OPEN; if it is
 * accepted here nevertheless, it is refused according to RFC 4271 6.8.
 */
function accepted(state: PeerState, ctx: Context): PeerState {
  const next = challenged(state, ctx);
  if (next.in !== null) return next;
  if (isIdle(next)) {
    refuse(cease.rejected, ctx);
    return next;
  }
  if (establishedSide(next) === null) return attach(next, 'in', ctx);
  refuse(cease.collision, ctx);
  return next;
}

/** Closes the new connection before it has a state. */
function refuse(notification: Notification, ctx: Context): void {
  ctx.out.push({ type: 'sendNotification', side: 'in', notification }, { type: 'close', side: 'in' });
}

/**
 * A peer dials again only after it gave up its earlier connection, so a new connection replaces an older one that is
 * not Established yet. An Established one stays (RFC 4271 6.8).
 */
function challenged(state: PeerState, ctx: Context): PeerState {
  const established = establishedSide(state);
  if (established === null) return lose(state, 'in', COLLISION, ctx);
  probe(established, ctx);
  return state;
}

/** RFC 4724 5: the established session is closed without a NOTIFICATION, and its routes are kept. */
function restarted(state: PeerState, ctx: Context): PeerState {
  const side = establishedSide(state);
  return side === null ? state : lose(state, side, RESTARTED, ctx);
}

/**
 * A peer that lost its state answers a segment of the old connection with a reset, long before the hold timer expires.
 */
function probe(side: Side, ctx: Context): void {
  ctx.out.push({ type: 'sendKeepalive', side });
}

/** KeepAliveMsg (event 26). */
function receiveKeepalive(state: PeerState, side: Side, ctx: Context): PeerState {
  const connection = state[side];
  if (connection === null) return state;
  if (connection.phase === 'OpenConfirm') return establish(state, side, ctx);
  if (connection.phase === 'Established') {
    armHold(side, agreed(state, side), ctx);
    return state;
  }
  const heldBack = connection.phase === 'OpenSent' && connection.negotiated !== null;
  return heldBack
    ? withConnection(state, side, { ...connection, confirmed: true })
    : refuseMessage(state, side, MESSAGE.keepalive, ctx);
}

/**
 * A message error is answered with its NOTIFICATION; in Established, any OPEN is unexpected, even a valid one (event
 * 22).
 */
function failed(state: PeerState, side: Side, notification: Notification, ctx: Context): PeerState {
  const ofOpen = notification.code === openError.malformed.code;
  if (ofOpen && state[side]?.phase === 'Established') return refuseMessage(state, side, MESSAGE.open, ctx);
  return lose(state, side, { kind: 'notificationSent', notification }, ctx);
}

/** UpdateMsg (event 27) and ROUTE-REFRESH are valid in Established only; only UPDATE restarts the hold timer. */
function receiveRoutes(state: PeerState, side: Side, type: 'update' | 'routeRefresh', ctx: Context): PeerState {
  const code = type === 'update' ? MESSAGE.update : MESSAGE.routeRefresh;
  if (state[side]?.phase !== 'Established') return refuseMessage(state, side, code, ctx);
  if (type === 'update') armHold(side, agreed(state, side), ctx);
  return state;
}

/** HoldTimer_Expires (event 10). */
function holdExpired(state: PeerState, side: Side, ctx: Context): PeerState {
  const connection = state[side];
  if (connection === null || connection.phase === 'Delayed') return state;
  if (connection.phase === 'Established' && agreed(state, side).holdMs === 0) return state;
  return lose(state, side, { kind: 'notificationSent', notification: holdTimerExpired }, ctx);
}

/** RFC 5882 10.2: a session may be established before BFD is up, so BFD closes only an established session. */
function bfdDown(state: PeerState, side: Side, loss: BfdLoss, ctx: Context): PeerState {
  if (state[side]?.phase !== 'Established') return state;
  return lose(state, side, { kind: 'bfdDown', notification: cease.bfdDown, loss }, ctx);
}

/** KeepaliveTimer_Expires (event 11). */
function keepaliveDue(state: PeerState, side: Side, ctx: Context): PeerState {
  const phase = state[side]?.phase;
  if (phase !== 'OpenConfirm' && phase !== 'Established') return state;
  const negotiated = agreed(state, side);
  if (negotiated.holdMs === 0) return state;
  ctx.out.push({ type: 'sendKeepalive', side });
  armKeepalive(side, negotiated, ctx);
  return state;
}
