/** The FIB plan: one `FamilyPlan` per family that is installed in the kernel. */
import { invariant } from '../../lib/invariant.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes, KernelRoute, Refusal } from '../port/ports.ts';
import type { FibCounts, FibEntry, FibOperation, FibState, Standing } from '../port/types.ts';
import { FamilyPlan, type PlanOptions, type Reachability } from './family-plan.ts';
import { FLAG } from './route-table.ts';

export class FibPlan {
  private readonly plans: (FamilyPlan | undefined)[] = [];
  readonly families: readonly FamilyId[];
  private readonly best: BestRoutes;
  private readonly reach: Reachability;

  constructor(families: readonly FamilyId[], best: BestRoutes, reach: Reachability, options: PlanOptions = {}) {
    this.families = families;
    this.best = best;
    this.reach = reach;
    for (const family of families) this.plans[family] = new FamilyPlan(family, best, reach, options);
  }

  /** The plan of a family that is installed. */
  of(family: FamilyId): FamilyPlan {
    const plan = this.plans[family];
    invariant(plan !== undefined, 'the family is installed in the kernel');
    return plan;
  }

  get all(): readonly FamilyPlan[] {
    return this.families.map((family) => this.of(family));
  }

  /** The best path of a prefix has changed. Families that are not installed are ignored. O(1). */
  changed(family: FamilyId, prefix: number): void {
    this.plans[family]?.changed(prefix);
  }

  /** A route of ours that the kernel had before our start. */
  adopt(family: FamilyId, prefix: number, route: KernelRoute): void {
    this.of(family).adopt(prefix, route);
  }

  /** Removes adopted routes that no best path needs. */
  sweep(): void {
    for (const plan of this.all) plan.sweep();
  }

  /** Returns up to `max` operations for the kernel; none has the prefix of a pending one. */
  nextBatch(family: FamilyId, max: number, nowMs: number): FibOperation[] {
    const plan = this.of(family);
    const batch: FibOperation[] = [];
    while (batch.length < max) {
      const operation = plan.next(nowMs);
      if (operation === null) break;
      batch.push(operation);
    }
    return batch;
  }

  completed(operation: FibOperation, refusal: Refusal | null, nowMs: number): void {
    this.of(operation.family).completed(operation, refusal, nowMs);
  }

  /** The kernel could not be reached for this operation. */
  returned(operation: FibOperation): void {
    this.of(operation.family).returned(operation);
  }

  /** Queues refused changes that are due. */
  retry(nowMs: number): void {
    for (const plan of this.all) plan.retry(nowMs);
  }

  hasten(nowMs: number): void {
    for (const plan of this.all) plan.hasten(nowMs);
  }

  /** When `retry` must be called; Infinity when nothing waits. */
  get nextRetryMs(): number {
    return Math.min(...this.all.map((plan) => plan.nextRetryMs));
  }

  /** `settled` for families that are not installed. */
  standing(family: FamilyId, prefix: number): Standing {
    return this.plans[family]?.standing(prefix) ?? 'settled';
  }

  hasWork(family: FamilyId): boolean {
    return !this.of(family).idle;
  }

  counts(family: FamilyId): FibCounts {
    return this.of(family).counts;
  }

  entries(family: FamilyId): Generator<FibEntry> {
    return fibEntries(family, this.of(family), this.best, this.reach);
  }

  bytes(): number {
    return this.all.reduce((sum, plan) => sum + plan.bytes(), 0);
  }
}

/** One row per prefix that is wanted or installed. */
function* fibEntries(family: FamilyId, plan: FamilyPlan, best: BestRoutes, reach: Reachability): Generator<FibEntry> {
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
