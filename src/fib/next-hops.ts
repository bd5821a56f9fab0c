/**
 * BGP next hops, and how the kernel reaches them: each is resolved once, has one nexthop object where the kernel has
 * such, and all its routes follow when that is replaced. Asks through the port; no timers.
 *
 *   fresh ─ prepare ─► reached (object made) ◄─ refresh ─► unreachable (object deleted, routes gone with it)
 *
 * The kernel is asked about objects by one call at a time, so what it answers is what it has.
 */
import type { FamilyPlan } from './family-plan.ts';
import { NextHop, sameVia } from './next-hop.ts';
import { targetKey } from './next-hop-names.ts';
import { type ObjectIdRange, ObjectIds } from './object-ids.ts';
import type { BestRoutes, Fib, ObjectChange, Refusal, Resolution, Via } from './ports.ts';
import type { FibOperation } from './types.ts';

/** The kernel could not be asked. */
export class UnavailableError extends Error {}

/** What `refresh` found; ids of next hops. */
export interface NextHopChanges {
  /** Reachable now, or not any more. */
  readonly changed: Set<number>;
  /** Routes that lead there must be written again. */
  readonly moved: Set<number>;
  /** The kernel removed the routes that led there. */
  readonly lost: Set<number>;
}

export class NextHops {
  private readonly port: Fib;
  private readonly best: BestRoutes;
  private readonly ids: ObjectIds;
  private readonly byId = new Map<number, NextHop>();
  /** Objects from before our start that no next hop has claimed. */
  private readonly orphans = new Map<number, Via>();
  /** Next hops whose object the kernel has with another content. */
  private readonly wrong = new Set<NextHop>();
  private objects = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(port: Fib, best: BestRoutes, range: ObjectIdRange) {
    this.port = port;
    this.best = best;
    this.ids = new ObjectIds(range);
  }

  /** Whether routes lead to nexthop objects. */
  get usesObjects(): boolean {
    return this.objects;
  }

  get count(): number {
    return this.byId.size;
  }

  /**
   * Finds out what the kernel can do and what is there.
   * @param allowed false: nexthop objects are not used even where the kernel has them
   * @throws Error with the reason
   */
  async start(allowed: boolean): Promise<void> {
    this.objects = allowed && (await this.port.hasObjects());
    if (!this.objects) return;
    for (const object of await this.port.readObjects()) {
      this.ids.take(object.id);
      if (object.ours && object.via !== null && this.ids.includes(object.id)) this.orphans.set(object.id, object.via);
    }
  }

  /** Why the next hop cannot be reached; null when it can, or when nobody asked yet. */
  unreachable(nextHop: number): string | null {
    const known = this.byId.get(nextHop);
    if (known === undefined || known.words === '') return null;
    // An id that nobody holds may stand for another address by now.
    return known.users > 0 || known.name === this.best.formatNextHop(nextHop) ? known.words : null;
  }

  hold(nextHop: number): void {
    this.at(nextHop).users++;
  }

  release(nextHop: number): void {
    this.at(nextHop).users--;
  }

  /** The key of what routes to a next hop that is in use lead to. */
  key(nextHop: number): string {
    const known = this.byId.get(nextHop);
    return known === undefined || known.via === null ? '' : targetKey(known.target);
  }

  /** The next hop of an operation; valid while the operation is under way. */
  of(operation: FibOperation): NextHop {
    return this.byId.get(operation.nextHop) as NextHop;
  }

  /**
   * Resolves what the operations lead to and makes its objects.
   * @throws UnavailableError
   */
  async prepare(operations: readonly FibOperation[]): Promise<void> {
    if (operations.every((operation) => operation.nextHop === 0 || !this.of(operation).fresh)) return;
    await this.exclusively(async () => {
      const claims = new Map<NextHop, string | null>();
      for (const operation of operations) {
        if (operation.nextHop === 0 || !this.of(operation).fresh || claims.get(this.of(operation))) continue;
        claims.set(this.of(operation), operation.adopted);
      }
      const fresh = [...claims.keys()];
      const resolutions = await this.resolve(fresh);
      for (const [i, nextHop] of fresh.entries()) settle(nextHop, resolutions[i]);
      const reached = fresh.filter((nextHop) => nextHop.via !== null && !this.claim(nextHop, claims.get(nextHop)));
      if (this.objects) await this.create(reached);
    });
  }

