/**
 * What the state machine knows of a peer: a small immutable value. No I/O, no timers.
 *
 * RFC 4271 8.2.1 has one FSM per connection. Here the peer holds what these would share (may it run, is a dial under
 * way, is it damped) and up to two connections, each of which is in a state of its own.
 */
import type { SessionSpec } from '../spec/session.ts';
import type { Action, Negotiated, Side, StateName } from './types.ts';

/** State of a connection whose TCP is up. `Delayed`: DelayOpen runs, our OPEN is not out (RFC: still Connect or Active). */
export type Phase = 'Delayed' | 'OpenSent' | 'OpenConfirm' | 'Established';

export interface Connection {
  readonly phase: Phase;
  /**
   * What the two OPENs agreed on; null until the peer's is in. In OpenSent it means that our KEEPALIVE is held back,
   * because the other connection would win a collision (see collision.ts).
   */
  readonly negotiated: Negotiated | null;
  /** The peer's KEEPALIVE came while ours was held back. */
  readonly confirmed: boolean;
}

export interface PeerState {
  /** The operator allows the peer. */
  readonly started: boolean;
  /** What the idle-hold timer runs for: holding a damped peer in Idle, or proving that a session stays up. */
  readonly idleHold: 'off' | 'holding' | 'proving';
  readonly dialing: boolean;
  /** The connect-retry timer runs: in Connect it bounds the dial, in Active it leads to the next one. */
  readonly retrying: boolean;
  readonly out: Connection | null;
  readonly in: Connection | null;
  /** Failures in a row with no session that stayed up between them (ConnectRetryCounter). */
  readonly failures: number;
  /** Dials in a row that did not lead to an OPEN of the peer. */
  readonly failedDials: number;
}

/** What a transition works with: it reads the spec and appends to `out`. */
export interface Context {
  readonly spec: SessionSpec;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  readonly out: Action[];
}

const INITIAL: PeerState = {
  started: false,
  idleHold: 'off',
  dialing: false,
  retrying: false,
  out: null,
  in: null,
  failures: 0,
  failedDials: 0,
};

/** A peer that was not started: Idle, refusing connections. */
export function initialState(): PeerState {
  return INITIAL;
}

export function otherSide(side: Side): Side {
  return side === 'out' ? 'in' : 'out';
}

/** The state with another connection, or none, on `side`. */
export function withConnection(state: PeerState, side: Side, connection: Connection | null): PeerState {
  return side === 'out' ? { ...state, out: connection } : { ...state, in: connection };
}

/** Idle: not started, or damped. New connections are refused. */
export function isIdle(state: PeerState): boolean {
  return !state.started || state.idleHold === 'holding';
}

/** The side that is Established, or null. */
export function establishedSide(state: PeerState): Side | null {
  if (state.out?.phase === 'Established') return 'out';
  return state.in?.phase === 'Established' ? 'in' : null;
}

const STATE_OF: Readonly<Record<Side, Readonly<Record<Phase, StateName>>>> = {
  out: { Delayed: 'Connect', OpenSent: 'OpenSent', OpenConfirm: 'OpenConfirm', Established: 'Established' },
  in: { Delayed: 'Active', OpenSent: 'OpenSent', OpenConfirm: 'OpenConfirm', Established: 'Established' },
};

/** A connection's state as the RFC names it. */
export function connectionState(side: Side, connection: Connection): StateName {
  return STATE_OF[side][connection.phase];
}

/** The peer's state as operators know it: that of the most advanced of its connections. */
export function stateName(state: PeerState): StateName {
  if (isIdle(state)) return 'Idle';
  for (const phase of ['Established', 'OpenConfirm', 'OpenSent'] as const) {
    if (state.out?.phase === phase || state.in?.phase === phase) return phase;
  }
  return state.dialing || state.out !== null ? 'Connect' : 'Active';
}
