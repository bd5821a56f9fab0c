/** Warns about next hops that cannot be right: our own address, or the address of a peer that will reject the route. */

import { timesInPath } from './peers/as-rules.ts';
import type { RibPeer } from './peers/peers.ts';
import type { Rib } from './rib.ts';
import type { AttributesId, NextHopId } from './tables/ids.ts';

/** Bits for `NextHopTable.noteWarning`. */
const NEXT_HOP_WARNING = { own: 1, receiver: 2 } as const;

const TEXTS: Readonly<Record<number, string>> = {
  [NEXT_HOP_WARNING.own]: 'it is an address of this router, so the route is unusable (RFC 4271 5.1.3)',
  [NEXT_HOP_WARNING.receiver]: 'it is the address of another peer, which will reject the route (RFC 4271 5.1.3)',
};

/** The reason of a warning, in words. */
export function describeNextHopWarning(warning: number): string {
  return TEXTS[warning];
}

/** A warning about the same next hop is given again after this time, if the next hop was out of use meanwhile. */
export const REPEAT_SECONDS = 3600;
/** Maximum number of warnings that are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 1024;

export class NextHopWarnings {
  /** Called once per next hop and warning: not for each route, and not again when the routes flap. */
  onWarning: ((nextHop: NextHopId, from: RibPeer, warning: number) => void) | null = null;
  private readonly rib: Rib;
  /** When a warning about a next hop was last given, in seconds; the oldest first. */
  private readonly given = new Map<string, number>();

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Checks the next hop of attributes that a peer sent; called once per message. */
  check(set: AttributesId, peer: RibPeer, nowSeconds: number): void {
    const { nextHops, attributes } = this.rib;
    const nextHop = attributes.nextHopOf(set);
    if (nextHops.isOwn(nextHop)) this.warn(nextHop, peer, NEXT_HOP_WARNING.own, nowSeconds);
    const owner = this.rib.ownerOf(nextHop);
    if (owner === null || owner === peer) return;
    // The owner knows its own route, whether it sent it over another session or another reflector sent it to us.
    if (owner.routerId === peer.routerId || owner.routerId === attributes.originatorOf(set)) return;
    if (this.passedBy(owner, set)) return;
    this.warn(nextHop, peer, NEXT_HOP_WARNING.receiver, nowSeconds);
  }

  /**
   * The path passed the AS of an external peer, so its next hop is that peer, unchanged inside an AS or on one link
   * (RFC 4271 5.1.3): another reflector with the same neighbors sends it so. The peer would reject it for its own AS.
   */
  private passedBy(owner: RibPeer, set: AttributesId): boolean {
    const { attributes } = this.rib;
    const start = attributes.startOf(set);
    return owner.ebgp && timesInPath(attributes.pageOf(set), start, start + attributes.lengthOf(set), owner.as) > 0;
  }

  private warn(nextHop: NextHopId, peer: RibPeer, warning: number, nowSeconds: number): void {
    const { nextHops } = this.rib;
    // The next hop is forgotten when its last route is withdrawn, so the warning is remembered beside it, too.
    if (this.onWarning === null || !nextHops.noteWarning(nextHop, warning)) return;
    const key = `${warning} ${nextHops.nameOf(nextHop)}`;
    const before = this.given.get(key);
    if (before !== undefined && nowSeconds - before < REPEAT_SECONDS) return;
    this.given.delete(key);
    this.given.set(key, nowSeconds);
    for (const oldest of this.given.keys()) {
      if (this.given.size <= MAX_REMEMBERED) break;
      this.given.delete(oldest);
    }
    this.onWarning(nextHop, peer, warning);
  }
}
