/** The maximum number of paths advertised to a group, and the prefixes that wait for room. */
import { BitSet } from '../../lib/tables/bit-set.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';

export class Quota {
  /** Infinity: no limit. */
  readonly limit: number;
  private readonly waiting = new BitSet();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Prefixes that are not advertised, or not with all their paths, because there is no room. */
  get blocked(): number {
    return this.waiting.count;
  }

  /** Notes whether a prefix has to wait. */
  note(prefix: PrefixId, isBlocked: boolean): void {
    if (isBlocked) this.waiting.add(prefix);
    else if (this.waiting.count > 0) this.waiting.delete(prefix);
  }

  /** Visits prefixes that wait, as many as there is room for beside the `advertised` paths. */
  eachWithRoom(advertised: number, visit: (prefix: PrefixId) => void): void {
    let room = this.limit - advertised;
    for (let id = this.waiting.nextFrom(0); id >= 0 && room > 0; id = this.waiting.nextFrom(id + 1), room--) {
      visit(id as PrefixId);
    }
  }

  bytes(): number {
    return this.limit === Number.POSITIVE_INFINITY ? 0 : this.waiting.bytes();
  }
}
