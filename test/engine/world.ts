/**
 * A world for the engine without sockets or real time: a clock that the test turns, an event loop that it empties, and
 * connections whose far end is a `SimPeer`.
 */

import { Engine } from '../../src/engine/engine.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import type {
  Connection,
  ConnectionHandler,
  Dial,
  Dialer,
  DialFailure,
  DialTarget,
  EngineDeps,
  Loop,
} from '../../src/engine/ports/ports.ts';
import type { KnownPeer } from '../../src/engine/session/deferral.ts';
import { parseAddress } from '../../src/lib/ip.ts';
import type { Gate } from '../../src/reflect/advertise/fib-gate.ts';
import type { ExchangeSpec } from '../../src/spec/exchange.ts';
import type { PrefixLimits } from '../../src/spec/limits.ts';
import type { DynamicRangeSpec, PeerSpec } from '../../src/spec/peer.ts';
import { endName } from '../../src/spec/peer-name.ts';
import type { RouterSpec } from '../../src/spec/router.ts';
import type { SessionSpec } from '../../src/spec/session.ts';
import type { TransportSpec } from '../../src/spec/transport.ts';
import { CLIENTS, exchangeWith, OUR_AS, OUR_ID, PEER, ROUTER, type SessionOver, sessionWith } from '../lab/spec.ts';

export { OUR_AS, OUR_ID };
export const SESSION: SessionSpec = { ...CLIENTS.session, idleHoldMs: 0, idleHoldMaxMs: 0 };
export const EXCHANGE: ExchangeSpec = CLIENTS.exchange;
export const TRANSPORT: TransportSpec = CLIENTS.transport;

export function address(text: string): Uint8Array {
  return parseAddress(text) as Uint8Array;
}

/** What of a peer's settings is to be other than usual. */
interface SettingsOver {
  session?: SessionOver;
  exchange?: Partial<ExchangeSpec>;
  transport?: Partial<TransportSpec>;
  limits?: PrefixLimits;
  attributeOctets?: number | null;
}

/** A range that accepts all of 10/8 as clients, and a router around it. */
export function range(over: SettingsOver & { prefix?: string } = {}): DynamicRangeSpec {
  const { prefix = '10.0.0.0/8', session: sessionOver = {}, exchange = {}, transport, ...rest } = over;
  const [text, length] = prefix.split('/');
  const session = sessionWith(SESSION, sessionOver);
  return {
    ...CLIENTS,
    ...rest,
    session,
    exchange: exchangeWith(EXCHANGE, session, exchange),
    transport: { ...TRANSPORT, ...transport },
    prefix: { address: address(text), length: Number(length) },
  };
}

export function peerSpec(text: string, over: SettingsOver = {}): PeerSpec {
  const {
    prefix: _prefix,
    limit: _limit,
    forgetMs: _forgetMs,
    attemptsPerMinute: _attempts,
    ...settings
  } = range(over);
  return { ...PEER, ...settings, address: address(text) };
}

export function router(over: Partial<RouterSpec> = {}): RouterSpec {
  return { ...ROUTER, ranges: [range()], ...over };
}

/** Our end of a connection. The far end is driven by the test. */
export class SimConnection implements Connection {
  readonly remoteAddress: Uint8Array;
  readonly remotePort = 33_333;
  readonly localAddress: Uint8Array;
  readonly localPort = 179;
  readonly interfaceName: string | null;
  handler: ConnectionHandler | null = null;
  /** What was written and not yet taken by the far end: it reads only while `reading`. */
  pending: Uint8Array | null = null;
  reading = true;
  paused = false;
  closed = false;
  /** What the engine gave it, one after the other. */
  readonly configured: TransportSpec[] = [];
  /** Why it takes no options. */
  unfit: string | null = null;
  /** Bytes that the far end has read. */
  onBytes: (bytes: Uint8Array) => void = () => {};
  private asWritten = new Uint8Array(0);
  /** Segments that came while reading was paused. */
  private readonly unread: Uint8Array[] = [];
  private readonly world: World;

  constructor(world: World, remote: string) {
    this.world = world;
    const [host, zone = null] = remote.split('%') as [string, string | undefined];
    this.interfaceName = zone;
    this.remoteAddress = address(host);
    const ipv6 = zone === null ? '2001:db8::99' : 'fe80::99';
    this.localAddress = address(remote.includes(':') ? ipv6 : '10.99.0.1');
  }

  /** How long input is taken at a time. */
  turnMs = Number.POSITIVE_INFINITY;

  configure(transport: TransportSpec): string | null {
    this.configured.push(transport);
    return this.unfit;
  }

  attach(handler: ConnectionHandler): void {
    this.handler = handler;
  }

  write(bytes: Uint8Array, start: number, end: number): void {
    if (this.pending !== null) throw new Error('two writes at once');
    // The far end sees the bytes as they are when it reads them: a buffer that is written over too early shows.
    this.pending = bytes.subarray(start, end);
    this.asWritten = bytes.slice(start, end);
    this.world.later(() => this.drain());
  }

