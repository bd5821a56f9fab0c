/** The soak: churn, flaps, reloads, scrapes and shows for hours, and what of the daemon must stay flat meanwhile. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { Background } from '../lab/process.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { eventually } from '../lab/wait-for.ts';
import { Random } from '../model/random.ts';
import { Peer } from './peer.ts';

const AS = 65_000;
const OBSERVERS = 2;
const TICK_MS = 100;
/** Prefixes that change with each tick, at one peer. */
const CHANGES = 10;
const MEDS = 1000;
const REST_MS = 180_000;

export interface Plan {
  readonly seconds: number;
  readonly peers: number;
  /** Peers that announce routes, and the routes of each. */
  readonly sources: number;
  readonly routes: number;
  readonly sampleMs: number;
  readonly say: (line: string) => void;
}

export interface Sample {
  readonly seconds: number;
  readonly residentMiB: number;
  readonly heapMiB: number;
  readonly descriptors: number;
  readonly timers: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

export interface Report {
  readonly seconds: number;
  readonly peers: number;
  readonly routes: number;
  readonly samples: readonly Sample[];
  readonly changes: number;
  readonly flaps: number;
  readonly reloads: number;
  readonly scrapes: number;
  readonly shows: number;
  readonly updatesReceived: number;
  readonly failures: readonly string[];
}

class Soak {
  readonly samples: Sample[] = [];
  readonly counts = { changes: 0, flaps: 0, reloads: 0, scrapes: 0, shows: 0 };
  private readonly plan: Plan;
  private readonly folder = temporaryFolder();
  private readonly probe = join(this.folder, 'probe');
  private readonly daemon: Reflectord;
  private readonly peers: Peer[] = [];
  private readonly random = new Random(1);
  private readonly ports: readonly [number, number];
  private readonly startedMs = performance.now();

  constructor(plan: Plan, ports: readonly [number, number]) {
    this.plan = plan;
    this.ports = ports;
    const env = {
      NODE_OPTIONS: `--require ${join(__dirname, 'probe.cjs')}`,
      SOAK_PROBE: this.probe,
      SOAK_PROBE_MS: String(plan.sampleMs),
    };
    const host = {
      spawn: (name: string, command: string, args: readonly string[]) => new Background(name, command, args, env),
    };
    this.daemon = new Reflectord(this.folder, host as never);
  }

  private configuration(over: object = {}): object {
    return {
      router: { as: AS, id: '10.255.255.1' },
      listen: [{ address: '127.0.0.1', port: this.ports[0] }],
      metrics: { listen: `127.0.0.1:${this.ports[1]}` },
      groups: {
        hosts: {
          as: AS,
          'route-reflector-client': true,
          'graceful-restart': { mode: 'off' },
          'idle-hold-time': 0,
          dynamic: [{ range: '127.0.0.0/16', 'attempts-per-minute': 0 }],
          ...over,
        },
      },
    };
  }

