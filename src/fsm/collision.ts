/**
 * Which of a peer's two connections stays (RFC 4271 6.8, RFC 6286 2.3). No I/O, no timers.
 *
 * The RFC's procedure, on receipt of an OPEN: among the connections in OpenConfirm (it MAY also look at OpenSent), keep
 * the one that was initiated by the speaker with the higher BGP identifier, as unsigned numbers; at equal identifiers the
 * one with the larger AS number. An Established connection wins over any new one, unless configured otherwise.
 *
 * Ours differs in one thing. A speaker that follows the letter answers the OPEN on either connection while the other is in
 * OpenSent; then one side may reach Established on the losing connection in the same moment in which the other side closes
 * it, and both connections are lost. So the KEEPALIVE on the losing connection is held back while the winning one
 * is in OpenSent, for a few seconds at most: nobody can get Established on what is about to be closed.
 */

import type { SessionSpec } from '../spec/session.ts';
import type { Connection, PeerState } from './peer.ts';
import { otherSide } from './peer.ts';
import type { Negotiated, Side } from './types.ts';

/**
 * What happens to the connection that the OPEN came on: it goes on; it waits for the other one;
 * or it ends. `closeOther`: the other one ends instead.
 */
export type Resolution = 'proceed' | 'closeOther' | 'wait' | 'yield';

/** The side that survives a collision: the one dialed by the dominant speaker. */
export function preferredSide(spec: SessionSpec, peer: Negotiated): Side {
  if (spec.routerId !== peer.peerRouterId) return spec.routerId > peer.peerRouterId ? 'out' : 'in';
  return spec.localAs > peer.peerAs ? 'out' : 'in';
}

/** What a valid OPEN on `side` means for the peer's two connections. */
export function resolveCollision(state: PeerState, side: Side, peer: Negotiated, spec: SessionSpec): Resolution {
  const other = state[otherSide(side)];
  if (other === null) return 'proceed';
  return resolveAgainst(other, preferredSide(spec, peer) === side, spec);
}

function resolveAgainst(other: Connection, preferred: boolean, spec: SessionSpec): Resolution {
  switch (other.phase) {
    // Nothing was said on it yet, so nothing is lost with it.
    case 'Delayed':
      return 'closeOther';
    case 'OpenSent':
      if (other.negotiated !== null) return preferred ? 'closeOther' : 'yield';
      return preferred ? 'proceed' : 'wait';
    case 'OpenConfirm':
      return preferred ? 'closeOther' : 'yield';
    case 'Established':
      return preferred && spec.collisionDetectEstablished === true ? 'closeOther' : 'yield';
  }
}
