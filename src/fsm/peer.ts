/**
 * The state of a peer in the state machine: a small immutable value.
 *
 * RFC 4271 8.2.1 has one FSM per connection. Here the peer holds their shared state (is it started, is a dial under
 * way, is it damped) and up to two connections, each with its own state.
 */
import type { Action, Negotiated, OurSession, Side, StateName } from './types.ts';

/**
 * State of a connection whose TCP is up. `Delayed`: DelayOpen runs, OPEN is not sent (RFC: still Connect or Active).
 */
export type Phase = 'Delayed' | 'OpenSent' | 'OpenConfirm' | 'Established';

export interface Connection {
  readonly phase: Phase;
  /**
   * The negotiated parameters; null until the peer's OPEN is received. Set in OpenSent: our KEEPALIVE is delayed
   * because the other connection is preferred in a collision (see collision.ts).
   */
  readonly negotiated: Negotiated | null;
  /** The peer's KEEPALIVE was received while ours was delayed. */
  readonly confirmed: boolean;
}

export interface PeerState {
  /** The peer is administratively up. */
  readonly started: boolean;
  /** Why the idle-hold timer runs: to hold a damped peer in Idle, or to prove that a session stays up. */
  readonly idleHold: 'off' | 'holding' | 'proving';
  readonly dialing: boolean;
  /** The connect-retry timer runs: in Connect it bounds the dial, in Active it leads to the next one. */
  readonly retrying: boolean;
  readonly out: Connection | null;
  readonly in: Connection | null;
  /** Failures in a row with no session that stayed up between them (ConnectRetryCounter). */
  readonly failures: number;
  /** Dials in a row without an OPEN from the peer. */
  readonly failedDials: number;
}

/** The context of a transition: it reads the spec and appends actions to `out`. */
export interface Context {
  readonly spec: OurSession;
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

/** A peer that is not started: Idle, connections are refused. */
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

/** The state of a connection by its RFC name. */
export function connectionState(side: Side, connection: Connection): StateName {
  return STATE_OF[side][connection.phase];
}

/** The state of the peer for operators: that of its most advanced connection. */
export function stateName(state: PeerState): StateName {
  if (isIdle(state)) return 'Idle';
  for (const phase of ['Established', 'OpenConfirm', 'OpenSent'] as const) {
    if (state.out?.phase === phase || state.in?.phase === phase) return phase;
  }
  return state.dialing || state.out !== null ? 'Connect' : 'Active';
}
