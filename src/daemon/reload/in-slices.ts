/** Long walks over the tables in slices, between which sockets are served. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Maximum time of a slice. */
const SLICE_MS = 3;

/** The items of a walk, without those that are `undefined`: with them a walk says where it can be interrupted. */
export async function* inSlices<T>(items: Iterable<T | undefined>): AsyncGenerator<T> {
  let startMs = performance.now();
  for (const item of items) {
    if (item !== undefined) yield item;
    if (performance.now() - startMs < SLICE_MS) continue;
    await nextTurn();
    startMs = performance.now();
  }
}

/** Runs a walk that gives one result at its end. */
export async function resultOf<T>(walk: Generator<undefined, T>): Promise<T> {
  for (let startMs = performance.now(); ; ) {
    const step = walk.next();
    if (step.done === true) return step.value;
    if (performance.now() - startMs < SLICE_MS) continue;
    await nextTurn();
    startMs = performance.now();
  }
}
