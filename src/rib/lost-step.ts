/**
 * The step at which a path loses to the best one, compared with it alone: for a list of so many paths that the decision
 * step by step, which names the step for each, would take too long. With MED, another path may have removed it before.
 */
import type { FamilyRib } from './family-rib.ts';
import { AFTER_MED, STEP, shownStep } from './paths/steps.ts';
import type { Rib } from './rib.ts';
import type { PathId } from './tables/ids.ts';

/** A value of STEP. */
export function lostStep({ attributes }: Rib, { decision, paths }: FamilyRib, best: PathId, path: PathId): number {
  const [setA, setB] = [paths.attributesOf(best), paths.attributesOf(path)];
  const differs = (step: number) => decision.keyOf(best, setA, step) !== decision.keyOf(path, setB, step);
  const before = decision.separable().find(differs);
  if (before !== undefined) return shownStep(before);
  if (attributes.neighborAsOf(setA) === attributes.neighborAsOf(setB) && differs(STEP.med)) return STEP.med;
  const after = AFTER_MED.find(differs);
  if (after !== undefined) return after;
  return paths.peerOf(best) === paths.peerOf(path) ? STEP.pathId : STEP.peerAddress;
}
