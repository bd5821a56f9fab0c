/**
 * Carries the plan's changes to the kernel and the kernel's answers back. Time and the kernel are passed in.
 *
 *   start ─► read what is there ─► adopt ─► blocks of changes, two under way per family ─► ... ─► sweep
 *
 * When the kernel cannot be asked at all (no `ip`, no permission) everything waits, with back-off, and `health` says
 * so; the plan goes on taking changes at the cost of a queue entry per prefix.
 */
import { formatPrefix } from '../lib/ip.ts';
import type { FamilyId } from '../wire/families.ts';
import { FAMILIES } from '../wire/families.ts';
import { FibPlan } from './plan.ts';
import type { ApplyResult, BestRoutes, Fib, FibSchedule, KernelRoute, RouteChange } from './ports.ts';
import type { FibCounts, FibEntry, FibOperation } from './types.ts';
import { ViaCache } from './via-cache.ts';

/** Changes per block: some 10 ms of the kernel's time. */
const BLOCK = 1000;
/** One block is being done, one waits in the pipe. */
const BLOCKS_UNDER_WAY = 2;
const FIRST_OUTAGE_MS = 1000;
const LAST_OUTAGE_MS = 30_000;

export type FibEvent =
  /** The kernel's table was read; `found` routes of ours were there. */
  | { readonly type: 'fib-read'; readonly family: FamilyId; readonly found: number }
  | { readonly type: 'fib-swept' }
  | { readonly type: 'fib-refused'; readonly family: FamilyId; readonly prefix: string; readonly words: string }
  | { readonly type: 'fib-conflict'; readonly family: FamilyId; readonly prefix: string; readonly words: string }
  | { readonly type: 'fib-unavailable'; readonly reason: string }
  | { readonly type: 'fib-available' };

export interface FibDriverOptions {
  readonly mode: 'dry-run' | 'install';
  /** Metric of our routes: one of ours with another is swept. */
  readonly metric: number;
  readonly families: readonly FamilyId[];
  readonly best: BestRoutes;
  readonly port: Fib;
  readonly schedule: FibSchedule;
  /** How long routes from before our start are kept for what may still come. */
  readonly restartMs: number;
  readonly onEvent: (event: FibEvent) => void;
}

/** `FibView` of `engine/views.ts`. */
export interface FibRow {
  readonly family: string;
  readonly prefix: string;
  readonly nextHop: string;
  readonly state: FibEntry['state'] | 'dry-run';
  readonly error: string | null;
}

export class FibDriver {
  private readonly options: FibDriverOptions;
  private readonly plan: FibPlan;
  private readonly vias: ViaCache;
  private readonly underWay = new Map<FamilyId, number>();
  /** Routes of ours that no plan of today makes; they go with the sweep. */
  private readonly strays: { readonly family: FamilyId; readonly prefix: string; readonly metric: number }[] = [];
  /** Families whose kernel table has been read: nothing is changed before. */
  private readonly ready = new Set<FamilyId>();
  private reading = false;
  private deferred = false;
  private stopped = false;
  private outage: string | null = null;
  private outageMs = FIRST_OUTAGE_MS;
  private resumeMs = 0;
  private sweepMs = Number.POSITIVE_INFINITY;
  private idleWaiters: (() => void)[] = [];

  constructor(options: FibDriverOptions) {
    this.options = options;
    this.plan = new FibPlan(options.families, options.best);
    this.vias = new ViaCache(options.best);
  }

  /** Reads the kernel's table and begins. Changes may be reported before. */
  start(): void {
    this.sweepMs = this.options.schedule.nowMs() + this.options.restartMs;
    this.defer();
  }

  /** The best path of a prefix changed. O(1). */
  changed(family: FamilyId, prefix: number): void {
    this.plan.changed(family, prefix);
    if (!this.deferred) this.defer();
  }

  /** Ends the restart time now: routes from before our start that nothing asks for are removed. */
  sweep(): void {
    this.sweepMs = 0;
    this.defer();
  }

