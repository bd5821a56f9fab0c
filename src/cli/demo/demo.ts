/**
 * `reflectord demo`: the daemon, two hosts and a switch on this machine, and a table of the routes that each has
 * received. As root it uses network namespaces with real kernel routes, else loopback addresses.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { PeerView } from '../../engine/api/peer-views.ts';
import { request } from '../../io/control/client.ts';
import { Actor, endProcess, ROUTES, routesOf, startDaemon } from './actors.ts';
import { type DemoFiles, writeConfiguration } from './configuration.ts';
import { findPlace, type Place, SPEAKERS, type SpeakerName } from './place.ts';
import { type Picture, render } from './screen.ts';

const FRAME_MS = 500;
/** After this many frames host-1 withdraws a route, or advertises it again. */
const CHANGE_FRAMES = 12;
const ONCE_MS = 20_000;
const CLEAR = '\x1b[H\x1b[2J';

interface DemoOptions {
  /** Stops after every speaker has received every route and one route was withdrawn. */
  readonly once?: boolean;
  /** Uses no namespaces, even as root. */
  readonly loopback?: boolean;
}

/**
 * Runs until Ctrl-C, or once through.
 * @param dist folder of the built program, with `main.js` in it
 * @returns the exit code
 */
export async function runDemo(dist: string, { once = false, loopback = false }: DemoOptions): Promise<number> {
  // Before anything is created that must be removed at the end.
  const end = new EndSignal();
  const place = findPlace(loopback);
  const folder = await mkdtemp(join(tmpdir(), 'reflectord-demo-'));
  const cleanUp = () => place.close();
  process.on('exit', cleanUp);
  try {
    const files = await writeConfiguration(place, join(dist, '..', 'config', 'demo.yaml'), folder);
    const stage = new Stage(place, files, dist, end);
    return await (once ? stage.playOnce() : stage.play());
  } finally {
    await rm(folder, { recursive: true, force: true });
    place.close();
    process.off('exit', cleanUp);
    end.close();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Given when the demo has to end: Ctrl-C, a signal, a closed terminal (SIGHUP, EIO), or a reader that closes the pipe
 * (EPIPE; Node ignores SIGPIPE). None of these may end the process before daemon and namespaces are removed.
 */
class EndSignal {
  given = false;
  private wake: () => void = () => {};
  private readonly give = (): void => {
    this.given = true;
    this.wake();
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.give);
    process.stdout.on('error', this.give);
    process.stderr.on('error', this.give);
  }

  /** Waits for this time, or until the demo has to end. */
  async pause(ms: number): Promise<void> {
    if (this.given) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }

  /** Restores the usual effect of signals; output errors stay ignored. */
  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.give);
  }
}

class Stage {
  private readonly place: Place;
  private readonly files: DemoFiles;
  private readonly daemon;
  private readonly actors: ReadonlyMap<SpeakerName, Actor>;
  private readonly program: string;
  private news = 'no change yet';
  private changes = 0;
  private readonly end: EndSignal;

  constructor(place: Place, files: DemoFiles, dist: string, end: EndSignal) {
    this.end = end;
    this.place = place;
    this.files = files;
    this.program = join(dist, 'main.js');
    this.daemon = startDaemon(place, this.program, files.config, files.log);
    this.actors = new Map(SPEAKERS.map((name) => [name, new Actor(place, name, join(dist, 'cli', 'demo'), () => {})]));
  }

  /** Shows the table until the user stops it. */
  async play(): Promise<number> {
    const live = process.stdout.isTTY === true;
    let last = '';
    for (let frame = 1; !this.end.given && this.daemon.exitCode === null; frame++) {
      if (frame % CHANGE_FRAMES === 0) this.change();
      const text = render(await this.picture());
      if (live) process.stdout.write(CLEAR + text);
      else if (text !== last) process.stdout.write(`${text}\n`);
      last = text;
      await this.end.pause(FRAME_MS);
    }
    const failed = !this.end.given;
    if (failed) process.stderr.write(await readFile(this.files.log, 'utf8'));
    await this.stop();
    process.stdout.write('\nstopped; namespaces, processes and files are removed\n');
    return failed ? 1 : 0;
  }

  /** Waits until every speaker has received every route, withdraws one, and waits until no speaker has it. */
  async playOnce(): Promise<number> {
    const routes = SPEAKERS.length * 2;
    const received = await this.eventually(
      () =>
        SPEAKERS.every((name) => this.receivedBy(name).length === routes - 2) &&
        (!this.place.kernel || this.kernel().length === routes),
    );
    process.stdout.write(render(await this.picture()));
    this.change();
    const prefix = ROUTES['host-1'][0];
    const withdrawn =
      received && (await this.eventually(() => SPEAKERS.every((name) => !this.receivedBy(name).includes(prefix))));
    process.stdout.write(withdrawn ? `${this.news}: removed by every speaker\n` : 'the routes were not received\n');
    if (!withdrawn) process.stderr.write(await readFile(this.files.log, 'utf8'));
    await this.stop();
    return withdrawn ? 0 : 1;
  }

  private receivedBy(name: SpeakerName): string[] {
    return this.actors.get(name)?.state.received.map(({ prefix }) => prefix) ?? [];
  }

  private async eventually(holds: () => boolean): Promise<boolean> {
    const end = Date.now() + ONCE_MS;
    while (!holds()) {
      if (Date.now() > end || this.daemon.exitCode !== null || this.end.given) return false;
      await this.end.pause(50);
    }
    return true;
  }

  /** host-1 withdraws its IPv4 route, or advertises it again. */
  private change(): void {
    const [route] = routesOf(this.place, 'host-1');
    const withdraw = this.changes++ % 2 === 0;
    this.actors.get('host-1')?.order(withdraw ? { withdraw: route.prefix } : { advertise: route });
    this.news = withdraw ? `host-1 withdrew ${route.prefix}` : `host-1 advertised ${route.prefix} again`;
  }

  private async picture(): Promise<Picture> {
    const speakers = new Map([...this.actors].map(([name, actor]) => [name, actor.state] as const));
    const { place, news } = this;
    return { place, peers: await this.peers(), speakers, kernel: this.kernel(), news, hints: this.hints() };
  }

  /** Empty until the daemon answers. */
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
    const reflectord = commandName(this.program);
    return [
      'Try in another terminal (Ctrl-C stops the demo):',
      `  export REFLECTORD_SOCKET=${socket}`,
      `  ${reflectord} show peers`,
      `  ${reflectord} show rib ${ROUTES['host-2'][0]}`,
      `  ${curl}`,
    ];
  }

  private async stop(): Promise<void> {
    await Promise.all([...this.actors.values()].map((actor) => actor.end()));
    await endProcess(this.daemon);
  }
}

/** How to call the program from another terminal, in any directory. */
function commandName(program: string): string {
  const called = process.argv[1] ?? program;
  return basename(called) === 'main.js' ? `node ${program}` : basename(called);
}
