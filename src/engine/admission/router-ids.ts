/**
 * Which established peers opened with which router id. Two addresses with one are both served: a session is known by its
 * address. An IPv4 and an IPv6 session of one host share their router id by right, so they are not compared;
 * nor are those at the other end of interfaces, for two links may lead to one router. No Node here.
 */
import type { Peer } from '../peer/peer.ts';

export class RouterIds {
  /** The last peer that opened with an AS, a router id and an address of this length. */
  private readonly holders = new Map<string, Peer>();
  private readonly keys = new Map<Peer, string>();

  /** Notes a peer that was established; the other one that is established with its router id and AS, or null. */
  note(peer: Peer): Peer | null {
    const key = keyOf(peer);
    if (key === null) return null;
    if (this.keys.get(peer) !== key) this.forget(peer);
    const other = this.holders.get(key) ?? null;
    this.holders.set(key, peer);
    this.keys.set(peer, key);
    return other !== null && other !== peer && keyOf(other) === key ? other : null;
  }

  /** The peer is removed. */
  forget(peer: Peer): void {
    const key = this.keys.get(peer);
    this.keys.delete(peer);
    if (key !== undefined && this.holders.get(key) === peer) this.holders.delete(key);
  }
}

function keyOf({ session, spec }: Peer): string | null {
  if (session === null || spec.interfaceName !== undefined) return null;
  const { peerAs, peerRouterId } = session.negotiated;
  return `${peerAs} ${peerRouterId} ${spec.address.length}`;
}
