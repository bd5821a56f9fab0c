/**
 * An HTTP server of the daemon, with answers by path. The daemon does not depend on it: an address that cannot be bound
 * is reported and retried while routes are reflected.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { EventSink } from '../../engine/events/events.ts';
import { formatAddress } from '../../lib/ip.ts';
import { guarded } from '../system/guard.ts';
import { Asker, type HttpAnswer, type HttpRequest } from './asker.ts';

/** Answers a request at one path. */
export type Route = (request: HttpRequest, asker: Asker) => HttpAnswer | Promise<HttpAnswer>;

export interface ServerOptions {
  readonly address: Uint8Array;
  /** 0: any free port (`HttpServer.port` has its number). */
  readonly port: number;
  /** What is missing while the server does not listen: `metrics`. */
  readonly purpose: 'metrics' | 'web page';
  /** By path, without query. */
  readonly routes: Readonly<Record<string, Route>>;
  readonly events: EventSink;
}

const RETRY_MS = 10_000;
const MAX_CONNECTIONS = 64;

export class HttpServer {
  /** Why the server does not listen; null: it does. */
  problem: string | null = null;
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #askers = new Set<Asker>();
  #retry: NodeJS.Timeout | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      guarded(
        'a connection over HTTP',
        () => this.#onConnection(socket),
        () => socket.destroy(),
      )();
    });
    this.#server.on('error', (error) => {
      // Before it listens, `listen` handles the error; later it is a connection that could not be accepted.
      if (this.#server.listening)
        options.events.emit({
          name: 'http.failed',
          purpose: options.purpose,
          address: this.name,
          error: error.message,
        });
    });
  }

  /** The port that the server listens on; 0 while it does not. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** `127.0.0.1:9179`, `[::1]:9179`. */
  get name(): string {
    const { address, port } = this.#options;
    const text = formatAddress(address);
    return `${address.length === 16 ? `[${text}]` : text}:${this.port || port}`;
  }

  async listen(): Promise<void> {
    const { address, port, events } = this.#options;
    try {
      const listening = once(this.#server, 'listening');
      this.#server.listen({ host: formatAddress(address), port, ipv6Only: address.length === 16 });
      await listening;
      this.problem = null;
      events.emit({ name: 'http.open', purpose: this.#options.purpose, address: this.name });
    } catch (error) {
      this.#onFailed(error as NodeJS.ErrnoException);
    }
  }

  /** Stops listening and closes all connections. */
  async close(): Promise<void> {
    clearTimeout(this.#retry);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const asker of this.#askers) asker.destroy();
    await closed;
  }

  #onFailed(error: NodeJS.ErrnoException): void {
    const { code = '', message } = error;
    const words = LISTEN_ERRORS[code] ?? message;
    const { events, purpose } = this.#options;
    if (this.problem === null) events.emit({ name: 'http.failed', purpose, address: this.name, error: words });
    this.problem = `no ${purpose} on ${this.name}: ${words}`;
    this.#retry = setTimeout(() => void this.listen(), RETRY_MS);
    this.#retry.unref();
  }

  /** Never refuses: a new connection replaces an idle one, so that the health checks always get an answer. */
  #onConnection(socket: Socket): void {
    if (this.#askers.size >= MAX_CONNECTIONS) this.#makeRoom();
    const gone = (asker: Asker) => this.#askers.delete(asker);
    this.#askers.add(new Asker(socket, (request, status, asker) => this.#answer(request, status, asker), gone));
  }

  #makeRoom(): void {
    const victim = leastMissed([...this.#askers], performance.now());
    this.#askers.delete(victim);
    victim.destroy();
  }

  async #answer(request: HttpRequest | null, status: number, asker: Asker): Promise<HttpAnswer> {
    if (request === null)
      return text(status, status === 431 ? 'the request is too long\n' : 'this is not an HTTP request\n');
    const { method, path } = request;
    const { routes } = this.#options;
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return text(404, `nothing at ${path.slice(0, 100)}; see /\n`);
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET and HEAD\n', { Allow: 'GET, HEAD' });
    return route(request, asker);
  }
}

/** A connection without a complete request for this long is idle. */
const IDLE_MS = 1000;

/**
 * Which connection is closed if there is no room: one without a complete request, or one that has its response and does
 * not close; then one that does not read its response; then any. Among these, one of the address with the most
 * connections, and of these the oldest.
 */
function leastMissed(askers: readonly Asker[], nowMs: number): Asker {
  const counts = new Map<string, number>();
  for (const { address } of askers) counts.set(address, (counts.get(address) ?? 0) + 1);
  const rank = ({ phase, sinceMs }: Asker): number => {
    if (phase === 'leaving') return 0;
    if (nowMs - sinceMs < IDLE_MS) return 2;
    return phase === 'asking' ? 0 : 1;
  };
  const order = (a: Asker, b: Asker): number =>
    rank(a) - rank(b) || (counts.get(b.address) ?? 0) - (counts.get(a.address) ?? 0) || a.sinceMs - b.sinceMs;
  return askers.reduce((least, asker) => (order(asker, least) < 0 ? asker : least));
}

const TEXT = 'text/plain; charset=utf-8';

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use by another process',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  EACCES: 'no permission for a port below 1024 (CAP_NET_BIND_SERVICE)',
};

/** An answer in JSON, with a line feed at its end. */
export function json(status: number, body: unknown): HttpAnswer {
  return { status, type: 'application/json', body: [Buffer.from(`${JSON.stringify(body)}\n`)] };
}

export function text(status: number, words: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, type: TEXT, body: [Buffer.from(words)], headers };
}
