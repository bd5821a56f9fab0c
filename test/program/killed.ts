/** A daemon in a process of its own that a test kills and starts again, with its file and its state directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CommandArguments, CommandItems, CommandName } from '../../src/engine/api/commands.ts';
import { request } from '../../src/io/control/client.ts';
import { reflectordProgram } from '../lab/build.ts';
import { freePort } from '../lab/loopback.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { eventually } from '../lab/wait-for.ts';

export class KilledDaemon {
  readonly folder = temporaryFolder();
  readonly socket = join(this.folder, 'control.sock');
  readonly file = join(this.folder, 'reflectord.yaml');
  private child: ChildProcess | null = null;
  private port = 0;

  /** Writes its file. */
  async configure(peer: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.port ||= await freePort();
    writeFileSync(
      this.file,
      stringify({
        router: { as: 65000, id: '10.0.0.1' },
        listen: [{ address: '127.0.0.1', port: this.port }],
        peers: [{ address: '127.0.0.9', as: 65000, passive: true, ...peer }],
        control: { socket: this.socket },
        metrics: { listen: 'none' },
      }),
    );
  }

  /** Starts it, with options of Node.js, and waits until it answers; returns its process id. */
  async start(options: readonly string[] = []): Promise<number | undefined> {
    const env = { ...process.env, STATE_DIRECTORY: join(this.folder, 'state') };
    this.child = spawn(process.execPath, [...options, reflectordProgram(), 'run', '--no-warm-up', this.file], {
      stdio: 'ignore',
      env,
    });
    await eventually('it answers', async () => void (await this.ask('status', {})));
    return this.child.pid;
  }

  async ask<C extends CommandName>(command: C, args: CommandArguments[C]): Promise<CommandItems[C][]> {
    const all: CommandItems[C][] = [];
    for await (const item of request(this.socket, command, args)) all.push(item);
    return all;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
