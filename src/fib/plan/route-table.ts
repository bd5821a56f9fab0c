/**
 * The routes of one family that the kernel has confirmed: five bytes per prefix.
 * A prefix that has an entry here is pinned: the rib does not reuse its id.
 */
import { U8Column, U32Column } from '../../lib/tables/columns.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes } from '../port/ports.ts';

/** Bits of a prefix's state. */
export const FLAG = {
  /** It waits in the queue, or for the pending operation to complete. */
  queued: 1,
  /** An operation is pending. */
  busy: 2,
  /** It has a best path that may be installed. */
  wanted: 4,
  pinned: 8,
  /** Its route is from before our start: `installed` is the index of a name, not a next-hop id. */
  adopted: 16,
  /** The kernel's route is not known: that of the last operation, the one before, or none. */
  unsure: 32,
  /** Its next hop is unreachable, so it has no route. */
  unreachable: 64,
  /** Another program removed or replaced its route: ours may replace whatever is installed now. */
  displaced: 128,
} as const;

export class RouteTable {
  private readonly family: FamilyId;
  private readonly best: BestRoutes;
  private readonly nextHops = new U32Column();
  private readonly flags = new U8Column();
  /** One above the largest prefix id seen: the bound of a walk. */
  private limit = 1;
  installedCount = 0;
  adoptedCount = 0;
  unreachableCount = 0;
  wantedCount = 0;

  constructor(family: FamilyId, best: BestRoutes) {
    this.family = family;
    this.best = best;
  }

  bytes(): number {
    return this.nextHops.bytes() + this.flags.bytes();
  }

  /** Next hop of the kernel's route; the index of its name if it is adopted; 0: no route of ours. */
  installed(prefix: number): number {
    return this.nextHops.get(prefix);
  }

  /** Whether any of the bits is set. */
  has(prefix: number, bits: number): boolean {
    return (this.flags.get(prefix) & bits) !== 0;
  }

  set(prefix: number, bits: number): void {
    this.flags.set(prefix, this.flags.get(prefix) | bits);
  }

  clear(prefix: number, bits: number): void {
    this.flags.set(prefix, this.flags.get(prefix) & ~bits);
  }

  setWanted(prefix: number, wanted: boolean): void {
    if (wanted === this.has(prefix, FLAG.wanted)) return;
    this.wantedCount += wanted ? 1 : -1;
    this.flags.set(prefix, this.flags.get(prefix) ^ FLAG.wanted);
  }

  setUnreachable(prefix: number, unreachable: boolean): void {
    if (unreachable === this.has(prefix, FLAG.unreachable)) return;
    this.unreachableCount += unreachable ? 1 : -1;
    this.flags.set(prefix, this.flags.get(prefix) ^ FLAG.unreachable);
  }

  /** The kernel has a route with this next hop (already held) for the prefix now; 0: no route of ours. */
  place(prefix: number, nextHop: number): void {
    const before = this.nextHops.get(prefix);
    if (this.has(prefix, FLAG.adopted)) {
      this.clear(prefix, FLAG.adopted);
      this.adoptedCount--;
    } else if (before !== 0) this.best.releaseNextHop(before);
    this.nextHops.set(prefix, nextHop);
    this.installedCount += (nextHop === 0 ? 0 : 1) - (before === 0 ? 0 : 1);
  }

  /** The kernel has a route of ours with the target of this name index. */
  adopt(prefix: number, name: number): void {
    this.place(prefix, 0);
    this.nextHops.set(prefix, name);
    this.installedCount++;
    this.adoptedCount++;
    this.set(prefix, FLAG.adopted);
  }

  /** The prefix keeps its id until `settle` finds that nothing is left. */
  pin(prefix: number): void {
    if (this.has(prefix, FLAG.pinned)) return;
    this.best.pin(this.family, prefix);
    this.set(prefix, FLAG.pinned);
    if (prefix >= this.limit) this.limit = prefix + 1;
  }

  /** Unpins a prefix that has no route and needs none. */
  settle(prefix: number): void {
    const { queued, busy, unsure, unreachable, pinned } = FLAG;
    if (this.has(prefix, queued | busy | unsure | unreachable) || this.nextHops.get(prefix) !== 0) return;
    if (!this.has(prefix, pinned)) return;
    this.clear(prefix, pinned | FLAG.displaced);
    this.best.unpin(this.family, prefix);
  }

  /** The first prefix at or above `from` that has any of the bits; 0 when there is none. */
  next(from: number, bits: number): number {
    for (let prefix = from; prefix < this.limit; prefix++) if (this.has(prefix, bits)) return prefix;
    return 0;
  }
}
