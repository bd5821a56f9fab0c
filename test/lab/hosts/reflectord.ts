/** The daemon under test, started as an operator does and asked over its control socket. */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { CommandArguments, CommandItems, CommandName } from '../../../src/engine/api/commands.ts';
import { request } from '../../../src/io/control/client.ts';
import { reflectordProgram } from '../build.ts';
import type { Namespace } from '../namespace.ts';
import { Background, exec } from '../process.ts';
import type { Reflector, ReflectorOptions } from './reflector.ts';

/** A running (or killed) reflectord. */
export class Reflectord {
  readonly socket: string;
  readonly configuration: string;
  private readonly spawn: (name: string, command: string, args: readonly string[]) => Background;
  private running: Background | null = null;

  /** In a folder of the caller's; `ns` is the host that it runs on, without one it runs on this machine itself. */
  constructor(folder: string, ns?: Namespace) {
    this.socket = join(folder, 'control.sock');
    this.configuration = join(folder, 'reflectord.yaml');
    this.spawn = (name, command, args) => ns?.spawn(name, command, args) ?? new Background(name, command, args);
  }

  /** Starts it and waits until it answers, and takes connections. */
  async start(configuration: object): Promise<void> {
    const program = reflectordProgram();
    this.write(configuration);
    // The list of peers for the next start lies in the test's own folder, not in /var/lib.
    const state = `STATE_DIRECTORY=${dirname(this.socket)}`;
    const command = [state, process.execPath, program, 'run', '--no-warm-up', this.configuration];
    // By its path: a test may take PATH away.
    this.running = this.spawn('reflectord', '/usr/bin/env', command);
    await this.running.answers(async () => {
      const status = JSON.stringify(await this.ask('status', {}));
      // Its control socket is there before it listens.
      return this.log().includes('"daemon.ready"') ? status : 'it is not ready yet';
    }, /pid/);
  }

  /** Puts another configuration in force without a restart. */
  async reload(configuration: object): Promise<void> {
    this.write(configuration);
    const [view] = await this.ask('reload', {});
    if (view?.outcome !== 'in-force') throw new Error(`the reload failed: ${view?.failed.join('; ')}`);
  }

  private write(configuration: object): void {
    writeFileSync(this.configuration, stringify({ ...configuration, control: { socket: this.socket } }));
  }

  /** All items that a command gives. */
  async ask<C extends CommandName>(command: C, args: CommandArguments[C]): Promise<CommandItems[C][]> {
    const items: CommandItems[C][] = [];
    for await (const item of request(this.socket, command, args)) items.push(item);
    return items;
  }

  /** The command line's answer with `--json`, as an operator's script gets it. */
  async commandLine(...words: readonly string[]): Promise<unknown> {
    const text = await exec(process.execPath, [reflectordProgram(), '--socket', this.socket, ...words, '--json']);
    return JSON.parse(text);
  }

  get pid(): number {
    return this.running?.pid ?? -1;
  }

  get alive(): boolean {
    return this.running?.running ?? false;
  }

  log(): string {
    return this.running?.log() ?? '';
  }

  /** Resolves with how it ended: `exit 0`, or a signal's name. */
  async ended(): Promise<string> {
    return (await this.running?.exited) ?? 'never started';
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.running?.kill(signal);
  }
}

/** reflectord in the middle of the lab's LAN: hosts come from ranges, switches and other reflectors are configured. */
export class ReflectordReflector implements Reflector {
  readonly name: string;
  readonly ns: Namespace;
  readonly daemon: Reflectord;
  private readonly options: ReflectorOptions;

  constructor(options: ReflectorOptions) {
    this.options = options;
    this.ns = options.ns;
    this.name = options.ns.name;
    this.daemon = new Reflectord(options.ns.folder, options.ns);
  }

  async start(): Promise<void> {
    await this.daemon.start(this.configuration());
  }

  async kill(): Promise<void> {
    await this.daemon.kill();
  }

  private configuration(): object {
    const { as, routerId, clusterId, switches, dialed, others } = this.options;
    const both = ['ipv4-unicast', 'ipv6-unicast'];
    const restart = this.options.graceful === true ? {} : { 'graceful-restart': { mode: 'off' } };
    // The tests kill a host several times in a minute: it is not to be taken for one that flaps.
    const retry = { 'connect-retry-time': 1, 'idle-hold-time': 0, ...restart };
    return {
      router: { as, id: routerId, 'cluster-id': clusterId },
      groups: {
        hosts: {
          as,
          'route-reflector-client': true,
          families: both,
          'hold-time': 240,
          dynamic: [{ range: '10.99.0.0/16' }, { range: 'fd99::/64' }],
          ...retry,
        },
        switches: { as: 'external', 'next-hop': 'unchanged', import: 'accept', export: 'accept', ...retry },
        reflectors: { as, families: both, ...retry },
      },
      peers: [
        ...dialed.map((one) => ({ address: one.ipv6, group: 'hosts', description: one.name })),
        ...switches.flatMap((one) => [
          { address: one.ns.ipv4, group: 'switches', families: ['ipv4-unicast'], as: one.as },
          { address: one.ns.ipv6, group: 'switches', families: ['ipv6-unicast'], as: one.as },
        ]),
        ...others.map((one) => ({ address: one.ipv4, group: 'reflectors', description: one.name })),
      ],
      fib: { mode: 'install' },
    };
  }
}
