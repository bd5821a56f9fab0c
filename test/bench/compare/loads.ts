/** The loads of `npm run bench`, and what is wanted of each. */

/** What of a phase is compared: seconds of wall or CPU time, resident memory, or the latency of a single change. */
export type Measure = 'wall_s' | 'dut_cpu_s' | 'rss_mb' | 'p50_ms' | 'p99_ms';

export const UNITS: Readonly<Record<Measure, string>> = {
  wall_s: 's',
  dut_cpu_s: 's CPU',
  rss_mb: 'MB',
  p50_ms: 'ms p50',
  p99_ms: 'ms p99',
};

interface Goal {
  /** The phase of bgpload.c. */
  readonly phase: string;
  readonly measure: Measure;
  /** Ours divided by that of the best other daemon, at most. */
  readonly ratio: number;
}

export interface Load {
  readonly name: string;
  readonly summary: string;
  /** Arguments of bgpload.c: those of the sessions and routes, `count` for the number of prefixes of a feeder. */
  readonly sessions: string;
  readonly prefixes: { readonly full: number; readonly quick: number };
  readonly phases: string;
  readonly goals: readonly Goal[];
}

const goal = (phase: string, measure: Measure, ratio: number): Goal => ({ phase, measure, ratio });

export const LOADS: readonly Load[] = [
  {
    name: 'million',
    summary: '1,000,000 routes to 4 clients; 2 join; 20,000 changes; all withdrawn and announced again; feeder lost',
    sessions: '-f 1 -r 4 -g 6',
    prefixes: { full: 1_000_000, quick: 100_000 },
    phases: 'load late=2 churn=20000 flap down quiet=60',
    goals: [
      goal('load', 'dut_cpu_s', 0.25),
      goal('late', 'dut_cpu_s', 0.25),
      goal('churn', 'dut_cpu_s', 0.25),
      goal('withdraw', 'dut_cpu_s', 0.8),
      goal('reannounce', 'dut_cpu_s', 0.2),
      goal('down', 'dut_cpu_s', 0.33),
      goal('quiet', 'rss_mb', 1),
    ],
  },
  {
    name: 'ipv6',
    summary: '500,000 IPv6 routes to 4 clients; all withdrawn and announced again',
    sessions: '-6 -f 1 -r 4 -g 6',
    prefixes: { full: 500_000, quick: 50_000 },
    phases: 'load flap',
    goals: [goal('load', 'dut_cpu_s', 0.35), goal('withdraw', 'dut_cpu_s', 0.8), goal('reannounce', 'dut_cpu_s', 0.35)],
  },
  {
    name: 'shared',
    summary: '50 feeders announce the same 20,000 prefixes to 50 clients',
    sessions: '-s -f 50 -r 50 -g 10',
    prefixes: { full: 20_000, quick: 2_000 },
    phases: 'load',
    goals: [goal('load', 'dut_cpu_s', 0.33)],
  },
  {
    name: 'fleet',
    summary: '10 feeders and 100 clients, 50,000 routes; single changes',
    sessions: '-f 10 -r 100 -g 10',
    prefixes: { full: 5_000, quick: 500 },
    phases: 'load lat=300',
    goals: [goal('load', 'dut_cpu_s', 0.2), goal('lat', 'p50_ms', 1), goal('lat', 'p99_ms', 1.2)],
  },
  {
    name: 'crowd',
    summary: '2 feeders and 998 clients, 100,000 routes',
    sessions: '-f 2 -r 998 -g 50',
    prefixes: { full: 50_000, quick: 5_000 },
    phases: 'load',
    goals: [goal('load', 'wall_s', 0.35), goal('load', 'dut_cpu_s', 0.4), goal('load', 'rss_mb', 0.5)],
  },
  {
    name: 'external',
    summary: '4 eBGP feeders with 100,000 routes each to 50 clients; feeder lost',
    sessions: '-x -f 4 -r 50 -g 6',
    prefixes: { full: 100_000, quick: 10_000 },
    phases: 'load down',
    goals: [goal('load', 'dut_cpu_s', 0.35), goal('down', 'dut_cpu_s', 0.35)],
  },
];
