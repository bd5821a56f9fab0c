/** Runs one daemon under one load, with network namespaces and files of its own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Load } from './loads.ts';
import type { Sample } from './results.ts';

const BENCH = join(__dirname, '..');
/** A load that takes longer has failed: bgpload.c itself gives up after two minutes without progress. */
const LONGEST_MS = 15 * 60_000;

export type Daemon =
  | { readonly kind: 'other'; readonly name: string }
  /** A built checkout of reflectord. */
  | { readonly kind: 'ours'; readonly name: string; readonly project: string };

export class Lab {
  private readonly peers: string;
  private readonly program: string;

  /** @param folder where the other daemons and the load generator stay between runs */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.peers = join(folder, 'peers');
    this.program = join(folder, 'bgpload');
  }

  /** Unpacks the other daemons and builds the load generator. Throws with the output of what failed. */
  prepare(needsPeers: boolean): void {
    if (needsPeers) must('bash', [join(BENCH, 'peers.sh')], { PEERS: this.peers });
    must('cc', ['-O2', '-Wno-misleading-indentation', '-o', this.program, join(BENCH, 'bgpload.c')], {});
  }

  /** Returns a sample for each phase, or the reason of a failure. */
  run(daemon: Daemon, load: Load, quick: boolean): readonly Sample[] | string {
    const lab = mkdtempSync(join(tmpdir(), 'reflectord-bench-'));
    try {
      cpSync(this.program, join(lab, 'bgpload'));
      const ours = daemon.kind === 'ours' ? this.configure(daemon.project, lab, load) : {};
      const count = load.prefixes[quick ? 'quick' : 'full'];
      const argvOfLoad = [
        ...load.sessions.split(' '),
        '-n',
        String(count),
        ...(quick ? load.phases.replace(/quiet=\d+/, 'quiet=3') : load.phases).split(' '),
      ];
      // A view of /run/netns of its own, since the namespaces of lab.sh have fixed names, and processes that end with it.
      const script = 'mkdir -p /run/netns && mount -t tmpfs none /run/netns && "$0" net && exec "$0" run "$@"';
      const name = daemon.kind === 'ours' ? 'ours' : daemon.name;
      const argv = [
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        'bash',
        '-c',
        script,
        join(BENCH, 'lab.sh'),
        name,
        ...argvOfLoad,
      ];
      const env = { ...process.env, LAB: lab, PEERS: this.peers, CLIENTS: String(clientsOf(load)), ...ours };
      const done = spawnSync('unshare', argv, { env, encoding: 'utf8', timeout: LONGEST_MS, maxBuffer: 1 << 26 });
      return samplesOf(done.stdout ?? '', done.status, done.stderr ?? '');
    } finally {
      rmSync(lab, { recursive: true, force: true });
    }
  }

  private configure(project: string, lab: string, { sessions }: Load): Record<string, string> {
    const socket = join(lab, 'control.sock');
    const source = sessions.includes('-x') ? 'external-bench.yaml' : 'bench.yaml';
    const text = readFileSync(join(BENCH, source), 'utf8').replace(/socket: .*/, `socket: ${socket}`);
    const file = join(lab, 'bench.yaml');
    writeFileSync(file, text);
    const state = join(lab, 'state');
    mkdirSync(state);
    return {
      OURS: `node ${join(project, 'dist', 'main.js')} run`,
      OURS_CONF: file,
      STATE_DIRECTORY: state,
      AFTER: `node ${join(BENCH, 'loop.mjs')} http://127.0.0.1:9179/metrics`,
    };
  }
}

function clientsOf({ sessions }: Load): number {
  return Math.max(1000, Number(/-r (\d+)/.exec(sessions)?.[1] ?? 0));
}

function samplesOf(stdout: string, status: number | null, stderr: string): readonly Sample[] | string {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  const all = lines.map((line) => JSON.parse(line) as Sample & { readonly error?: string });
  const error = all.find((sample) => sample.error !== undefined)?.error;
  if (error !== undefined) return error;
  if (status !== 0) return `ended with ${status ?? 'a signal'}: ${stderr.trim().split('\n').at(-1)}`;
  return all;
}

function must(command: string, argv: readonly string[], env: Record<string, string>): void {
  const done = spawnSync(command, argv, { env: { ...process.env, ...env }, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} ${argv.join(' ')}: ${done.error?.message ?? done.stderr}`);
}
