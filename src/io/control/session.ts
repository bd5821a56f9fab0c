/** One client of the control socket: reads request lines and answers them one after the other; any input is safe. */
import type { Socket } from 'node:net';
import { type Caller, CommandError, type CommandTable, STATE_CHANGING } from '../../engine/api/commands.ts';
import type { EventSink } from '../../engine/events/events.ts';
import { guarded } from '../system/guard.ts';
import { LineSplitter } from '../system/lines.ts';
import { writeItems } from './answer.ts';
import { EMPTY_LINE, END_LINE, errorLine, MAX_REQUEST_LENGTH, parseRequest, type Request } from './protocol.ts';

/** Maximum number of queued requests of one connection, and of their characters in total. */
const MAX_WAITING = 64;
const MAX_WAITING_LENGTH = 2 * MAX_REQUEST_LENGTH;
/** Maximum characters of the arguments of a command in the log. */
const MAX_ARGUMENTS_LOGGED = 300;
/** How often a client that has closed its sending side is probed while it waits. */
const PROBE_MS = 1000;
/** How long input after the last answer is still read: a client that is cut off earlier may lose the answer. */
const LINGER_MS = 1000;

export class ControlSession {
  /** When the client last sent or read something, in milliseconds of `performance.now()`. */
  activeMs = performance.now();
  readonly #socket: Socket;
  readonly #commands: CommandTable;
  readonly #events: EventSink;
  readonly #caller: Caller | null;
  readonly #lines = new LineSplitter(MAX_REQUEST_LENGTH);
  readonly #abort = new AbortController();
  readonly #waiting: string[] = [];
  #probe: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #answering = false;
  /** Nothing more is read: the client closed its side, or broke the protocol. */
  #lastRequestSeen = false;

  constructor(socket: Socket, commands: CommandTable, events: EventSink, caller: Caller | null = null) {
    this.#socket = socket;
    this.#caller = caller;
    this.#commands = commands;
    this.#events = events;
    const fault = () => socket.destroy();
    socket.on(
      'data',
      guarded('a control connection', (chunk: Buffer) => this.#onData(chunk), fault),
    );
    socket.on('drain', () => this.#noteActivity());
    socket.on('end', () => this.#onEnd());
    socket.on('close', () => this.#onClose());
    // 'close' follows an error and does the rest.
    socket.on('error', () => {});
  }

  /** `idle`: all requests are answered; `stalled`: the client does not read its answer at present. */
  get state(): 'idle' | 'stalled' | 'busy' {
    if (!this.#answering) return 'idle';
    return this.#socket.writableNeedDrain ? 'stalled' : 'busy';
  }

  /** Answers the queued requests, then closes. */
  finish(): void {
    this.#lastRequestSeen = true;
    if (!this.#answering) this.#hangUp();
  }

  /** Closes at once, with a reason that the client sees when it reads again. */
  dismiss(error: string): void {
    this.#fail('', error);
    this.#abort.abort();
    this.finish();
  }

  #noteActivity(): void {
    this.activeMs = performance.now();
  }

  /** The client closes after it has read everything; if it does not, the daemon closes. */
  #hangUp(): void {
    this.#socket.end();
    this.#linger ??= setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  /** The client has closed its sending side; only a write shows whether it still reads. */
  #onEnd(): void {
    this.finish();
    if (this.#answering) this.#probe = setInterval(() => this.#socket.write(EMPTY_LINE), PROBE_MS);
    else this.#socket.end(() => this.#socket.destroy());
  }

  #onClose(): void {
    clearInterval(this.#probe);
    clearTimeout(this.#linger);
    this.#abort.abort();
  }

  #onData(chunk: Buffer): void {
    if (this.#lastRequestSeen) return;
    this.#noteActivity();
    const lines = this.#lines.push(chunk);
    this.#waiting.push(...(lines ?? []).filter((line) => line.trim() !== ''));
    if (lines === null) this.#refuse(`the request is longer than ${MAX_REQUEST_LENGTH} characters`);
    else if (this.#hasTooMany()) this.#refuse(`more than ${MAX_WAITING} requests at once`);
    else if (!this.#answering) void this.#answerAll();
  }

  #hasTooMany(): boolean {
    const length = this.#waiting.reduce((sum, line) => sum + line.length, 0);
    return this.#waiting.length > MAX_WAITING || length > MAX_WAITING_LENGTH;
  }

  /** A connection that breaks the protocol gets one error and is closed. */
  #refuse(error: string): void {
    this.#waiting.length = 0;
    this.dismiss(error);
  }

  async #answerAll(): Promise<void> {
    this.#answering = true;
    for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) await this.#answer(line);
    this.#answering = false;
    this.#noteActivity();
    clearInterval(this.#probe);
    if (this.#lastRequestSeen) this.#hangUp();
  }

  async #answer(line: string): Promise<void> {
    const request = parseRequest(line);
    if (typeof request === 'string') {
      this.#fail('', request);
      return;
    }
    try {
      await this.#run(request);
    } catch (error) {
      this.#fail(request.command, sentenceOf(error));
    }
  }

  async #run(request: Request): Promise<void> {
    const command = Object.hasOwn(this.#commands, request.command) ? this.#commands[request.command] : undefined;
    if (command === undefined) throw new CommandError(this.#unknown(request.command));
    this.#noteAction(request);
    const startMs = performance.now();
    const items = await writeItems(
      this.#socket,
      command.run(request.arguments, this.#abort.signal, this.#caller),
      this.#abort.signal,
    );
    if (!this.#abort.signal.aborted) this.#socket.write(END_LINE);
    const durationMs = Math.round(performance.now() - startMs);
    this.#events.emit({ name: 'control.command', command: request.command, items, durationMs });
  }

  /** Logs a command before it runs: it may stop the daemon. */
  #noteAction({ command, arguments: args }: Request): void {
    if (!STATE_CHANGING.has(command)) return;
    const { uid = null, pid = null } = this.#caller ?? {};
    const text = [command, ...Object.entries(args).map(wordsOf)].join(' ').slice(0, MAX_ARGUMENTS_LOGGED);
    this.#events.emit({ name: 'control.action', command, text, uid, pid });
  }

  #unknown(command: string): string {
    return `unknown command "${command.slice(0, 80)}"; the commands are: ${Object.keys(this.#commands).sort().join(', ')}`;
  }

  #fail(command: string, error: string): void {
    if (this.#socket.writable && !this.#abort.signal.aborted) this.#socket.write(errorLine(error));
    this.#events.emit({ name: 'control.command-failed', command: command.slice(0, 80) || '(no command)', error });
  }
}

/** An argument as on a command line: a text without its name, as an operand. */
function wordsOf([name, value]: [string, unknown]): string {
  if (value === true) return `--${name}`;
  return typeof value === 'number' ? `--${name} ${value}` : String(value);
}

function sentenceOf(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return `internal error: ${error instanceof Error ? error.message : String(error)}`;
}
