/** Runs hostile sessions against the engine in a simulation: the same bytes, without sockets and real time. */
import { resolve } from '../../src/config/resolve/resolve.ts';
import { configSchema } from '../../src/config/schema/schema.ts';
import { World } from '../engine/world.ts';
import { KEEPALIVE } from '../lab/updates.ts';
import { CONFIGURATION } from './configuration.ts';
import { Fault, INNOCENT_ADDRESS, innocentMessages, KINDS, Observer } from './observer.ts';
import type { SessionScript } from './sessions.ts';

/** How far each look at the clock moves it, and how far one turn of the loop may: more looks are a loop for nothing. */
const TICK_MS = 0.001;
const SPIN_MS = 4;

class WatchedWorld extends World {
  override tickMs = TICK_MS;

  override turn(): void {
    const before = this.nowMs;
    super.turn();
    if (this.nowMs - before > SPIN_MS) throw new Fault('the engine is busy without work');
  }
}

/** Longest time for which routes of lost sessions are kept, with some to spare. */
const REST_SECONDS = 12;

function configured() {
  const spec = resolve(configSchema.parse({ ...CONFIGURATION, listen: [] }));
  return { ...spec, controlSocket: '/nowhere' };
}

/** Why the reflector fails, or null. */
export function failureOf(sessions: readonly SessionScript[]): string | null {
  try {
    run(sessions);
    return null;
  } catch (error) {
    return error instanceof Error ? (error instanceof Fault ? error.message : `${error.stack}`) : String(error);
  }
}

function run(sessions: readonly SessionScript[]): void {
  const world = new WatchedWorld(configured());
  const innocent = world.connect(INNOCENT_ADDRESS);
  for (const message of innocentMessages()) innocent.deliver(message);
  const observers = KINDS.map((kind) => {
    const observer = new Observer(kind);
    const connection = world.connect(kind.address);
    connection.onBytes = (bytes) => observer.receive(bytes);
    for (const message of observer.opening()) connection.deliver(message);
    return { observer, connection };
  });
  const pass = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      for (const { connection } of [...observers, { connection: innocent }]) connection.deliver(KEEPALIVE);
      world.pass(1000);
    }
  };
  pass(8);
  for (const { observer } of observers) {
    const difference = observer.difference();
    if (difference !== null) observer.failAtRest(difference);
    observer.remember();
  }
  for (const script of sessions) attack(world, script);
  pass(REST_SECONDS);
  for (const { observer, connection } of observers) {
    const difference = observer.difference();
    if (connection.closed) observer.failAtRest('its session is closed');
    if (difference !== null) observer.failAtRest(difference);
  }
}

function attack(world: World, { address, messages, cut, deaf, ending }: SessionScript): void {
  const connection = world.connect(address);
  connection.reading = !deaf;
  const bytes = Uint8Array.from(Buffer.from(messages.join(''), 'hex'));
  const size = cut === 0 ? bytes.length : cut;
  for (let at = 0; at < bytes.length && !connection.closed; at += size) {
    connection.deliver(bytes.slice(at, at + size));
    world.settle();
  }
  connection.lose(ending === 'reset' ? 'ECONNRESET' : null);
  world.settle();
}
