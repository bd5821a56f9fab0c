/**
 * Wanted against actual, for the routes of one family. No I/O, no timers.
 *
 *   changed ─► queue ─► next() ─► an operation, busy ─► completed() ─► installed
 *                 ▲                                         │ refused
 *                 └────────────── back-off ◄────────────────┘
 *
 * A prefix stands in the queue at most once and its wish is read when the operation is made, so a route that flaps
 * a thousand times before the kernel takes it costs one change. Five bytes per prefix; refusals are kept apart.
 */
import { U8Column, U32Column } from '../lib/columns.ts';
import { IdQueue } from '../lib/id-queue.ts';
import type { FamilyId } from '../wire/families.ts';
import { NextHopNames } from './next-hop-names.ts';
import type { BestRoutes, Refusal } from './ports.ts';
import { Retries } from './retries.ts';
import type { FibCounts, FibEntry, FibOperation, FibState } from './types.ts';

const QUEUED = 1;
const BUSY = 2;
const WANTED = 4;
const PINNED = 8;
/** `installed` holds a name from before our start, not a next-hop id. */
const ADOPTED = 16;
/** The kernel could not be asked: it may have the route of the last operation, the one before, or none. */
const UNSURE = 32;

export class FamilyPlan {
  private readonly family: FamilyId;
  private readonly best: BestRoutes;
  /** Next hop of the route that the kernel has; 0: none. */
  private readonly installed = new U32Column();
  private readonly state = new U8Column();
  private readonly queue = new IdQueue();
  private readonly retries = new Retries();
  private readonly names = new NextHopNames();
  /** One above the largest prefix id seen: the bound of a walk. */
  private limit = 1;
  private swept = false;
  private wantedCount = 0;
  private installedCount = 0;
  private adoptedCount = 0;
  private conflictCount = 0;
  private busyCount = 0;

  constructor(family: FamilyId, best: BestRoutes) {
    this.family = family;
    this.best = best;
  }

  get counts(): FibCounts {
    return {
      wanted: this.wantedCount,
      installed: this.installedCount,
      adopted: this.adoptedCount,
      failed: this.retries.count,
      conflicts: this.conflictCount,
      pending: this.queue.length + this.busyCount,
    };
  }

  /** When `retry` should be called; Infinity when nothing waits. */
  get nextRetryMs(): number {
    return this.retries.nextMs;
  }

  get idle(): boolean {
    return this.queue.length === 0;
  }

  bytes(): number {
    return this.installed.bytes() + this.state.bytes() + this.queue.bytes();
  }

  /** The best path of the prefix changed, came or went. O(1). */
  changed(prefix: number): void {
    const wanted = this.best.nextHop(this.family, prefix) !== 0;
    const state = this.state.get(prefix);
    if (wanted !== ((state & WANTED) !== 0)) {
      this.wantedCount += wanted ? 1 : -1;
      this.state.set(prefix, state ^ WANTED);
    }
    this.enqueue(prefix);
  }

  /** A route of ours that the kernel had before our start. */
  adopt(prefix: number, nextHop: string | null): void {
    this.touch(prefix);
    if (this.installed.get(prefix) === 0) {
      this.installedCount++;
      this.adoptedCount++;
    }
    this.installed.set(prefix, this.names.intern(nextHop));
    this.state.set(prefix, this.state.get(prefix) | ADOPTED);
    this.enqueue(prefix);
  }

  /** The restart time is over: adopted routes that nothing asks for go. */
  sweep(): void {
    this.swept = true;
    for (let prefix = 1; prefix < this.limit; prefix++) {
      if ((this.state.get(prefix) & ADOPTED) !== 0) this.enqueue(prefix);
    }
  }

