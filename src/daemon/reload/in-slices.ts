/** Long walks over the tables in slices, between which sockets are served. */
import { Pace } from '../../io/loop/pace.ts';

/** The items of a walk, without those that are `undefined`: with them a walk says where it can be interrupted. */
export async function* inSlices<T>(items: Iterable<T | undefined>): AsyncGenerator<T> {
  const pace = new Pace(null);
  for (const item of items) {
    if (item !== undefined) yield item;
    await pace.restIfOver();
  }
}

/** Runs a walk that gives one result at its end. */
export async function resultOf<T>(walk: Generator<undefined, T>): Promise<T> {
  const pace = new Pace('command');
  let step = walk.next();
  for (; step.done !== true; step = walk.next()) await pace.restIfOver();
  pace.end();
  return step.value;
}
