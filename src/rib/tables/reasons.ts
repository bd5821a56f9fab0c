/** Why a path is unusable: kept with the path as a number, shown as text. */

export const REASON = {
  usable: 0,
  ownAs: 1,
  ownOriginator: 2,
  ownCluster: 3,
  importPolicy: 4,
  ownNextHop: 5,
  unreachableNextHop: 6,
  overLimit: 7,
  damped: 8,
  firstAs: 9,
  leak: 10,
  notUnicast: 11,
  noRoom: 12,
  flowDestination: 13,
  flowNoRoute: 14,
  flowOriginator: 15,
  flowFirstAs: 16,
  flowMoreSpecific: 17,
  flowPending: 18,
} as const;

const WORDS: readonly string[] = [
  '',
  'our AS number is in its AS_PATH (RFC 4271 9.1.2)',
  'its ORIGINATOR_ID is our router id (RFC 4456 8)',
  'one of our cluster ids is in its CLUSTER_LIST (RFC 4456 8)',
  'rejected by the import policy',
  'its next hop is an address of this router (RFC 4271 5.1.3)',
  'its next hop is unreachable (RFC 4271 9.1.2)',
  'the peer has reached its `max-prefix` limit of usable prefixes (RFC 4271 6.7)',
  'it flaps: suppressed by route flap damping (RFC 2439)',
  "its AS_PATH does not begin with the peer's AS number, as `enforce-first-as` requires (RFC 4271 6.3, RFC 7606 7.2)",
  'a route leak: its ONLY_TO_CUSTOMER does not allow this peer to send it (RFC 9234 5)',
  'a multicast or link-local prefix, which is not routed as unicast (RFC 4271 6.3)',
  'its attributes have no room for the changes of `local-as`, `bgp-role` or LLGR (maximum 65,535 octets)',
  'an infeasible flow specification: it has no destination prefix without an offset (RFC 8955 6 a, RFC 8956 5)',
  'an infeasible flow specification: no unicast route covers its destination (RFC 8955 6 b)',
  'an infeasible flow specification: the best unicast route to its destination is from another originator (RFC 8955 6 b)',
  'an infeasible flow specification: the best unicast route to its destination is from another neighbor AS (RFC 9117 4.2)',
  'an infeasible flow specification: a more specific route within its destination is from another AS (RFC 8955 6 c)',
  'a flow specification that waits for its validation (RFC 8955 6)',
];

/** Whether it is the validation of a flow specification that makes a path unusable. */
export function isFlowReason(reason: number): boolean {
  return reason >= REASON.flowDestination && reason <= REASON.flowPending;
}

/** The number of infeasible flow specifications in counts by reason. */
export function infeasibleIn(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((sum, count, reason) => (isFlowReason(reason) ? sum + count : sum), 0);
}

/** Text for a reason; '' for a usable path. */
export function describeReason(reason: number): string {
  return WORDS[reason];
}
