/**
 * One connection of the HTTP server: reads one request, writes one response, closes.
 *
 * Prometheus and probes send one request per connection. Input after the first request is read and discarded until the
 * response is written, up to a limit: a client that sends thousands of requests costs no more than one with a single
 * request.
 */
import type { Socket } from 'node:net';
import { guarded } from '../system/guard.ts';

/** Maximum octets of a request line with its headers. */
const MAX_HEAD = 8192;
/** Times in which a request must be complete, the client must read the response, and then close. */
const REQUEST_MS = 5000;
const ANSWER_MS = 30_000;
const LEAVE_MS = 1000;
/** Maximum octets after the request that are read and discarded. */
const MAX_IGNORED = 64 * 1024;

export interface HttpRequest {
  readonly method: string;
  /** Without query and fragment. */
  readonly path: string;
  /** Behind the question mark. */
  readonly query: URLSearchParams;
  /** The first field of each name, in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: readonly Buffer[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when the body is not needed any more. */
  readonly release?: () => void;
}

/** Makes the response to a request; for an invalid head `request` is null, and `status` is the HTTP status. */
type Answerer = (request: HttpRequest | null, status: number, asker: Asker) => Promise<HttpAnswer>;

export class Asker {
  /** Address of the client. */
  readonly address: string;
  /** `asking`: the request is not complete; `answering`; `leaving`: the response is written. */
  phase: 'asking' | 'answering' | 'leaving' = 'asking';
  /** Time of the last progress, in milliseconds of `performance.now()`. */
  sinceMs = performance.now();
  readonly #socket: Socket;
  readonly #answerer: Answerer;
  #head = '';
  #ignored = 0;
  #release: () => void = () => {};
  #deadline: NodeJS.Timeout;

  /** @param socket with `allowHalfOpen`: a client may close its side after the request */
  constructor(socket: Socket, answerer: Answerer, onGone: (asker: Asker) => void) {
    this.address = socket.remoteAddress ?? '';
    this.#socket = socket;
    this.#answerer = answerer;
    this.#deadline = this.#within(REQUEST_MS);
    const fault = () => this.destroy();
    socket.on(
      'data',
      guarded('a request over HTTP', (chunk: Buffer) => this.#onData(chunk), fault),
    );
    socket.on('end', () => this.#onEnd());
    // 'close' follows an error and does the rest.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(this.#deadline);
      this.#giveBack();
      onGone(this);
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #within(ms: number): NodeJS.Timeout {
    clearTimeout(this.#deadline);
    return setTimeout(() => this.destroy(), ms).unref();
  }

  #onData(chunk: Buffer): void {
    if (this.phase !== 'asking') {
      this.#ignored += chunk.length;
      if (this.#ignored <= MAX_IGNORED) return;
      if (this.phase === 'leaving') this.destroy();
      else this.#socket.pause();
      return;
    }
    this.#head += chunk.toString('latin1');
    const end = /\r?\n\r?\n/.exec(this.#head.slice(0, MAX_HEAD));
    if (end !== null) this.#answer(parseHead(this.#head.slice(0, end.index)), 400);
    else if (this.#head.length > MAX_HEAD) this.#answer(null, 431);
  }

  #onEnd(): void {
    if (this.phase !== 'answering') this.destroy();
  }

  #answer(request: HttpRequest | null, status: number): void {
    this.#head = '';
    this.phase = 'answering';
    this.sinceMs = performance.now();
    this.#deadline = this.#within(ANSWER_MS);
    this.#answerer(request, status, this).then(
      (answer) => this.#write(answer, request?.method === 'HEAD'),
      () => this.destroy(),
    );
  }

  #write({ status, type, body, headers, release }: HttpAnswer, headOnly: boolean): void {
    this.#release = release ?? this.#release;
    if (this.#socket.destroyed) {
      this.#giveBack();
      return;
    }
    const lines = {
      'Content-Type': type,
      'Content-Length': body.reduce((sum, piece) => sum + piece.length, 0),
      'Cache-Control': 'no-store',
      Connection: 'close',
      ...headers,
    };
    const fields = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`HTTP/1.1 ${status} ${REASONS[status] ?? ''}\r\n${fields.join('')}\r\n`);
    this.#writeOn(headOnly ? [] : body, 0);
  }

  /** One piece after the other: data that the client has not read stays in the shared page. */
  #writeOn(body: readonly Buffer[], from: number): void {
    this.sinceMs = performance.now();
    for (let i = from; i < body.length; i++) {
      if (!this.#socket.write(body[i]!)) {
        this.#socket.once('drain', () => this.#writeOn(body, i + 1));
        return;
      }
    }
    this.#leave();
  }

  /** Closing with unread input would send RST, and the client could lose the response: so the client closes first. */
  #leave(): void {
    this.#socket.end(() => {
      this.phase = 'leaving';
      this.#giveBack();
      this.#deadline = this.#within(LEAVE_MS);
      this.#socket.resume();
    });
  }

  #giveBack(): void {
    this.#release();
    this.#release = () => {};
  }
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The first line of a head (RFC 9112 3); null: it is not a request line. */
function parseHead(head: string): HttpRequest | null {
  const parts = /^(?:\r?\n)*([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.[01](?:\r?\n|$)/.exec(head);
  if (parts === null) return null;
  // The absolute form is what a proxy sends.
  const target = parts[2]!.replace(/^https?:\/\/[^/]*/i, '').replace(/#.*$/s, '');
  const [path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(target)!.slice(1);
  const headers = new Map<string, string>();
  for (const [, name, value] of head.matchAll(/\n([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)/g)) {
    if (!headers.has(name!.toLowerCase())) headers.set(name!.toLowerCase(), value!.trimEnd());
  }
  return { method: parts[1]!, path: path === '' ? '/' : path, query: new URLSearchParams(query), headers };
}