  drain(): void {
    const { pending } = this;
    if (pending === null || !this.reading) return;
    this.pending = null;
    if (!sameBytes(pending, this.asWritten)) throw new Error('bytes were written over while they were on their way');
    this.onBytes(pending.slice());
    if (!this.closed) this.handler?.onWritten();
  }

  pause(): void {
    this.paused = true;
  }

  /** What came meanwhile is read later, never from inside the call. */
  resume(): void {
    this.paused = false;
    if (this.unread.length > 0) this.world.later(() => this.readOn());
  }

  close(): void {
    this.closed = true;
  }

  /** The far end sends: one segment, which is read in one go. */
  deliver(bytes: Uint8Array): void {
    this.unread.push(bytes);
    this.readOn();
  }

  private readOn(): void {
    while (!this.closed && !this.paused && this.unread.length > 0) {
      const bytes = this.unread.shift() as Uint8Array;
      const untilMs = this.world.engine.clock.nowMs() + this.turnMs;
      const at = this.handler?.onData(bytes, 0, bytes.length, untilMs) ?? bytes.length;
      if (at === bytes.length) continue;
      this.unread.unshift(bytes.subarray(at));
      this.world.later(() => this.readOn());
      return;
    }
  }

  /** What was delivered, and waits for its turn. */
  get isBehind(): boolean {
    return this.unread.length > 0;
  }

  /** The far end closes, or resets. */
  lose(error: string | null = null): void {
    if (this.closed) return;
    this.closed = true;
    this.pending = null;
    this.handler?.onClosed(error);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export class World {
  nowMs = 1000;
  /** How far the clock moves with each look that is taken at it: by more than a turn may take, each does one piece. */
  tickMs = 0;
  /** Why new connections take no options. */
  unfit: string | null = null;
  readonly events: EngineEvent[] = [];
  readonly engine: Engine;
  readonly dials: {
    target: DialTarget;
    up: (c: Connection) => void;
    failed: (failure: DialFailure) => void;
    cancelled: boolean;
  }[] = [];
  private queue: (() => void)[] = [];
  private wake: { atMs: number; run: () => void } | null = null;

  /** @param before the peers that were there when the daemon ended; null: that is not known */
  constructor(
    spec: RouterSpec = router(),
    over: Partial<EngineDeps> = {},
    before: readonly (string | KnownPeer)[] | null = [],
    gate: Gate = {},
  ) {
    const clock = { nowMs: () => this.tick(), wallMs: () => this.nowMs };
    const loop: Loop = {
      defer: (run) => this.later(run),
      takeUnreadInput: () => false,
      wakeAt: (atMs, run) => {
        this.wake = { atMs, run };
      },
    };
    const dialer: Dialer = { dial: (target, up, failed) => this.dial(target, up, failed) };
    const events = { emit: (event: EngineEvent) => void this.events.push(event) };
    const deps = { clock, loop, dialer, events, random: () => 0.5, ...over };
    this.engine = new Engine(spec, deps, gate);
    const known = (peer: string | KnownPeer) => (typeof peer === 'string' ? { name: peer, localAddress: null } : peer);
    this.engine.start(before?.map(known) ?? null);
  }

  private tick(): number {
    this.nowMs += this.tickMs;
    return this.nowMs;
  }

  later(run: () => void): void {
    this.queue.push(run);
  }

  /** Turns the loop until nothing is left to do at this moment. */
  settle(): void {
    for (let turns = 0; this.queue.length > 0; turns++) {
      if (turns > 100_000) throw new Error('the loop does not come to rest');
      this.turn();
    }
  }

  /** Turns the loop once. */
  turn(): void {
    const batch = this.queue;
    this.queue = [];
    for (const run of batch) run();
  }

  /** Lets time pass, waking the engine whenever it asked to be. */
  pass(ms: number): void {
    const end = this.nowMs + ms;
    this.settle();
    while (this.wake !== null && this.wake.atMs <= end) {
      const { atMs, run } = this.wake;
      this.wake = null;
      this.nowMs = Math.max(this.nowMs, atMs);
      run();
      this.settle();
    }
    this.nowMs = Math.max(this.nowMs, end);
  }

  /** The time has come that the engine wanted to be woken at; nothing else has happened yet. */
  ring(): void {
    const { wake } = this;
    this.wake = null;
    wake?.run();
  }

  /** A connection that comes in from an address. */
  connect(from: string): SimConnection {
    const connection = new SimConnection(this, from);
    connection.unfit = this.unfit;
    this.engine.accept(connection);
    return connection;
  }

  eventsNamed(name: EngineEvent['name']): EngineEvent[] {
    return this.events.filter((event) => event.name === name);
  }

  private dial(target: DialTarget, up: (c: Connection) => void, failed: (failure: DialFailure) => void): Dial {
    const entry = { target, up, failed, cancelled: false };
    this.dials.push(entry);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /** The last dial succeeds. */
  answerDial(): SimConnection {
    const entry = this.dials[this.dials.length - 1];
    const { address: remote, interfaceName = null } = entry.target;
    const connection = new SimConnection(this, endName(remote, interfaceName));
    connection.unfit = this.unfit;
    entry.up(connection);
    return connection;
  }
}
