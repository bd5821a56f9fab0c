/**
 * Prefixes with an advertised path whose way was withdrawn while the same path is still received by another way.
 * A router that withdraws a route withdraws it from all reflectors, and the other reflectors are only a moment late.
 * So the other way is not advertised at once: receivers would have to remove it again, and until then hold the same.
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
