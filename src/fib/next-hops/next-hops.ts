/**
 * BGP next hops, and how the kernel reaches them: each is resolved once, has one nexthop object where the kernel has
 * such, and all its routes follow when that is replaced. Several that share the traffic have a group of such objects.
 * Queries go through the port.
 *
 *   new ─ prepare ─► reached (object made) ◄─ refresh ─► unreachable (object deleted, routes gone with it)
 *
 * The kernel is asked about objects by one call at a time, so what it answers is what it has.
 *
 * What is known of a next hop is kept by its id, so the id is held for exactly as long: it cannot come to stand for
 * another next hop meanwhile, whoever else lets it go.
 */
import { invariant } from '../../lib/invariant.ts';
import type { ObjectIdRange } from '../../spec/fib.ts';
import type { FamilyPlan } from '../plan/family-plan.ts';
import type { BestRoutes, Fib, Via } from '../port/ports.ts';
import { targetKey } from '../port/targets.ts';
import type { FibOperation } from '../port/types.ts';
import { type Member, NextHop } from './next-hop.ts';
import { Objects } from './objects.ts';
import type { Resolutions } from './resolutions.ts';

/** What `refresh` found; ids of next hops. */
export interface NextHopChanges {
  /** Reachable now, or not any more. */
  readonly changed: Set<number>;
  /** Routes that lead there must be written again. */
  readonly moved: Set<number>;
  /** The kernel removed the routes that led there. */
  readonly lost: Set<number>;
  /** Nexthop objects that others removed, and that they changed: they are as they should be again. */
  readonly removed: number;
  readonly altered: number;
}

export class NextHops {
  private readonly resolutions: Resolutions;
  private readonly best: BestRoutes;
  private readonly objects: Objects;
  private readonly byId = new Map<number, NextHop>();
  private last: Promise<unknown> = Promise.resolve();
  private idle = 0;

  /** @param best the tables themselves */
  constructor(port: Fib, best: BestRoutes, range: ObjectIdRange, resolutions: Resolutions) {
    this.resolutions = resolutions;
    this.best = best;
    this.objects = new Objects(port, range);
  }

  /** Whether routes lead to nexthop objects. */
  get usesObjects(): boolean {
    return this.objects.inUse;
  }

  get count(): number {
    return this.byId.size;
  }

  /**
   * Finds out what the kernel can do and what is there.
   * @param allowed false: nexthop objects are not used even where the kernel has them
   * @throws Error with the reason
   */
  start(allowed: boolean): Promise<void> {
    return this.objects.start(allowed);
  }

  /** Next hops that nothing uses, and that `collect` would forget. */
  get idleCount(): number {
    return this.idle;
  }

  /** Why the next hop cannot be reached; null when it can, or when nobody asked yet. */
  unreachable(nextHop: number): string | null {
    const words = this.byId.get(nextHop)?.words ?? '';
    return words === '' ? null : words;
  }

  /** One more user of a next hop: its id stays what it is from now on, and until some time after the last `release`. */
  hold(nextHop: number): void {
    this.use(this.byId.get(nextHop) ?? this.add(nextHop));
  }

  release(nextHop: number): void {
    const known = this.byId.get(nextHop);
    invariant(known !== undefined && known.users > 0, 'a next hop is released by who holds it');
    this.letGo(known);
  }

  /** The key of what routes to a next hop that is in use lead to. */
  key(nextHop: number): string {
    const known = this.byId.get(nextHop);
    return known?.reached === true ? targetKey(known.target) : '';
  }

  /** The next hop of an operation; valid while the operation is under way. */
  of(operation: FibOperation): NextHop {
    return this.byId.get(operation.nextHop) as NextHop;
  }

