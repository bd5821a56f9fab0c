/**
 * Prefixes with a path that is advertised by another way than the decision prefers. Receivers hold the same path
 * meanwhile.
 *
 * Either the advertised way was withdrawn: a router that withdraws a route withdraws it from all reflectors, and the
 * other reflectors are only a moment late, so receivers would have to remove the other way at once. Or another way is
 * better: while routers connect, their paths are often received from another reflector first. The better way is
 * advertised once nothing else changes; otherwise receivers would have to install all those paths again after each
 * restart.
 * The owner calls `age` from time to time.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';

export class LostWays {
  /** Added since the last call of `age`; added before it; and those whose wait is over. */
  private young = new BitSet();
  private old = new BitSet();
  private readonly due = new BitSet();

  /** A prefix that waits already keeps its time. */
  add(prefix: PrefixId): void {
    if (!this.old.has(prefix) && !this.due.has(prefix)) this.young.add(prefix);
  }

  /** Whether the wait of a prefix is over; the prefix is then removed. */
  take(prefix: PrefixId): boolean {
    return this.due.count > 0 && this.due.delete(prefix);
  }

  forget(prefix: PrefixId): void {
    for (const set of [this.young, this.old, this.due]) if (set.count > 0) set.delete(prefix);
  }

  /** Some prefixes still wait. */
  get isWaiting(): boolean {
    return this.young.count + this.old.count > 0;
  }

  /** Ends the wait of those added before the last call, or of all: each is visited, so that it is decided again. */
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

/** Better ways are advertised when nothing has changed during so many calls of `ageIfQuiet`. */
const QUIET_CALLS = 10;

/** Prefixes with a path that another way would be better for. */
export class BetterWays extends LostWays {
  /** Consecutive calls of `ageIfQuiet` between which nothing has changed. */
  private quietCalls = 0;

  /** What is advertised has changed. */
  noteChange(): void {
    this.quietCalls = -1;
  }

  /** Ends the wait of all when nothing has changed for a while. */
  ageIfQuiet(visit: (prefix: PrefixId) => void): void {
    this.quietCalls++;
    if (this.quietCalls < QUIET_CALLS) return;
    this.quietCalls = 0;
    this.age(true, visit);
  }
}
