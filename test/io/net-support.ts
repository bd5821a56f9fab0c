/** What the tests of connections share. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Connection, ConnectionHandler } from '../../src/engine/ports/ports.ts';
import { type Listener, listen } from '../../src/io/net/listener.ts';
import { parseAddress } from '../../src/lib/ip.ts';
import type { ListenSpec } from '../../src/spec/router.ts';
import type { TransportSpec } from '../../src/spec/transport.ts';

export const LOCAL4 = parseAddress('127.0.0.1') as Uint8Array;
export const LOCAL6 = parseAddress('::1') as Uint8Array;

/** Nothing that the system does not do by itself. */
export const PLAIN: TransportSpec = {
  password: null,
  ttl: null,
  minTtl: null,
  dscp: 0,
  bindDevice: null,
  userTimeoutMs: 0,
};

export function text(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

/** A handler that remembers, and can be waited for. */
export class Recorder implements ConnectionHandler {
  text = '';
  bytes = 0;
  writes = 0;
  closes = 0;
  /** Resolves with the error of `onClosed`. */
  readonly closed: Promise<string | null>;
  onEach: (bytes: Uint8Array) => void = () => {};
  private readonly tellClosed: (error: string | null) => void;
  private waits: { readonly done: () => boolean; readonly resolve: () => void }[] = [];

  constructor(connection: Connection) {
    let tell: (error: string | null) => void = () => {};
    this.closed = new Promise((resolve) => {
      tell = resolve;
    });
    this.tellClosed = tell;
    connection.attach(this);
  }

  /** Octets that are taken at a time: of the rest there is said that the time is over. */
  takes = Number.POSITIVE_INFINITY;

  onData(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.takes);
    this.bytes += stop - start;
    if (this.bytes < 4096) this.text += Buffer.from(bytes.subarray(start, stop)).toString();
    this.onEach(bytes);
    this.settle();
    return stop;
  }

  onWritten(): void {
    this.writes++;
    this.settle();
  }

  onClosed(error: string | null): void {
    this.closes++;
    this.tellClosed(error);
  }

  /** Resolves once `count` bytes have come. */
  received(count: number): Promise<void> {
    return this.until(() => this.bytes >= count);
  }

  /** Resolves once `count` writes were answered. */
  written(count: number): Promise<void> {
    return this.until(() => this.writes >= count);
  }

  private until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      this.waits.push({ done, resolve });
    });
  }

  private settle(): void {
    for (const wait of this.waits) if (wait.done()) wait.resolve();
    this.waits = this.waits.filter((wait) => !wait.done());
  }
}

/** A listener whose connections are taken one by one, in the order they came. */
export async function accepting(
  specs: readonly ListenSpec[],
  before: () => void = () => {},
): Promise<{ listener: Listener; next: () => Promise<Connection> }> {
  const ready: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  const listener = await listen(
    specs,
    (connection) => {
      before();
      const first = waiting.shift();
      if (first === undefined) ready.push(connection);
      else first(connection);
    },
    (problem) => {
      throw new Error(problem.message);
    },
  );
  const next = async (): Promise<Connection> =>
    ready.shift() ?? new Promise<Connection>((resolve) => waiting.push(resolve));
  return { listener, next };
}

/** A handler of what must not happen. */
export function fail(problem: unknown): never {
  throw new Error(`unexpected: ${JSON.stringify(problem)}`);
}

/** A port of 127.0.0.1 without a listener, at least a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
