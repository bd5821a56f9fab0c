/**
 * BGP next hops in the kernel: each is resolved once, and has one nexthop object if the kernel supports them, so that
 * all its routes follow when the object is replaced. Several that share the traffic (ECMP) have a group of objects.
 * Queries go through the port.
 *
 *   new ─ prepare ─► reachable (object installed) ◄─ refresh ─► unreachable (object removed, its routes with it)
 *
 * Only one call at a time changes objects, so the kernel's answer is its current state.
 */
import type { ObjectIdRange } from '../../spec/fib.ts';
import type { FamilyPlan } from '../plan/family-plan.ts';
import type { BestRoutes, Fib, Via } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';
import type { FibOperation } from '../port/types.ts';
import { HeldNextHops } from './held-next-hops.ts';
import type { NextHop } from './next-hop.ts';
import { Objects } from './objects.ts';
import type { Resolutions } from './resolutions.ts';

/** What `refresh` found; ids of next hops. */
interface NextHopChanges {
  /** Next hops that became reachable or unreachable. */
  readonly changed: Set<number>;
  /** Next hops whose routes must be installed again. */
  readonly moved: Set<number>;
  /** Next hops whose routes the kernel removed. */
  readonly lost: Set<number>;
  /** Nexthop objects that others removed or changed, and that are repaired. */
  readonly removed: number;
  readonly altered: number;
}

export class NextHops {
  private readonly resolutions: Resolutions;
  private readonly best: BestRoutes;
  private readonly objects: Objects;
  private readonly held: HeldNextHops;
  private last: Promise<unknown> = Promise.resolve();

  /** @param best the routing tables */
  constructor(port: Fib, best: BestRoutes, range: ObjectIdRange, resolutions: Resolutions) {
    this.resolutions = resolutions;
    this.best = best;
    this.objects = new Objects(port, range);
    this.held = new HeldNextHops(best);
  }

  /** Whether routes use nexthop objects. */
  get usesObjects(): boolean {
    return this.objects.inUse;
  }

  get count(): number {
    return this.held.count;
  }

  /**
   * Reads what the kernel supports and which objects exist.
   * @param allowed false: nexthop objects are not used even if the kernel supports them
   * @throws Error with the reason
   */
  start(allowed: boolean): Promise<void> {
    return this.objects.start(allowed);
  }

  /** Number of unused next hops, which `collect` would remove. */
  get idleCount(): number {
    return this.held.idle;
  }

  /** Why the next hop is unreachable; null when it is reachable or not resolved yet. */
  unreachable(nextHop: number): string | null {
    const words = this.held.get(nextHop)?.words ?? '';
    return words === '' ? null : words;
  }

  /** Adds a user of a next hop: its id stays valid until some time after the last `release`. */
  hold(nextHop: number): void {
    this.held.hold(nextHop);
  }

  release(nextHop: number): void {
    this.held.release(nextHop);
  }

  /** The key of the target of routes with a next hop that is in use. */
  key(nextHop: number): string {
    const known = this.held.get(nextHop);
    return known?.reached === true ? targetKey(known.target) : '';
  }

  /** The next hop of an operation; valid while the operation is pending. */
  of(operation: FibOperation): NextHop {
    return this.held.get(operation.nextHop) as NextHop;
  }

  /**
   * Resolves the next hops of the operations and installs their objects, or waits for other calls that do so: routes
   * use the result of `of` from then on.
   * @throws UnavailableError
   */
  async prepare(operations: readonly FibOperation[]): Promise<void> {
    if (operations.every((operation) => operation.nextHop === 0 || this.isReady(this.of(operation)))) return;
    await this.exclusively(async () => {
      const keys = this.unready(operations);
      const all = [...keys.keys()].flatMap((one) => [one, ...(one.members ?? []).map((member) => member.nextHop)]);
      const fresh = [...new Set(all)].filter((nextHop) => !this.isReady(nextHop));
      await this.resolve(fresh);
      for (const [nextHop, key] of keys) this.claim(nextHop, key);
      const lost = new Set<number>();
      await this.objects.sync(singles(fresh), lost);
      await this.syncGroups(fresh, lost);
    });
  }

  /**
   * Applies the current resolutions, and corrects the objects.
   * @throws UnavailableError
   */
  refresh(): Promise<NextHopChanges> {
    return this.exclusively(async () => {
      const changes = { changed: new Set<number>(), moved: new Set<number>(), lost: new Set<number>() };
      const all = [...this.held.all()].filter((nextHop) => nextHop.asked);
      const was = all.map((nextHop) => (nextHop.reached ? targetKey(nextHop.target) : null));
      const { removed, altered } = await this.objects.verify(all, changes.lost);
      await this.resolve(all);
      // The kernel removes the objects of an interface that goes down: no other program changed them.
      const meddled = [removed, altered].map((some) => some.filter((one) => one.reached).length);
      await this.objects.sync(singles(all), changes.lost);
      await this.syncGroups(all, changes.lost);
      for (const [i, nextHop] of all.entries()) {
        if (nextHop.reached !== (was[i] !== null) || changes.lost.has(nextHop.id)) changes.changed.add(nextHop.id);
        else if (nextHop.reached && targetKey(nextHop.target) !== was[i]) changes.moved.add(nextHop.id);
      }
      return { ...changes, removed: meddled[0], altered: meddled[1] };
    });
  }

