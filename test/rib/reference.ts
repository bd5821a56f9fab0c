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
  let left = [...paths];
  const keep = (key: (path: T) => number) => {
    const least = Math.min(...left.map(key));
    left = left.filter((path) => key(path) === least);
  };
  const neighbour = ({ route }: T) => {
    const first = route.asPath?.[0];
    return typeof first === 'number' ? first : 0;
  };
  const med = ({ route }: T) => route.med ?? 0;
  keep(({ route }) => (route.communities?.includes(LLGR_STALE) ? 1 : 0));
  keep(({ route, ebgp }) => -(ebgp ? 100 : (route.localPref ?? 100)));
  keep(({ route }) => route.asPath?.length ?? 0);
  keep(({ route }) => route.origin ?? 0);
  left = left.filter((m) => !left.some((n) => neighbour(n) === neighbour(m) && med(n) < med(m)));
  keep(({ ebgp }) => (ebgp ? 0 : 1));
  keep(({ route, routerId }) => route.originatorId ?? routerId);
  keep(({ route }) => route.clusterList?.length ?? 0);
  keep(({ address }) => address);
  keep(({ pathId }) => pathId);
  return left[0];
}
