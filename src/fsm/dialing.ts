/** Connecting to the peer: dial, connect retry, start, and the pause of a damped peer (RFC 4271 8.2.2). */
import type { Context, PeerState } from './peer.ts';
import { collisionRetryMs, connectRetryMs, idleHoldMs } from './timers.ts';

/** Idle to Connect, or to Active if the peer is to connect to us. */
function begin(state: PeerState, ctx: Context): PeerState {
  return ctx.spec.passive ? state : dial(state, ctx);
}

/** Dials; the connect-retry timer bounds the attempt. */
function dial(state: PeerState, ctx: Context): PeerState {
  ctx.out.push({ type: 'dial' });
  return armRetry({ ...state, dialing: true }, ctx);
}

/** Connect and Active: (re)starts the connect-retry timer. */
function armRetry(state: PeerState, ctx: Context): PeerState {
  return armRetryFor(state, connectRetryMs(ctx.spec, state.failedDials, ctx.random), ctx);
}

function armRetryFor(state: PeerState, ms: number, ctx: Context): PeerState {
  ctx.out.push({ type: 'arm', timer: 'connectRetry', side: null, ms });
  return { ...state, retrying: true };
}

/** Whether a dial is wanted and neither under way nor planned. */
function lacksDial(state: PeerState, ctx: Context): boolean {
  return !ctx.spec.passive && !state.retrying && state.out === null;
}

/** Back to Active: plans the next dial unless one is planned already. */
export function retryLater(state: PeerState, ctx: Context): PeerState {
  return lacksDial(state, ctx) ? armRetry(state, ctx) : state;
}

/** Back to Active after the peer closed the last connection over a collision: it is alive, so the next dial is soon. */
export function retrySoon(state: PeerState, ctx: Context): PeerState {
  if (!lacksDial(state, ctx)) return state;
  const ms = collisionRetryMs(ctx.spec, state.failedDials, ctx.random);
  return armRetryFor({ ...state, failedDials: state.failedDials + 1 }, ms, ctx);
}

/** Drops a dial that is under way or planned. */
export function stopDialing(state: PeerState, ctx: Context): PeerState {
  if (state.dialing) ctx.out.push({ type: 'cancelDial' });
  if (state.retrying) ctx.out.push({ type: 'cancel', timer: 'connectRetry', side: null });
  return { ...state, dialing: false, retrying: false };
}

/** Stops the idle-hold timer. */
export function stopIdleHold(state: PeerState, ctx: Context): PeerState {
  if (state.idleHold === 'off') return state;
  ctx.out.push({ type: 'cancel', timer: 'idleHold', side: null });
  return { ...state, idleHold: 'off' };
}

/**
 * DampPeerOscillations (RFC 4271 8.1): after a failure the peer stays Idle for a time that doubles with each further
 * one. With damping off the next dial still waits for the connect-retry timer.
 */
export function damp(state: PeerState, wasEstablished: boolean, ctx: Context): PeerState {
  const next = { ...stopDialing(state, ctx), failures: state.failures + 1 };
  const ms = idleHoldMs(ctx.spec, state.failures, wasEstablished);
  if (ms > 0) {
    ctx.out.push({ type: 'arm', timer: 'idleHold', side: null, ms });
    return { ...next, idleHold: 'holding' };
  }
  return wasEstablished && state.failures === 0 ? begin(next, ctx) : retryLater(next, ctx);
}

/**
 * The connection was lost, or the peer closed the session, without an error. Connections from the peer are accepted as
 * before. After the loss of a session we dial immediately; each further time without a stable session in between, the
 * pause before the dial doubles.
 */
export function reconnect(state: PeerState, wasEstablished: boolean, ctx: Context): PeerState {
  const next = { ...stopDialing(state, ctx), failures: state.failures + 1 };
  if (wasEstablished && state.failures === 0) return begin(next, ctx);
  if (ctx.spec.passive) return next;
  const times = wasEstablished ? state.failures - 1 : state.failures;
  return armRetryFor(next, connectRetryMs(ctx.spec, times, ctx.random), ctx);
}

/** ManualStart: also ends a damped period, and clears the failures that led to it. */
export function start(state: PeerState, ctx: Context): PeerState {
  if (state.started && state.idleHold !== 'holding') return state;
  return begin({ ...stopIdleHold(state, ctx), started: true, failures: 0, failedDials: 0 }, ctx);
}

/** AutomaticStart when the idle-hold time is over; in Established: the session is stable. */
export function idleHoldExpired(state: PeerState, ctx: Context): PeerState {
  if (state.idleHold === 'off') return state;
  const next: PeerState = { ...state, idleHold: 'off' };
  return state.idleHold === 'holding' ? begin(next, ctx) : { ...next, failures: 0 };
}

/** Connect: the dial took too long, so a new one replaces it. Active: time to dial. */
export function connectRetryExpired(state: PeerState, ctx: Context): PeerState {
  if (!state.retrying) return state;
  if (!state.dialing) return dial(state, ctx);
  ctx.out.push({ type: 'cancelDial' });
  return dial({ ...state, failedDials: state.failedDials + 1 }, ctx);
}

/**
 * Connect to Active. RFC 4271 goes to Idle here unless DelayOpen runs. Idle would refuse a connection that the peer
 * opens, although our failed dial is no misbehavior of the peer.
 */
export function connectFailed(state: PeerState, ctx: Context): PeerState {
  if (!state.dialing) return state;
  return armRetry({ ...state, dialing: false, failedDials: state.failedDials + 1 }, ctx);
}
