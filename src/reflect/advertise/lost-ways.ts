/**
 * Prefixes of which a path is not advertised by the way that the decision prefers; receivers hold the same path until then.
 *
 * Either the way that is advertised was lost: a router that withdraws a route does so from all reflectors, so what comes
 * from the others is a moment behind, and to announce it would be to withdraw it again. Or another way is better: while
 * routers connect, their paths often come from another reflector first. That is announced once nothing else changes: after
 * a restart it would be, and receivers would have to install all those paths anew.
 * No timers: the owner calls `age` from time to time.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';

export class LostWays {
  /** Those since the last call of `age`, those before it, and those whose time is over. */
  private young = new BitSet();
  private old = new BitSet();
  private readonly due = new BitSet();

  /** It keeps the time at which it was added first. */
  add(prefix: PrefixId): void {
    if (!this.old.has(prefix) && !this.due.has(prefix)) this.young.add(prefix);
  }

  /** Whether the time of a prefix is over; it is then forgotten. */
  take(prefix: PrefixId): boolean {
    return this.due.count > 0 && this.due.delete(prefix);
  }

  forget(prefix: PrefixId): void {
    for (const set of [this.young, this.old, this.due]) if (set.count > 0) set.delete(prefix);
  }

  /** Some have to be visited in time. */
  get isWaiting(): boolean {
    return this.young.count + this.old.count > 0;
  }

  /** The time is over for those that waited since the last call, or for all: each is visited, and is then decided anew. */
  age(all: boolean, visit: (prefix: PrefixId) => void): void {
    const [over, more] = [this.old, this.young];
    for (const set of all ? [over, more] : [over]) {
      for (let id = set.nextFrom(0); id >= 0; id = set.nextFrom(id + 1)) {
        this.due.add(id);
        visit(id as PrefixId);
      }
    }
    over.clear();
    if (all) more.clear();
    this.old = more;
    this.young = over;
  }

  bytes(): number {
    return this.young.bytes() + this.old.bytes() + this.due.bytes();
  }
}
