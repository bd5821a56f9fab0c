/**
 * The routes of a table in the order of their prefixes, for a listing that BGP must not notice: a walk over the table sorts
 * small runs of ids, and a heap merges the runs while they are read. It costs 4 bytes for each route that is wanted.
 *
 * The table may change between two results: a prefix that is removed meanwhile may still be visited, and a new one that has
 * got its id may be out of order.
 */
import type { PrefixId } from '../../../rib/tables/ids.ts';
import type { PrefixTable } from '../../../rib/tables/prefixes.ts';

/** Ids that are sorted at once: less than a millisecond. */
const RUN = 2048;

/** Which routes are wanted. */
interface Wanted {
  has(id: PrefixId): boolean;
  /** Whether there was enough work since the last time to let others run. */
  isTired(): boolean;
}

/** The ids that are wanted, in order; `undefined` where the caller may pause. */
export function* inOrder(prefixes: PrefixTable, wanted: Wanted): Iterable<PrefixId | undefined> {
  const runs: Uint32Array[] = [];
  const compare = (one: number, other: number) => prefixes.compare(one as PrefixId, other as PrefixId);
  let run = new Uint32Array(RUN);
  let length = 0;
  for (let id = 1; id < prefixes.limit; id++) {
    if (wanted.isTired()) yield undefined;
    if (!prefixes.isLive(id as PrefixId) || !wanted.has(id as PrefixId)) continue;
    run[length++] = id;
    if (length < RUN) continue;
    runs.push(run.sort(compare));
    run = new Uint32Array(RUN);
    length = 0;
    yield undefined;
  }
  if (length > 0) runs.push(run.slice(0, length).sort(compare));
  yield* merged(runs, compare);
}

/** A heap of runs by their next id: the least one is at 1, and that of `n` is before those of `2n` and `2n + 1`. */
function* merged(runs: Uint32Array[], compare: (one: number, other: number) => number): Iterable<PrefixId> {
  const places = new Uint32Array(runs.length);
  const heap = new Uint32Array(runs.length + 1);
  const nextOf = (run: number) => runs[run]![places[run]!]!;
  let size = 0;
  const sink = (from: number) => {
    const run = heap[from]!;
    let at = from;
    for (let child = at * 2; child <= size; child = at * 2) {
      if (child < size && compare(nextOf(heap[child + 1]!), nextOf(heap[child]!)) < 0) child++;
      if (compare(nextOf(heap[child]!), nextOf(run)) >= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = run;
  };
  for (let run = 0; run < runs.length; run++) heap[++size] = run;
  for (let at = size >> 1; at > 0; at--) sink(at);
  while (size > 0) {
    const run = heap[1]!;
    yield nextOf(run) as PrefixId;
    if (++places[run]! >= runs[run]!.length) {
      runs[run] = NOTHING;
      heap[1] = heap[size--]!;
    }
    if (size > 0) sink(1);
  }
}

const NOTHING = new Uint32Array(0);
