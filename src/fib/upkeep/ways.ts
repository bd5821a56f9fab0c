/**
 * Where packets are finally sent, as text: the target of a kernel route, through nexthop objects and groups, and the
 * target that the tables want. Neither uses what we believe to have installed.
 */
import type { BestRoutes, KernelObject, ObjectContent, Target, Via, WeightedVia } from '../port/ports.ts';
import { sharesKey, viaKey } from '../port/targets.ts';

/** The resolved next hops. */
interface KnownNextHops {
  /** The neighbor that a name resolves to; null: unreachable, or not resolved yet. */
  viaOf(name: string): Via | null;
  /** The kernel refuses its nexthop object. */
  isRefused(nextHop: number): boolean;
}

export class Ways {
  private readonly best: BestRoutes;
  private readonly known: KnownNextHops;
  private readonly objects = new Map<number, ObjectContent | null>();
  /** Held ids: each stands for the same next hop until `release`. */
  private readonly wanted = new Map<number, string | null>();
  private readonly actual = new Map<number, string | null>();

  /** @param objects the kernel's objects, read before its routes */
  constructor(best: BestRoutes, known: KnownNextHops, objects: readonly KernelObject[]) {
    this.best = best;
    this.known = known;
    for (const { id, content } of objects) this.objects.set(id, content);
  }

  /** The target of a best path; null: currently unknown. */
  wantedBy(nextHop: number): string | null {
    const known = this.wanted.get(nextHop);
    if (known !== undefined) return known;
    this.best.holdNextHop(nextHop);
    const way = this.wayTo(nextHop);
    this.wanted.set(nextHop, way);
    return way;
  }

  /** The target of a route; null: it uses an object that did not exist when objects were read. */
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

  /** Releases the ids that it holds. */
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
