/**
 * Sends the plan's changes to the kernel and passes its answers back. Time and the kernel are passed in.
 *
 *   start ─► read the table ─► adopt ─► blocks of changes, two pending per family ─► ... ─► sweep
 *
 * When the kernel cannot be reached at all (no `ip`, no permission) everything waits, with back-off, and `health`
 * reports it; the plan still accepts changes, at the cost of a queue entry per prefix.
 */
import type { FamilyId } from '../../wire/families.ts';
import { NextHops } from '../next-hops/next-hops.ts';
import { Resolutions } from '../next-hops/resolutions.ts';
import { NextHopTracker } from '../next-hops/tracker.ts';
import { HeldRoutes } from '../plan/held-routes.ts';
import { FibPlan } from '../plan/plan.ts';
import { type FibDriverOptions, type FibRow, type FibStatus, metricOf } from '../port/driver-options.ts';
import type { KernelRoute, TrackedNextHops } from '../port/ports.ts';
import type { FibCounts, FibOperation, Standing } from '../port/types.ts';
import { Outage } from '../upkeep/outage.ts';
import { Startup } from '../upkeep/startup.ts';
import { Strays } from '../upkeep/strays.ts';
import { Upkeep } from '../upkeep/upkeep.ts';
import { Courier } from './courier.ts';
import { Report } from './report.ts';

/** Changes per block: about 10 ms of the kernel's time. */
const BLOCK = 1000;
/** One block is being processed, and one waits in the pipe. */
const BLOCKS_UNDER_WAY = 2;

export class FibDriver {
  private readonly options: FibDriverOptions;
  private readonly best: HeldRoutes;
  private readonly plan: FibPlan;
  private readonly nextHops: NextHops;
  private readonly tracker: NextHopTracker | null;
  private readonly upkeep: Upkeep;
  private readonly courier: Courier;
  private readonly strays = new Strays();
  private readonly outage = new Outage();
  private readonly underWay = new Map<FamilyId, number>();
  private readonly startup: Startup;
  private readonly report: Report;
  private deferred = false;
  private stopped = false;
  private sweepMs = Number.POSITIVE_INFINITY;
  private repaired = 0;
  private waiters: (() => void)[] = [];

  constructor(options: FibDriverOptions) {
    this.options = options;
    const { families, port, schedule, metric, metrics, compareMs, takeover, onStanding } = options;
    const best = new HeldRoutes(options.best, () => this.nextHops);
    this.best = best;
    const resolutions = new Resolutions(port);
    this.nextHops = new NextHops(port, options.best, options.objectIds ?? { first: 0, count: 0 }, resolutions);
    const { nextHops } = this;
    const tracker = options.tracked === null ? null : this.makeTracker(options.tracked, resolutions);
    this.tracker = tracker;
    const plan = new FibPlan(families, best, nextHops, { takeover, onStanding });
    this.plan = plan;
    this.upkeep = new Upkeep({
      ...{ families, plan, nextHops, resolutions, tracker, best, port, schedule, metric, metrics, compareMs },
      onAnswered: () => this.answered(),
      onWatching: (error) =>
        options.onEvent(error === null ? { type: 'fib.watched' } : { type: 'fib.unwatched', error }),
      onStray: (family, route) => this.strays.add(family, route),
      onDrift: (family, differences) => {
        this.repaired += differences.missing + differences.surplus + differences.altered;
        options.onEvent({ type: 'fib.drift', family, differences });
      },
      onObjectDrift: (drift) => {
        this.repaired += drift.removed + drift.altered + drift.routes;
        options.onEvent({ type: 'fib.object-drift', ...drift });
      },
      onProgress: () => this.defer(),
    });
    this.startup = new Startup({
      ...{ families, port, nextHops, objects: options.objectIds !== null },
      onRoute: (family, route) => this.adopt(family, route),
      onRead: (family, found) => options.onEvent({ type: 'fib.read', family, found, objects: nextHops.usesObjects }),
    });
    const { upkeep, outage } = this;
    this.report = new Report(options, { plan, best, nextHops, tracker, upkeep, outage });
    this.courier = new Courier({
      ...{ plan, nextHops, best, port, schedule },
      onRefused: options.onEvent,
      onObjectMissing: () => this.upkeep.surroundingsChanged(),
    });
  }

  /** Reads the kernel's table and starts. Changes may be reported before. */
  start(): void {
    if (this.options.families.length > 0) this.sweepMs = this.options.schedule.nowMs() + this.options.restartMs;
    this.options.port.watch(this.upkeep);
    this.tracker?.start();
    this.defer();
  }

  /** The best path of a prefix has changed. O(1). */
  changed(family: FamilyId, prefix: number): void {
    this.plan.changed(family, prefix);
    if (!this.deferred) this.defer();
  }

  /** Ends the restart time now: routes from before our start that no best path needs are removed. */
  sweep(): void {
    this.sweepMs = 0;
    this.defer();
  }

  /** Compares the kernel's whole table with the plan now. */
  compare(): void {
    this.upkeep.compareNow();
  }

  /** Removes all our routes; resolves when the kernel has none left. */
  async withdraw(): Promise<void> {
    this.best.withdrawn = true;
    this.sweep();
    for (const plan of this.plan.all) plan.changedAll();
    await this.settled();
    await this.nextHops.collect(this.plan.all, true);
  }

