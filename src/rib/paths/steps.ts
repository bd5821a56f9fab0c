/** The steps of the decision in their order, and which of them compare a single key. */

/** Names of the steps; the index of a step is its number. */
export const STEPS = [
  'only path',
  'llgr stale',
  'mac mobility',
  'weight',
  'local preference',
  'aigp',
  'as-path length',
  'origin',
  'med',
  'ebgp over ibgp',
  'next-hop cost',
  'router id',
  'cluster-list length',
  'peer address',
  'path id',
] as const;

export const STEP = {
  llgrStale: 1,
  mobility: 2,
  weight: 3,
  localPref: 4,
  aigp: 5,
  asPathLength: 6,
  origin: 7,
  med: 8,
  ebgp: 9,
  nextHopCost: 10,
  routerId: 11,
  clusterLength: 12,
  peerAddress: 13,
  pathId: 14,
} as const;

/** The second half of the 64 bits that the step `aigp` compares. */
export const AIGP_LOW = 15;

/** Steps before MED, without those that only some families or paths need. */
const SEPARABLE: readonly number[] = [STEP.llgrStale, STEP.localPref, STEP.asPathLength, STEP.origin];
/** Steps after MED in which paths that share the traffic are equal (multipath). */
export const TIED: readonly number[] = [STEP.ebgp, STEP.nextHopCost];
export const AFTER_MED: readonly number[] = [...TIED, STEP.routerId, STEP.clusterLength];

/**
 * The steps before MED.
 * @param hasMobility routes of the family have sequence numbers of MAC mobility
 * @param hasAigp a route has an AIGP metric
 * @param hasWeights a policy has set a weight
 */
export function stepsBeforeMed(hasMobility: boolean, hasAigp: boolean, hasWeights: boolean): readonly number[] {
  return SEPARABLE.flatMap((step) => [
    ...(step === STEP.localPref && hasMobility ? [STEP.mobility] : []),
    ...(step === STEP.localPref && hasWeights ? [STEP.weight] : []),
    step,
    ...(step === STEP.localPref && hasAigp ? [STEP.aigp, AIGP_LOW] : []),
  ]);
}

/** Maximum number of steps in one pass. */
export const MAX_STEPS = STEPS.length;

/** Number of the step as shown to operators. */
export function shownStep(step: number): number {
  return step === AIGP_LOW ? STEP.aigp : step;
}
