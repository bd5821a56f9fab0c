/**
 * Which of a peer's two connections stays (RFC 4271 6.8, RFC 6286 2.3).
 *
 * The RFC's procedure, on receipt of an OPEN: among the connections in OpenConfirm (it MAY also look at OpenSent), keep
 * the one that was initiated by the speaker with the higher BGP identifier, as unsigned numbers; at equal identifiers
 * the one with the larger AS number. An Established connection is kept instead of any new one, unless
 * CollisionDetectEstablishedState (8.1.1) says otherwise, which we do not offer.
 *
 * Ours differs in one step. A speaker that follows the RFC literally answers the OPEN on either connection while the
 * other one is in OpenSent. Then one side may reach Established on the connection to be closed at the moment when the
 * other side closes it, and both connections are lost. So we delay the KEEPALIVE on the less preferred connection while
 * the preferred one is in OpenSent, for at most a few seconds. No side can then reach Established on a connection that
 * is about to be closed.
 */

import type { SessionSpec } from '../spec/session.ts';
import type { Connection, PeerState } from './peer.ts';
import { otherSide } from './peer.ts';
import type { Negotiated, Side } from './types.ts';

/**
 * The result for the connection that received the OPEN: it proceeds, it waits for the other one, or it is closed
 * (`yield`). `closeOther`: it proceeds, and the other one is closed.
 */
type Resolution = 'proceed' | 'closeOther' | 'wait' | 'yield';

/** The side that is kept after a collision: the connection that the dominant speaker opened. */
export function preferredSide(spec: SessionSpec, peer: Negotiated): Side {
  if (spec.routerId !== peer.peerRouterId) return spec.routerId > peer.peerRouterId ? 'out' : 'in';
  return spec.localAs > peer.peerAs ? 'out' : 'in';
}

/** The result of a valid OPEN on `side` for the peer's two connections. */
export function resolveCollision(state: PeerState, side: Side, peer: Negotiated, spec: SessionSpec): Resolution {
  const other = state[otherSide(side)];
  if (other === null) return 'proceed';
  return resolveAgainst(other, preferredSide(spec, peer) === side);
}

function resolveAgainst(other: Connection, preferred: boolean): Resolution {
  switch (other.phase) {
    // No message was sent on it yet, so closing it loses nothing.
    case 'Delayed':
      return 'closeOther';
    case 'OpenSent':
      if (other.negotiated !== null) return preferred ? 'closeOther' : 'yield';
      return preferred ? 'proceed' : 'wait';
    case 'OpenConfirm':
      return preferred ? 'closeOther' : 'yield';
    case 'Established':
      return 'yield';
  }
}
