/**
 * What the kernel has, as far as it said, for the prefixes of one family: five bytes each.
 * A prefix that has an entry here is pinned: the rib does not give its id to another prefix.
 */
import { U8Column, U32Column } from '../../lib/tables/columns.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes } from '../port/ports.ts';

/** Bits of a prefix's state. */
export const FLAG = {
  /** It waits for its turn, or gets it after the operation that is under way. */
  queued: 1,
  /** An operation is under way. */
  busy: 2,
  /** It has a best path that may be installed. */
  wanted: 4,
  pinned: 8,
  /** Its route is from before our start: `installed` is the index of a name, not a next-hop id. */
  adopted: 16,
  /** What the kernel has is not known: the route of the last operation, the one before, or none. */
  unsure: 32,
  /** Its next hop cannot be reached, so it has no route. */
  unreachable: 64,
  /** Its route was taken away by somebody else: ours may be put over whatever stands there now. */
  robbed: 128,
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

  /** Next hop of the route that the kernel has; the index of its name where it is adopted; 0: no route of ours. */
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

  /** The kernel has this next hop (held already) for the prefix now; 0: no route of ours. */
  place(prefix: number, nextHop: number): void {
    const before = this.nextHops.get(prefix);
    if (this.has(prefix, FLAG.adopted)) {
      this.clear(prefix, FLAG.adopted);
      this.adoptedCount--;
    } else if (before !== 0) this.best.releaseNextHop(before);
    this.nextHops.set(prefix, nextHop);
    this.installedCount += (nextHop === 0 ? 0 : 1) - (before === 0 ? 0 : 1);
  }

  /** The kernel has a route of ours that leads to what the name index stands for. */
  adopt(prefix: number, name: number): void {
    this.place(prefix, 0);
    this.nextHops.set(prefix, name);
    this.installedCount++;
    this.adoptedCount++;
    this.set(prefix, FLAG.adopted);
  }

  /** From here until `settle` finds nothing left, the prefix keeps its id. */
  pin(prefix: number): void {
    if (this.has(prefix, FLAG.pinned)) return;
    this.best.pin(this.family, prefix);
    this.set(prefix, FLAG.pinned);
    if (prefix >= this.limit) this.limit = prefix + 1;
  }

  /** Unpins a prefix that nothing is known or wished about. */
  settle(prefix: number): void {
    const { queued, busy, unsure, unreachable, pinned } = FLAG;
    if (this.has(prefix, queued | busy | unsure | unreachable) || this.nextHops.get(prefix) !== 0) return;
    if (!this.has(prefix, pinned)) return;
    this.clear(prefix, pinned | FLAG.robbed);
    this.best.unpin(this.family, prefix);
  }

  /** The first prefix from `from` up that has any of the bits; 0 when there is none. */
  next(from: number, bits: number): number {
    for (let prefix = from; prefix < this.limit; prefix++) if (this.has(prefix, bits)) return prefix;
    return 0;
  }
}