  /**
   * Resolves everything again, and puts the objects right.
   * @throws UnavailableError
   */
  refresh(): Promise<NextHopChanges> {
    return this.exclusively(async () => {
      const changes: NextHopChanges = { changed: new Set(), moved: new Set(), lost: new Set() };
      if (this.objects) await this.findLost(changes);
      const all = [...this.byId.values()].filter((nextHop) => !nextHop.fresh);
      const was = new Map(all.map((nextHop) => [nextHop, nextHop.via]));
      const resolutions = await this.resolve(all);
      for (const [i, nextHop] of all.entries()) settle(nextHop, resolutions[i]);
      const revived = all.filter((nextHop) => nextHop.via !== null && was.get(nextHop) === null);
      const moved = all.filter((nextHop) => was.get(nextHop) !== null && isMoved(nextHop, was.get(nextHop)));
      await this.follow(all, moved, changes);
      if (this.objects) await this.create(revived.filter((nextHop) => nextHop.objectId === 0));
      for (const nextHop of all) {
        if ((nextHop.via === null) !== (was.get(nextHop) === null)) changes.changed.add(nextHop.id);
      }
      return changes;
    });
  }

  /**
   * Deletes objects that nothing uses any more, and forgets their next hops.
   * @param orphansToo those from before our start as well
   */
  collect(plans: readonly FamilyPlan[], orphansToo: boolean): Promise<void> {
    return this.exclusively(async () => {
      const waiting = new Set<number>();
      for (const plan of plans) plan.collectWaiting(waiting);
      const idle = [...this.byId.values()].filter((nextHop) => nextHop.users === 0 && !waiting.has(nextHop.id));
      const objects = idle.map((nextHop) => nextHop.objectId).filter((id) => id !== 0);
      for (const nextHop of idle) this.byId.delete(nextHop.id);
      if (orphansToo) objects.push(...this.orphans.keys());
      if (orphansToo) this.orphans.clear();
      if (objects.length > 0) await this.apply(objects.map((id) => ({ kind: 'delete', id })));
      for (const id of objects) this.ids.free(id);
    });
  }

  private at(nextHop: number): NextHop {
    let known = this.byId.get(nextHop);
    if (known === undefined || (known.users === 0 && known.name !== this.best.formatNextHop(nextHop))) {
      if (known !== undefined && known.objectId !== 0 && known.via !== null)
        this.orphans.set(known.objectId, known.via);
      known = new NextHop(nextHop, this.best.formatNextHop(nextHop));
      this.byId.set(nextHop, known);
    }
    return known;
  }

  /** Takes over the object that adopted routes of this next hop lead to, if it leads where it should. */
  private claim(nextHop: NextHop, key: string | null | undefined): boolean {
    if (!this.objects || key === null || key === undefined || !key.startsWith('#')) return false;
    const id = Number(key.slice(1));
    if (!sameVia(this.orphans.get(id) ?? null, nextHop.via)) return false;
    this.orphans.delete(id);
    nextHop.objectId = id;
    return true;
  }

  /** Makes objects; a next hop whose object the kernel refuses cannot be reached, in the kernel's words. */
  private async create(nextHops: readonly NextHop[]): Promise<void> {
    let missing = nextHops;
    while (missing.length > 0) {
      for (const nextHop of missing) nextHop.objectId = this.ids.allocate();
      const made = missing.filter((nextHop) => nextHop.objectId !== 0); // beyond the range: routes say it themselves
      const refusals = await this.apply(
        made.map((nextHop) => ({ kind: 'create', id: nextHop.objectId, via: nextHop.via as Via })),
      );
      missing = made.filter((_, i) => refusals[i]?.kind === 'conflict');
      for (const [i, nextHop] of made.entries()) this.disown(nextHop, refusals[i]);
    }
  }

