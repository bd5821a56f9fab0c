/** The view of a family's plan: one row per prefix that is wanted or installed. */
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes } from '../port/ports.ts';
import type { FibEntry, FibState } from '../port/types.ts';
import type { FamilyPlan, Reachability } from './family-plan.ts';
import { FLAG } from './route-table.ts';

export function* fibEntries(
  family: FamilyId,
  plan: FamilyPlan,
  best: BestRoutes,
  reach: Reachability,
): Generator<FibEntry> {
  const { table } = plan;
  for (let prefix = table.next(1, FLAG.pinned); prefix !== 0; prefix = table.next(prefix + 1, FLAG.pinned)) {
    const wanted = best.nextHop(family, prefix);
    const nextHop = wanted === 0 ? plan.installedGateway(prefix) : best.formatNextHop(wanted);
    const refusal = plan.refusal(prefix);
    const unreachable = table.has(prefix, FLAG.unreachable) ? reach.unreachable(wanted) : null;
    const error = refusal?.words ?? unreachable;
    const refused = refusal?.kind === 'conflict' ? 'conflict' : 'failed';
    yield { prefix, nextHop, state: error === null ? stateOf(prefix, wanted, plan) : refused, error };
  }
}

function stateOf(prefix: number, wanted: number, { table, swept }: FamilyPlan): FibState {
  const { queued, busy, unsure, adopted } = FLAG;
  if (wanted !== 0) return table.has(prefix, queued | busy | unsure) ? 'pending' : 'installed';
  return table.has(prefix, adopted) && !swept ? 'adopted' : 'removing';
}
