/** `show damped` and `undamp`. */
import type { FamilyRib } from '../../../rib/family-rib.ts';
import { FAMILIES } from '../../../wire/families.ts';
import type { DampedView } from '../../api/route-views.ts';
import type { Engine } from '../../engine.ts';
import type { Peer } from '../../peer/peer.ts';
import { findRoutes } from '../search/search.ts';

/** Every prefix with recent flaps, peer by peer; suppressed ones are marked. */
export function* viewDamped({ rib }: Engine, peers: Iterable<Peer>): Iterable<DampedView> {
  for (const peer of peers) for (const family of rib.families) yield* viewFamily(peer, family);
}

function* viewFamily(peer: Peer, { family, prefixes }: FamilyRib): Iterable<DampedView> {
  for (const { prefix, ...rest } of peer.damping.view(family)) {
    yield { family: FAMILIES[family].name, prefix: prefixes.format(prefix), peer: peer.name, ...rest };
  }
}

/** Clears the flaps of these peers, all or those of one prefix; returns the number of prefixes. */
export function clearDamping({ rib }: Engine, peers: Iterable<Peer>, target: string | null): number {
  const routes = target === null ? null : findRoutes(rib.families, target, false);
  let count = 0;
  for (const peer of peers) {
    if (routes === null) count += peer.damping.clear();
    else for (const [{ family }, prefix] of routes) count += peer.damping.clear(family, prefix);
  }
  return count;
}
