/**
 * Repairs the kernel's table when others change it: resolves next hops again, checks routes that others changed,
 * compares the whole table periodically, and removes unused objects. One job at a time, each when it is due.
 * Time and the kernel are passed in.
 */
import { formatPrefix, parsePrefix } from '../../lib/ip.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { NextHops } from '../next-hops/next-hops.ts';
import type { Resolutions } from '../next-hops/resolutions.ts';
import type { NextHopTracker } from '../next-hops/tracker.ts';
import type { FibPlan } from '../plan/plan.ts';
import type { BestRoutes, Fib, FibSchedule, ForeignChange, KernelRoute, KernelWatcher } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';
import type { Differences, ObjectDrift } from '../port/types.ts';
import { Comparison } from './comparison.ts';
import { Ways } from './ways.ts';

/** Changes come in bursts; this also limits the pace when another daemon changes routes all the time. */
const REFRESH_DELAY_MS = 50;
const REFRESH_PAUSE_MS = 250;
/** By then the answers to our own changes have been received. */
const VERIFY_DELAY_MS = 100;
const COMPARE_SOON_MS = 300;
/** The table was read at the start: what was missed around that time can wait until the first load is over. */
const COMPARE_AFTER_START_MS = 5000;
/** Above this number the whole table is compared instead. */
const MAX_SUSPECTS = 256;
/** While this many changes wait, a comparison of the whole table would add load and skip most of the table ... */
const MANY_PENDING = 10_000;
const COMPARE_LATER_MS = 1000;
/** ... but it is not deferred for longer than this. */
const COMPARE_PUT_OFF_MS = 60_000;
const COLLECT_MS = 60_000;
/** With this many more idle next hops than the last time, they are removed early, because they hold ids. */
const MANY_IDLE = 10_000;
const OBJECTS_FIRST_MS = 1000;
const OBJECTS_LAST_MS = 60_000;
const RETRY_MS = 5000;
/** Prefixes examined before other work gets its turn. */
const SLICE = 50_000;
const NEVER = Number.POSITIVE_INFINITY;

type Job = 'refresh' | 'objects' | 'verify' | 'compare' | 'collect';

interface UpkeepOptions {
  readonly families: readonly FamilyId[];
  readonly plan: FibPlan;
  readonly nextHops: NextHops;
  readonly resolutions: Resolutions;
  /** null: next hops of the routing table are not tracked. */
  readonly tracker: NextHopTracker | null;
  readonly best: BestRoutes;
  readonly port: Fib;
  readonly schedule: FibSchedule;
  readonly metric: number;
  readonly metrics?: readonly (number | undefined)[] | undefined;
  /** Interval of comparisons of the whole table. */
  readonly compareMs: number;
  /** A route of ours with an unexpected metric. */
  readonly onStray: (family: FamilyId, route: KernelRoute) => void;
  /** Wrong routes were found and are being repaired. */
  readonly onDrift: (family: FamilyId, differences: Differences) => void;
  /** The same for nexthop objects; `routes`: those that the kernel removed with them. */
  readonly onObjectDrift: (drift: ObjectDrift) => void;
  /** The kernel answered a query about next hops. */
  readonly onAnswered: () => void;
  /** Why changes by others are no longer monitored; null: they are again. */
  readonly onWatching: (trouble: string | null) => void;
  /** A job ended, or one may be due. */
  readonly onProgress: () => void;
}

export class Upkeep implements KernelWatcher {
  private readonly options: UpkeepOptions;
  private readonly dueMs: Record<Job, number>;
  private readonly suspects = new Map<FamilyId, Set<string>>();
  private running = false;
  private started = false;
  private objectsDelayMs = OBJECTS_FIRST_MS;
  /** Since when a comparison is deferred; Infinity: it is not. */
  private putOffMs = NEVER;
  /** Idle next hops that had to stay the last time. */
  private idleLeft = 0;
  /** Adopted objects are kept for paths that may still be learned. */
  swept = false;
  comparisons = 0;

  constructor(options: UpkeepOptions) {
    this.options = options;
    this.dueMs = { refresh: NEVER, objects: NEVER, verify: NEVER, compare: NEVER, collect: NEVER };
  }

