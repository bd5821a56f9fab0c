/**
 * The changes to an attribute set between the peer that sent it and the group that it is advertised to.
 *
 * From iBGP to iBGP (RFC 4456 8): ORIGINATOR_ID is set when there is none, and the cluster id is prepended to
 * CLUSTER_LIST: that of the source when it is a client, and that of the receiver when it is a client of another
 * cluster. NEXT_HOP, AS_PATH, LOCAL_PREF and MED are unchanged. From eBGP, LOCAL_PREF is added.
 * To another member AS of a confederation (RFC 5065 4): our member AS is prepended in an AS_CONFED_SEQUENCE,
 * ORIGINATOR_ID and CLUSTER_LIST are removed; the rest is unchanged, as to iBGP.
 * To eBGP (RFC 4271 5.1): confederation segments are removed, our AS is prepended, attributes for use inside the AS are
 * removed, and so is a MED from another neighboring AS (5.1.4). If configured, AS numbers behind ours are replaced or
 * removed.
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId } from '../../rib/tables/ids.ts';
import type { NextHopTable } from '../../rib/tables/next-hops.ts';
import { type AttributeEdits, KEEP } from '../../wire/attributes/encode.ts';
import { FAMILIES } from '../../wire/families.ts';
import { ROLE } from '../../wire/open/capability-values.ts';
import { type AsPathChanges, advertisedOctets, type GroupKey } from './group-key.ts';

/** Fills `edits` for a set of `source` that is advertised to the group. */
export function editsFor(
  edits: AttributeEdits,
  key: GroupKey,
  set: AttributesId,
  source: RibPeer,
  attributes: AttributesTable,
  nextHops: NextHopTable,
): void {
  edits.reset();
  edits.as4 = key.as4;
  edits.dropAigp = !key.aigp;
  edits.dropPrefixSid = !key.prefixSid;
  if (key.role === 'ebgp') {
    edits.prependAs = key.localAs;
    edits.dropConfed = true;
    edits.prependBehind = key.behindAs ?? KEEP;
    if (key.bgpRole !== null && isMarkedFor(key.bgpRole)) edits.onlyToCustomer = key.localAs;
    edits.dropIbgpOnly = true;
    if (key.asPath !== null) pathEdits(edits, key.asPath);
    // A policy that may set MED has removed a received one already.
    edits.dropMed = attributes.asPathLengthOf(set) > 0 && key.exportChain?.terms.dropsMed !== true;
  } else {
    insideEdits(edits, key, set, source, attributes);
  }
  // RFC 8326: inside the AS, LOCAL_PREF makes the route the last resort even where the community is not configured.
  if (key.draining && key.role !== 'ebgp') edits.localPref = 0;
  editNextHop(edits, key, set, attributes, nextHops);
}

function insideEdits(
  edits: AttributeEdits,
  key: GroupKey,
  set: AttributesId,
  source: RibPeer,
  attributes: AttributesTable,
): void {
  if (source.ebgp) edits.localPref = attributes.localPrefOf(set);
  if (key.role === 'confed-ebgp') {
    edits.prependConfed = key.localAs;
    edits.dropReflection = true;
  } else if (!source.ebgp) {
    reflectEdits(edits, key, source);
  }
}

function pathEdits(edits: AttributeEdits, { peerAs, override, privateAs }: AsPathChanges): void {
  edits.receiverAs = peerAs;
  edits.privateAs = privateAs;
  if (override) edits.overrideAs = peerAs;
}

/** RFC 9234 5, egress: ONLY_TO_CUSTOMER with our AS is added toward customers, peers and clients of a route server. */
function isMarkedFor(role: number): boolean {
  return role === ROLE.provider || role === ROLE.peer || role === ROLE.routeServer;
}

/** The role of a peer inside the AS in route reflection (RFC 4456 6, 7). */
export type Position = Pick<RibPeer, 'client' | 'clusterId'>;

function reflectEdits(edits: AttributeEdits, key: GroupKey, source: RibPeer): void {
  edits.originatorId = key.originator ?? source.routerId;
  if (key.originator !== null) edits.newOriginatorId = key.originator;
  edits.prependCluster = firstCluster(key, source);
  const second = secondCluster(key, source);
  if (second !== null) edits.prependCluster2 = second;
}

function firstCluster(key: GroupKey, { client, clusterId }: Position): number {
  return client ? clusterId : key.clusterId;
}

/** The second cluster id to prepend: that of a receiver that is a client of another cluster than the source. */
function secondCluster(key: GroupKey, { client, clusterId }: Position): number | null {
  return client && key.role === 'client' && key.clusterId !== clusterId ? key.clusterId : null;
}

/** Whether CLUSTER_LIST changes toward the group when a source inside the AS changes its role. */
export function isReflectedOtherwise(key: GroupKey, before: Position, after: Position): boolean {
  if (key.role === 'ebgp' || key.role === 'confed-ebgp') return false;
  return (
    firstCluster(key, before) !== firstCluster(key, after) || secondCluster(key, before) !== secondCluster(key, after)
  );
}

/** IPv4 unicast has an IPv4 next hop in NEXT_HOP; IPv6 next hops and those of other families are in MP_REACH_NLRI. */
function editNextHop(
  edits: AttributeEdits,
  key: GroupKey,
  set: AttributesId,
  attributes: AttributesTable,
  nextHops: NextHopTable,
): void {
  const octets = advertisedOctets(key, nextHops.lengthOf(attributes.nextHopOf(set)));
  if (!FAMILIES[key.family].isClassic || octets !== 4) {
    edits.dropNextHop = true;
  } else if (key.nextHop !== null && key.nextHop.length === 4) {
    edits.nextHop = key.nextHop;
    edits.nextHopStart = 0;
  } else {
    const nextHop = attributes.nextHopOf(set);
    edits.nextHop = nextHops.pageOf(nextHop);
    edits.nextHopStart = nextHops.startOf(nextHop);
  }
}
