/** Ids of nexthop objects, from the configured range. */

import type { ObjectIdRange } from '../../spec/fib.ts';

export class ObjectIds {
  private readonly range: ObjectIdRange;
  private readonly taken = new Set<number>();
  private next = 0;

  constructor(range: ObjectIdRange) {
    this.range = range;
  }

  includes(id: number): boolean {
    return id >= this.range.first && id < this.range.first + this.range.count;
  }

  /** Marks an id as in use, by us or by another program. */
  take(id: number): void {
    if (this.includes(id)) this.taken.add(id);
  }

  free(id: number): void {
    this.taken.delete(id);
  }

  /** An id that is not in use, or 0 when the range is exhausted. Freed ids are reused last. */
  allocate(): number {
    if (this.taken.size >= this.range.count) return 0;
    for (;;) {
      const id = this.range.first + this.next;
      this.next = (this.next + 1) % this.range.count;
      if (this.taken.has(id)) continue;
      this.taken.add(id);
      return id;
    }
  }
}
