/** What was measured, the medians, and what they say: ratios, verdicts, and what is slower than before. */
import { LOADS, type Load, type Measure, UNITS } from './loads.ts';

/** A line of bgpload.c. */
export type Sample = Readonly<Partial<Record<Measure, number>>> & {
  readonly phase: string;
  /** Of phase `loop` (loop.mjs): delays of the event loop, the longest turn and what it did. */
  readonly p999_ms?: number;
  readonly max_ms?: number;
  readonly turn_ms?: number;
  readonly work?: string;
};

export interface Results {
  /** When it was measured, ISO 8601. */
  readonly at: string;
  readonly commit: string;
  readonly machine: string;
  readonly quick: boolean;
  readonly rounds: number;
  /** By load, then daemon: a list of samples for each round. */
  readonly samples: Readonly<Record<string, Readonly<Record<string, readonly (readonly Sample[])[]>>>>;
  /** Loads that ended with an error, such as a table that never became complete. */
  readonly failures: readonly string[];
}

export interface Row {
  readonly load: string;
  readonly phase: string;
  readonly measure: Measure;
  /** The median of each daemon that was measured. */
  readonly medians: ReadonlyMap<string, number>;
  /** Ours divided by that of the best other daemon; null: nothing to divide. */
  readonly ratio: number | null;
  readonly wanted: number;
}

export const OURS = 'reflectord';

/** Hundredths of a second and whole megabytes are what can be read; less is noise. */
const SMALLEST: Readonly<Record<Measure, number>> = {
  wall_s: 0.01,
  dut_cpu_s: 0.01,
  rss_mb: 1,
  p50_ms: 0.01,
  p99_ms: 0.01,
};

/** The rows of the table, in the order of the loads. */
export function rowsOf(results: Results): Row[] {
  return LOADS.flatMap((load) => load.goals.map((goal) => rowOf(results, load, goal))).filter(
    ({ medians }) => medians.size > 0,
  );
}

function rowOf(results: Results, load: Load, { phase, measure, ratio: wanted }: Load['goals'][number]): Row {
  const medians = new Map<string, number>();
  for (const [daemon, rounds] of Object.entries(results.samples[load.name] ?? {})) {
    const values = rounds.flatMap((round) => round.find((sample) => sample.phase === phase)?.[measure] ?? []);
    if (values.length > 0) medians.set(daemon, median(values));
  }
  const ours = medians.get(OURS);
  // Other builds of reflectord are no rivals.
  const others = [...medians].filter(([daemon]) => daemon !== OURS && !daemon.startsWith('build:'));
  const best = Math.min(...others.map(([, value]) => Math.max(value, SMALLEST[measure])));
  const ratio = ours === undefined || others.length === 0 ? null : Math.max(ours, SMALLEST[measure]) / best;
  return { load: load.name, phase, measure, medians, ratio, wanted };
}

/** The middle value; of an even number the higher one of both. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

export interface Slower {
  readonly row: Row;
  readonly before: number;
  readonly now: number;
}

/**
 * Rows that are slower than earlier results of the same size by more than `tolerance` (0.15: 15 %). Ratios to the other
 * daemons are compared where both have them, since they do not depend on what else the machine did.
 */
export function slowerThan(before: Results, now: Results, tolerance: number): Slower[] {
  if (before.quick !== now.quick) return [];
  const earlier = new Map(rowsOf(before).map((row) => [keyOf(row), row]));
  return rowsOf(now).flatMap((row) => {
    const old = earlier.get(keyOf(row));
    if (old === undefined) return [];
    const sameOthers = [...old.medians.keys()].join() === [...row.medians.keys()].join();
    const pair =
      sameOthers && old.ratio !== null && row.ratio !== null
        ? { before: old.ratio, now: row.ratio }
        : { before: ownOf(old), now: ownOf(row) };
    return pair.now > pair.before * (1 + tolerance) ? [{ row, ...pair }] : [];
  });
}

const ownOf = (row: Row) => Math.max(row.medians.get(OURS) ?? 0, SMALLEST[row.measure]);

export function keyOf({ load, phase, measure }: Row): string {
  return `${load} ${phase} (${UNITS[measure]})`;
}

/** The table for people. */
export function tableOf(results: Results): string {
  const rows = rowsOf(results);
  const daemons = [...new Set(rows.flatMap(({ medians }) => [...medians.keys()]))];
  const head = ['load, phase', ...daemons, 'ratio', 'wanted', 'verdict'];
  const cells = rows.map((row) => [
    keyOf(row),
    ...daemons.map((daemon) => row.medians.get(daemon)?.toString() ?? ''),
    row.ratio?.toFixed(2) ?? '',
    row.wanted.toString(),
    verdictOf(row),
  ]);
  return columns([head, ...cells]);
}

/** A table in columns; its first row is the head. */
export function columns([head, ...cells]: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

export function verdictOf({ ratio, wanted }: Row): string {
  if (ratio === null) return 'nothing to compare with';
  return ratio <= wanted ? 'reached' : 'missed';
}

/** What the loads did to our event loop: medians, and the longest turn of all rounds. */
export function loopTableOf({ samples }: Results): string {
  const lines = Object.entries(samples).flatMap(([load, daemons]) => {
    const loops = (daemons[OURS] ?? []).flatMap((round) => round.filter(({ phase }) => phase === 'loop'));
    if (loops.length === 0) return [];
    const longest = loops.reduce((most, each) => ((each.turn_ms ?? 0) > (most.turn_ms ?? 0) ? each : most));
    const [p999, max] = [median(loops.map((loop) => loop.p999_ms ?? 0)), median(loops.map((loop) => loop.max_ms ?? 0))];
    return [[load, p999.toFixed(1), max.toFixed(1), `${(longest.turn_ms ?? 0).toFixed(1)} (${longest.work})`]];
  });
  if (lines.length === 0) return '';
  return columns([['event loop of', 'p99.9 ms', 'max ms', 'longest turn ms'], ...lines]);
}
