/**
 * The HTTP page of the daemon: metrics, health, readiness. It serves; the daemon does not depend on it: an address
 * that cannot be had is told and tried again while routes are reflected.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EventSink } from '../engine/events.ts';
import { type HealthReport, notReadyReasons, problemsOf } from '../engine/health.ts';
import { formatAddress } from '../lib/ip.ts';

/** What `/healthz` and `/readyz` ask. */
export interface HealthSource {
  health(): HealthReport;
}

export interface HttpOptions {
  readonly address: Uint8Array;
  /** 0: any free one (`HttpServer.port` says which). */
  readonly port: number;
  readonly health: HealthSource;
  /** Pieces of the metrics page, made as they are sent. */
  readonly metrics: () => AsyncIterable<string>;
  readonly metricsType: string;
  readonly events: EventSink;
}

const RETRY_MS = 10_000;
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;

/** Serves from the first moment that the address can be had; resolves when the first attempt is over. */
export async function openHttpServer(options: HttpOptions): Promise<HttpServer> {
  const server = new HttpServer(options);
  await server.listen();
  return server;
}

export class HttpServer {
  /** Why nothing is served, or null when it is. */
  problem: string | null = null;
  readonly #options: HttpOptions;
  readonly #server: Server;
  readonly #routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#routes = {
      '/': (_, response) => answer(response, 200, 'text/html; charset=utf-8', INDEX),
      '/metrics': (request, response) => void this.#sendMetrics(request, response),
      '/healthz': (_, response) => this.#sendHealth(response),
      '/readyz': (_, response) => this.#sendReadiness(response),
    };
    this.#server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) =>
      this.#onRequest(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** The port that is served on; 0 while there is none. */
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
      events.emit({ name: 'http.open', address: this.name });
    } catch (error) {
      this.#onFailed(error as NodeJS.ErrnoException);
    }
  }

  /** Answers nobody any more; what is under way is cut off. */
  async close(): Promise<void> {
    clearTimeout(this.#retry);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #onFailed(error: NodeJS.ErrnoException): void {
    const { code = '', message } = error;
    const words = LISTEN_ERRORS[code] ?? message;
    if (this.problem === null) this.#options.events.emit({ name: 'http.failed', address: this.name, error: words });
    this.problem = `no metrics on ${this.name}: ${words}`;
    this.#retry = setTimeout(() => void this.listen(), RETRY_MS);
    this.#retry.unref();
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    const route = Object.hasOwn(this.#routes, path) ? this.#routes[path] : undefined;
    if (route === undefined) answer(response, 404, TEXT, `nothing at ${path.slice(0, 100)}; see /\n`);
    else if (request.method === 'GET' || request.method === 'HEAD') route(request, response);
    else answer(response, 405, TEXT, 'only GET and HEAD\n', { Allow: 'GET, HEAD' });
  }

  #sendHealth(response: ServerResponse): void {
    const report = this.#options.health.health();
    answerJson(response, 200, { ...report, problems: problemsOf(report) });
  }

  #sendReadiness(response: ServerResponse): void {
    const report = this.#options.health.health();
    answerJson(response, report.ready ? 200 : 503, { ready: report.ready, reasons: notReadyReasons(report) });
  }

  async #sendMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'Content-Type': this.#options.metricsType });
    try {
      if (request.method === 'GET') await sendPieces(this.#options.metrics(), response);
      response.end();
    } catch {
      // A page that ends in the middle must not look complete.
      response.destroy();
    }
  }
}

const TEXT = 'text/plain; charset=utf-8';

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use by another process',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  EACCES: 'no permission for a port below 1024 (CAP_NET_BIND_SERVICE)',
};

const INDEX = `<!doctype html>
<title>reflectord</title>
<h1>reflectord</h1>
<ul>
<li><a href="/metrics">/metrics</a>: for Prometheus
<li><a href="/healthz">/healthz</a>: 200 while the daemon lives, with what does not work
<li><a href="/readyz">/readyz</a>: 200 when it serves, else 503 with the reasons
</ul>
`;

async function sendPieces(pieces: AsyncIterable<string>, response: ServerResponse): Promise<void> {
  const left = new AbortController();
  response.on('close', () => left.abort());
  for await (const piece of pieces) {
    if (left.signal.aborted) return;
    if (!response.write(piece)) await once(response, 'drain', { signal: left.signal });
  }
}

function answerJson(response: ServerResponse, status: number, body: unknown): void {
  answer(response, status, 'application/json', `${JSON.stringify(body)}\n`);
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': length,
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
}
