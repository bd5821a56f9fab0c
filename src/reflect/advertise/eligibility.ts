/**
 * Which paths are advertised to which group.
 *
 * RFC 4456 6: a path from a non-client is advertised to clients; a path from a client to non-clients and to clients,
 * but not back to its source (a member is never sent the runs of which it is the source); a path from eBGP to all.
 * eBGP peers are sent everything (RFC 4271 9.2), also those of other member AS of a confederation (RFC 5065).
 * RFC 1997: NO_ADVERTISE is not advertised; NO_EXPORT stays in the confederation, NO_EXPORT_SUBCONFED in the member AS.
 * A path is also held back when the peer could not use the advertised next hop: one of the other IP version without
 * RFC 8950, or a link-local one of another link (RFC 2545 2).
 */
import { FLAG } from '../../rib/attributes/attributes.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import { COMMUNITY_FLAG } from '../../wire/attributes/attribute-table.ts';
import { ROLE } from '../../wire/open/capability-values.ts';
import { type GroupKey, suitsFamily } from '../encode/group-key.ts';

/** Why a path is not advertised to a group; 0: it is. */
export const HELD_BACK = {
  no: 0,
  exportPolicy: 1,
  noAdvertise: 2,
  noExport: 3,
  nonClient: 4,
  clientToClient: 5,
  llgrStale: 6,
  noNextHop: 7,
  extendedNextHop: 8,
  linkLocal: 9,
  onlyToCustomer: 10,
  noExportSubconfed: 11,
} as const;

const WORDS: readonly string[] = [
  '',
  'rejected by the export policy',
  'it carries NO_ADVERTISE (RFC 1997)',
  'it carries NO_EXPORT (RFC 1997)',
  'a path from a non-client is not reflected to a non-client (RFC 4456 6)',
  'reflection between clients of this cluster is off',
  'it carries LLGR_STALE, and the peer does not support long-lived graceful restart (RFC 9494 4.3)',
  'next-hop self: the local address of the session is not a valid next hop for the family',
  'its next hop is an IPv6 address, and the session did not negotiate extended next hop (RFC 8950)',
  'its next hop is a link-local address, which is not valid on other links (RFC 2545 2)',
  'it carries ONLY_TO_CUSTOMER, and the peer is not a customer (RFC 9234 5)',
  'it carries NO_EXPORT_SUBCONFED (RFC 1997)',
];

/** A value of HELD_BACK in words. */
export function describeHeldBack(why: number): string {
  return WORDS[why];
}

/** Whether a path from `source` with these community flags is advertised to a group; a value of HELD_BACK. */
export function heldBack(key: GroupKey, source: RibPeer, flags: number): number {
  if (!key.exportAccepts) return HELD_BACK.exportPolicy;
  // Our default membership has it, so that the peers that it is for keep it to themselves.
  if ((flags & COMMUNITY_FLAG.noAdvertise) !== 0 && !(key.asksForAll && source.isOurs)) return HELD_BACK.noAdvertise;
  if ((flags & COMMUNITY_FLAG.llgrStale) !== 0 && !key.llgr) return HELD_BACK.llgrStale;
  if (key.role === 'ebgp' || key.role === 'confed-ebgp') return heldBackOutside(key, flags);
  if (source.ebgp) return HELD_BACK.no;
  if (!source.client) return key.role === 'client' ? HELD_BACK.no : HELD_BACK.nonClient;
  const sameCluster = key.role === 'client' && source.clusterId === key.clusterId;
  return sameCluster && !key.clientToClient ? HELD_BACK.clientToClient : HELD_BACK.no;
}

/** RFC 1997; RFC 9234 5: a path from a provider or peer is not advertised to a provider or peer. */
function heldBackOutside({ role, bgpRole }: GroupKey, flags: number): number {
  if ((flags & COMMUNITY_FLAG.noExportSubconfed) !== 0) return HELD_BACK.noExportSubconfed;
  if (role === 'confed-ebgp') return HELD_BACK.no;
  if ((flags & COMMUNITY_FLAG.noExport) !== 0) return HELD_BACK.noExport;
  const isUpward = bgpRole === ROLE.customer || bgpRole === ROLE.peer || bgpRole === ROLE.routeServerClient;
  return isUpward && (flags & FLAG.onlyToCustomer) !== 0 ? HELD_BACK.onlyToCustomer : HELD_BACK.no;
}

/**
 * Whether the next hop of a path keeps it from being advertised to a group; a value of HELD_BACK.
 * @param octets length of the next hop
 * @param linkLocal the next hop is a link-local address
 */
export function heldBackNextHop(key: GroupKey, octets: number, linkLocal: boolean): number {
  const { family, nextHop, extendedNextHop } = key;
  if (key.noNextHop) return HELD_BACK.noNextHop;
  if (nextHop !== null && suitsFamily(nextHop.length, family, extendedNextHop)) return HELD_BACK.no;
  if (!suitsFamily(octets, family, extendedNextHop)) return HELD_BACK.extendedNextHop;
  return linkLocal ? HELD_BACK.linkLocal : HELD_BACK.no;
}
