/** The processes of the demo: the daemon and three speakers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Place, SpeakerName } from './place.ts';
import type { SpeakerState } from './speaker.ts';
import type { SpeakerCommand } from './speaker-main.ts';
import { type AdvertisedRoute, DEMO_AS } from './updates.ts';

const SWITCH_AS = 4_200_000_001;
const END_MS = 4000;

/** The prefixes that each speaker advertises. */
export const ROUTES: Readonly<Record<SpeakerName, readonly [string, string]>> = {
  'host-1': ['10.1.1.0/26', '2001:db8:1:1::/64'],
  'host-2': ['10.1.2.0/26', '2001:db8:1:2::/64'],
  switch: ['203.0.113.0/24', '2001:db8:f::/48'],
};

/** The routes that a speaker advertises. */
export function routesOf(place: Place, name: SpeakerName): AdvertisedRoute[] {
  return ROUTES[name].map((prefix, i) => ({ prefix, nextHop: place.nextHops[name][i], localPref: 100 }));
}

/** The daemon, with its log in a file. */
export function startDaemon(place: Place, program: string, configPath: string, logPath: string): ChildProcess {
  const [command, ...argv] = place.command(null, [process.execPath, program, 'run', configPath]);
  const log = openSync(logPath, 'a');
  return spawn(command, argv, { stdio: ['ignore', log, log], detached: true });
}

/** The process of a speaker, and its last reported state. */
export class Actor {
  state: SpeakerState = { up: false, problem: 'starting', received: [] };
  private readonly child: ChildProcess;

  constructor(place: Place, name: SpeakerName, folder: string, onChange: () => void) {
    const spec = {
      name,
      as: name === 'switch' ? SWITCH_AS : DEMO_AS,
      routerId: place.nextHops[name][0],
      from: place.addresses[name],
      to: place.reflector,
      port: place.port,
      routes: routesOf(place, name),
    };
    const program = join(folder, 'speaker-main.js');
    const [command, ...argv] = place.command(name, [process.execPath, program, JSON.stringify(spec)]);
    this.child = spawn(command, argv, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.state = JSON.parse(line) as SpeakerState;
      onChange();
    });
  }

  order(command: SpeakerCommand): void {
    this.child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  async end(): Promise<void> {
    this.child.stdin?.end();
    await ended(this.child);
  }
}

/** Stops a process with SIGTERM, and with SIGKILL if that takes too long. */
export async function endProcess(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await ended(child);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const force = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await once(child, 'exit');
  clearTimeout(force);
}
