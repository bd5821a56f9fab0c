/** One asker on the control socket: reads request lines, answers them one after the other, survives whatever comes. */
import type { Socket } from 'node:net';
import { CommandError, type CommandTable } from '../../engine/commands.ts';
import type { EventSink } from '../../engine/events.ts';
import { writeItems } from './answer.ts';
import { LineSplitter } from './lines.ts';
import { EMPTY_LINE, END_LINE, errorLine, MAX_REQUEST_LENGTH, parseRequest, type Request } from './protocol.ts';

/** Requests that may wait on one connection. */
const MAX_WAITING = 64;
/** How often an asker that has sent all, and for whom nothing comes, is tried. */
const PROBE_MS = 1000;

export class ControlSession {
  readonly #socket: Socket;
  readonly #commands: CommandTable;
  readonly #events: EventSink;
  readonly #lines = new LineSplitter(MAX_REQUEST_LENGTH);
  readonly #abort = new AbortController();
  readonly #waiting: string[] = [];
  #probe: NodeJS.Timeout | undefined;
  #answering = false;
  /** Nothing more is read: the asker said so, or broke the rules. */
  #lastRequestSeen = false;

  constructor(socket: Socket, commands: CommandTable, events: EventSink) {
    this.#socket = socket;
    this.#commands = commands;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
    // What failed is not of interest: 'close' follows.
    socket.on('error', () => {});
  }

  /** Answers what was asked, then hangs up. */
  finish(): void {
    this.#lastRequestSeen = true;
    if (!this.#answering) this.#socket.end();
  }

  /** The asker has sent all; whether it still listens shows only in writing to it. */
  #onEnd(): void {
    this.finish();
    if (this.#answering) this.#probe = setInterval(() => this.#socket.write(EMPTY_LINE), PROBE_MS);
  }

  #onClose(): void {
    clearInterval(this.#probe);
    this.#abort.abort();
  }

  #onData(chunk: Buffer): void {
    if (this.#lastRequestSeen) return;
    const lines = this.#lines.push(chunk);
    this.#waiting.push(...(lines ?? []).filter((line) => line.trim() !== ''));
    if (lines === null) this.#refuse(`the request is longer than ${MAX_REQUEST_LENGTH} characters`);
    else if (this.#waiting.length > MAX_WAITING) this.#refuse(`more than ${MAX_WAITING} requests at once`);
    else if (!this.#answering) void this.#answerAll();
  }

  /** A connection that cannot be understood is answered once and closed. */
  #refuse(error: string): void {
    this.#waiting.length = 0;
    this.#tell('', error);
    this.#abort.abort();
    this.finish();
  }

  async #answerAll(): Promise<void> {
    this.#answering = true;
    for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) await this.#answer(line);
    this.#answering = false;
    clearInterval(this.#probe);
    if (this.#lastRequestSeen) this.#socket.end();
  }

  async #answer(line: string): Promise<void> {
    const request = parseRequest(line);
    if (typeof request === 'string') return this.#tell('', request);
    try {
      await this.#run(request);
    } catch (error) {
      this.#tell(request.command, sentenceOf(error));
    }
  }

  async #run(request: Request): Promise<void> {
    const command = Object.hasOwn(this.#commands, request.command) ? this.#commands[request.command] : undefined;
    if (command === undefined) throw new CommandError(this.#unknown(request.command));
    const startMs = performance.now();
    const items = await writeItems(
      this.#socket,
      command.run(request.arguments, this.#abort.signal),
      this.#abort.signal,
    );
    if (!this.#abort.signal.aborted) this.#socket.write(END_LINE);
    const durationMs = Math.round(performance.now() - startMs);
    this.#events.emit({ name: 'control.command', command: request.command, items, durationMs });
  }

  #unknown(command: string): string {
    return `unknown command "${command.slice(0, 80)}"; known are: ${Object.keys(this.#commands).sort().join(', ')}`;
  }

  #tell(command: string, error: string): void {
    if (this.#socket.writable && !this.#abort.signal.aborted) this.#socket.write(errorLine(error));
    this.#events.emit({ name: 'control.command-failed', command, error });
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return `internal error: ${error instanceof Error ? error.message : String(error)}`;
}
