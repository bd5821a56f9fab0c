/**
 * Wanted against actual, for the routes of one family.
 *
 *   changed ─► queue ─► next() ─► an operation, busy ─► completed() ─► installed
 *                 ▲                                         │ refused
 *                 └────────────── back-off ◄────────────────┘
 *
 * A prefix stands in the queue at most once and its wish is read when the operation is made, so a route that flaps
 * a thousand times before the kernel takes it costs one change; one that flaps slower than the kernel takes it waits now
 * and then (`Flaps`). Refusals are kept apart from the columns.
 */
import { IdQueue } from '../../lib/tables/id-queue.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes, KernelRoute, Refusal } from '../port/ports.ts';
import type { FibCounts, FibOperation, Standing } from '../port/types.ts';
import { Flaps } from './flaps.ts';
import { NextHopNames } from './next-hop-names.ts';
import { Retries } from './retries.ts';
import { FLAG, RouteTable } from './route-table.ts';

/** What the plan asks about next hops. */
export interface Reachability {
  /** Why the next hop cannot be reached; null when it can, or when nobody asked yet. */
  unreachable(nextHop: number): string | null;
}

export interface PlanOptions {
  /** A route of somebody else that took the place of one of ours is replaced by ours. */
  readonly takeover?: boolean | undefined;
  /** The kernel's answer, or a next hop, may have changed the standing of a prefix. */
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
  /** Adopted routes that nothing asks for are being removed. */
  swept = false;
  private busyCount = 0;
  /** Told of every prefix whose kernel route an operation may change, while a comparison runs. */
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

  /** How many refusals have the same words. */
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

  /** The best path of the prefix changed, came or went. O(1). */
  changed(prefix: number): void {
    this.table.setWanted(prefix, this.best.nextHop(this.family, prefix) !== 0);
    this.enqueue(prefix);
  }

  /** Everything that is known or wished is looked at anew. */
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

  /** The restart time is over: adopted routes that nothing asks for go. */
  sweep(): void {
    this.swept = true;
    this.enqueueWhere(FLAG.adopted, () => true);
  }

  /** The next operation to hand to the kernel, or null. Every one must come back by `completed` or `returned`. */
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
      this.table.clear(prefix, FLAG.unsure | FLAG.robbed);
      this.table.place(prefix, nextHop);
      if (kind === 'set' || this.retries.get(prefix)?.nextHop === 0) this.forgive(prefix);
    } else {
      if (nextHop !== 0) this.best.releaseNextHop(nextHop);
      if (refusal.kind === 'unreachable')
        this.table.set(prefix, FLAG.queued); // `decide` draws the consequences
      else this.refused(operation, refusal, nowMs);
    }
    this.options.onStanding?.(this.family, prefix);
    this.release(prefix);
  }

  /** The kernel could not be asked: what became of the operation is unknown, and it is made anew. */
  returned(operation: FibOperation): void {
    if (operation.nextHop !== 0) this.best.releaseNextHop(operation.nextHop);
    this.table.set(operation.prefix, FLAG.unsure | FLAG.queued);
    this.release(operation.prefix);
  }

  /** The kernel's route of this prefix is not what was thought: it is set or removed anew. */
  doubt(prefix: number): void {
    this.table.set(prefix, FLAG.unsure);
    this.enqueue(prefix);
  }

  /** The kernel has lost its route of this prefix. */
  lost(prefix: number): void {
    this.table.place(prefix, 0);
    if (this.options.takeover === true) this.table.set(prefix, FLAG.robbed);
    this.enqueue(prefix);
  }

  /** Next hops became reachable or unreachable, or moved where every route says itself where it leads. */
  nextHopsChanged(nextHops: ReadonlySet<number>, rewrite: boolean): void {
    this.enqueueWhere(FLAG.wanted, (prefix) => {
      if (!nextHops.has(this.best.nextHop(this.family, prefix))) return false;
      if (rewrite && this.table.installed(prefix) !== 0) this.table.set(prefix, FLAG.unsure);
      return true;
    });
  }

  /** The kernel removed all routes that led to these next hops. Returns how many these were. */
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

  /** Next hops that prefixes would lead to if they could be reached. */
  collectWaiting(into: Set<number>): void {
    if (this.table.unreachableCount === 0) return;
    for (let prefix = this.table.next(1, FLAG.unreachable); prefix !== 0; ) {
      into.add(this.best.nextHop(this.family, prefix));
      prefix = this.table.next(prefix + 1, FLAG.unreachable);
    }
  }

  /** Queues what was refused, or flapped, and whose time has come. */
  retry(nowMs: number): void {
    this.flaps.due(nowMs, (prefix) => this.queue.push(prefix));
    this.retries.due(nowMs, (prefix) => this.enqueue(prefix));
  }

  /** Something changed that may help: what was refused is tried again without waiting. */
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

  /** The key of where the kernel's route of the prefix should lead by what it said; null: it has none of ours. */
  expectedKey(prefix: number, keys: { key(nextHop: number): string }): string | null {
    const installed = this.table.installed(prefix);
    if (installed === 0) return null;
    return this.table.has(prefix, FLAG.adopted) ? this.names.key(installed) : keys.key(installed);
  }

  /** Why the kernel does not have the route that is wanted; null when nothing was refused. */
  refusal(prefix: number): Refusal | null {
    return this.retries.get(prefix)?.refusal ?? null;
  }

  /** What the kernel says to the wish of now. */
  standing(prefix: number): Standing {
    const wanted = this.best.nextHop(this.family, prefix);
    if (wanted === 0) return 'settled';
    const sure = !this.table.has(prefix, FLAG.adopted | FLAG.unsure);
    if (sure && this.table.installed(prefix) === wanted) return 'settled';
    const refused = this.retries.get(prefix)?.nextHop === wanted;
    return refused || this.reach.unreachable(wanted) !== null ? 'failed' : 'pending';
  }

  /** Gateways of the routes from before our start that nothing has asked for yet. */
  collectAdopted(into: Set<string>): void {
    if (this.table.adoptedCount === 0) return;
    for (let prefix = this.table.next(1, FLAG.adopted); prefix !== 0; ) {
      into.add(this.names.gateway(this.table.installed(prefix)));
      prefix = this.table.next(prefix + 1, FLAG.adopted);
    }
  }

  /** The gateway of the route that the kernel has, for people; '' when it has none of ours. */
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
    // A refused removal waits. A refused replacement leaves the old route, which leads where nobody announces any more.
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
    const owned = (current !== 0 && !unsure) || table.has(prefix, FLAG.robbed);
    return { kind: 'set', family, prefix, nextHop, owned, adopted };
  }

  private refused(operation: FibOperation, refusal: Refusal, nowMs: number): void {
    const { prefix, kind, nextHop } = operation;
    const before = this.retries.get(prefix);
    // The removal of a refused route's predecessor waits with that route.
    if (kind === 'delete' && before !== undefined && before.nextHop !== 0) return;
    // By its id it is known what was refused: that must not come to stand for another.
    if (nextHop !== 0) this.best.holdNextHop(nextHop);
    if (before !== undefined && before.nextHop !== 0) this.best.releaseNextHop(before.nextHop);
    this.retries.add(prefix, nextHop, refusal, nowMs);
    if (refusal.kind === 'conflict') {
      this.table.clear(prefix, FLAG.unsure);
      this.table.place(prefix, 0);
    } else if (kind === 'set') this.table.set(prefix, FLAG.queued); // for what is left of the route before
  }

  /** What was refused of the prefix counts no more. */
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

  /** Ends an operation; a change that came meanwhile gets its turn. */
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
