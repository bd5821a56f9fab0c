/** Peers with VPN routes and memberships of route targets (RFC 4684). */
import { open } from '../lab/updates.ts';
import { ask, RTC, RTC_CAPABILITIES, unask, VPN_CAPABILITIES, VPNV4 } from '../lab/vpn.ts';
import { SimPeer } from './sim-peer.ts';
import { OUR_AS, range, router, World } from './world.ts';

export const FAMILIES = [VPNV4.id, RTC.id];

/** A reflector for them. */
export function world(): World {
  return new World(router({ ranges: [range({ session: { families: FAMILIES } })] }));
}

/** A peer that asks for route targets; null: it does not know the family. */
export function up(of: World, n: number, targets: readonly string[] | null): SimPeer {
  const peer = new SimPeer(of, `10.0.0.${n}`, n);
  peer.establish(open(OUR_AS, n, { capabilities: targets === null ? VPN_CAPABILITIES : RTC_CAPABILITIES }));
  if (targets !== null) deliver(peer, ...(targets.length > 0 ? [ask(targets)] : []), unask([]));
  return peer;
}

export function deliver(peer: SimPeer, ...messages: Uint8Array[]): void {
  peer.send(...messages);
  peer.world.settle();
}
