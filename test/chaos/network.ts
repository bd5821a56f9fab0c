/**
 * The network that chaos happens to: a reflector that installs routes, real daemons as its clients, and a host whose
 * scripted speakers announce, change and withdraw routes all the time.
 *
 *   reflector ─┬─ BIRD 2 ─┬─ FRR ─┬─ GoBGP ─┬─ crowd (scripted speakers)
 */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bird2Host } from '../lab/hosts/bird.ts';
import { FrrHost, frrHost } from '../lab/hosts/frr.ts';
import { gobgpHost } from '../lab/hosts/gobgp.ts';
import { type BgpHost, kernelRoutes } from '../lab/hosts/host.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { Lab, type Namespace } from '../lab/namespace.ts';
import { eventually } from '../lab/wait-for.ts';
import { Crowd } from './crowd.ts';

export const AS = 65_000;
export const HOLD_SECONDS = 9;
const MAKERS = { bird: bird2Host, frr: frrHost, gobgp: gobgpHost } as const;
type Name = keyof typeof MAKERS;

/** Ways in which `ip` may misbehave: it never ends, it claims success and does nothing, it fails. */
export type IpMood = 'sound' | 'hangs' | 'lies' | 'fails';

/** A place of a route: the prefix, and where it leads. */
type Routes = Readonly<Record<string, string>>;

export interface Options {
  readonly clients: readonly Name[];
  /** Scripted speakers, and the routes of each. */
  readonly speakers: number;
  readonly routes: number;
  /** The file of peers lies on a file system of this size. */
  readonly diskKiB: number;
}

export class Network {
  readonly lab = new Lab();
  readonly options: Options;
  readonly clients = new Map<Name, BgpHost>();
  private center: Namespace | null = null;
  private running: Reflectord | null = null;
  private speakers: Crowd | null = null;
  private readonly own = new Map<Name, Routes>();

  constructor(options: Options) {
    this.options = options;
  }

  get ns(): Namespace {
    return this.center!;
  }

  get daemon(): Reflectord {
    return this.running!;
  }

  get crowd(): Crowd {
    return this.speakers!;
  }

  async start(): Promise<void> {
    const { clients, speakers, routes, diskKiB } = this.options;
    this.center = await this.lab.host('reflector', 1);
    await this.ns.exec('sh', ['-c', `mkdir /run/disk && mount -t tmpfs -o size=${diskKiB}k none /run/disk`]);
    this.writeIp();
    for (const [at, name] of clients.entries()) await this.makeClient(name, at + 2);
    this.speakers = await Crowd.open(await this.lab.host('crowd', 9), this.ns.ipv4, speakers, routes);
    await this.startDaemon();
    await Promise.all([...this.clients.values()].map((client) => client.start()));
    this.crowd.start();
  }

  private async makeClient(name: Name, number: number): Promise<void> {
    const ns = await this.lab.host(name, number);
    const prefixes = Array.from({ length: 8 }, (_, at) => `10.${number}.${at}.0/24`);
    this.own.set(name, Object.fromEntries(prefixes.map((prefix) => [prefix, ns.ipv4])));
    const announced = Object.fromEntries(prefixes.map((prefix) => [prefix, { localPref: 200 }]));
    const common = { ns, as: AS, routerId: ns.ipv4, neighbors: [this.ns], neighborAs: AS, prefixes: announced };
    this.clients.set(name, MAKERS[name](common));
  }

  /** Starts the daemon, with more of the environment of the process if need be. */
  async startDaemon(...environment: readonly string[]): Promise<void> {
    const path = `PATH=${this.ns.folder}/bin:${process.env.PATH}`;
    const spawn: Namespace['spawn'] = (name, command, args) =>
      this.ns.spawn(name, 'env', [path, ...environment, command, ...args]);
    this.running = new Reflectord(this.ns.folder, Object.assign(Object.create(this.ns), { spawn }) as Namespace);
    await this.daemon.start(this.configuration());
  }

  configuration(over: object = {}): object {
    const dialed = this.clients.get('gobgp');
    const retry = { 'connect-retry-time': 1, 'idle-hold-time': 0, 'idle-hold-max-time': 0 };
    const hosts = { as: AS, 'route-reflector-client': true, 'hold-time': HOLD_SECONDS, ...retry, ...over };
    const ranges = ['10.99.0.0/16', 'fd99::/64'].map((range) => ({ range, 'attempts-per-minute': 0 }));
    return {
      router: { as: AS, id: this.ns.ipv4, 'restart-state': '/run/disk/peers', 'restart-defer-time': 8 },
      metrics: { listen: 'none' },
      groups: { hosts: { ...hosts, dynamic: ranges } },
      peers: dialed === undefined ? [] : [{ address: dialed.ns.ipv6, group: 'hosts' }],
      fib: { mode: 'install', takeover: true, 'compare-time': 10, 'restart-time': 8 },
    };
  }

