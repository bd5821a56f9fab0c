/** One seed: its script, the run of it, and the shortest script that still fails. */
import { type Event, events } from './events.ts';
import { Pair } from './pair.ts';
import { Random } from './random.ts';

import { type Topology, topology } from './topology.ts';

export interface Script {
  readonly topology: Topology;
  readonly events: readonly Event[];
}

export function scriptOf(seed: number): Script {
  const random = new Random(seed);
  const around = topology(random);
  return { topology: around, events: events(random, around) };
}

/** Why a script fails, or null. */
export function failureOf(script: Script): string | null {
  try {
    new Pair(script.topology).run(script.events);
    return null;
  } catch (error) {
    return error instanceof Error ? (error.constructor === Error ? `${error.stack}` : error.message) : String(error);
  }
}

/** Leaves out events, ever smaller pieces of them, as long as what is left fails (delta debugging). */
export function shrink(script: Script): Script {
  let { events: left } = script;
  const fails = (some: readonly Event[]) => failureOf({ ...script, events: some }) !== null;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (fails(without)) left = without;
      else at += size;
    }
  }
  return { ...script, events: left };
}

/** Runs a seed; a failure in words, with the script that replays it. */
export function failureOfSeed(seed: number): string | null {
  const script = scriptOf(seed);
  const failure = failureOf(script);
  if (failure === null) return null;
  const shortest = shrink(script);
  const lines = shortest.events.map((event) => `  ${JSON.stringify(event)}`);
  return [
    `seed ${seed}: ${failure}`,
    `shortest script (${lines.length} of ${script.events.length} events): ${failureOf(shortest)}`,
    `topology ${JSON.stringify(shortest.topology)}`,
    ...lines,
  ].join('\n');
}
