/**
 * `reflectord demo`: the daemon, two hosts and a switch on this machine, and a table of what they tell each other.
 * As root in network namespaces with real kernel routes, else on loopback addresses.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeerView } from '../engine/views.ts';
import { request } from '../io/control/client.ts';
import { Actor, endProcess, ROUTES, routesOf, startDaemon } from './actors.ts';
import { type DemoFiles, writeConfiguration } from './configuration.ts';
import { findPlace, type Place, SPEAKERS, type SpeakerName } from './place.ts';
import { type Picture, render } from './screen.ts';

const FRAME_MS = 500;
/** Every so many frames one host takes a route back, or announces it again. */
const CHANGE_FRAMES = 12;
const ONCE_MS = 20_000;
const CLEAR = '\x1b[H\x1b[2J';

export interface DemoOptions {
  /** Ends by itself when every route was seen everywhere and one was taken back. */
  readonly once?: boolean;
  /** Takes no namespaces, even where it could. */
  readonly loopback?: boolean;
}

/**
 * Runs until Ctrl-C, or once through.
 * @param dist folder of the built program, with `main.js` in it
 * @returns the exit code
 */
export async function runDemo(dist: string, { once = false, loopback = false }: DemoOptions): Promise<number> {
  const place = findPlace(loopback);
  const folder = await mkdtemp(join(tmpdir(), 'reflectord-demo-'));
  const cleanUp = () => place.close();
  process.on('exit', cleanUp);
  try {
    const files = await writeConfiguration(place, join(dist, '..', 'config', 'demo.yaml'), folder);
    const stage = new Stage(place, files, dist);
    return await (once ? stage.playOnce() : stage.play());
  } finally {
    await rm(folder, { recursive: true, force: true });
    place.close();
    process.off('exit', cleanUp);
  }
}

class Stage {
  private readonly place: Place;
  private readonly files: DemoFiles;
  private readonly daemon;
  private readonly actors: ReadonlyMap<SpeakerName, Actor>;
  private readonly program: string;
  private news = 'sessions come up';
  private changes = 0;
  private stopping = false;

  constructor(place: Place, files: DemoFiles, dist: string) {
    this.place = place;
    this.files = files;
    this.program = join(dist, 'main.js');
    this.daemon = startDaemon(place, this.program, files.config, files.log);
    this.actors = new Map(SPEAKERS.map((name) => [name, new Actor(place, name, join(dist, 'demo'), () => {})]));
  }

  /** Shows the table until somebody stops it. */
  async play(): Promise<number> {
    const stop = () => {
      this.stopping = true;
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const live = process.stdout.isTTY === true;
    let last = '';
    for (let frame = 1; !this.stopping && this.daemon.exitCode === null; frame++) {
      if (frame % CHANGE_FRAMES === 0) this.change();
      const text = render(await this.picture());
      if (live) process.stdout.write(CLEAR + text);
      else if (text !== last) process.stdout.write(`${text}\n`);
      last = text;
      await sleep(FRAME_MS);
    }
    const failed = !this.stopping;
    if (failed) process.stderr.write(await readFile(this.files.log, 'utf8'));
    await this.end();
    process.stdout.write('\nstopped; nothing is left behind\n');
    return failed ? 1 : 0;
  }

  /** Waits until everybody was told of everything, takes a route back, and waits until nobody has it. */
  async playOnce(): Promise<number> {
    const routes = SPEAKERS.length * 2;
    const told = await this.eventually(
      () =>
        SPEAKERS.every((name) => this.heldBy(name).length === routes - 2) &&
        (!this.place.kernel || this.kernel().length === routes),
    );
    process.stdout.write(render(await this.picture()));
    this.change();
    const prefix = ROUTES['host-1'][0];
    const taken = told && (await this.eventually(() => SPEAKERS.every((name) => !this.heldBy(name).includes(prefix))));
    process.stdout.write(taken ? `${this.news}: gone everywhere\n` : 'the routes did not arrive\n');
    if (!taken) process.stderr.write(await readFile(this.files.log, 'utf8'));
    await this.end();
    return taken ? 0 : 1;
  }

  private heldBy(name: SpeakerName): string[] {
    return this.actors.get(name)?.state.held.map(({ prefix }) => prefix) ?? [];
  }

  private async eventually(holds: () => boolean): Promise<boolean> {
    const end = Date.now() + ONCE_MS;
    while (!holds()) {
      if (Date.now() > end || this.daemon.exitCode !== null) return false;
      await sleep(50);
    }
    return true;
  }

  /** Host 1 takes its IPv4 route back, or announces it again. */
  private change(): void {
    const [route] = routesOf(this.place, 'host-1');
    const withdraw = this.changes++ % 2 === 0;
    this.actors.get('host-1')?.order(withdraw ? { withdraw: route.prefix } : { announce: route });
    this.news = withdraw ? `host-1 took ${route.prefix} back` : `host-1 announced ${route.prefix} again`;
  }

  private async picture(): Promise<Picture> {
    const speakers = new Map([...this.actors].map(([name, actor]) => [name, actor.state] as const));
    const { place, news } = this;
    return { place, peers: await this.peers(), speakers, kernel: this.kernel(), news, hints: this.hints() };
  }

  /** Empty while the daemon does not answer yet. */
  private async peers(): Promise<PeerView[]> {
    const peers: PeerView[] = [];
    try {
      for await (const peer of request(this.files.socket, 'show peers', {})) peers.push(peer);
    } catch {
      return [];
    }
    return peers;
  }

  private kernel(): string[] {
    if (!this.place.kernel) return [];
    return ['-4', '-6'].flatMap((family) => {
      const [command, ...argv] = this.place.command(null, ['ip', family, 'route', 'show', 'proto', '186']);
      const { stdout } = spawnSync(command, argv, { encoding: 'utf8' });
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.trim());
    });
  }

  private hints(): string[] {
    const { socket, metrics } = this.files;
    const curl = this.place.command(null, ['curl', '-s', `http://${metrics}/metrics`]).join(' ');
    return [
      'Try in another terminal:',
      `  export REFLECTORD_SOCKET=${socket}`,
      '  node dist/main.js show peers          # or: show peer 192.0.2.11, show groups',
      `  node dist/main.js show rib ${ROUTES['host-2'][0]}`,
      '  node dist/main.js show fib',
      `  ${curl}`,
      'Ctrl-C stops it.',
    ];
  }

  private async end(): Promise<void> {
    await Promise.all([...this.actors.values()].map((actor) => actor.end()));
    await endProcess(this.daemon);
  }
}