  private disown(nextHop: NextHop, refusal: Refusal | null): void {
    if (refusal === null) return;
    if (refusal.kind === 'conflict') return; // stays taken: it is somebody else's
    this.ids.free(nextHop.objectId);
    nextHop.objectId = 0;
    nextHop.lost(refusal.words);
  }

  /** Next hops whose object the kernel has no more, or has with another content. */
  private async findLost(changes: NextHopChanges): Promise<void> {
    const there = new Map<number, Via | null>();
    for (const object of await this.ask(() => this.port.readObjects())) {
      if (object.ours) there.set(object.id, object.via);
    }
    for (const nextHop of this.byId.values()) {
      if (nextHop.objectId === 0) continue;
      const via = there.get(nextHop.objectId);
      if (via === undefined) {
        this.bereave(nextHop, changes);
        nextHop.lost('its nexthop object is gone');
      } else if (!sameVia(via, nextHop.via)) this.wrong.add(nextHop);
    }
    for (const id of this.orphans.keys()) if (!there.has(id)) this.orphans.delete(id);
  }

  /** One object change per next hop that died or moved; what has no object moves by its routes. */
  private async follow(all: readonly NextHop[], moved: readonly NextHop[], changes: NextHopChanges): Promise<void> {
    for (const nextHop of moved) if (nextHop.objectId === 0) changes.moved.add(nextHop.id);
    // Whatever the object was made into, it leads where it should again.
    const led = all.filter((nextHop) => nextHop.via !== null && nextHop.objectId !== 0 && this.wrong.has(nextHop));
    for (const nextHop of moved) if (nextHop.objectId !== 0 && !this.wrong.has(nextHop)) led.push(nextHop);
    this.wrong.clear();
    const refusals = await this.apply(
      led.map((nextHop) => ({ kind: 'replace', id: nextHop.objectId, via: nextHop.via as Via })),
    );
    led.forEach((nextHop, i) => {
      const refusal = refusals[i];
      if (refusal !== null) nextHop.lost(refusal.words);
    });
    const dead = all.filter((nextHop) => nextHop.via === null && nextHop.objectId !== 0);
    await this.apply(dead.map((nextHop): ObjectChange => ({ kind: 'delete', id: nextHop.objectId })));
    for (const nextHop of dead) this.bereave(nextHop, changes);
  }

  /** The object is gone, and its routes with it. */
  private bereave(nextHop: NextHop, changes: NextHopChanges): void {
    this.ids.free(nextHop.objectId);
    nextHop.objectId = 0;
    nextHop.losses++;
    changes.lost.add(nextHop.id);
  }

  private resolve(nextHops: readonly NextHop[]): Promise<readonly Resolution[]> {
    if (nextHops.length === 0) return Promise.resolve([]);
    return this.ask(() => this.port.resolve(nextHops.map((nextHop) => nextHop.name)));
  }

  private async apply(changes: readonly ObjectChange[]): Promise<readonly (Refusal | null)[]> {
    if (changes.length === 0) return [];
    const result = await this.port.applyObjects(changes);
    if (result.kind === 'unavailable') throw new UnavailableError(result.reason);
    return result.refusals;
  }

  private ask<T>(question: () => Promise<T>): Promise<T> {
    return question().catch((error: Error) => {
      throw new UnavailableError(error.message);
    });
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => {});
    return mine;
  }
}

function isMoved(nextHop: NextHop, was: Via | null | undefined): boolean {
  return nextHop.via !== null && !sameVia(nextHop.via, was ?? null);
}

function settle(nextHop: NextHop, resolution: Resolution): void {
  if (resolution.kind === 'reachable') nextHop.reached(resolution.via);
  else nextHop.lost(resolution.words);
}
