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
import { ATTRIBUTE } from '../../wire/attributes/attribute-table.ts';
import { IPV4_UNICAST, IPV6_UNICAST } from '../../wire/families.ts';
import { encodeKeepalive, encodeMessage, MESSAGE } from '../../wire/message.ts';
import { fourOctetAsCapability, multiprotocol } from '../../wire/open/capabilities.ts';
import { encodeOpen } from '../../wire/open/open.ts';

const AS = 64_512;
const RECEIVERS = 3;
/** What happens to each route of the scratch table, in this order. */
const STEPS = ['announce', 'change', 'withdraw'] as const;
const UPDATES = 100;
const PREFIXES_PER_UPDATE = 6;
/** A slow machine starts without the rest, after one round at least; a quick one is warm before. */
const LONGEST_MS = 1000;
const ENOUGH_ROUNDS = 15;
/** Above each wait for further changes, and below all other timers. */
const SOON_MS = 100;

/**
 * Runs for some 0.4 s, and a second at most. Every client of the scratch engine is inside 127.0.0.0/8; it neither listens nor
 * dials, and its events go nowhere.
 * The event loop runs in between, so that signals arrive.
 * @param isStopped ends it early
 * @returns the number of octets that the scratch engine sent
 */
export async function warmUp(clock: Clock, isStopped: () => boolean, longestMs = LONGEST_MS): Promise<number> {
  const untilMs = clock.nowMs() + longestMs;
  const world = new World(clock);
  const [feeder] = Array.from({ length: 1 + RECEIVERS }, (_, i) => world.connect(i + 1));
  const chunks = [false, true].flatMap((isIpv6) => STEPS.map((step) => encodeTable(step, isIpv6)));
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
  const group = { as: 'internal', 'route-reflector-client': true, dynamic: [{ range: '127.0.0.0/8' }] };
  const listenNowhere = { listen: [], metrics: 'none' };
  return resolve(configSchema.parse({ router: { as: AS, id: '127.0.0.1' }, ...listenNowhere, groups: { group } }));
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
    const capabilities = [fourOctetAsCapability(AS), multiprotocol(IPV4_UNICAST), multiprotocol(IPV6_UNICAST)];
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

/** UPDATEs that announce, change or withdraw each prefix of the scratch table once. */
function encodeTable(step: (typeof STEPS)[number], isIpv6: boolean): Uint8Array {
  const messages = Array.from({ length: UPDATES }, (_, update) => encodeUpdate(step, update, isIpv6));
  return new Uint8Array(Buffer.concat(messages));
}

function encodeUpdate(step: (typeof STEPS)[number], update: number, isIpv6: boolean): Uint8Array {
  const nlri: number[] = [];
  for (let i = 0; i < PREFIXES_PER_UPDATE; i++) {
    const index = update * PREFIXES_PER_UPDATE + i;
    if (isIpv6) nlri.push(64, 0x20, 1, 0xd, 0xb8, 0, 0, index >>> 8, index & 255);
    else nlri.push(24, 10, index >>> 8, index & 255);
  }
  const common = [
    ...[0x40, ATTRIBUTE.origin, 1, 0],
    ...[0x40, ATTRIBUTE.asPath, 10, 2, 2, 0, 0, 0xfc, update & 255, 0, 0, 0xfd, update >>> 8],
    ...(isIpv6 ? [] : [0x40, ATTRIBUTE.nextHop, 4, 10, 255, 0, 1]),
    ...[0x80, ATTRIBUTE.med, 4, 0, 0, 0, step === 'change' ? 2 : 1],
    ...[0x40, ATTRIBUTE.localPref, 4, 0, 0, 0, 100],
    ...[0xc0, ATTRIBUTE.communities, 8, 0xfc, 0, update >>> 8, update & 255, 0xfc, 0, 0, 1],
  ];
  if (!isIpv6) return step === 'withdraw' ? encode(nlri, [], []) : encode([], common, nlri);
  if (step === 'withdraw') return encode([], [0x80, ATTRIBUTE.mpUnreach, nlri.length + 3, 0, 2, 1, ...nlri], []);
  const nextHop = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
  const reach = [0x80, ATTRIBUTE.mpReach, nlri.length + 21, 0, 2, 1, 16, ...nextHop, 0, ...nlri];
  return encode([], [...reach, ...common], []);
}

function encode(withdrawn: readonly number[], attributes: readonly number[], nlri: readonly number[]): Uint8Array {
  const lengths = [withdrawn.length, attributes.length].map((length) => [length >>> 8, length & 255]);
  const body = [...lengths[0], ...withdrawn, ...lengths[1], ...attributes, ...nlri];
  return encodeMessage(MESSAGE.update, Uint8Array.from(body));
}
