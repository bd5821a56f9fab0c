/** The steps of the decision in their order, and which of them compare a single key. */

/** Names of the steps; the index of a step is its number. */
export const STEPS = [
  'only path',
  'llgr stale',
  'mac mobility',
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
  localPref: 3,
  aigp: 4,
  asPathLength: 5,
  origin: 6,
  med: 7,
  ebgp: 8,
  nextHopCost: 9,
  routerId: 10,
  clusterLength: 11,
  peerAddress: 12,
  pathId: 13,
} as const;

/** The second half of the 64 bits that the step `aigp` compares. */
export const AIGP_LOW = 14;

/** Steps before MED, without those that only some families or paths need. */
const SEPARABLE: readonly number[] = [STEP.llgrStale, STEP.localPref, STEP.asPathLength, STEP.origin];
/** Steps after MED in which paths that share the traffic are equal (multipath). */
export const TIED: readonly number[] = [STEP.ebgp, STEP.nextHopCost];
export const AFTER_MED: readonly number[] = [...TIED, STEP.routerId, STEP.clusterLength];

/** The steps before MED. @param hasMobility routes of the family have sequence numbers of MAC mobility */
export function stepsBeforeMed(hasMobility: boolean, hasAigp: boolean): readonly number[] {
  return SEPARABLE.flatMap((step) => [
    ...(step === STEP.localPref && hasMobility ? [STEP.mobility] : []),
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
