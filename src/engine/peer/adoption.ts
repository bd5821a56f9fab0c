/** The settings of a peer in the tables. */

import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSpec } from '../../spec/peer.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Core } from '../ports/core.ts';
import { reimport } from '../session/session.ts';
import { setFacts } from '../session/session-policy.ts';

/** What of a peer has settings, and paths in the tables. */
interface Adopting {
  readonly spec: PeerSpec;
  readonly session: { readonly ribPeer: RibPeer } | null;
  /** The stale paths of its previous session. */
  readonly retention: { readonly ribPeer: RibPeer } | null;
  requestRefresh(family: FamilyId): boolean;
}

/**
 * Applies the settings of the peer to its entry in the tables, also while only its stale paths are kept: its import
 * policy, whether it is a client, and its cluster. No field of the OPEN depends on them, so no session is reset.
 */
export function adoptInTables(core: Core, peer: Adopting): void {
  const ribPeer = peer.session?.ribPeer ?? peer.retention?.ribPeer ?? null;
  if (ribPeer === null) return;
  const { client, clusterId } = peer.spec.exchange;
  const { importChain, keepsRejected } = ribPeer;
  setFacts(core, ribPeer, peer.spec);
  reimport(core, ribPeer, peer.spec);
  // Routes that were rejected and not kept may be accepted, or kept, now.
  const asksAgain = ribPeer.importChain !== importChain || (ribPeer.keepsRejected && !keepsRejected);
  if (asksAgain && ribPeer.rejectedDropped > 0) {
    ribPeer.rejectedDropped = 0;
    for (const { id } of FAMILIES) peer.requestRefresh(id);
  }
  core.reflector.reposition(ribPeer, { client: client && !ribPeer.ebgp, clusterId });
}
