/** The run of chaos: faults one after the other, what must be true behind each, and the report. */
import { Random } from '../model/random.ts';
import { Impossible, ROWS, type Row } from './faults.ts';
import { Network, type Options } from './network.ts';

export interface Plan extends Options {
  readonly seconds: number;
  readonly seed: number;
  /** Names of faults contain one of these words; none: all faults. */
  readonly only: readonly string[];
  readonly say: (line: string) => void;
}

interface Outcome {
  readonly name: string;
  readonly promisedSeconds: number;
  /** Until the kernel and every client held exactly what they should; null: not within the promised time. */
  readonly recoveredSeconds: number | null;
  readonly failure: string | null;
}

export interface Report {
  readonly seed: number;
  readonly seconds: number;
  readonly outcomes: readonly Outcome[];
  readonly failures: readonly string[];
  /** What this machine cannot do, and why. */
  readonly impossible: readonly string[];
}

/** Jumps of the clock need a library that is not here, or the clock of the whole machine. */
const NO_CLOCK = 'jumps of the clock: libfaketime is absent, and the clock belongs to the machine';
const START_SECONDS = 60;

/** All faults in an order of the seed, again and again. */
function* order(random: Random, rows: readonly Row[]): Generator<Row> {
  for (;;) {
    const left = [...rows];
    while (left.length > 0) yield left.splice(random.below(left.length), 1)[0]!;
  }
}

async function outcomeOf(network: Network, row: Row, random: Random): Promise<Outcome> {
  const common = { name: row.name, promisedSeconds: row.promised };
  try {
    await row.run(network, random);
    return { ...common, recoveredSeconds: await network.converged(row.promised), failure: null };
  } catch (error) {
    if (error instanceof Impossible) throw error;
    return { ...common, recoveredSeconds: null, failure: `${(error as Error).stack}`.slice(0, 6000) };
  }
}

export async function chaos({ seconds, seed, only, say, ...options }: Plan): Promise<Report> {
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  const random = new Random(seed);
  const rows = ROWS.filter(({ name }) => only.length === 0 || only.some((word) => name.includes(word)));
  const outcomes: Outcome[] = [];
  const impossible = new Set([NO_CLOCK]);
  let network = new Network(options);
  try {
    await network.start();
    await network.converged(START_SECONDS);
    const startSeconds = elapsed();
    for (const row of order(random, rows)) {
      if (elapsed() - startSeconds >= seconds || impossible.size > rows.length) break;
      try {
        const outcome = await outcomeOf(network, row, random);
        outcomes.push(outcome);
        say(
          `${Math.round(elapsed())} s: ${row.name}: ${outcome.failure ?? `recovered in ${outcome.recoveredSeconds} s`}`,
        );
        if (outcome.failure === null) continue;
        await network.close();
        network = new Network(options);
        await network.start();
        await network.converged(START_SECONDS);
      } catch (error) {
        if (!(error instanceof Impossible)) throw error;
        impossible.add(`${row.name}: ${error.message}`);
      }
    }
  } finally {
    await network.close();
  }
  const failures = outcomes.flatMap(({ name, failure }) => (failure === null ? [] : [`${name}: ${failure}`]));
  return { seed, seconds: Math.round(elapsed()), outcomes, failures, impossible: [...impossible] };
}

/** The report in words: each fault, how often it happened, and how long the recovery took. */
export function textOf({ seed, seconds, outcomes, failures, impossible }: Report): string {
  const names = [...new Set(outcomes.map(({ name }) => name))].sort();
  const lines = names.map((name) => {
    const all = outcomes.filter((one) => one.name === name);
    const times = all.flatMap(({ recoveredSeconds }) => recoveredSeconds ?? []).sort((a, b) => a - b);
    const [middle, longest] = [times[times.length >> 1] ?? '-', times.at(-1) ?? '-'];
    return `| ${name} | ${all.length} | ${all[0]!.promisedSeconds} | ${middle} | ${longest} | ${all.length - times.length} |`;
  });
  return [
    `Chaos with seed ${seed}: ${outcomes.length} faults in ${seconds} s, ${failures.length} of them not recovered in time.`,
    '',
    '| fault | times | promised (s) | median (s) | longest (s) | failed |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    ...impossible.map((why) => `Not possible here: ${why}.`),
    ...failures.map((failure) => `\nFAILED ${failure}`),
  ].join('\n');
}