  /** The neighbor that a name resolves to, as of the last answer; null: unreachable, or not resolved yet. */
  viaOf(name: string): Via | null {
    const known = this.resolutions.peek(name);
    return known?.kind === 'reachable' ? known.via : null;
  }

  /** The kernel refuses the nexthop object. */
  isRefused(nextHop: number): boolean {
    return this.held.get(nextHop)?.refused === true;
  }

  /** Whether a next hop, or each member of a group, still has the name that the tables have for it. */
  isCurrent(nextHop: number): boolean {
    return this.singlesOf(nextHop).every((one) => one.name === this.best.formatNextHop(one.id));
  }

  /** Updates the names; effective with the next `refresh`. */
  correct(nextHop: number): void {
    for (const one of this.singlesOf(nextHop)) one.name = this.best.formatNextHop(one.id);
  }

  private singlesOf(nextHop: number): readonly NextHop[] {
    const known = this.held.get(nextHop);
    return known?.members?.map((member) => member.nextHop) ?? (known === undefined ? [] : [known]);
  }

  /** Number of next hops that are unreachable because the kernel refused their objects, by the kernel's words. */
  refusals(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { refused, words } of this.held.all()) {
      if (refused) counts.set(words, (counts.get(words) ?? 0) + 1);
    }
    return counts;
  }

  /** Names of the single next hops in use, to resolve them again. */
  get names(): readonly string[] {
    return singles([...this.held.all()]).map((nextHop) => nextHop.name);
  }

  /**
   * Removes unused objects and their next hops.
   * @param orphansToo also objects from before our start
   */
  collect(plans: readonly FamilyPlan[], orphansToo: boolean): Promise<void> {
    return this.exclusively(async () => {
      const waiting = new Set<number>();
      for (const plan of plans) plan.collectWaiting(waiting);
      const forgotten: NextHop[] = [];
      // Groups follow their members: a second pass finds what is unused once groups are removed.
      for (let before = -1; before < forgotten.length; ) {
        before = forgotten.length;
        for (const nextHop of this.held.all()) {
          if (nextHop.users === 0 && !waiting.has(nextHop.id)) forgotten.push(this.held.forget(nextHop));
        }
      }
      await this.objects.delete(forgotten, orphansToo);
    });
  }

  /**
   * Whether routes may use it now. It is not ready until the kernel has confirmed its object: a route with its own
   * gateway would not follow the object, and a route to the object may be sent too early.
   */
  private isReady(nextHop: NextHop): boolean {
    if (!nextHop.asked) return false;
    if (!nextHop.reached || nextHop.discard !== null || !this.objects.inUse) return true;
    return nextHop.objectId !== 0 ? nextHop.written !== '' : nextHop.isBare || nextHop.content === null;
  }

  /** Next hops that are not ready, each with the target of an adopted route, if there is one. */
  private unready(operations: readonly FibOperation[]): Map<NextHop, string | null> {
    const keys = new Map<NextHop, string | null>();
    for (const operation of operations) {
      if (operation.nextHop === 0) continue;
      const nextHop = this.of(operation);
      if (!this.isReady(nextHop)) keys.set(nextHop, keys.get(nextHop) ?? operation.adopted);
    }
    return keys;
  }

  /** Adopts the object that adopted routes with this next hop use, if its content is right. */
  private claim(nextHop: NextHop, key: string | null): void {
    const orphan = this.objects.orphan(key);
    if (orphan === null) return;
    if (orphan.content.kind === 'group') {
      for (const { id } of orphan.content.members) {
        for (const member of nextHop.members ?? []) this.objects.claim(member.nextHop, id);
      }
    }
    this.objects.claim(nextHop, orphan.id);
  }

  /** Resolves single next hops; groups follow. */
  private async resolve(nextHops: readonly NextHop[]): Promise<void> {
    const asked = singles(nextHops);
    if (asked.length > 0) {
      const resolutions = await this.resolutions.of(asked.map((nextHop) => nextHop.name));
      for (const [i, nextHop] of asked.entries()) {
        const resolution = resolutions[i];
        if (resolution.kind === 'reachable') nextHop.reach(resolution.via);
        else nextHop.lose(resolution.words);
      }
    }
    for (const nextHop of nextHops) if (nextHop.members !== null) nextHop.followMembers();
  }

  /** Updates groups after changes of their members' objects. */
  private async syncGroups(nextHops: readonly NextHop[], lost: Set<number>): Promise<void> {
    const groups = nextHops.filter((nextHop) => nextHop.members !== null);
    for (const group of groups) {
      group.followMembers();
      if (group.members?.some((member) => lost.has(member.nextHop.id))) group.written = ''; // the member left the group
    }
    await this.objects.sync(groups, lost);
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => {});
    return mine;
  }
}

function singles(nextHops: readonly NextHop[]): NextHop[] {
  return nextHops.filter((nextHop) => nextHop.members === null && nextHop.discard === null);
}
