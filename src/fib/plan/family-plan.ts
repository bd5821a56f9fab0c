/**
 * Wanted against actual, for the routes of one family.
 *
 *   changed ─► queue ─► next() ─► an operation, busy ─► completed() ─► installed
 *                 ▲                                         │ refused
 *                 └────────────── back-off ◄────────────────┘
 *
 * A prefix is in the queue at most once, and the wanted next hop is read when the operation is made. So a route that
 * flaps a thousand times before the kernel installs it costs one change; `Flaps` limits one that flaps more slowly.
 * Refusals are kept apart from the columns.
 */
import { IdQueue } from '../../lib/tables/id-queue.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes, KernelRoute, Refusal } from '../port/ports.ts';
import type { FibCounts, FibOperation, Standing } from '../port/types.ts';
import { Flaps } from './flaps.ts';
import { NextHopNames } from './next-hop-names.ts';
import { Retries } from './retries.ts';
import { FLAG, RouteTable } from './route-table.ts';

/** What the plan needs to know about next hops. */
export interface Reachability {
  /** Why the next hop is unreachable; null when it is reachable or not resolved yet. */
  unreachable(nextHop: number): string | null;
}

export interface PlanOptions {
  /** A route of another program that replaced one of ours is replaced by ours. */
  readonly takeover?: boolean | undefined;
  /** The standing of a prefix may have changed, by an answer of the kernel or by a next hop. */
  readonly onStanding?: ((family: FamilyId, prefix: number) => void) | undefined;
}

export class FamilyPlan {
  readonly table: RouteTable;
  private readonly family: FamilyId;
  private readonly best: BestRoutes;
  private readonly reach: Reachability;
  private readonly options: PlanOptions;
  private readonly queue = new IdQueue();
  private readonly retries = new Retries();
  private readonly flaps = new Flaps();
  private readonly names = new NextHopNames();
  /** Adopted routes that no best path needs are being removed. */
  swept = false;
  private busyCount = 0;
  /** Called for every prefix whose kernel route an operation may change while a comparison runs. */
  onOperation: ((prefix: number) => void) | null = null;

  constructor(family: FamilyId, best: BestRoutes, reach: Reachability, options: PlanOptions = {}) {
    this.family = family;
    this.best = best;
    this.reach = reach;
    this.options = options;
    this.table = new RouteTable(family, best);
  }

  get counts(): FibCounts {
    return {
      wanted: this.table.wantedCount,
      installed: this.table.installedCount,
      adopted: this.table.adoptedCount,
      failed: this.retries.count + this.table.unreachableCount,
      conflicts: this.retries.conflicts,
      pending: this.queue.length + this.busyCount + this.flaps.count,
    };
  }

  /** Number of refusals by the kernel's words. */
  get refusals(): ReadonlyMap<string, number> {
    return this.retries.countByWords;
  }

  /** When `retry` should be called; Infinity when nothing waits. */
  get nextRetryMs(): number {
    return Math.min(this.retries.nextMs, this.flaps.nextMs);
  }

  get idle(): boolean {
    return this.queue.length === 0;
  }

  bytes(): number {
    return this.table.bytes() + this.queue.bytes() + this.flaps.bytes();
  }

  /** The best path of the prefix has changed, been added or removed. O(1). */
  changed(prefix: number): void {
    this.table.setWanted(prefix, this.best.nextHop(this.family, prefix) !== 0);
    this.enqueue(prefix);
  }

  /** Examines again every prefix that is wanted or installed. */
  changedAll(): void {
    this.enqueueWhere(FLAG.pinned, (prefix) => {
      this.table.setWanted(prefix, this.best.nextHop(this.family, prefix) !== 0);
      return true;
    });
  }

  /** A route of ours that the kernel had before our start. */
  adopt(prefix: number, route: KernelRoute): void {
    this.table.pin(prefix);
    this.table.adopt(prefix, this.names.intern(route));
    this.enqueue(prefix);
  }

  /** The restart time is over: adopted routes that no best path needs are removed. */
  sweep(): void {
    this.swept = true;
    this.enqueueWhere(FLAG.adopted, () => true);
  }

  /** The next operation to send to the kernel, or null. Each must be returned by `completed` or `returned`. */
  next(nowMs: number): FibOperation | null {
    while (this.queue.length > 0) {
      const prefix = this.queue.shift();
      this.table.clear(prefix, FLAG.queued);
      const operation = this.decide(prefix, nowMs);
      if (operation === null) {
        this.settle(prefix);
        continue;
      }
      if (!this.flaps.admits(prefix, nowMs)) {
        this.table.set(prefix, FLAG.queued);
        continue;
      }
      this.table.set(prefix, FLAG.busy);
      this.busyCount++;
      this.onOperation?.(prefix);
      if (operation.nextHop !== 0) this.best.holdNextHop(operation.nextHop);
      return operation;
    }
    return null;
  }

