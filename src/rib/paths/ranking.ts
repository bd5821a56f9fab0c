/**
 * The usable paths of one prefix in the order of the decision, kept while paths are added and removed.
 *
 * RFC 4271 9.1.2.2 c compares MED only among paths of one neighbor AS, so the order of two paths depends on the other
 * paths: the n-th best is the best one that is left when the n - 1 better ones are removed. Two sorted sequences give
 * that order without comparing every pair:
 *
 *   groups   every path, by (steps before MED, neighbor AS, MED, steps after MED): the paths of one neighbor AS that
 *            are equal before MED are a run, and the first of a run is the only one that the MED step keeps
 *   leaders  the first path of each run, by (steps before MED, steps after MED)
 *
 * The best path is the first leader. The next one is the better of the next leader and the successors, in their runs,
 * of paths that were taken: a merge of runs. Adding or removing a path moves at most two leaders: O(log n) comparisons.
 * The best k of n paths take O(k log n).
 */
import { SortedIds } from '../../lib/tables/sorted-ids.ts';
import type { PathId } from '../tables/ids.ts';

/** How paths compare: negative when `a` is preferred. The last steps never find two paths equal. */
export interface PathOrder {
  /** Without MED: for two paths that are each the first of their run. */
  compare(a: PathId, b: PathId): number;
  /** With neighbor AS and MED between the steps before MED and those after it. */
  compareWithMed(a: PathId, b: PathId): number;
  /** Equal before MED, and of one neighbor AS. */
  isSameRun(a: PathId, b: PathId): boolean;
  /** For two paths of one run. */
  isSameMed(a: PathId, b: PathId): boolean;
  /** Equal, apart from MED, up to the last step that multipath compares. */
  isTied(a: PathId, b: PathId): boolean;
}

const NONE = 0 as PathId;

/** Places in the groups where a merge continues, the most preferred last. Shared: there is one merge at a time. */
let waiting = new Uint32Array(64);

export class Ranking {
  private readonly order: PathOrder;
  private readonly groups: SortedIds;
  private readonly leaders: SortedIds;
  private waitingCount = 0;

  constructor(order: PathOrder) {
    this.order = order;
    this.groups = new SortedIds((a, b) => order.compareWithMed(a as PathId, b as PathId));
    this.leaders = new SortedIds((a, b) => order.compare(a as PathId, b as PathId));
  }

  get count(): number {
    return this.groups.size;
  }

  add(path: PathId): void {
    const place = this.groups.insert(path);
    if (this.isInRun(path, this.groups.before(place))) return;
    const after = this.groups.next(place);
    if (this.isInRun(path, after)) this.leaders.remove(this.groups.at(after));
    this.leaders.insert(path);
  }

  /** Removes a path; what the order compares of it must be as it was when it was added. */
  delete(path: PathId): void {
    const place = this.groups.placeOf(path);
    if (!this.isInRun(path, this.groups.before(place))) {
      const after = this.groups.next(place);
      this.leaders.remove(path);
      if (this.isInRun(path, after)) this.leaders.insert(this.groups.at(after));
    }
    this.groups.removeAt(place);
  }

  /** Replaces all paths by `paths[0, count)`, and reorders that array. */
  fill(paths: Uint32Array, count: number): void {
    this.groups.fill(paths, count);
    this.leaders.clear();
    let before = NONE;
    for (let place = this.groups.first(); place >= 0; place = this.groups.next(place)) {
      const path = this.groups.at(place) as PathId;
      if (before === NONE || !this.order.isSameRun(before, path)) this.leaders.insert(path);
      before = path;
    }
  }

  clear(): void {
    this.groups.clear();
    this.leaders.clear();
  }

  /** The best path, or 0. */
  best(): PathId {
    const first = this.leaders.first();
    return first < 0 ? NONE : (this.leaders.at(first) as PathId);
  }

  /** Writes the best `limit` paths, best first, to `out`; returns their number. */
  take(limit: number, out: Uint32Array): number {
    return this.merge(limit, NONE, out);
  }

  /** The same for the paths that may share the traffic with the best one. */
  tied(limit: number, out: Uint32Array): number {
    const best = this.best();
    return best === NONE ? 0 : this.merge(limit, best, out);
  }

  bytes(): number {
    return this.groups.bytes() + this.leaders.bytes();
  }

  /** @param tiedWith only paths that tie with this one; 0: all */
  private merge(limit: number, tiedWith: PathId, out: Uint32Array): number {
    const { groups, leaders, order } = this;
    let leading = leaders.first();
    let taken = 0;
    this.waitingCount = 0;
    while (taken < limit) {
      if (leading >= 0 && tiedWith !== NONE && !order.isTied(tiedWith, leaders.at(leading) as PathId)) leading = -1;
      let place = this.waitingCount > 0 ? waiting[this.waitingCount - 1] : -1;
      if (leading >= 0 && (place < 0 || this.isBefore(leaders.at(leading), groups.at(place)))) {
        place = groups.placeOf(leaders.at(leading));
        leading = leaders.next(leading);
      } else if (place >= 0) this.waitingCount--;
      else break;
      const path = groups.at(place) as PathId;
      out[taken++] = path;
      const after = groups.next(place);
      if (this.isInRun(path, after) && this.mayFollow(path, groups.at(after) as PathId, tiedWith)) this.wait(after);
    }
    return taken;
  }

  private isInRun(path: PathId, place: number): boolean {
    return place >= 0 && this.order.isSameRun(path, this.groups.at(place) as PathId);
  }

  private isBefore(a: number, b: number): boolean {
    return this.order.compare(a as PathId, b as PathId) < 0;
  }

  private mayFollow(path: PathId, next: PathId, tiedWith: PathId): boolean {
    return tiedWith === NONE || (this.order.isSameMed(path, next) && this.order.isTied(tiedWith, next));
  }

  /** Adds a place to the merge. */
  private wait(place: number): void {
    if (this.waitingCount === waiting.length) {
      const larger = new Uint32Array(waiting.length * 2);
      larger.set(waiting);
      waiting = larger;
    }
    const path = this.groups.at(place);
    let low = 0;
    let high = this.waitingCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isBefore(path, this.groups.at(waiting[middle]))) low = middle + 1;
      else high = middle;
    }
    waiting.copyWithin(low + 1, low, this.waitingCount++);
    waiting[low] = place;
  }
}
