/**
 * `npm run bench -- --curves`: how CPU time and memory of reflectord grow with the number of paths, and with that of clients.
 * A curve is a power law if its points are a line where both axes are logarithms: the exponent is the slope of that line,
 * fitted by least squares over what the load adds to an idle daemon; 1 is linear.
 */
import type { Daemon, Lab } from './lab.ts';
import { columns } from './results.ts';

/** The exponent that nothing may exceed: linear, and what caches and noise add. */
const MOST = 1.15;
/** Below this many seconds of CPU time, a point says more about the start than about the load. */
const LEAST_SECONDS = 0.1;

export interface Point {
  readonly size: number;
  readonly seconds: number;
  /** Resident memory beyond that of the idle daemon. */
  readonly megabytes: number;
}

interface Curve {
  readonly name: string;
  readonly sizes: readonly number[];
  /** How many sizes, from the smallest, `--quick` takes. */
  readonly quick: number;
  readonly sessions: (size: number) => string;
  readonly prefixes: (size: number) => number;
}

const CURVES: readonly Curve[] = [
  {
    name: 'paths, to 4 clients',
    sizes: [10_000, 100_000, 1_000_000, 4_000_000, 10_000_000],
    quick: 2,
    sessions: () => '-f 1 -r 4 -g 6 -T 300',
    prefixes: (size) => size,
  },
  {
    name: 'paths of 20,000 prefixes from as many feeders as that takes',
    sizes: [100_000, 400_000, 1_000_000, 4_000_000],
    quick: 2,
    sessions: (size) => `-s -f ${size / 20_000} -r 4 -g 10 -T 300`,
    prefixes: () => 20_000,
  },
  {
    name: 'clients, 20,000 routes',
    sizes: [10, 100, 1000, 5000],
    quick: 2,
    sessions: (size) => `-f 1 -r ${size} -g 50 -T 300`,
    prefixes: () => 20_000,
  },
];

/** Measures all curves and prints them. Returns whether all of them are at most linear. */
export function measureCurves(lab: Lab, daemon: Daemon, quick: boolean): boolean {
  let isLinear = true;
  for (const { name, sizes, quick: few, sessions, prefixes } of CURVES) {
    const points: Point[] = [];
    const lines: string[][] = [];
    for (const size of quick ? sizes.slice(0, few) : sizes) {
      process.stderr.write(`${name}: ${size}\n`);
      const count = prefixes(size);
      const load = { name, summary: name, sessions: sessions(size), prefixes: { full: count, quick: count } };
      const samples = lab.run(daemon, { ...load, phases: 'load', goals: [] }, quick);
      if (typeof samples === 'string') {
        lines.push([String(size), samples, '', '', '']);
        isLinear = false;
        continue;
      }
      const of = (phase: string) => samples.find((sample) => sample.phase === phase);
      const [idle, loaded, loop] = [of('idle'), of('load'), of('loop')];
      const seconds = loaded?.dut_cpu_s ?? 0;
      const megabytes = (loaded?.rss_mb ?? 0) - (idle?.rss_mb ?? 0);
      points.push({ size, seconds, megabytes });
      const delay =
        loop === undefined ? '' : `${loop.p999_ms?.toFixed(0)} / ${loop.turn_ms?.toFixed(0)} (${loop.work})`;
      lines.push([String(size), `${loaded?.wall_s} s`, `${seconds} s`, `${loaded?.rss_mb} MB`, delay]);
    }
    const head = [name, 'wall', 'CPU', 'resident', 'event loop: p99.9 / longest turn, ms'];
    const exponent = exponentOf(points);
    if (exponent !== null && exponent > MOST) isLinear = false;
    const verdict =
      exponent === null ? 'too few points for an exponent' : `CPU time grows with the power ${exponent.toFixed(2)}`;
    console.log(`\n${columns([head, ...lines])}\n${verdict}`);
  }
  return isLinear;
}

/** The exponent of CPU time by size; null: less than two points are long enough to say something. */
export function exponentOf(points: readonly Point[]): number | null {
  const logs = points
    .filter(({ seconds }) => seconds >= LEAST_SECONDS)
    .map(({ size, seconds }) => [Math.log(size), Math.log(seconds)] as const);
  if (logs.length < 2) return null;
  const mean = (axis: 0 | 1) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
