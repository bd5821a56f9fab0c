/** The command behind `npm run bench`; compare.cjs says what its options are. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCurves } from './curves.ts';
import { type Daemon, Lab } from './lab.ts';
import { LOADS } from './loads.ts';
import { plotOf } from './plot.ts';
import { keyOf, loopTableOf, OURS, type Results, type Sample, slowerThan, tableOf } from './results.ts';

const PROJECT = join(__dirname, '..', '..', '..');
const OTHERS = ['bird2', 'frr', 'openbgpd', 'gobgp'];
const DEFAULT_DAEMONS = `${OURS},bird2,frr,openbgpd`;

/** Runs the comparison; returns the exit code. */
export function compare(argv: readonly string[]): number {
  const options = read(argv);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 2;
  }
  const cache = join(PROJECT, '.cache', 'bench');
  const lab = new Lab(cache);
  const ours = options.daemons.find(({ kind }) => kind === 'ours');
  lab.prepare(!options.curves && options.daemons.some(({ kind }) => kind === 'other'));
  if (options.curves) return ours !== undefined && measureCurves(lab, ours, options.quick) ? 0 : 1;
  const results = measure(lab, options);
  console.log(`\n${tableOf(results)}`);
  const loops = loopTableOf(results);
  if (loops !== '') console.log(`\n${loops}`);
  for (const failure of results.failures) console.log(`failed: ${failure}`);
  const before = options.against !== null && existsSync(options.against) ? readResults(options.against) : null;
  const slower = before === null ? [] : slowerThan(before, results, options.tolerance);
  for (const { row, before: was, now } of slower) {
    console.log(`slower than ${before?.commit}: ${keyOf(row)}: ${was.toFixed(2)}, now ${now.toFixed(2)}`);
  }
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(options.out, 'results.svg'), plotOf(results));
  console.log(`written: ${join(options.out, 'results.json')}, ${join(options.out, 'results.svg')}`);
  return slower.length > 0 || results.failures.length > 0 ? 1 : 0;
}

interface Options {
  readonly quick: boolean;
  /** Curves of ours alone, instead of a comparison. */
  readonly curves: boolean;
  readonly rounds: number;
  readonly loads: typeof LOADS;
  readonly daemons: readonly Daemon[];
  readonly out: string;
  readonly against: string | null;
  /** 0.15: 15 %. */
  readonly tolerance: number;
}

function read(argv: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean', default: false },
        curves: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        loads: { type: 'string' },
        daemons: { type: 'string', default: DEFAULT_DAEMONS },
        build: { type: 'string', multiple: true, default: [] },
        out: { type: 'string', default: join(PROJECT, '.cache', 'bench') },
        against: { type: 'string' },
        tolerance: { type: 'string', default: '15' },
      },
    });
    const rounds = positive('--rounds', values.rounds ?? (values.quick ? '1' : '5'));
    const names = values.loads?.split(',') ?? LOADS.map(({ name }) => name);
    const known = LOADS.map(({ name }) => name);
    for (const name of names) oneOf('--loads', name, known);
    const daemons = values.daemons.split(',').map((name): Daemon => {
      oneOf('--daemons', name, [OURS, ...OTHERS]);
      return name === OURS ? { kind: 'ours', name, project: PROJECT } : { kind: 'other', name };
    });
    const builds = values.build.map((text): Daemon => {
      const [name, project] = text.split('=');
      if (project === undefined || !existsSync(join(project, 'dist', 'main.js'))) {
        throw new Error(`--build ${text}: expected NAME=FOLDER of a checkout that \`npm run build\` was run in`);
      }
      return { kind: 'ours', name: `build:${name}`, project };
    });
    return {
      quick: values.quick,
      curves: values.curves,
      rounds,
      loads: LOADS.filter(({ name }) => names.includes(name)),
      daemons: [...daemons, ...builds],
      out: values.out,
      against: values.against ?? join(values.out, 'results.json'),
      tolerance: positive('--tolerance', values.tolerance) / 100,
    };
  } catch (error) {
    return (error as Error).message;
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} ${text}: expected a number above 0`);
  return value;
}

function oneOf(option: string, name: string, known: readonly string[]): void {
  if (!known.includes(name)) throw new Error(`${option}: there is no ${name}; there are ${known.join(', ')}`);
}

function measure(lab: Lab, options: Options): Results {
  const samples: Record<string, Record<string, (readonly Sample[])[]>> = {};
  const failures: string[] = [];
  for (let round = 0; round < options.rounds; round++) {
    for (const load of options.loads) {
      // In turn, and each round in the other order: what else the machine does meets all of them.
      for (const daemon of round % 2 === 0 ? options.daemons : options.daemons.toReversed()) {
        process.stderr.write(`round ${round + 1} of ${options.rounds}: ${load.name}, ${daemon.name}\n`);
        const done = lab.run(daemon, load, options.quick);
        samples[load.name] ??= {};
        samples[load.name][daemon.name] ??= [];
        if (typeof done === 'string') failures.push(`${load.name}, ${daemon.name}: ${done}`);
        else samples[load.name][daemon.name].push(done);
      }
    }
  }
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}`;
  const { quick, rounds } = options;
  return { at: new Date().toISOString(), commit: commitOf(), machine, quick, rounds, samples, failures };
}

function commitOf(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { cwd: PROJECT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}
