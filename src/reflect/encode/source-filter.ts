/**
 * A filter of peers and routers, one bit for each. It may answer yes for one that was not added, and never answers no for
 * one that was. Its size is fixed, whatever identifiers peers choose.
 */
import type { PeerId } from '../../rib/tables/ids.ts';

export class SourceFilter {
  /** One bit per peer modulo 1,024. */
  private readonly peers = new Uint32Array(32);
  /** One bit per BGP identifier, by some of its bits modulo 4,096. */
  private readonly routers = new Uint32Array(128);

  addPeer(peer: PeerId): void {
    this.peers[(peer >>> 5) & 31] |= 1 << (peer & 31);
  }

  addRouter(routerId: number): void {
    this.routers[wordOf(routerId)] |= 1 << (routerId & 31);
  }

  /** False when neither this peer nor its router was added. */
  mayHave(peer: PeerId, routerId: number): boolean {
    if ((this.peers[(peer >>> 5) & 31] & (1 << (peer & 31))) !== 0) return true;
    return (this.routers[wordOf(routerId)] & (1 << (routerId & 31))) !== 0;
  }

  clear(): void {
    this.peers.fill(0);
    this.routers.fill(0);
  }
}

/** BGP identifiers of a network mostly differ in their last octets. */
function wordOf(routerId: number): number {
  return ((routerId >>> 5) ^ (routerId >>> 12)) & 127;
}