  get elapsed(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  async start(): Promise<void> {
    const { peers, sources, routes } = this.plan;
    await this.daemon.start(this.configuration());
    for (let at = 0; at < peers; at++) {
      const peer = new Peer(`127.0.1.${at + 1}`, this.ports[0], at >= peers - OBSERVERS);
      this.peers.push(peer);
      if (at < sources) for (let i = 0; i < routes; i++) peer.announced.set(prefixOf(at, i), i % 50);
      peer.start();
    }
    await this.rest();
  }

  /** One tick of churn. */
  churn(): void {
    const at = this.random.below(this.plan.sources);
    const peer = this.peers[at]!;
    const prefixes = Array.from({ length: CHANGES }, () => prefixOf(at, this.random.below(this.plan.routes)));
    const chosen = [...new Set(prefixes)];
    this.counts.changes += chosen.length;
    if (this.random.chance(30)) peer.withdraw(chosen);
    else peer.announce(this.random.below(MEDS), chosen);
  }

  flap(): void {
    this.counts.flaps++;
    this.random.pick(this.peers.slice(0, -OBSERVERS)).flap(this.random.chance(50));
  }

  async reload(): Promise<void> {
    this.counts.reloads++;
    await this.daemon.reload(this.configuration(this.counts.reloads % 2 === 0 ? {} : { 'best-external': true }));
  }

  scrape(): Promise<void> {
    this.counts.scrapes++;
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: this.ports[1], path: '/metrics', agent: false }, (answer) =>
        answer.resume().on('end', resolve),
      ).on('error', reject);
    });
  }

  async show(): Promise<void> {
    this.counts.shows++;
    await this.daemon.ask('show peers', {});
    await this.daemon.ask('show rib', { target: prefixOf(this.random.below(this.plan.sources), 1) });
    await this.daemon.ask('show groups', {});
    await this.daemon.ask('show attributes', {});
  }

  sample(): void {
    const status = readFileSync(`/proc/${this.daemon.pid}/status`, 'utf8');
    const lines = readFileSync(this.probe, 'utf8').trim().split('\n');
    const inside = JSON.parse(lines.at(-1)!) as { timers: number; heapMiB: number; p99Ms: number; maxMs: number };
    this.samples.push({
      seconds: Math.round(this.elapsed),
      residentMiB: Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024),
      heapMiB: inside.heapMiB,
      descriptors: readdirSync(`/proc/${this.daemon.pid}/fd`).length,
      timers: inside.timers,
      delayP99Ms: inside.p99Ms,
      delayMaxMs: inside.maxMs,
    });
  }

  /** Every observer holds exactly what is announced. */
  async rest(): Promise<void> {
    await eventually(
      'the observers hold all routes',
      () => {
        const expected = new Set(this.peers.flatMap(({ announced }) => [...announced.keys()]));
        for (const { address, routes } of this.peers.slice(-OBSERVERS)) {
          const missing = [...expected].filter((prefix) => !routes!.has(prefix)).length;
          const more = routes!.size - (expected.size - missing);
          if (missing + more > 0) throw new Error(`${address}: ${missing} routes missing, ${more} too many`);
        }
      },
      REST_MS,
    );
  }

  /** Sessions that were lost without our doing. */
  get lost(): number {
    return this.peers.reduce((sum, { lost }) => sum + lost, 0);
  }

  get updates(): number {
    return this.peers.reduce((sum, { updates }) => sum + updates, 0);
  }

  get alive(): boolean {
    return this.daemon.alive;
  }

  async stop(): Promise<void> {
    for (const peer of this.peers) peer.stop();
    await this.daemon.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function prefixOf(source: number, at: number): string {
  return `${20 + source}.${at >> 8}.${at & 255}.0/24`;
}

function middle(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;
}

/**
 * What grows from the second quarter of the run to the last one, although nothing else does. The delay of the event loop is
 * plotted only: it depends on what else the machine does.
 */
export function growthIn(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 3) return [];
  const grown = (name: keyof Sample, allowed: number) => {
    const before = middle(samples.slice(quarter, 2 * quarter).map((one) => one[name]));
    const after = middle(samples.slice(-quarter).map((one) => one[name]));
    return after > before + allowed ? [`${name} grew from ${before} to ${after}`] : [];
  };
  return [...grown('residentMiB', 40), ...grown('heapMiB', 30), ...grown('descriptors', 4), ...grown('timers', 4)];
}

/** Does something each so many seconds, one at a time. */
function each(seconds: number, run: () => void | Promise<void>): (elapsed: number) => Promise<void> {
  let next = seconds;
  return async (elapsed) => {
    if (elapsed < next) return;
    next = elapsed + seconds;
    await run();
  };
}

export async function soak(plan: Plan): Promise<Report> {
  const work = new Soak(plan, [await freePort(), await freePort()]);
  const failures: string[] = [];
  try {
    await work.start();
    plan.say(`${Math.round(work.elapsed)} s: all routes are everywhere`);
    const from = work.elapsed;
    const jobs = [
      each(5, () => work.flap()),
      each(60, () => work.reload()),
      each(15, () => work.scrape()),
      each(10, () => work.show()),
      each(plan.sampleMs / 1000, () => work.sample()),
      each(300, () => plan.say(`${Math.round(work.elapsed)} s: ${JSON.stringify(work.samples.at(-1))}`)),
    ];
    while (work.elapsed - from < plan.seconds) {
      work.churn();
      for (const job of jobs) await job(work.elapsed - from);
      await sleep(TICK_MS);
    }
    await work.rest();
  } catch (error) {
    failures.push(String(error));
  } finally {
    if (!work.alive) failures.push('the daemon ended');
    await work.stop();
  }
  if (work.lost > 0) failures.push(`${work.lost} sessions were lost`);
  failures.push(...growthIn(work.samples));
  const { samples, counts, updates } = work;
  const [seconds, routes] = [Math.round(work.elapsed), plan.sources * plan.routes];
  return { seconds, peers: plan.peers, routes, samples, ...counts, updatesReceived: updates, failures };
}
