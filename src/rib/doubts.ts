/** Next hops that cannot be meant as they are, or will not be taken by those who hear of them. No I/O, no timers. */

import type { RibPeer } from './peers/peers.ts';
import type { Rib } from './rib.ts';
import type { AttributesId, NextHopId } from './tables/ids.ts';

/** Bits of what `NextHopTable.tell` notes. */
export const DOUBT = { own: 1, receiver: 2 } as const;

const WORDS: Readonly<Record<number, string>> = {
  [DOUBT.own]: 'it is an address of this router, so the route is not used (RFC 4271 5.1.3)',
  [DOUBT.receiver]: 'it is the address of another peer, which will not take the route (RFC 4271 5.1.3)',
};

/** Words for a doubt. */
export function describeDoubt(doubt: number): string {
  return WORDS[doubt];
}

export class Doubts {
  /** Told once per next hop and doubt, for as long as the next hop is in use. */
  onDoubt: ((nextHop: NextHopId, from: RibPeer, doubt: number) => void) | null = null;
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Looks at the next hop of attributes that came from a peer: once per message. */
  look(set: AttributesId, peer: RibPeer): void {
    const { nextHops, attributes } = this.rib;
    const nextHop = attributes.nextHopOf(set);
    if (nextHops.isOwn(nextHop)) this.tell(nextHop, peer, DOUBT.own);
    const owner = this.rib.ownerOf(nextHop);
    if (owner === null || owner === peer) return;
    // Its own route that another reflector tells us, or that it tells over another session, it knows by itself.
    if (owner.routerId === peer.routerId || owner.routerId === attributes.originatorOf(set)) return;
    this.tell(nextHop, peer, DOUBT.receiver);
  }

  private tell(nextHop: NextHopId, peer: RibPeer, doubt: number): void {
    if (this.onDoubt !== null && this.rib.nextHops.tell(nextHop, doubt)) this.onDoubt(nextHop, peer, doubt);
  }
}
