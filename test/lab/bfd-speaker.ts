/** BFD alone, as the daemon runs it in its thread, on a host of the lab. */
import { dirname, join } from 'node:path';
import type { BfdSpec, BfdStatus } from '../../src/bfd/spec.ts';
import { reflectordProgram } from './build.ts';
import type { Namespace } from './namespace.ts';
import type { Background } from './process.ts';

/** Says what it hears, a line of JSON each; ends its sessions at SIGTERM; SIGUSR2 ends its thread, as a failure would. */
const PROGRAM = `
const [folder, sessions] = process.argv.slice(1);
const { BfdThread } = await import(folder + '/io/bfd/service.js');
const { parseAddress } = await import(folder + '/lib/ip.js');
const say = (session, what) => console.log(JSON.stringify({ session, atMs: Date.now(), ...what }));
const thread = new BfdThread(folder + '/io/bfd/worker.js', (failure) => say(-1, { failure }));
JSON.parse(sessions).map(({ local, remote, interfaceName = null, spec }, i) =>
  thread.begin({ local: parseAddress(local), remote: parseAddress(remote), interfaceName }, spec, {
    onStatus: (status) => say(i, { status }),
    onProblem: (problem) => say(i, { problem }),
  }));
setInterval(() => {}, 1000);
process.on('SIGTERM', () => thread.close().then(() => process.exit()));
process.on('SIGUSR2', () => thread.worker.terminate());
`;

export const SINGLE_HOP: BfdSpec = { intervalMs: 100, minRxMs: 100, multiplier: 3, multihop: false, minTtl: 255 };

export interface BfdSession {
  readonly local: string;
  readonly remote: string;
  readonly interfaceName?: string;
  readonly spec: BfdSpec;
}

/** What was said of a session: its status, or a problem; of no session (-1): a failure of the thread. */
export interface Said {
  readonly session: number;
  readonly atMs: number;
  readonly status?: BfdStatus;
  readonly problem?: string;
  readonly failure?: string;
}

export class BfdSpeaker {
  private readonly running: Background;

  constructor(ns: Namespace, sessions: readonly BfdSession[]) {
    const folder = dirname(reflectordProgram());
    const args = ['--input-type=module', '-e', PROGRAM, join(folder), JSON.stringify(sessions)];
    this.running = ns.spawn('bfd', process.execPath, args);
  }

  said(): Said[] {
    const lines = this.running.log().split('\n');
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Said);
  }

  /** The last word on a session. */
  last(session = 0): Said | null {
    return this.said().findLast((one) => one.session === session) ?? null;
  }

  /** States of a session, one after the other. */
  states(session = 0): string[] {
    const states = this.said().flatMap((one) => (one.session === session ? (one.status?.state ?? []) : []));
    return states.filter((state, i) => state !== states[i - 1]);
  }

  /** Ends its thread; it goes on in another. */
  crash(): void {
    process.kill(this.running.pid, 'SIGUSR2');
  }

  /** Ends its sessions, and it. */
  stop(): Promise<void> {
    return this.running.kill('SIGTERM');
  }

  kill(): Promise<void> {
    return this.running.kill();
  }
}
