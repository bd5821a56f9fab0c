/**
 * The router ids of established peers. Two addresses with the same router id are both allowed: the address identifies a
 * session. An IPv4 and an IPv6 session of one host share their router id legitimately, so they are not compared; nor
 * are peers on interfaces, because two links may lead to one router.
 */
import type { Peer } from '../peer/peer.ts';

export class RouterIds {
  /** The last peer with an AS, a router id and an address of this length. */
  private readonly holders = new Map<string, Peer>();
  private readonly keys = new Map<Peer, string>();

  /** Records an established peer; returns another established one with the same router id and AS, or null. */
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
  if (session === null || spec.interfaceName !== null) return null;
  const { peerAs, peerRouterId } = session.negotiated;
  return `${peerAs} ${peerRouterId} ${spec.address.length}`;
}
