/** `show nexthops`: the next hops of the paths in the tables, and how the kernel reaches them. */
import { U8Column, U32Column } from '../../../lib/tables/columns.ts';
import type { AttributesId, PathId } from '../../../rib/tables/ids.ts';
import type { NextHopView } from '../../api/route-views.ts';
import type { Engine } from '../../engine.ts';
import type { RibNextHops } from '../../fib-feed/tracked-next-hops.ts';

/** Paths that are examined before other work has its turn. */
const SLICE = 4096;

/**
 * The paths are counted first, in slices, and `undefined` stands for the end of a slice.
 * @param tracked null: next hops are not checked
 */
export function* viewNextHops(
  engine: Engine,
  tracked: RibNextHops | null,
  unreachable: boolean,
): Generator<NextHopView | undefined> {
  const { nextHops } = engine.rib;
  const paths = new U32Column();
  const sets = new U32Column();
  yield* countUses(engine, paths, sets);
  const nowMs = engine.clock.nowMs();
  for (const id of nextHops.held()) {
    const words = nextHops.unreachableWords(id);
    if (nextHops.lengthOf(id) === 0 || (unreachable && words === null)) {
      yield undefined;
      continue;
    }
    const known = tracked?.trackedOf(id);
    yield {
      nextHop: nextHops.format(id),
      unreachable: words,
      gateway: known?.via?.gateway ?? null,
      interface: known?.via?.device ?? null,
      cost: nextHops.costOf(id),
      paths: paths.get(id),
      attributeSets: sets.get(id),
      trackedSeconds: known === undefined ? null : Math.max(0, Math.floor((nowMs - known.sinceMs) / 1000)),
    };
  }
}

/** Counts by next hop; the tables may change between slices. */
function* countUses({ rib }: Engine, counts: U32Column, sets: U32Column): Generator<undefined> {
  const { attributes, peers } = rib;
  const seen = new U8Column();
  for (const { paths } of rib.families) {
    for (let id = 1; id < paths.limit; id++) {
      if (id % SLICE === 0) yield undefined;
      if (peers[paths.peerOf(id as PathId)] === undefined) continue;
      const set: AttributesId = paths.attributesOf(id as PathId);
      const nextHop = attributes.nextHopOf(set);
      counts.set(nextHop, counts.get(nextHop) + 1);
      if (seen.get(set) !== 0) continue;
      seen.set(set, 1);
      sets.set(nextHop, sets.get(nextHop) + 1);
    }
  }
}