  /** The kernel's table was read: regular work begins. */
  start(): void {
    const nowMs = this.options.schedule.nowMs();
    this.started = true;
    this.dueMs.compare = Math.min(this.dueMs.compare, nowMs + this.options.compareMs);
    this.dueMs.collect = nowMs + COLLECT_MS;
  }

  /** When `advance` must be called; Infinity while a job runs or none will be due. */
  get nextMs(): number {
    return this.running ? NEVER : Math.min(...Object.values(this.dueMs));
  }

  /** Whether a job runs or is due for a reason other than the time of day. */
  get busy(): boolean {
    return this.running || this.dueMs.refresh !== NEVER || this.dueMs.verify !== NEVER;
  }

  routeChanged(family: FamilyId, change: ForeignChange): void {
    if (this.isKnown(family, change)) return;
    const suspects = this.suspects.get(family) ?? new Set<string>();
    this.suspects.set(family, suspects.add(formatPrefix(change)));
    if (suspects.size > MAX_SUSPECTS) this.hintsLost();
    else this.request('verify', VERIFY_DELAY_MS);
  }

  surroundingsChanged(): void {
    this.request('refresh', REFRESH_DELAY_MS);
    if (!this.options.nextHops.usesObjects) this.request('compare', COMPARE_SOON_MS);
  }

  hintsLost(): void {
    this.request('refresh', REFRESH_DELAY_MS);
    this.request('compare', this.started ? COMPARE_SOON_MS : COMPARE_AFTER_START_MS);
  }

  watching(trouble: string | null): void {
    this.options.onWatching(trouble);
  }

  /** Compares the whole table now. */
  compareNow(): void {
    this.request('compare', 0);
  }

  /** Starts the job that has been due longest, unless one runs. */
  advance(nowMs: number): void {
    if (this.running) return;
    this.waitForObjects(nowMs);
    if (this.options.nextHops.idleCount > this.idleLeft + MANY_IDLE) this.dueMs.collect = nowMs;
    if (this.dueMs.compare <= nowMs) this.putOff(nowMs);
    const order: readonly Job[] = ['refresh', 'objects', 'verify', 'compare', 'collect'];
    const job = order.find((name) => this.dueMs[name] <= nowMs);
    if (job === undefined) return;
    this.running = true;
    this.dueMs[job] = NEVER;
    this.work(job)
      .catch(() => this.request(job, RETRY_MS)) // blocks of changes fail for the same reason, and report it
      .finally(() => {
        this.running = false;
        this.options.onProgress();
      });
  }

  private putOff(nowMs: number): void {
    const pending = this.options.plan.all.reduce((sum, { counts }) => sum + counts.pending, 0);
    if (pending < MANY_PENDING || nowMs >= this.putOffMs + COMPARE_PUT_OFF_MS) {
      this.putOffMs = NEVER;
      return;
    }
    this.putOffMs = Math.min(this.putOffMs, nowMs);
    this.dueMs.compare = nowMs + COMPARE_LATER_MS;
  }

  /** Refused objects are retried, with a back-off of their own. */
  private waitForObjects(nowMs: number): void {
    if (this.options.nextHops.refusals().size === 0) {
      this.objectsDelayMs = OBJECTS_FIRST_MS;
      this.dueMs.objects = NEVER;
    } else if (this.dueMs.objects === NEVER) {
      this.dueMs.objects = nowMs + this.objectsDelayMs;
      this.objectsDelayMs = Math.min(this.objectsDelayMs * 2, OBJECTS_LAST_MS);
    }
  }

  private request(job: Job, delayMs: number): void {
    this.dueMs[job] = Math.min(this.dueMs[job], this.options.schedule.nowMs() + delayMs);
    this.options.onProgress();
  }

  private work(job: Job): Promise<void> {
    if (job === 'refresh' || job === 'objects') return this.refresh();
    if (job === 'verify') return this.verify();
    return job === 'compare' ? this.compare() : this.collect();
  }