  /** Stops changing the kernel; its routes stay. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.options.port.close();
  }

  /** Resolves when no change waits, is pending, or is due. Refused ones may wait for their next attempt. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.waiters.push(resolve);
      this.defer();
    });
  }

  counts(family: FamilyId): FibCounts {
    return this.plan.counts(family);
  }

  /** Whether the kernel has the wanted route of a prefix now. */
  standing(family: FamilyId, prefix: number): Standing {
    return this.plan.standing(family, prefix);
  }

  /** Gateways of routes from before the start that no best path needs yet; empty once they are swept. */
  adoptedGateways(): ReadonlySet<string> {
    const gateways = new Set<string>();
    if (!this.upkeep.swept) for (const plan of this.plan.all) plan.collectAdopted(gateways);
    return gateways;
  }

  /** Routes from before the start are no longer kept for paths that may still be learned. */
  get swept(): boolean {
    return this.upkeep.swept;
  }

  status(): FibStatus {
    return this.report.status(this.repaired);
  }

  bytes(): number {
    return this.plan.bytes();
  }

  /** Problems, as text for operators; empty when there are none. */
  health(): string[] {
    return this.report.problems();
  }

  /** One row per prefix that is wanted or installed. */
  rows(): Iterable<FibRow> {
    return this.report.rows();
  }

  private defer(): void {
    if (this.deferred || this.stopped) return;
    this.deferred = true;
    this.options.schedule.defer(() => {
      this.deferred = false;
      this.run();
    });
  }

  /** Does what is due, and schedules the rest. */
  private run(): void {
    if (this.stopped) return;
    const { schedule } = this.options;
    const nowMs = schedule.nowMs();
    if (nowMs >= this.outage.resumeMs) this.advance(nowMs);
    const nextMs = Math.min(this.plan.nextRetryMs, this.sweepMs, this.upkeep.nextMs);
    const wakeMs = nowMs < this.outage.resumeMs ? this.outage.resumeMs : nextMs;
    if (Number.isFinite(wakeMs)) schedule.wakeAt(wakeMs, () => this.run());
    if (this.isSettled()) for (const waiter of this.waiters.splice(0)) waiter();
  }

  private advance(nowMs: number): void {
    if (!this.startup.complete) {
      this.readTables();
      return;
    }
    if (nowMs >= this.sweepMs) this.sweepNow();
    if (!this.strays.empty && this.upkeep.swept) this.removeStrays();
    this.plan.retry(nowMs);
    this.upkeep.advance(nowMs);
    for (const family of this.options.families) this.pump(family, nowMs);
  }

  private isSettled(): boolean {
    if (this.outage.reason !== null || this.startup.reading || this.upkeep.busy) return false;
    if (!this.startup.complete) return false;
    return this.options.families.every((family) => this.plan.counts(family).pending === 0);
  }

  private readTables(): void {
    if (this.startup.reading) return;
    this.startup
      .read()
      .then(() => {
        this.upkeep.start();
        this.available();
      })
      .catch((error: Error) => this.unavailable(error.message))
      .finally(() => this.defer());
  }

  private adopt(family: FamilyId, route: KernelRoute): void {
    if (route.metric !== metricOf(this.options, family)) this.strays.add(family, route);
    else this.plan.adopt(family, this.best.intern(family, route.address, route.length), route);
  }

  private sweepNow(): void {
    this.sweepMs = Number.POSITIVE_INFINITY;
    this.upkeep.swept = true;
    const routes = this.options.families.reduce((sum, family) => sum + this.plan.counts(family).adopted, 0);
    this.plan.sweep();
    this.options.onEvent({ type: 'fib.swept', routes });
  }

  private removeStrays(): void {
    for (const [family, changes] of this.strays.take()) void this.options.port.apply(family, changes);
  }

  private pump(family: FamilyId, nowMs: number): void {
    while ((this.underWay.get(family) ?? 0) < BLOCKS_UNDER_WAY && this.plan.hasWork(family)) {
      const operations = this.plan.nextBatch(family, BLOCK, nowMs);
      if (operations.length > 0) this.send(family, operations);
    }
  }

  private send(family: FamilyId, operations: readonly FibOperation[]): void {
    this.underWay.set(family, (this.underWay.get(family) ?? 0) + 1);
    this.courier.carry(family, operations).then((reason) => {
      this.underWay.set(family, (this.underWay.get(family) ?? 0) - 1);
      if (reason === null) this.available();
      else this.unavailable(reason);
      this.run();
    });
  }

  private unavailable(reason: string): void {
    if (this.stopped || !this.outage.begin(reason, this.options.schedule.nowMs())) return;
    this.options.onEvent({ type: 'fib.degraded', error: reason });
  }

  private available(): void {
    if (!this.outage.end()) return;
    this.options.onEvent({ type: 'fib.restored' });
    this.upkeep.surroundingsChanged();
  }

  /** Without routes of ours, only resolutions of next hops show whether the kernel can be reached. */
  private answered(): void {
    if (this.options.families.length === 0) this.available();
  }

  private makeTracker(table: TrackedNextHops, resolutions: Resolutions): NextHopTracker {
    const { schedule, onEvent } = this.options;
    return new NextHopTracker({
      ...{ table, resolutions, onEvent },
      defer: (run) => schedule.defer(run),
      onAsked: (reason) => {
        if (reason === null) return this.answered();
        this.unavailable(reason);
        this.upkeep.surroundingsChanged(); // repeats the query until there is an answer
      },
    });
  }
}
