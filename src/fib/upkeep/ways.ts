/**
 * Where packets go in the end, as text: what a kernel route leads to, through nexthop objects and groups, and what the
 * tables want it to lead to. Neither looks into what we believe to have written.
 */
import type { BestRoutes, KernelObject, ObjectContent, Target, Via, WeightedVia } from '../port/ports.ts';
import { sharesKey, viaKey } from '../port/targets.ts';

/** What is known of next hops. */
export interface KnownNextHops {
  /** The neighbour that a name stands for; null: it is not reached, or nobody has asked. */
  viaOf(name: string): Via | null;
  /** The kernel does not take its nexthop object. */
  isRefused(nextHop: number): boolean;
}

export class Ways {
  private readonly best: BestRoutes;
  private readonly known: KnownNextHops;
  private readonly objects = new Map<number, ObjectContent | null>();
  /** Each id is held from here on: it stands for the same next hop until `release`. */
  private readonly wanted = new Map<number, string | null>();
  private readonly actual = new Map<number, string | null>();

  /** @param objects the kernel's, read before its routes are */
  constructor(best: BestRoutes, known: KnownNextHops, objects: readonly KernelObject[]) {
    this.best = best;
    this.known = known;
    for (const { id, content } of objects) this.objects.set(id, content);
  }

  /** Where a best path leads; null: that cannot be said at the moment. */
  wantedBy(nextHop: number): string | null {
    const told = this.wanted.get(nextHop);
    if (told !== undefined) return told;
    this.best.holdNextHop(nextHop);
    const way = this.wayTo(nextHop);
    this.wanted.set(nextHop, way);
    return way;
  }

  /** Where a route leads; null: it leads to an object that was not there when they were read. */
  ledBy(to: Target): string | null {
    if (to.kind === 'discard') return to.how;
    if (to.kind === 'via') return viaKey(to.via);
    if (to.kind === 'paths') return sharesKey(to.paths);
    let way = this.actual.get(to.id);
    if (way === undefined) {
      const shares = this.sharesOf(to.id);
      way = shares === null ? null : sharesKey(shares);
      this.actual.set(to.id, way);
    }
    return way;
  }

  /** Lets go of what it holds. */
  release(): void {
    for (const nextHop of this.wanted.keys()) this.best.releaseNextHop(nextHop);
    this.wanted.clear();
  }

  private wayTo(nextHop: number): string | null {
    const discard = this.best.discards?.(nextHop) ?? null;
    if (discard !== null) return discard;
    const members = this.best.members?.(nextHop) ?? [{ nextHop, weight: 1 }];
    const shares: WeightedVia[] = [];
    for (const { nextHop: member, weight } of members) {
      const via = this.known.isRefused(member) ? null : this.known.viaOf(this.best.formatNextHop(member));
      if (via !== null) shares.push({ via, weight });
    }
    return shares.length === 0 ? null : sharesKey(shares);
  }

  private sharesOf(id: number): readonly WeightedVia[] | null {
    const content = this.objects.get(id) ?? null;
    if (content === null) return null;
    if (content.kind === 'via') return [{ via: content.via, weight: 1 }];
    const shares: WeightedVia[] = [];
    for (const { id: member, weight } of content.members) {
      const one = this.objects.get(member) ?? null;
      if (one?.kind !== 'via') return null;
      shares.push({ via: one.via, weight });
    }
    return shares;
  }
}