  /**
   * Resolves what the operations lead to and makes its objects, or waits until both is done that others asked for: what
   * `of` gives is where routes lead from then on.
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
   * Takes over how everything is resolved by now, and puts the objects right.
   * @throws UnavailableError
   */
  refresh(): Promise<NextHopChanges> {
    return this.exclusively(async () => {
      const changes = { changed: new Set<number>(), moved: new Set<number>(), lost: new Set<number>() };
      const all = [...this.byId.values()].filter((nextHop) => nextHop.asked);
      const was = all.map((nextHop) => (nextHop.reached ? targetKey(nextHop.target) : null));
      const { removed, altered } = await this.objects.verify(all, changes.lost);
      await this.resolve(all);
      // With a link that went down the kernel removes the objects behind it: that is no meddling.
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

  /** The neighbour that a name stands for, as the kernel last said; null: it is not reached, or nobody has asked. */
  viaOf(name: string): Via | null {
    const known = this.resolutions.peek(name);
    return known?.kind === 'reachable' ? known.via : null;
  }

  /** The kernel does not take the nexthop object. */
  isRefused(nextHop: number): boolean {
    return this.byId.get(nextHop)?.refused === true;
  }

  /** Whether a next hop, or each member of a group, is what the tables call it now. */
  isCurrent(nextHop: number): boolean {
    return this.singlesOf(nextHop).every((one) => one.name === this.best.formatNextHop(one.id));
  }

  /** Has it be so; in force with the next `refresh`. */
  correct(nextHop: number): void {
    for (const one of this.singlesOf(nextHop)) one.name = this.best.formatNextHop(one.id);
  }

  private singlesOf(nextHop: number): readonly NextHop[] {
    const known = this.byId.get(nextHop);
    return known?.members?.map((member) => member.nextHop) ?? (known === undefined ? [] : [known]);
  }

  /** How many next hops are not reached because the kernel refused their objects, by its words. */
  refusals(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { refused, words } of this.byId.values()) {
      if (refused) counts.set(words, (counts.get(words) ?? 0) + 1);
    }
    return counts;
  }

  /** Names of the single next hops that are in use, for a new look at how they are reached. */
  get names(): readonly string[] {
    return singles([...this.byId.values()]).map((nextHop) => nextHop.name);
  }

  /**
   * Deletes objects that nothing uses any more, and forgets their next hops.
   * @param orphansToo those from before our start as well
   */
  collect(plans: readonly FamilyPlan[], orphansToo: boolean): Promise<void> {
    return this.exclusively(async () => {
      const waiting = new Set<number>();
      for (const plan of plans) plan.collectWaiting(waiting);
      const forgotten: NextHop[] = [];
      // Groups come behind their members: what is idle once they are forgotten is found by a second look.
      for (let before = -1; before < forgotten.length; ) {
        before = forgotten.length;
        for (const nextHop of this.byId.values()) {
          if (nextHop.users === 0 && !waiting.has(nextHop.id)) forgotten.push(this.forget(nextHop));
        }
      }
      await this.objects.delete(forgotten, orphansToo);
    });
  }

  private use(nextHop: NextHop): void {
    if (nextHop.users++ === 0) this.idle--;
  }

  private letGo(nextHop: NextHop): void {
    if (--nextHop.users === 0) this.idle++;
  }

  private add(id: number): NextHop {
    this.best.holdNextHop(id);
    const made = new NextHop(id, this.best.formatNextHop(id), this.membersOf(id), this.best.discards?.(id) ?? null);
    this.byId.set(id, made);
    this.idle++;
    return made;
  }

  private forget(nextHop: NextHop): NextHop {
    this.byId.delete(nextHop.id);
    this.idle--;
    for (const member of nextHop.members ?? []) this.letGo(member.nextHop);
    this.best.releaseNextHop(nextHop.id);
    return nextHop;
  }

  private membersOf(id: number): readonly Member[] | null {
    const members = this.best.members?.(id) ?? null;
    if (members === null) return null;
    return members.map(({ nextHop, weight }) => {
      const member = this.byId.get(nextHop) ?? this.add(nextHop);
      this.use(member);
      return { nextHop: member, weight };
    });
  }

  /**
   * Whether routes may lead there now. One whose object is still to be made, or not yet confirmed, is not ready: a route
   * that says itself where it leads would not follow the object, and one that is sent to the object may come too early.
   */
  private isReady(nextHop: NextHop): boolean {
    if (!nextHop.asked) return false;
    if (!nextHop.reached || nextHop.discard !== null || !this.objects.inUse) return true;
    return nextHop.objectId !== 0 ? nextHop.written !== '' : nextHop.isBare || nextHop.content === null;
  }

  /** Next hops that are not ready, each with where an adopted route of it leads, if there is one. */
  private unready(operations: readonly FibOperation[]): Map<NextHop, string | null> {
    const keys = new Map<NextHop, string | null>();
    for (const operation of operations) {
      if (operation.nextHop === 0) continue;
      const nextHop = this.of(operation);
      if (!this.isReady(nextHop)) keys.set(nextHop, keys.get(nextHop) ?? operation.adopted);
    }
    return keys;
  }

  /** Takes over the object that adopted routes of this next hop lead to, if it leads where it should. */
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

  /** Asks how single next hops are reached; groups follow. */
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

  /** Groups follow what became of their members' objects. */
  private async syncGroups(nextHops: readonly NextHop[], lost: Set<number>): Promise<void> {
    const groups = nextHops.filter((nextHop) => nextHop.members !== null);
    for (const group of groups) {
      group.followMembers();
      if (group.members?.some((member) => lost.has(member.nextHop.id))) group.written = ''; // it left the group
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
