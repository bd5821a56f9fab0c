/** One connection of a peer from TCP to Established, and its end (RFC 4271 8.2.2). */
import { invariant } from '../lib/invariant.ts';
import { cease, type Notification } from '../wire/notification.ts';
import { stopIdleHold } from './dialing.ts';
import { makeOpen } from './offer.ts';
import type { Connection, Context, PeerState } from './peer.ts';
import { connectionState, otherSide, withConnection } from './peer.ts';
import { keepaliveTimerMs, LARGE_HOLD_MS, provingMs } from './timers.ts';
import type { DownReason, Negotiated, Side } from './types.ts';

export const COLLISION: DownReason = { kind: 'collision' };
export const RESTARTED: DownReason = { kind: 'restarted' };

const DELAYED: Connection = { phase: 'Delayed', negotiated: null, confirmed: false };
const OPEN_SENT: Connection = { phase: 'OpenSent', negotiated: null, confirmed: false };

/** TCP is up (RFC 4271 events 16 and 17): send OPEN now, or after DelayOpenTime. */
export function attach(state: PeerState, side: Side, ctx: Context): PeerState {
  if (ctx.spec.delayOpenMs === 0) return sendOpen(state, side, ctx);
  ctx.out.push({ type: 'arm', timer: 'delayOpen', side, ms: ctx.spec.delayOpenMs });
  return withConnection(state, side, DELAYED);
}

/** To OpenSent, where the hold timer has a large value. */
export function sendOpen(state: PeerState, side: Side, ctx: Context): PeerState {
  ctx.out.push({ type: 'sendOpen', side, open: makeOpen(ctx.spec) });
  ctx.out.push({ type: 'arm', timer: 'hold', side, ms: LARGE_HOLD_MS });
  return withConnection(state, side, OPEN_SENT);
}

/**
 * To OpenConfirm: our KEEPALIVE answers the peer's OPEN, and the negotiated timers run. With a hold time of zero the
 * hold timer continues as in OpenSent, so that the wait for a peer that never answers is bounded.
 */
export function confirm(state: PeerState, side: Side, negotiated: Negotiated, ctx: Context): PeerState {
  ctx.out.push({ type: 'sendKeepalive', side });
  armHold(side, negotiated, ctx);
  armKeepalive(side, negotiated, ctx);
  return withConnection(state, side, { phase: 'OpenConfirm', negotiated, confirmed: false });
}

/** To Established: the other connection is closed (RFC 4271 6.8); dialing ended with OpenConfirm. */
export function establish(state: PeerState, side: Side, ctx: Context): PeerState {
  const negotiated = agreed(state, side);
  const other = otherSide(side);
  const alone = state[other] === null ? state : drop(state, other, COLLISION, ctx);
  if (negotiated.holdMs === 0) ctx.out.push({ type: 'cancel', timer: 'hold', side });
  armHold(side, negotiated, ctx);
  ctx.out.push({ type: 'established', side, negotiated });
  const next = withConnection(alone, side, { phase: 'Established', negotiated, confirmed: false });
  return next.failures === 0 ? next : prove(next, ctx);
}

/** A session that stays up long enough clears the failures before it. */
function prove(state: PeerState, ctx: Context): PeerState {
  ctx.out.push({ type: 'arm', timer: 'idleHold', side: null, ms: provingMs(ctx.spec) });
  return { ...state, idleHold: 'proving' };
}

/** Restarts the hold timer, unless the negotiated hold time is zero. */
export function armHold(side: Side, negotiated: Negotiated, ctx: Context): void {
  if (negotiated.holdMs > 0) ctx.out.push({ type: 'arm', timer: 'hold', side, ms: negotiated.holdMs });
}

/** Restarts the keepalive timer, unless the negotiated hold time is zero. */
export function armKeepalive(side: Side, negotiated: Negotiated, ctx: Context): void {
  if (negotiated.holdMs === 0) return;
  const ms = keepaliveTimerMs(negotiated.keepaliveMs, ctx.random);
  ctx.out.push({ type: 'arm', timer: 'keepalive', side, ms });
}

/** The negotiated parameters of a connection in OpenConfirm or Established. */
export function agreed(state: PeerState, side: Side): Negotiated {
  const negotiated = state[side]?.negotiated ?? null;
  invariant(negotiated !== null, 'a connection past OpenSent has no negotiated OPEN');
  return negotiated;
}

/** Closes one connection: NOTIFICATION, close, timers, report. The caller decides the next step of the peer. */
export function drop(state: PeerState, side: Side, reason: DownReason, ctx: Context): PeerState {
  const connection = state[side];
  invariant(connection !== null, 'the dropped connection does not exist');
  const notification = notificationFor(reason);
  if (notification !== null) ctx.out.push({ type: 'sendNotification', side, notification });
  if (reason.kind !== 'closedByPeer') ctx.out.push({ type: 'close', side });
  cancelTimers(connection, side, ctx);
  const wasEstablished = connection.phase === 'Established';
  if (connection.phase !== 'Delayed' || reason.kind.startsWith('notification')) {
    ctx.out.push({ type: 'down', reason, wasEstablished, side, state: connectionState(side, connection) });
  }
  return withConnection(wasEstablished ? stopIdleHold(state, ctx) : state, side, null);
}

/** The NOTIFICATION for a connection that ends for `reason`. A NOTIFICATION is never answered by another one. */
function notificationFor(reason: DownReason): Notification | null {
  switch (reason.kind) {
    case 'notificationSent':
    case 'bfdDown':
    case 'stopped':
      return reason.notification;
    case 'collision':
      return cease.collision;
    case 'notificationReceived':
    case 'closedByPeer':
    case 'restarted':
      return null;
  }
}

function cancelTimers(connection: Connection, side: Side, ctx: Context): void {
  const { phase, negotiated } = connection;
  const heldBack = phase === 'OpenSent' && negotiated !== null;
  const confirming = phase === 'OpenConfirm' || phase === 'Established';
  const keepsAlive = confirming && negotiated !== null && negotiated.holdMs > 0;
  if (phase === 'Delayed' || heldBack) ctx.out.push({ type: 'cancel', timer: 'delayOpen', side });
  if (phase === 'OpenSent' || phase === 'OpenConfirm' || keepsAlive)
    ctx.out.push({ type: 'cancel', timer: 'hold', side });
  if (keepsAlive) ctx.out.push({ type: 'cancel', timer: 'keepalive', side });
}
