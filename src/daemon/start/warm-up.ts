/**
 * Warms the code up before the first session: V8 runs code slowly until it has seen it run often enough to compile it
 * well, and the peers of a restarted reflector all send their routes in its first seconds. So a scratch engine takes
 * routes from a client in memory and advertises them to others, before the daemon listens. Nothing of it leaves the
 * process, and nothing of it stays but the compiled code.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { resolve } from '../../config/resolve/resolve.ts';
import { configSchema } from '../../config/schema/schema.ts';
import { Engine } from '../../engine/engine.ts';
import type { Connection, ConnectionHandler, Dialer, Loop } from '../../engine/ports/ports.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { type Family, familyOf } from '../../wire/families.ts';
import { encodeKeepalive } from '../../wire/message.ts';
import { fourOctetAsCapability, multiprotocol } from '../../wire/open/capabilities.ts';
import { encodeOpen } from '../../wire/open/open.ts';
import { encodeTable, STEPS, scratchRoutes } from './warm-up-routes.ts';

const AS = 64_512;
const RECEIVERS = 3;
/** A slow machine starts without the rest, after one round at least; a quick one is warm before. */
const LONGEST_MS = 1000;
const ENOUGH_ROUNDS = 15;
/** Above each wait for further changes, and below all other timers. */
const SOON_MS = 100;

/**
 * Runs for some 0.4 s, longer if families of VPN or EVPN routes are in use, and a second at most. Every client of the scratch
 * engine is inside 127.0.0.0/8; it neither listens nor dials, and its events go nowhere.
 * The event loop runs in between, so that signals arrive.
 * @param isStopped ends it early
 * @returns the number of octets that the scratch engine sent
 */
export async function warmUp(clock: Clock, isStopped: () => boolean, longestMs = LONGEST_MS): Promise<number> {
  const untilMs = clock.nowMs() + longestMs;
  const world = new World(clock);
  const [feeder] = Array.from({ length: 1 + RECEIVERS }, (_, i) => world.connect(i + 1));
  const chunks = scratchRoutes().flatMap((routes) => STEPS.map((step) => encodeTable(step, routes)));
  for (let round = 0; round < ENOUGH_ROUNDS && !isStopped(); round++) {
    for (const chunk of chunks) {
      feeder.receive(chunk);
      world.settle();
      await nextTurn();
      if (isStopped()) break;
    }
    if (clock.nowMs() >= untilMs) break;
  }
  const { octetsSent } = world;
  world.engine.stop(true, '', 'warmed up');
  world.settle();
  return octetsSent;
}

function specification(): RouterSpec {
  const families = scratchFamilies().map(({ name }) => name);
  const group = { as: 'internal', 'route-reflector-client': true, families, dynamic: [{ range: '127.0.0.0/8' }] };
  const listenNowhere = { listen: [], metrics: 'none' };
  return resolve(configSchema.parse({ router: { as: AS, id: '127.0.0.1' }, ...listenNowhere, groups: { group } }));
}

/** The families of the scratch routes. */
function scratchFamilies(): readonly Family[] {
  return scratchRoutes().flatMap(({ afi, safi }) => familyOf(afi, safi) ?? []);
}

/** The scratch engine with its event loop, which runs only in `settle`, and its clock, which skips short waits there. */
class World implements Clock {
  readonly engine: Engine;
  octetsSent = 0;
  private queue: (() => void)[] = [];
  private alarm = { atMs: Number.POSITIVE_INFINITY, run: () => {} };
  private skippedMs = 0;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
    const loop: Loop = {
      defer: (run) => this.later(run),
      takeUnreadInput: () => false,
      wakeAt: (atMs, run) => {
        this.alarm = { atMs, run };
      },
    };
    const dialer: Dialer = { dial: () => ({ cancel: () => {} }) };
    this.engine = new Engine(specification(), {
      clock: this,
      loop,
      dialer,
      events: { emit: () => {} },
      random: Math.random,
    });
    this.engine.start([]);
  }

  later(run: () => void): void {
    this.queue.push(run);
  }

  nowMs(): number {
    return this.clock.nowMs() + this.skippedMs;
  }

  wallMs(): number {
    return this.clock.wallMs() + this.skippedMs;
  }

  /** Runs what was deferred, and what is due so soon that it waits only for further changes. */
  settle(): void {
    for (;;) {
      while (this.queue.length > 0) {
        const batch = this.queue;
        this.queue = [];
        for (const run of batch) run();
      }
      const { atMs, run } = this.alarm;
      const waitMs = atMs - this.nowMs();
      if (waitMs > SOON_MS) return;
      this.skippedMs += Math.max(0, waitMs);
      this.alarm = { atMs: Number.POSITIVE_INFINITY, run };
      run();
    }
  }

  /** A client connects and its session is established. */
  connect(number: number): MemoryConnection {
    const connection = new MemoryConnection(this, Uint8Array.of(127, 0, 0, 1 + number));
    this.engine.accept(connection);
    const capabilities = [fourOctetAsCapability(AS), ...scratchFamilies().map(({ id }) => multiprotocol(id))];
    const open = { version: 4, myAs: AS, holdTimeSeconds: 90, routerId: 0x7f000001 + number, capabilities };
    connection.receive(encodeOpen(open));
    connection.receive(encodeKeepalive());
    this.settle();
    return connection;
  }
}

/** A connection to a client that sends what `receive` is given, and ignores what it is sent. */
class MemoryConnection implements Connection {
  readonly remotePort = 179;
  readonly localPort = 179;
  readonly localAddress = Uint8Array.of(127, 0, 0, 1);
  readonly interfaceName = null;
  readonly isBehind = false;
  readonly remoteAddress: Uint8Array;
  private handler: ConnectionHandler | null = null;
  private readonly world: World;

  constructor(world: World, remoteAddress: Uint8Array) {
    this.world = world;
    this.remoteAddress = remoteAddress;
  }

  configure(): null {
    return null;
  }

  attach(handler: ConnectionHandler): void {
    this.handler = handler;
  }

  receive(bytes: Uint8Array): void {
    this.handler?.onData(bytes, 0, bytes.length, Number.POSITIVE_INFINITY);
  }

  write(_bytes: Uint8Array, start: number, end: number): void {
    this.world.octetsSent += end - start;
    this.world.later(() => this.handler?.onWritten());
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.handler = null;
  }
}
