/**
 * The kernel's table held against the plan while both go on: what an operation touched meanwhile is left out, as its
 * answer tells what the kernel has. A route must be the one that the kernel was given, and it must lead where the best
 * path of now leads, whatever was thought when it was given. Pure; the caller reads the kernel.
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
  /** null: only what the kernel was given is compared. */
  private readonly ways: Ways | null;
  private readonly seen = new BitSet();
  private readonly touched = new BitSet();
  /** Next hops to which routes lead astray; `ways` holds them. */
  private readonly mistaken = new Set<number>();
  private missing = 0;
  private surplus = 0;
  private altered = 0;

  /** Begins: to be made before the kernel is read. Only one at a time per plan. */
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

  /** It keeps its id until the end: its route may still be in what is being read, after all else has forgotten it. */
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
    if (expected === null) this.surplus++;
    else this.altered++;
    this.plan.doubt(prefix);
  }

  /**
   * Whether a route that is as it was given leads elsewhere than the best path of now. What is about to change, was
   * refused, or is kept from before the start is judged by others.
   */
  private isAstray(prefix: number, { to }: KernelRoute, ways: Ways): boolean {
    const { queued, adopted, unsure, unreachable } = FLAG;
    if (to === null || this.plan.table.has(prefix, queued | adopted | unsure | unreachable)) return false;
    if (this.plan.refusal(prefix) !== null) return false;
    const wanted = this.best.nextHop(this.family, prefix);
    if (wanted === 0) return true;
    const way = ways.wantedBy(wanted);
    // Of next hops that routes lead to it is known how they are reached, unless they are taken for others.
    if (way === null) return wanted !== this.plan.table.installed(prefix) || !this.nextHops.isCurrent(wanted);
    const led = ways.ledBy(to);
    return led !== null && led !== way;
  }

  /** Has a route lead where the best path leads: what is known of the next hop is wrong, or the route is. */
  private lead(prefix: number): void {
    this.altered++;
    const wanted = this.best.nextHop(this.family, prefix);
    if (wanted !== 0) this.mistaken.add(wanted);
    if (wanted !== this.plan.table.installed(prefix)) this.plan.doubt(prefix);
  }

  /**
   * Looks for routes that the kernel should have and was not seen to have, from a prefix on, `budget` of them at a time.
   * @returns the prefix to go on from; 0 when all were looked at
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
    this.missing++;
    this.plan.lost(prefix);
  }

  /**
   * Lets prefixes go that were touched, from one on, `budget` of them at a time; for after the end.
   * @returns the prefix to go on from; 0 when all are let go
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
