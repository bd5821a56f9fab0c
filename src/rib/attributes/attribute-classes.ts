/** What the attributes of a route mean by the kind of its session: how a set is checked, and its defaults. */
import { COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { clusterListContains } from '../../wire/update/normalize.ts';

/** LOCAL_PREF of a path received from eBGP. */
const DEFAULT_LOCAL_PREF = 100;

/**
 * Kinds of session that decide how a set is checked and stripped: inside the AS, with another member AS of the
 * confederation, or outside; and whether AIGP and PREFIX_SID are accepted.
 */
export function classBit(context: UpdateContext): number {
  const { ebgp, confederation = false } = context;
  const isOurDomain = !ebgp || confederation;
  const side = ebgp ? (confederation ? 1 : 2) : 0;
  const { aigp = isOurDomain, prefixSid = isOurDomain } = context;
  return 1 << (side + (aigp ? 3 : 0) + (prefixSid ? 6 : 0));
}

/** Whether one of the cluster ids is in the CLUSTER_LIST of the canonical attributes. */
export function hasAnyCluster(page: Uint8Array, start: number, end: number, clusterIds: readonly number[]): boolean {
  for (let i = 0; i < clusterIds.length; i++) if (clusterListContains(page, start, end, clusterIds[i])) return true;
  return false;
}

/** LOCAL_PREF of a route from another AS. RFC 8326 4.2: a router that is shutting down is the last resort. */
export function localPrefFor(communityFlags: number): number {
  return (communityFlags & COMMUNITY_FLAG.gracefulShutdown) === 0 ? DEFAULT_LOCAL_PREF : 0;
}
