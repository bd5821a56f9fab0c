/** A running daemon that is fuzzed over TCP, with its observers, and what is measured of it. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { KEEPALIVE } from '../lab/updates.ts';
import { CONFIGURATION } from './configuration.ts';
import { Fault, HOLD_SECONDS, INNOCENT_ADDRESS, innocentMessages, KINDS, Observer } from './observer.ts';
import type { SessionScript } from './sessions.ts';

/** A KEEPALIVE is due after a third of the hold time; this much silence is a fault. */
const LATE_MS = (HOLD_SECONDS * 1000 * 2) / 3;
/** Routes of lost sessions are kept for some seconds, and the machine may be busy. */
const REST_MS = 60_000;
const TICK_MS = 250;
/** Tables that have no more entries than the routes need. */
const COUNTED = ['prefixes', 'paths', 'attribute sets', 'next hops'];

export interface Sample {
  readonly atMs: number;
  readonly residentMiB: number;
  readonly descriptors: number;
}

interface Watch {
  readonly observer: Observer;
  readonly socket: Socket;
  lastMs: number;
}

export class Target {
  readonly samples: Sample[] = [];
  /** Longest silence toward an observer. */
  silenceMs = 0;
  /** By how much this process itself was late at most. */
  lateMs = 0;
  private fault: Error | null = null;
  private readonly folder = temporaryFolder();
  private readonly daemon = new Reflectord(this.folder);
  private readonly port: number;
  private readonly watches: Watch[] = [];
  private innocent: Socket | null = null;
  private baseline: Readonly<Record<string, number>> = {};
  private timer: NodeJS.Timeout | null = null;
  private tickedMs = performance.now();
  private sentMs = 0;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<Target> {
    const target = new Target(await freePort());
    const listen = [{ address: '127.0.0.1', port: target.port }];
    await target.daemon.start({ ...CONFIGURATION, listen });
    target.innocent = target.dial(INNOCENT_ADDRESS);
    target.innocent.on('data', () => {});
    target.innocent.on('close', () => target.fail(target.lost(INNOCENT_ADDRESS)));
    target.innocent.write(Buffer.concat(innocentMessages()));
    for (const kind of KINDS) target.watch(new Observer(kind));
    target.timer = setInterval(() => target.tick(), TICK_MS);
    await target.settled();
    for (const { observer } of target.watches) observer.remember();
    target.baseline = await target.entries();
    return target;
  }

  get pid(): number {
    return this.daemon.pid;
  }

  private dial(localAddress: string): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1', localAddress, noDelay: true });
    socket.on('error', () => {});
    return socket;
  }

  private watch(observer: Observer): void {
    const socket = this.dial(observer.kind.address);
    const watch = { observer, socket, lastMs: performance.now() };
    socket.on('data', (chunk: Buffer) => {
      watch.lastMs = performance.now();
      this.guarded(() => observer.receive(chunk));
    });
    socket.on('close', () => this.fail(this.lost(observer.kind.address)));
    socket.write(Buffer.concat(observer.opening()));
    this.watches.push(watch);
  }

  private fail(fault: Error): void {
    this.fault ??= fault;
  }

  /** A peer that behaves has lost its session; with what the daemon says of it. */
  private lost(address: string): Fault {
    const about = this.daemon
      .log()
      .split('\n')
      .filter((line) => line.includes(`"${address}"`));
    return new Fault(`${address} lost its session: ${about.slice(-3).join('\n')}`);
  }

  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private tick(): void {
    const nowMs = performance.now();
    // What this process itself was late is not the daemon's fault.
    const lateMs = Math.max(0, nowMs - this.tickedMs - TICK_MS);
    this.tickedMs = nowMs;
    this.lateMs = Math.max(this.lateMs, Math.round(lateMs));
    for (const watch of this.watches) {
      watch.lastMs += lateMs;
      const silenceMs = nowMs - watch.lastMs;
      this.silenceMs = Math.max(this.silenceMs, silenceMs);
      const { name } = watch.observer.kind;
      if (silenceMs > LATE_MS)
        this.fail(new Fault(`no KEEPALIVE to the observer with ${name} for ${Math.round(silenceMs)} ms`));
    }
    if (nowMs - this.sentMs < 2000) return;
    this.sentMs = nowMs;
    for (const socket of [this.innocent!, ...this.watches.map((watch) => watch.socket)]) socket.write(KEEPALIVE);
  }

  /** @throws what was found since the start */
  check(): void {
    if (!this.daemon.alive) throw new Fault(`the daemon ended: ${this.daemon.log().slice(-2000)}`);
    if (this.fault !== null) throw this.fault;
  }

  /** @throws what the daemon says of faults of its own */
  private checkLog(): void {
    const bad = /^.*"(daemon\.fault|daemon\.failed)".*$/m.exec(this.daemon.log());
    if (bad !== null) throw new Fault(`the daemon logged ${bad[0]}`);
  }

  /** Runs a session to its end; gives the number of messages that were sent. */
  async attack({ address, messages, cut, deaf, ending }: SessionScript): Promise<number> {
    const socket = this.dial(address);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    let isAccepted = false;
    socket.once('connect', () => {
      isAccepted = true;
    });
    if (deaf) socket.pause();
    else socket.on('data', () => {});
    const bytes = Buffer.from(messages.join(''), 'hex');
    const size = cut === 0 ? bytes.length : cut;
    const written = new Promise<void>((resolve) => {
      for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size));
      socket.write('', () => resolve());
    });
    await Promise.race([written, closed]);
    if (ending === 'reset') {
      await Promise.race([closed, sleep(20)]);
      socket.resetAndDestroy();
    } else socket.end();
    const patience = new AbortController();
    const { signal } = patience;
    await Promise.race([closed, sleep(deaf ? 200 : 5000, undefined, { signal }).catch(() => {})]);
    patience.abort();
    socket.destroy();
    return isAccepted ? messages.length : 0;
  }

  private async settled(): Promise<void> {
    const deadline = performance.now() + REST_MS;
    for (;;) {
      this.check();
      const wrong = this.watches.find(({ observer }) => observer.difference() !== null);
      const left = wrong === undefined ? await this.leftovers() : null;
      if (wrong === undefined && left === null) return;
      if (performance.now() > deadline) {
        if (wrong !== undefined) this.guarded(() => wrong.observer.failAtRest(wrong.observer.difference()!));
        else this.fail(new Fault(`at rest ${left}`));
      }
      await sleep(100);
    }
  }

  private async entries(): Promise<Record<string, number>> {
    const [memory] = await this.daemon.ask('show memory', {});
    const tables = memory!.tables.filter(({ name }) => COUNTED.some((word) => name.includes(word)));
    return Object.fromEntries(tables.map(({ name, entries }) => [name, entries]));
  }

  /** What of the tables is left of sessions that are over; null: nothing. */
  private async leftovers(): Promise<string | null> {
    const now = await this.entries();
    const more = Object.entries(this.baseline).find(([name, count]) => now[name] !== count);
    return more === undefined ? null : `${more[0]} has ${now[more[0]]} entries in place of ${more[1]}`;
  }

  /** All sessions are over: every observer holds exactly what it should, and nothing else is left. Takes a sample. */
  async rest(): Promise<void> {
    await this.settled();
    this.checkLog();
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const residentMiB = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
    const descriptors = readdirSync(`/proc/${this.pid}/fd`).length;
    this.samples.push({ atMs: performance.now(), residentMiB: Math.round(residentMiB), descriptors });
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    for (const { socket } of this.watches) socket.removeAllListeners('close').destroy();
    this.innocent?.removeAllListeners('close').destroy();
    await this.daemon.kill(signal);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