  /** Stops asking the kernel for changes; its routes stay. What is under way is awaited. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.options.port.close();
  }

  /** Resolves when no change waits, is under way, or is due. Refused ones may be waiting for their next attempt. */
  settled(): Promise<void> {
    if (this.isSettled()) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  counts(family: FamilyId): FibCounts {
    return this.plan.counts(family);
  }

  bytes(): number {
    return this.plan.bytes();
  }

  /** What is wrong, in words for an operator; empty when all is well. */
  health(): string[] {
    return this.outage === null ? [] : [`the kernel's routes cannot be changed: ${this.outage}`];
  }

  /** One row per prefix that is wanted or that the kernel has. */
  *rows(): Generator<FibRow> {
    for (const family of this.options.families) {
      for (const entry of this.plan.entries(family)) yield this.row(family, entry);
    }
  }

  private row(family: FamilyId, entry: FibEntry): FibRow {
    const prefix = this.options.best.formatPrefix(family, entry.prefix);
    const state = this.options.mode === 'dry-run' && entry.state === 'installed' ? 'dry-run' : entry.state;
    return { family: FAMILIES[family].name, prefix, nextHop: entry.nextHop, state, error: entry.error };
  }

  private defer(): void {
    if (this.deferred || this.stopped) return;
    this.deferred = true;
    this.options.schedule.defer(() => {
      this.deferred = false;
      this.run();
    });
  }

  /** Does what is due, and asks to be woken for what is not. */
  private run(): void {
    if (this.stopped) return;
    const nowMs = this.options.schedule.nowMs();
    if (nowMs >= this.resumeMs) this.advance(nowMs);
    const wakeMs = nowMs < this.resumeMs ? this.resumeMs : Math.min(this.plan.nextRetryMs, this.sweepMs);
    if (Number.isFinite(wakeMs)) this.options.schedule.wakeAt(wakeMs, () => this.run());
    if (this.isSettled()) for (const waiter of this.idleWaiters.splice(0)) waiter();
  }

  private advance(nowMs: number): void {
    if (this.ready.size < this.options.families.length) {
      this.readTables();
      return;
    }
    if (nowMs >= this.sweepMs) this.sweepNow();
    this.plan.retry(nowMs);
    for (const family of this.options.families) this.pump(family, nowMs);
  }

  private isSettled(): boolean {
    if (this.outage !== null || this.reading || this.ready.size < this.options.families.length) return false;
    return this.options.families.every((family) => this.plan.counts(family).pending === 0);
  }

  private readTables(): void {
    if (this.reading) return;
    this.reading = true;
    const unread = this.options.families.filter((family) => !this.ready.has(family));
    Promise.all(unread.map((family) => this.readTable(family)))
      .then(() => this.available())
      .catch((error: Error) => this.unavailable(error.message))
      .finally(() => {
        this.reading = false;
        this.defer();
      });
  }

  private async readTable(family: FamilyId): Promise<void> {
    let found = 0;
    await this.options.port.read(family, (route) => {
      found++;
      this.adopt(family, route);
    });
    this.ready.add(family);
    this.options.onEvent({ type: 'fib-read', family, found });
  }

  private adopt(family: FamilyId, route: KernelRoute): void {
    const { best, metric } = this.options;
    if (route.metric !== metric) {
      this.strays.push({ family, prefix: formatPrefix(route), metric: route.metric });
      return;
    }
    this.plan.adopt(family, best.intern(family, route.address, route.length), route.nextHop);
  }

  private sweepNow(): void {
    this.sweepMs = Number.POSITIVE_INFINITY;
    this.plan.sweep();
    for (const family of this.options.families) this.removeStrays(family);
    this.strays.length = 0;
    this.options.onEvent({ type: 'fib-swept' });
  }

  private removeStrays(family: FamilyId): void {
    const changes = this.strays
      .filter((stray) => stray.family === family)
      .map((stray): RouteChange => ({ kind: 'delete', prefix: stray.prefix, metric: stray.metric }));
    if (changes.length > 0) void this.options.port.apply(family, changes);
  }

  private pump(family: FamilyId, nowMs: number): void {
    while ((this.underWay.get(family) ?? 0) < BLOCKS_UNDER_WAY && this.plan.hasWork(family)) {
      const operations = this.plan.nextBatch(family, BLOCK, nowMs);
      if (operations.length > 0) this.send(family, operations);
    }
  }

  private send(family: FamilyId, operations: readonly FibOperation[]): void {
    this.underWay.set(family, (this.underWay.get(family) ?? 0) + 1);
    const changes = operations.map((operation) => this.change(operation));
    this.options.port.apply(family, changes).then((result) => {
      this.underWay.set(family, (this.underWay.get(family) ?? 0) - 1);
      this.answered(operations, changes, result);
      this.run();
    });
  }

  private change(operation: FibOperation): RouteChange {
    const prefix = this.options.best.formatPrefix(operation.family, operation.prefix);
    if (operation.kind === 'delete') return { kind: 'delete', prefix, metric: null };
    return { kind: 'set', prefix, via: this.vias.via(operation.nextHop), owned: operation.owned };
  }

  private answered(operations: readonly FibOperation[], changes: readonly RouteChange[], result: ApplyResult): void {
    if (result.kind === 'unavailable') {
      for (const operation of operations) this.plan.returned(operation);
      this.unavailable(result.reason);
      return;
    }
    const nowMs = this.options.schedule.nowMs();
    for (let i = 0; i < operations.length; i++) {
      const refusal = result.refusals[i];
      this.plan.completed(operations[i], refusal, nowMs);
      if (refusal === null) continue;
      const type = refusal.kind === 'conflict' ? 'fib-conflict' : 'fib-refused';
      this.options.onEvent({ type, family: operations[i].family, prefix: changes[i].prefix, words: refusal.words });
    }
    this.available();
  }

  private unavailable(reason: string): void {
    const nowMs = this.options.schedule.nowMs();
    if (this.stopped || (this.outage !== null && nowMs < this.resumeMs)) return; // the block beside it said so already
    if (this.outage !== reason) this.options.onEvent({ type: 'fib-unavailable', reason });
    this.outage = reason;
    this.resumeMs = nowMs + this.outageMs;
    this.outageMs = Math.min(this.outageMs * 2, LAST_OUTAGE_MS);
  }

  private available(): void {
    this.outageMs = FIRST_OUTAGE_MS;
    if (this.outage === null) return;
    this.outage = null;
    this.options.onEvent({ type: 'fib-available' });
  }
}
