/** RFC 4271 9.1.2.2 with RFC 4456 9 and RFC 9494 4.3, written as they read: each step removes routes from consideration. */
import type { Route } from '../lab/updates.ts';

export const LLGR_STALE = 0xffff0006;

export interface Candidate {
  readonly ebgp: boolean;
  readonly routerId: number;
  /** Of IPv4, as a number. */
  readonly address: number;
  readonly route: Route;
  readonly pathId: number;
}

/** The 32-bit number of a dotted quad. */
export function dotted(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The best of some paths, none of which is the same as another in peer and path id. */
export function referenceBest<T extends Candidate>(paths: readonly T[]): T | undefined {
  return afterEbgp(referenceTied(paths))[0];
}

/** The best one, the best of the others, and so on: at most `limit`. */
export function referenceRank<T extends Candidate>(paths: readonly T[], limit: number): T[] {
  const ranked: T[] = [];
  const left = new Set(paths);
  while (ranked.length < limit && left.size > 0) {
    const best = referenceBest([...left]) as T;
    ranked.push(best);
    left.delete(best);
  }
  return ranked;
}

/** What the steps up to `ebgp over ibgp` leave: paths that may share the traffic, in no order. */
export function referenceTied<T extends Candidate>(paths: readonly T[]): T[] {
  let left = [...paths];
  const keep = (key: (path: T) => number) => {
    left = leastOf(left, key);
  };
  const neighbor = ({ route }: T) => {
    const first = route.asPath?.[0];
    return typeof first === 'number' ? first : 0;
  };
  const med = ({ route }: T) => route.med ?? 0;
  keep(({ route }) => (route.communities?.includes(LLGR_STALE) ? 1 : 0));
  keep(({ route, ebgp }) => -(ebgp ? 100 : (route.localPref ?? 100)));
  keep(({ route }) => route.asPath?.length ?? 0);
  keep(({ route }) => route.origin ?? 0);
  const lowest = new Map<number, number>();
  for (const m of left) lowest.set(neighbor(m), Math.min(med(m), lowest.get(neighbor(m)) ?? Number.POSITIVE_INFINITY));
  left = left.filter((m) => med(m) === lowest.get(neighbor(m)));
  keep(({ ebgp }) => (ebgp ? 0 : 1));
  return left;
}

function afterEbgp<T extends Candidate>(paths: readonly T[]): T[] {
  let left = [...paths];
  const keep = (key: (path: T) => number) => {
    left = leastOf(left, key);
  };
  keep(({ route, routerId }) => route.originatorId ?? routerId);
  keep(({ route }) => route.clusterList?.length ?? 0);
  keep(({ address }) => address);
  keep(({ pathId }) => pathId);
  return left;
}

function leastOf<T>(paths: readonly T[], key: (path: T) => number): T[] {
  let least = Number.POSITIVE_INFINITY;
  for (const path of paths) least = Math.min(least, key(path));
  return paths.filter((path) => key(path) === least);
}