  /** The kernel's answer to an operation of `next`. */
  completed(operation: FibOperation, refusal: Refusal | null, nowMs: number): void {
    const { prefix, kind, nextHop } = operation;
    if (refusal === null) {
      this.table.clear(prefix, FLAG.unsure | FLAG.displaced);
      this.table.place(prefix, nextHop);
      if (kind === 'set' || this.retries.get(prefix)?.nextHop === 0) this.forgive(prefix);
    } else {
      if (nextHop !== 0) this.best.releaseNextHop(nextHop);
      if (refusal.kind === 'unreachable')
        this.table.set(prefix, FLAG.queued); // `decide` handles it
      else this.refused(operation, refusal, nowMs);
    }
    this.options.onStanding?.(this.family, prefix);
    this.release(prefix);
  }

  /** The kernel could not be reached: the result of the operation is unknown, so it is repeated. */
  returned(operation: FibOperation): void {
    if (operation.nextHop !== 0) this.best.releaseNextHop(operation.nextHop);
    this.table.set(operation.prefix, FLAG.unsure | FLAG.queued);
    this.release(operation.prefix);
  }

  /** The kernel's route of this prefix differs from what was expected: it is installed or removed again. */
  reinstall(prefix: number): void {
    this.table.set(prefix, FLAG.unsure);
    this.enqueue(prefix);
  }

  /** The kernel no longer has our route of this prefix. */
  lost(prefix: number): void {
    this.table.place(prefix, 0);
    if (this.options.takeover === true) this.table.set(prefix, FLAG.displaced);
    this.enqueue(prefix);
  }

  /** Next hops became reachable or unreachable, or moved while routes have their own gateway. */
  nextHopsChanged(nextHops: ReadonlySet<number>, rewrite: boolean): void {
    this.enqueueWhere(FLAG.wanted, (prefix) => {
      if (!nextHops.has(this.best.nextHop(this.family, prefix))) return false;
      if (rewrite && this.table.installed(prefix) !== 0) this.table.set(prefix, FLAG.unsure);
      return true;
    });
  }

  /** The kernel removed all routes with these next hops. Returns their number. */
  nextHopsLost(nextHops: ReadonlySet<number>): number {
    let count = 0;
    this.enqueueWhere(FLAG.pinned, (prefix) => {
      if (this.table.has(prefix, FLAG.adopted) || !nextHops.has(this.table.installed(prefix))) return false;
      this.table.place(prefix, 0);
      count++;
      return true;
    });
    return count;
  }

  /** Unreachable next hops that prefixes wait for. */
  collectWaiting(into: Set<number>): void {
    if (this.table.unreachableCount === 0) return;
    for (let prefix = this.table.next(1, FLAG.unreachable); prefix !== 0; ) {
      into.add(this.best.nextHop(this.family, prefix));
      prefix = this.table.next(prefix + 1, FLAG.unreachable);
    }
  }

  /** Queues refused or flapping prefixes that are due. */
  retry(nowMs: number): void {
    this.flaps.due(nowMs, (prefix) => this.queue.push(prefix));
    this.retries.due(nowMs, (prefix) => this.enqueue(prefix));
  }

  /** The kernel's state has changed: refused changes are retried at once. */
  hasten(nowMs: number): void {
    this.retries.hasten(nowMs);
  }

  /** As `hasten`, for one prefix. */
  hastenOne(prefix: number, nowMs: number): void {
    const failure = this.retries.get(prefix);
    if (failure === undefined) return;
    failure.dueMs = Math.min(failure.dueMs, nowMs);
    this.enqueue(prefix);
  }

  /** The key of the target that the kernel's route of the prefix has by its answers; null: no route of ours. */
  expectedKey(prefix: number, keys: { key(nextHop: number): string }): string | null {
    const installed = this.table.installed(prefix);
    if (installed === 0) return null;
    return this.table.has(prefix, FLAG.adopted) ? this.names.key(installed) : keys.key(installed);
  }

  /** Why the kernel does not have the wanted route; null when nothing was refused. */
  refusal(prefix: number): Refusal | null {
    return this.retries.get(prefix)?.refusal ?? null;
  }

  /** Whether the kernel has the wanted route. */
  standing(prefix: number): Standing {
    const wanted = this.best.nextHop(this.family, prefix);
    if (wanted === 0) return 'settled';
    const sure = !this.table.has(prefix, FLAG.adopted | FLAG.unsure);
    if (sure && this.table.installed(prefix) === wanted) return 'settled';
    const refused = this.retries.get(prefix)?.nextHop === wanted;
    return refused || this.reach.unreachable(wanted) !== null ? 'failed' : 'pending';
  }