  /** The next operation to hand to the kernel, or null. Every one must come back by `completed` or `returned`. */
  next(nowMs: number): FibOperation | null {
    while (this.queue.length > 0) {
      const prefix = this.queue.shift();
      this.clear(prefix, QUEUED);
      const operation = this.decide(prefix, nowMs);
      if (operation === null) {
        this.settle(prefix);
        continue;
      }
      this.state.set(prefix, this.state.get(prefix) | BUSY);
      this.busyCount++;
      if (operation.nextHop !== 0) this.best.holdNextHop(operation.nextHop);
      return operation;
    }
    return null;
  }

  /** The kernel's answer to an operation of `next`. */
  completed(operation: FibOperation, refusal: Refusal | null, nowMs: number): void {
    const { prefix } = operation;
    if (refusal === null) {
      this.clear(prefix, UNSURE);
      this.place(prefix, operation.nextHop);
      if (operation.kind === 'set') this.forgive(prefix);
      else if (this.retries.get(prefix)?.nextHop === 0) this.forgive(prefix);
    } else {
      if (operation.nextHop !== 0) this.best.releaseNextHop(operation.nextHop);
      this.refused(operation, refusal, nowMs);
    }
    this.release(prefix);
  }

  /** The kernel could not be asked: what became of the operation is unknown, and it is made anew. */
  returned(operation: FibOperation): void {
    if (operation.nextHop !== 0) this.best.releaseNextHop(operation.nextHop);
    this.state.set(operation.prefix, this.state.get(operation.prefix) | UNSURE | QUEUED);
    this.release(operation.prefix);
  }

  /** Queues what was refused and whose time has come. */
  retry(nowMs: number): void {
    this.retries.due(nowMs, (prefix) => this.enqueue(prefix));
  }

  /** Something changed that may help: refused routes are tried again without waiting. */
  hasten(nowMs: number): void {
    this.retries.hasten(nowMs);
  }

  /** What the plan knows, one row per prefix that is wanted or that the kernel has. */
  *entries(): Generator<FibEntry> {
    for (let prefix = 1; prefix < this.limit; prefix++) {
      if ((this.state.get(prefix) & PINNED) !== 0) yield this.entry(prefix);
    }
  }

  private entry(prefix: number): FibEntry {
    const wanted = this.best.nextHop(this.family, prefix);
    const nextHop = wanted === 0 ? this.installedName(prefix) : this.best.formatNextHop(wanted);
    const failure = this.retries.get(prefix);
    if (failure !== undefined) {
      const state = failure.refusal.kind === 'conflict' ? 'conflict' : 'failed';
      return { prefix, nextHop, state, error: failure.refusal.words };
    }
    return { prefix, nextHop, state: this.stateName(prefix, wanted), error: null };
  }

  private stateName(prefix: number, wanted: number): FibState {
    const state = this.state.get(prefix);
    if (wanted !== 0) return (state & (QUEUED | BUSY | UNSURE)) !== 0 ? 'pending' : 'installed';
    return (state & ADOPTED) !== 0 && !this.swept ? 'adopted' : 'removing';
  }

  private installedName(prefix: number): string {
    const current = this.installed.get(prefix);
    if (current === 0) return '';
    return (this.state.get(prefix) & ADOPTED) !== 0 ? this.names.name(current) : this.best.formatNextHop(current);
  }

  private decide(prefix: number, nowMs: number): FibOperation | null {
    const wanted = this.best.nextHop(this.family, prefix);
    const current = this.installed.get(prefix);
    const state = this.state.get(prefix);
    const failure = this.retries.get(prefix);
    if (failure !== undefined && failure.nextHop !== wanted) this.forgive(prefix);
    else if (failure !== undefined && nowMs < failure.dueMs) {
      // A refused replacement leaves the old route, which leads where nobody announces the prefix any more.
      return wanted !== 0 && (current !== 0 || (state & UNSURE) !== 0)
        ? this.operation('delete', prefix, 0, true)
        : null;
    }
    const unsure = (state & UNSURE) !== 0;
    if (wanted === 0) {
      if (current === 0 && !unsure) return null;
      if ((state & ADOPTED) !== 0 && !this.swept) return null;
      return this.operation('delete', prefix, 0, true);
    }
    if (!unsure && current !== 0 && this.leadsTo(prefix, current, wanted)) return null;
    return this.operation('set', prefix, wanted, current !== 0 && !unsure);
  }

