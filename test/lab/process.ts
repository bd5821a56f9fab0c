/** Processes of the lab: their output is kept, and none outlives the test process, however that ends. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { eventually, Hopeless } from './wait-for.ts';

const KEPT_CHARACTERS = 1 << 20;

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Runs a command to its end and gives its standard output; throws with its words when it fails. */
export function exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = {
      env: { ...process.env, ...options.env },
      timeout: options.timeoutMs ?? 30_000,
      maxBuffer: 1 << 28,
    };
    const child = execFile(command, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`));
    });
    // A command that ends without reading its input is judged by its exit, not by the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** A command that runs in the background. */
export class Background {
  readonly name: string;
  readonly exited: Promise<string>;
  private readonly child: ChildProcess;
  private output = '';
  private unread = '';
  private ended = false;

  constructor(name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.name = name;
    // setpriv ties its life to ours: also a test process that is killed leaves nothing behind.
    this.child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer) => {
      this.output = (this.output + chunk.toString()).slice(-KEPT_CHARACTERS);
      this.unread = (this.unread + chunk.toString()).slice(-KEPT_CHARACTERS);
    };
    this.child.stdout?.on('data', keep);
    this.child.stderr?.on('data', keep);
    // A test that forgets it does not keep the test process from ending, and its end ends this one too.
    for (const handle of [this.child, this.child.stdout as Socket, this.child.stderr as Socket]) handle.unref();
    this.exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.ended = true;
        resolve(how);
      };
      this.child.once('exit', (code, signal) => end(signal ?? `exit ${code}`));
      this.child.once('error', (error) => end(error.message));
    });
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get running(): boolean {
    return !this.ended;
  }

  /** Waits until `ask` (a question to the daemon, failures as text) gives what `pattern` matches. */
  async answers(ask: () => Promise<string>, pattern: RegExp): Promise<void> {
    await eventually(`${this.name} answers`, async () => {
      if (!this.running) throw new Hopeless(`it ended: ${await this.exited}\n${this.output.slice(-2_000)}`);
      const answer = await ask().catch(String);
      if (!pattern.test(answer)) throw new Error(answer);
    });
  }

  /** What it printed, the last megabyte of it. */
  log(): string {
    return this.output;
  }

  /** What it printed since this was last asked. */
  news(): string {
    const news = this.unread;
    this.unread = '';
    return news;
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.ended) this.child.kill(signal);
    await this.exited;
  }
}