  private async refresh(): Promise<void> {
    const { nextHops, plan, schedule, resolutions, tracker } = this.options;
    await resolutions.refresh([...nextHops.names, ...(tracker?.current() ?? [])]);
    this.options.onAnswered();
    const { changed, moved, lost, removed, altered } = await nextHops.refresh();
    let routes = 0;
    for (const family of plan.all) {
      if (lost.size > 0) routes += family.nextHopsLost(lost);
      if (changed.size > 0) family.nextHopsChanged(changed, false);
      if (moved.size > 0) family.nextHopsChanged(moved, true);
    }
    if (removed + altered > 0) this.options.onObjectDrift({ removed, altered, routes });
    await tracker?.reportAll();
    if (changed.size + moved.size + lost.size > 0) {
      plan.hasten(schedule.nowMs());
      this.request('compare', COMPARE_SOON_MS);
    }
    // Jobs that were requested meanwhile are delayed a little.
    if (this.dueMs.refresh !== NEVER) this.dueMs.refresh = schedule.nowMs() + REFRESH_PAUSE_MS;
  }

  private async verify(): Promise<void> {
    for (const [family, suspects] of this.suspects) {
      this.suspects.delete(family);
      await this.verifyFamily(family, [...suspects]);
    }
  }

  private async verifyFamily(family: FamilyId, suspects: readonly string[]): Promise<void> {
    const { port, plan, best, schedule } = this.options;
    const comparison = this.comparison(family);
    try {
      await port.readSome(family, suspects, (route) => this.visit(family, comparison, route));
      for (const suspect of suspects) {
        const { address, length } = parsePrefix(suspect)!;
        const prefix = best.find(family, address, length);
        if (prefix === 0) continue;
        comparison.check(prefix);
        plan.of(family).hastenOne(prefix, schedule.nowMs());
      }
    } finally {
      await this.finish(family, comparison);
    }
  }

  private async compare(): Promise<void> {
    this.dueMs.compare = this.options.schedule.nowMs() + this.options.compareMs;
    this.request('refresh', 0);
    this.suspects.clear();
    for (const family of this.options.families) await this.compareFamily(family);
    this.comparisons++;
  }

  private async compareFamily(family: FamilyId): Promise<void> {
    const { nextHops, port, best } = this.options;
    const ways = new Ways(best, nextHops, nextHops.usesObjects ? await port.readObjects() : []);
    const comparison = this.comparison(family, ways);
    try {
      await port.read(family, (route) => this.visit(family, comparison, route));
      await this.inSlices((from) => comparison.lookForMissing(from, SLICE));
    } finally {
      await this.finish(family, comparison);
      ways.release();
    }
  }

  private async finish(family: FamilyId, comparison: Comparison): Promise<void> {
    this.report(family, comparison.finish());
    await this.inSlices((from) => comparison.release(from, SLICE));
  }

  /** Calls `step` with the place that it returned last, until that is 0; other work gets its turn in between. */
  private async inSlices(step: (from: number) => number): Promise<void> {
    for (let from = step(1); from !== 0; from = step(from)) {
      await new Promise<void>((resolve) => this.options.schedule.defer(resolve));
    }
  }

  private async collect(): Promise<void> {
    this.dueMs.collect = this.options.schedule.nowMs() + COLLECT_MS;
    const { nextHops, plan } = this.options;
    await nextHops.collect(plan.all, this.swept);
    this.idleLeft = nextHops.idleCount;
  }

  private comparison(family: FamilyId, ways: Ways | null = null): Comparison {
    const { plan, best, nextHops } = this.options;
    return new Comparison(family, plan.of(family), best, nextHops, ways);
  }

  /** When a nexthop object is replaced, the kernel reports every route that follows. */
  private isKnown(family: FamilyId, change: ForeignChange): boolean {
    if (change.to === null) return false;
    const { best, plan, nextHops } = this.options;
    const prefix = best.find(family, change.address, change.length);
    return prefix !== 0 && plan.of(family).expectedKey(prefix, nextHops) === targetKey(change.to);
  }

  private visit(family: FamilyId, comparison: Comparison, route: KernelRoute): void {
    if (route.metric === (this.options.metrics?.[family] ?? this.options.metric)) comparison.visit(route);
    else if (this.swept) this.options.onStray(family, route);
  }

  private report(family: FamilyId, differences: Differences): void {
    if (differences.missing + differences.surplus + differences.altered > 0) this.options.onDrift(family, differences);
  }
}
