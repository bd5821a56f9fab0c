/** Warns about next hops that cannot be right: our own address, or the address of a peer that will reject the route. */

import type { RibPeer } from './peers/peers.ts';
import type { Rib } from './rib.ts';
import type { AttributesId, NextHopId } from './tables/ids.ts';

/** Bits for `NextHopTable.noteWarning`. */
export const NEXT_HOP_WARNING = { own: 1, receiver: 2 } as const;

const TEXTS: Readonly<Record<number, string>> = {
  [NEXT_HOP_WARNING.own]: 'it is an address of this router, so the route is unusable (RFC 4271 5.1.3)',
  [NEXT_HOP_WARNING.receiver]: 'it is the address of another peer, which will reject the route (RFC 4271 5.1.3)',
};

/** The reason of a warning, in words. */
export function describeNextHopWarning(warning: number): string {
  return TEXTS[warning];
}

export class NextHopWarnings {
  /** Called once per next hop and warning, for as long as the next hop is in use. */
  onWarning: ((nextHop: NextHopId, from: RibPeer, warning: number) => void) | null = null;
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Checks the next hop of attributes that a peer sent; called once per message. */
  check(set: AttributesId, peer: RibPeer): void {
    const { nextHops, attributes } = this.rib;
    const nextHop = attributes.nextHopOf(set);
    if (nextHops.isOwn(nextHop)) this.warn(nextHop, peer, NEXT_HOP_WARNING.own);
    const owner = this.rib.ownerOf(nextHop);
    if (owner === null || owner === peer) return;
    // The owner knows its own route, whether it sent it over another session or another reflector sent it to us.
    if (owner.routerId === peer.routerId || owner.routerId === attributes.originatorOf(set)) return;
    this.warn(nextHop, peer, NEXT_HOP_WARNING.receiver);
  }

  private warn(nextHop: NextHopId, peer: RibPeer, warning: number): void {
    if (this.onWarning !== null && this.rib.nextHops.noteWarning(nextHop, warning))
      this.onWarning(nextHop, peer, warning);
  }
}