  /** Gateways of routes from before our start that no best path needs yet. */
  collectAdopted(into: Set<string>): void {
    if (this.table.adoptedCount === 0) return;
    for (let prefix = this.table.next(1, FLAG.adopted); prefix !== 0; ) {
      into.add(this.names.gateway(this.table.installed(prefix)));
      prefix = this.table.next(prefix + 1, FLAG.adopted);
    }
  }

  /** The gateway of the kernel's route, as text; '' when it has none of ours. */
  installedGateway(prefix: number): string {
    const current = this.table.installed(prefix);
    if (current === 0) return '';
    return this.table.has(prefix, FLAG.adopted) ? this.names.gateway(current) : this.best.formatNextHop(current);
  }

  private decide(prefix: number, nowMs: number): FibOperation | null {
    const { table } = this;
    const best = this.best.nextHop(this.family, prefix);
    const unreachable = best !== 0 && this.reach.unreachable(best) !== null;
    if (unreachable !== table.has(prefix, FLAG.unreachable)) {
      table.setUnreachable(prefix, unreachable);
      this.options.onStanding?.(this.family, prefix);
    }
    const failure = this.retries.get(prefix);
    if (failure !== undefined && (unreachable || failure.nextHop !== best)) this.forgive(prefix);
    const waiting = this.retries.get(prefix) !== undefined && nowMs < (failure?.dueMs ?? 0);
    // A refused removal waits. A refused replacement leaves the old route, whose next hop no peer announces any more.
    if (waiting && best === 0) return null;
    const wanted = unreachable || waiting ? 0 : best;
    return wanted === 0 ? this.removal(prefix, best) : this.setting(prefix, wanted);
  }

  private removal(prefix: number, best: number): FibOperation | null {
    const { table, family } = this;
    if (table.installed(prefix) === 0 && !table.has(prefix, FLAG.unsure)) return null;
    if (best === 0 && table.has(prefix, FLAG.adopted) && !this.swept) return null;
    return { kind: 'delete', family, prefix, nextHop: 0, owned: true, adopted: null };
  }

  private setting(prefix: number, nextHop: number): FibOperation | null {
    const { table, family } = this;
    const unsure = table.has(prefix, FLAG.unsure);
    const current = table.installed(prefix);
    const adopted = !unsure && table.has(prefix, FLAG.adopted) ? this.names.key(current) : null;
    if (!unsure && adopted === null && current === nextHop) return null;
    const owned = (current !== 0 && !unsure) || table.has(prefix, FLAG.displaced);
    return { kind: 'set', family, prefix, nextHop, owned, adopted };
  }

  private refused(operation: FibOperation, refusal: Refusal, nowMs: number): void {
    const { prefix, kind, nextHop } = operation;
    const before = this.retries.get(prefix);
    // The removal of the route that was to be replaced waits with the refused one.
    if (kind === 'delete' && before !== undefined && before.nextHop !== 0) return;
    // The refusal is kept by the id of the next hop, so that id must not be reused.
    if (nextHop !== 0) this.best.holdNextHop(nextHop);
    if (before !== undefined && before.nextHop !== 0) this.best.releaseNextHop(before.nextHop);
    this.retries.add(prefix, nextHop, refusal, nowMs);
    if (refusal.kind === 'conflict') {
      this.table.clear(prefix, FLAG.unsure);
      this.table.place(prefix, 0);
    } else if (kind === 'set') this.table.set(prefix, FLAG.queued); // to remove what is left of the previous route
  }

  /** Clears the refusal of the prefix. */
  private forgive(prefix: number): void {
    const failure = this.retries.get(prefix);
    if (failure === undefined) return;
    this.retries.delete(prefix);
    if (failure.nextHop !== 0) this.best.releaseNextHop(failure.nextHop);
  }

  private enqueue(prefix: number): void {
    this.table.pin(prefix);
    if (this.table.has(prefix, FLAG.queued)) return;
    this.table.set(prefix, FLAG.queued);
    if (!this.table.has(prefix, FLAG.busy)) this.queue.push(prefix);
  }

  private enqueueWhere(bits: number, concerns: (prefix: number) => boolean): void {
    for (let prefix = this.table.next(1, bits); prefix !== 0; prefix = this.table.next(prefix + 1, bits)) {
      if (concerns(prefix)) this.enqueue(prefix);
    }
  }

  /** Ends an operation; a change that was queued meanwhile follows. */
  private release(prefix: number): void {
    this.table.clear(prefix, FLAG.busy);
    this.busyCount--;
    if (this.table.has(prefix, FLAG.queued)) this.queue.push(prefix);
    else this.settle(prefix);
  }

  private settle(prefix: number): void {
    if (this.retries.get(prefix) === undefined) this.table.settle(prefix);
  }
}
