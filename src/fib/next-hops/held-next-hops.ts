/**
 * The next hops with state, and how many users each has. The state of a next hop is kept by its id, and the id is held for
 * exactly as long: it cannot be reused for another next hop meanwhile, even when all other holders release it.
 */
import { invariant } from '../../lib/invariant.ts';
import type { BestRoutes } from '../port/ports.ts';
import { type Member, NextHop } from './next-hop.ts';

export class HeldNextHops {
  /** Number of those without a user. */
  idle = 0;
  private readonly byId = new Map<number, NextHop>();
  private readonly best: BestRoutes;

  /** @param best the routing tables */
  constructor(best: BestRoutes) {
    this.best = best;
  }

  get count(): number {
    return this.byId.size;
  }

  get(id: number): NextHop | undefined {
    return this.byId.get(id);
  }

  all(): Iterable<NextHop> {
    return this.byId.values();
  }

  /** Adds a user. */
  hold(id: number): NextHop {
    const nextHop = this.byId.get(id) ?? this.add(id);
    if (nextHop.users++ === 0) this.idle--;
    return nextHop;
  }

  release(id: number): void {
    const nextHop = this.byId.get(id);
    invariant(nextHop !== undefined && nextHop.users > 0, 'only a holder releases a next hop');
    if (--nextHop.users === 0) this.idle++;
  }

  /** Ends the state of a next hop without users, and releases its members. */
  forget(nextHop: NextHop): NextHop {
    this.byId.delete(nextHop.id);
    this.idle--;
    for (const member of nextHop.members ?? []) this.release(member.nextHop.id);
    this.best.releaseNextHop(nextHop.id);
    return nextHop;
  }

  private add(id: number): NextHop {
    this.best.holdNextHop(id);
    const made = new NextHop(id, this.best.formatNextHop(id), this.membersOf(id), this.best.discards?.(id) ?? null);
    this.byId.set(id, made);
    this.idle++;
    return made;
  }

  private membersOf(id: number): readonly Member[] | null {
    const members = this.best.members?.(id) ?? null;
    return members === null ? null : members.map(({ nextHop, weight }) => ({ nextHop: this.hold(nextHop), weight }));
  }
}