  private operation(kind: 'set' | 'delete', prefix: number, nextHop: number, owned: boolean): FibOperation {
    return { kind, family: this.family, prefix, nextHop, owned };
  }

  /** Whether the kernel's route is the wanted one; a matching adopted route becomes ours without a kernel call. */
  private leadsTo(prefix: number, current: number, wanted: number): boolean {
    if ((this.state.get(prefix) & ADOPTED) === 0) return current === wanted;
    if (!this.names.matches(current, wanted, this.best)) return false;
    this.best.holdNextHop(wanted);
    this.place(prefix, wanted);
    return true;
  }

  private refused(operation: FibOperation, refusal: Refusal, nowMs: number): void {
    const { prefix, kind, nextHop } = operation;
    const before = this.retries.get(prefix);
    // The removal of a refused route's predecessor waits with that route.
    if (kind === 'delete' && before !== undefined && before.nextHop !== 0) return;
    this.forgive(prefix, false);
    this.retries.add(prefix, nextHop, refusal, nowMs);
    if (refusal.kind === 'conflict') {
      this.conflictCount++;
      this.clear(prefix, UNSURE);
      this.place(prefix, 0);
    } else if (kind === 'set') {
      this.state.set(prefix, this.state.get(prefix) | QUEUED); // for what is left of the route before
    }
  }

  /** Forgets a refusal; `whole` false keeps its count of attempts for the one that follows. */
  private forgive(prefix: number, whole = true): void {
    const failure = this.retries.get(prefix);
    if (failure === undefined) return;
    if (failure.refusal.kind === 'conflict') this.conflictCount--;
    if (whole) this.retries.delete(prefix);
  }

  /** The kernel has this next hop (held already) for the prefix now; 0: no route of ours. */
  private place(prefix: number, nextHop: number): void {
    const before = this.installed.get(prefix);
    const adopted = (this.state.get(prefix) & ADOPTED) !== 0;
    if (before !== 0 && !adopted) this.best.releaseNextHop(before);
    if (adopted) {
      this.clear(prefix, ADOPTED);
      this.adoptedCount--;
    }
    this.installed.set(prefix, nextHop);
    this.installedCount += (nextHop === 0 ? 0 : 1) - (before === 0 ? 0 : 1);
  }

  private enqueue(prefix: number): void {
    this.touch(prefix);
    const state = this.state.get(prefix);
    if ((state & QUEUED) !== 0) return;
    this.state.set(prefix, state | QUEUED);
    if ((state & BUSY) === 0) this.queue.push(prefix);
  }

  /** Ends an operation; a change that came meanwhile gets its turn. */
  private release(prefix: number): void {
    this.clear(prefix, BUSY);
    this.busyCount--;
    if ((this.state.get(prefix) & QUEUED) !== 0) this.queue.push(prefix);
    else this.settle(prefix);
  }

  /** From here until `settle` finds nothing left, the prefix keeps its id. */
  private touch(prefix: number): void {
    const state = this.state.get(prefix);
    if ((state & PINNED) !== 0) return;
    this.best.pin(this.family, prefix);
    this.state.set(prefix, state | PINNED);
    if (prefix >= this.limit) this.limit = prefix + 1;
  }

  private settle(prefix: number): void {
    const state = this.state.get(prefix);
    if ((state & (QUEUED | BUSY | UNSURE)) !== 0 || this.installed.get(prefix) !== 0) return;
    if (this.retries.get(prefix) !== undefined || (state & PINNED) === 0) return;
    this.clear(prefix, PINNED);
    this.best.unpin(this.family, prefix);
  }

  private clear(prefix: number, bits: number): void {
    this.state.set(prefix, this.state.get(prefix) & ~bits);
  }
}
