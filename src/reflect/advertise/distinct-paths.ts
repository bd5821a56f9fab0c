/**
 * The best distinct paths of a prefix. A path that was received by several ways (from several reflectors) counts once,
 * by its best way, also against the limit.
 */

import type { PathFilter } from '../../rib/paths/decision.ts';
import type { PathId, PrefixId } from '../../rib/tables/ids.ts';
import { type FamilyPaths, PathIdentities, type SharedTables } from './identity.ts';

/** With a pair of reflectors every path is received twice. */
const WAYS = 2;
/**
 * Maximum number of paths of a prefix that are examined, best first. A peer with ADD-PATH may send one path with any
 * number of identifiers, and a change of one of them must not cost a walk over all.
 */
const MAX_EXAMINED = 1024;

export class DistinctPaths {
  readonly identities: PathIdentities;
  /** Whether the prefix of the last `choose` has more distinct paths than asked for, or more than are examined. */
  isCut = false;
  private ranked: Uint32Array;
  private readonly family: FamilyPaths;

  constructor(family: FamilyPaths, rib: SharedTables, limit: number) {
    this.family = family;
    this.identities = new PathIdentities(family, rib);
    this.ranked = new Uint32Array((limit + 1) * WAYS);
  }

  /** Writes the best `limit` distinct paths that the filter accepts, best first, to `out`; returns their number. */
  choose(prefix: PrefixId, filter: PathFilter, limit: number, out: Uint32Array): number {
    for (let asked = (limit + 1) * WAYS; ; asked = Math.min(asked * 4, MAX_EXAMINED)) {
      if (this.ranked.length < asked) this.ranked = new Uint32Array(asked);
      const ranked = this.family.rank(prefix, filter, asked, this.ranked);
      const count = this.pick(ranked, limit, out);
      if (this.isCut || ranked < asked || ranked === this.family.decision.eligible) return count;
      if (asked < MAX_EXAMINED) continue;
      this.isCut = true;
      return count;
    }
  }

  /** The number of distinct paths that the filter accepts; walks all paths of the prefix. */
  countAll(prefix: PrefixId, filter: PathFilter): number {
    const { paths, prefixes } = this.family;
    // Sorted, not in a Set: a peer can compute proposals that V8 would keep in one bucket.
    const proposals: number[] = [];
    for (let path = prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) {
      if (paths.reasonOf(path) === 0 && filter.accepts(path)) proposals.push(this.identities.proposalOf(path));
    }
    const sorted = Uint32Array.from(proposals).sort();
    return sorted.reduce((count, proposal, i) => count + (i === 0 || proposal !== sorted[i - 1] ? 1 : 0), 0);
  }

  private pick(ranked: number, limit: number, out: Uint32Array): number {
    this.isCut = false;
    let count = 0;
    for (let i = 0; i < ranked; i++) {
      const path = this.ranked[i] as PathId;
      if (this.repeats(path, out, count)) continue;
      this.isCut = count === limit;
      if (this.isCut) break;
      out[count++] = path;
    }
    return count;
  }

  private repeats(path: PathId, chosen: Uint32Array, count: number): boolean {
    for (let i = 0; i < count; i++) if (this.identities.areSame(chosen[i] as PathId, path)) return true;
    return false;
  }
}