  /** An `ip` that behaves as a file says. Changes come in batches over its input. */
  private writeIp(): void {
    const folder = join(this.ns.folder, 'bin');
    mkdirSync(folder);
    const script = [
      '#!/bin/sh',
      `case "$*" in *-batch*) mood=$(cat ${folder}/mood 2>/dev/null);; esac`,
      'case "$mood" in hangs) exec sleep 600;; lies) cat > /dev/null; exit 0;; fails) exit 2;; esac',
      'exec /sbin/ip "$@"',
    ];
    writeFileSync(join(folder, 'ip'), `${script.join('\n')}\n`);
    chmodSync(join(folder, 'ip'), 0o755);
  }

  setIp(mood: IpMood): void {
    const file = join(this.ns.folder, 'bin', 'mood');
    if (mood !== 'sound') writeFileSync(file, mood);
    else if (existsSync(file)) rmSync(file);
  }

  /** The port of a host at the switch: the address of the host is 10.99.0.`number`. */
  async port(number: number, ...words: readonly string[]): Promise<void> {
    await this.lab.onBridge('ip', ['link', 'set', `v${number}`, ...words]);
  }

  /** All routes that should be there, but those of one client. */
  private expected(without: Name | null): Routes {
    const own = [...this.own].filter(([name]) => name !== without).map(([, routes]) => routes);
    return Object.assign({}, this.crowd.announced(), ...own) as Routes;
  }

  /** Waits until the kernel and every client hold exactly what they should; gives the seconds that it took. */
  async converged(withinSeconds: number): Promise<number> {
    const startedMs = performance.now();
    const limitMs = withinSeconds * 1000;
    const check = (what: string, expected: Routes, read: () => Promise<Routes>) =>
      eventually(what, async () => compare(what, expected, await read()), limitMs);
    await Promise.all([
      check('the kernel of the reflector', this.expected(null), () => this.installed(this.ns)),
      ...[...this.clients].map(async ([name, client]) => {
        const expected = this.expected(name);
        await check(name, expected, () => learned(client));
        if (client.installs) await check(`the kernel of ${name}`, expected, () => this.installed(client.ns));
      }),
      eventually('the scripted speakers', () => this.crowd.check(this.expected(null)), limitMs),
    ]);
    if (!this.daemon.alive) throw new Error(`the daemon ended: ${this.daemon.log().slice(-1000)}`);
    return Math.round((performance.now() - startedMs) / 100) / 10;
  }

  private async installed(ns: Namespace): Promise<Routes> {
    const routes = (await kernelRoutes(ns)).filter(({ protocol }) => protocol !== 'static');
    return Object.fromEntries(routes.map(({ prefix, via }) => [prefix, via]));
  }

  /** Lets the speakers go on for a while. */
  async under(load: () => Promise<unknown>): Promise<void> {
    this.crowd.isChurning = true;
    await sleep(500);
    await load();
    this.crowd.isChurning = false;
  }

  async close(): Promise<void> {
    this.speakers?.stop();
    await this.lab.close();
  }
}

interface FrrTable {
  readonly routes: Readonly<Record<string, readonly { pathFrom?: string; nexthops?: readonly { ip: string }[] }[]>>;
}

async function learned(client: BgpHost): Promise<Routes> {
  if (!(client instanceof FrrHost)) {
    return Object.fromEntries((await client.routes()).map(({ prefix, nextHop }) => [prefix, nextHop]));
  }
  // One question for all prefixes.
  const { routes } = JSON.parse(await client.tell('bgpd', 'show bgp ipv4 unicast json')) as FrrTable;
  const found = Object.entries(routes).flatMap(([prefix, paths]) =>
    paths.filter(({ pathFrom }) => pathFrom === 'internal').map(({ nexthops }) => [prefix, nexthops?.[0]?.ip ?? '']),
  );
  return Object.fromEntries(found.filter(([, hop]) => hop !== '0.0.0.0')) as Routes;
}

/** @throws with the first differences */
export function compare(what: string, expected: Routes, seen: Routes): void {
  const missing = Object.keys(expected).filter((prefix) => seen[prefix] === undefined);
  const wrong = Object.keys(expected).filter(
    (prefix) => seen[prefix] !== undefined && seen[prefix] !== expected[prefix],
  );
  const more = Object.keys(seen).filter((prefix) => expected[prefix] === undefined);
  if (missing.length + wrong.length + more.length === 0) return;
  const list = (name: string, all: readonly string[]) => `${all.length} ${name} (${all.slice(0, 3)})`;
  throw new Error(`${what}: ${list('missing', missing)}, ${list('wrong', wrong)}, ${list('too many', more)}`);
}
