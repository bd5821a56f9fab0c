/** The rib as the plan sees it: the object that counts the users of next hops also holds their ids. */

import type { Discard } from '../../spec/fib.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes, NextHopMember } from '../port/ports.ts';

/** Counts the users of next hops. */
interface NextHopUsers {
  hold(nextHop: number): void;
  release(nextHop: number): void;
}

export class HeldRoutes implements BestRoutes {
  private readonly best: BestRoutes;
  private readonly users: () => NextHopUsers;
  /** True: no route is wanted any more. */
  withdrawn = false;

  constructor(best: BestRoutes, users: () => NextHopUsers) {
    this.best = best;
    this.users = users;
  }

  nextHop(family: FamilyId, prefix: number): number {
    return this.withdrawn ? 0 : this.best.nextHop(family, prefix);
  }

  formatPrefix(family: FamilyId, prefix: number): string {
    return this.best.formatPrefix(family, prefix);
  }

  formatNextHop(nextHop: number): string {
    return this.best.formatNextHop(nextHop);
  }

  intern(family: FamilyId, address: Uint8Array, length: number): number {
    return this.best.intern(family, address, length);
  }

  find(family: FamilyId, address: Uint8Array, length: number): number {
    return this.best.find(family, address, length);
  }

  members(nextHop: number): readonly NextHopMember[] | null {
    return this.best.members?.(nextHop) ?? null;
  }

  discards(nextHop: number): Discard | null {
    return this.best.discards?.(nextHop) ?? null;
  }

  isInside(family: FamilyId, prefix: number, nextHop: number): boolean {
    return this.best.isInside?.(family, prefix, nextHop) ?? false;
  }

  pin(family: FamilyId, prefix: number): void {
    this.best.pin(family, prefix);
  }

  unpin(family: FamilyId, prefix: number): void {
    this.best.unpin(family, prefix);
  }

  holdNextHop(nextHop: number): void {
    this.users().hold(nextHop);
  }

  releaseNextHop(nextHop: number): void {
    this.users().release(nextHop);
  }
}
