/**
 * One connection of the HTTP page: reads one request, writes one answer, closes.
 *
 * Prometheus and probes ask one thing at a time. What follows the first request is read and thrown away until the answer
 * is written, and no more than a little of it: a client that sends thousands of requests costs what one costs.
 */
import type { Socket } from 'node:net';
import { guarded } from '../system/guard.ts';

/** Octets of a request line with its headers. */
const LONGEST_HEAD = 8192;
/** A request must be complete, and an answer be read, within this time; and a client close after that. */
const REQUEST_MS = 5000;
const ANSWER_MS = 30_000;
const LEAVE_MS = 1000;
/** Octets behind the request that are read and thrown away. */
const MOST_IGNORED = 64 * 1024;

export interface HttpRequest {
  readonly method: string;
  /** Without query and fragment. */
  readonly path: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: readonly Buffer[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The body is not needed any more. */
  readonly release?: () => void;
}

/** The answer to a request, or to a head that is none (`request` is null, with the status that says why). */
export type Answerer = (request: HttpRequest | null, status: number, asker: Asker) => Promise<HttpAnswer>;

export class Asker {
  /** Where it is from. */
  readonly address: string;
  /** `asking`: its request is not complete; `answering`; `leaving`: all is written. */
  phase: 'asking' | 'answering' | 'leaving' = 'asking';
  /** When it last made progress, in milliseconds of `performance.now()`. */
  sinceMs = performance.now();
  readonly #socket: Socket;
  readonly #answerer: Answerer;
  #head = '';
  #ignored = 0;
  #release: () => void = () => {};
  #deadline: NodeJS.Timeout;

  /** @param socket with `allowHalfOpen`: a client may end its side once it has asked */
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
    // What failed is not of interest: 'close' follows.
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
      if (this.#ignored <= MOST_IGNORED) return;
      if (this.phase === 'leaving') this.destroy();
      else this.#socket.pause();
      return;
    }
    this.#head += chunk.toString('latin1');
    const end = /\r?\n\r?\n/.exec(this.#head.slice(0, LONGEST_HEAD));
    if (end !== null) this.#answer(parseHead(this.#head.slice(0, end.index)), 400);
    else if (this.#head.length > LONGEST_HEAD) this.#answer(null, 431);
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

  /** One piece after the other: what the client does not read stays in the page that all share. */
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

  /** A close with unread input would be a reset, which could take the answer with it: the client closes first. */
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
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** The first line of a head (RFC 9112 3); null: it is none. */
function parseHead(head: string): HttpRequest | null {
  const parts = /^(?:\r?\n)*([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/1\.[01](?:\r?\n|$)/.exec(head);
  if (parts === null) return null;
  // The absolute form is what a proxy sends.
  const target = parts[2]!.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  return { method: parts[1]!, path: target === '' ? '/' : target };
}
