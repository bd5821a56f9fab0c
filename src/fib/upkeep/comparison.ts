/**
 * Compares the kernel's table with the plan while both change: prefixes that an operation touches meanwhile are
 * skipped, because its answer shows the kernel's state. A difference of a prefix whose change waits is not counted. A route must be the one that was installed, and its target must
 * be that of the current best path, whatever was known when it was installed. The caller reads the kernel.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { NextHops } from '../next-hops/next-hops.ts';
import type { FamilyPlan } from '../plan/family-plan.ts';
import { FLAG } from '../plan/route-table.ts';
import type { BestRoutes, KernelRoute } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';
import type { Differences } from '../port/types.ts';
import type { Ways } from './ways.ts';

export class Comparison {
  private readonly family: FamilyId;
  private readonly plan: FamilyPlan;
  private readonly best: BestRoutes;
  private readonly nextHops: NextHops;
  /** null: only compares with what was installed. */
  private readonly ways: Ways | null;
  private readonly seen = new BitSet();
  private readonly touched = new BitSet();
  /** Next hops of routes with a wrong target; `ways` holds them. */
  private readonly mistaken = new Set<number>();
  private missing = 0;
  private surplus = 0;
  private altered = 0;

  /** Starts a comparison: to be created before the kernel is read. Only one at a time per plan. */
  constructor(family: FamilyId, plan: FamilyPlan, best: BestRoutes, nextHops: NextHops, ways: Ways | null = null) {
    this.ways = ways;
    this.family = family;
    this.plan = plan;
    this.best = best;
    this.nextHops = nextHops;
    const { table } = plan;
    for (let prefix = table.next(1, FLAG.busy); prefix !== 0; prefix = table.next(prefix + 1, FLAG.busy)) {
      this.touch(prefix);
    }
    plan.onOperation = (prefix) => this.touch(prefix);
  }

  /** The prefix keeps its id until the end: its route may still be read after everything else has released it. */
  private touch(prefix: number): void {
    if (this.touched.add(prefix)) this.best.pin(this.family, prefix);
  }

  /** A route of ours that the kernel has. */
  visit(route: KernelRoute): void {
    const known = this.best.find(this.family, route.address, route.length);
    const prefix = known !== 0 ? known : this.best.intern(this.family, route.address, route.length);
    if (this.touched.has(prefix) || !this.seen.add(prefix)) return;
    const expected = this.plan.expectedKey(prefix, this.nextHops);
    if (expected === targetKey(route.to)) {
      if (this.ways !== null && this.isAstray(prefix, route, this.ways)) this.lead(prefix);
      return;
    }
    // A change that waits (for its turn, or because the prefix flaps) replaces the route anyway: that is no drift.
    if (this.plan.table.has(prefix, FLAG.queued)) this.plan.reinstall(prefix);
    else this.report(prefix, expected);
  }

  private report(prefix: number, expected: string | null): void {
    if (expected === null) this.surplus++;
    else this.altered++;
    this.plan.reinstall(prefix);
  }

  /**
   * Whether a route that is as it was installed has another target than the current best path. Prefixes that are about
   * to change, were refused, or are kept from before the start are handled elsewhere.
   */
  private isAstray(prefix: number, { to }: KernelRoute, ways: Ways): boolean {
    const { queued, adopted, unsure, unreachable } = FLAG;
    if (to === null || this.plan.table.has(prefix, queued | adopted | unsure | unreachable)) return false;
    if (this.plan.refusal(prefix) !== null) return false;
    const wanted = this.best.nextHop(this.family, prefix);
    if (wanted === 0) return true;
    const way = ways.wantedBy(wanted);
    // Next hops of installed routes are resolved, unless they are mistaken for others.
    if (way === null) return wanted !== this.plan.table.installed(prefix) || !this.nextHops.isCurrent(wanted);
    const led = ways.ledBy(to);
    return led !== null && led !== way;
  }

  /** Corrects the target of a route: either the state of its next hop is wrong, or the route is. */
  private lead(prefix: number): void {
    this.altered++;
    const wanted = this.best.nextHop(this.family, prefix);
    if (wanted !== 0) this.mistaken.add(wanted);
    if (wanted !== this.plan.table.installed(prefix)) this.plan.reinstall(prefix);
  }

  /**
   * Finds routes that the kernel should have but that were not read, for `budget` prefixes from `from` on.
   * @returns the prefix to continue from; 0 when all were examined
   */
  lookForMissing(from: number, budget: number): number {
    const { table } = this.plan;
    let prefix = table.next(from, FLAG.pinned);
    for (let looked = 0; prefix !== 0 && looked < budget; looked++) {
      this.check(prefix);
      prefix = table.next(prefix + 1, FLAG.pinned);
    }
    return prefix;
  }

  /** Whether one prefix's route is missing. */
  check(prefix: number): void {
    if (this.plan.table.installed(prefix) === 0 || this.seen.has(prefix) || this.touched.has(prefix)) return;
    if (!this.plan.table.has(prefix, FLAG.queued)) this.missing++;
    this.plan.lost(prefix);
  }

  /**
   * Releases touched prefixes after the end, `budget` of them from `from` on.
   * @returns the prefix to continue from; 0 when all are released
   */
  release(from: number, budget: number): number {
    let prefix = this.touched.nextFrom(from);
    for (let count = 0; prefix >= 0 && count < budget; count++) {
      this.best.unpin(this.family, prefix);
      prefix = this.touched.nextFrom(prefix + 1);
    }
    return Math.max(0, prefix);
  }

  /** Ends the comparison. */
  finish(): Differences {
    this.plan.onOperation = null;
    for (const nextHop of this.mistaken) this.nextHops.correct(nextHop);
    return { missing: this.missing, surplus: this.surplus, altered: this.altered };
  }
}
