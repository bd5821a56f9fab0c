/**
 * The file of the history: lines are appended without blocking the event loop. A full file is renamed to `PATH.1`, which
 * replaces the one before, so that both together have a maximum size. A line is in the file within milliseconds and
 * survives the end of the process; the disk may lose the last seconds at a power failure.
 *
 * An error (a full disk) loses nothing at first: lines are queued, and writing is retried (`LineWriter`). Lines beyond
 * the queue are dropped and counted.
 */
import { close, constants, fstatSync, mkdirSync, open, openSync, readSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { LineWriter, type Outage } from '../log/line-writer.ts';

/** Maximum size of a file before it is renamed, in octets. */
const MAX_FILE_BYTES = 8 << 20;
/** How much of the end of a file is read for its last line. */
const TAIL_BYTES = 65_536;
/** Lines that wait while a file is renamed. */
const MAX_HELD = 4096;
const RETRY_MS = 5000;
/** With callbacks: the descriptor of a `FileHandle` ends with the object. */
const openFile = promisify(open);
const LINE_FEED = 0x0a;
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface FileWatcher {
  /** Lines cannot be written. */
  onFailed(error: string): void;
  /** Lines are written again. */
  onRestored(outage: Outage): void;
}

export class EventFile {
  readonly path: string;
  /** The last complete line that was in the file when it was opened; null: it was empty. */
  readonly lastLine: string | null;
  readonly #watcher: FileWatcher;
  readonly #maxBytes: number;
  readonly #retryMs: number;
  #fd: number;
  #writer: LineWriter;
  #bytes: number;
  #rotating = false;
  #rotationError: string | null = null;
  #held: string[] = [];
  #lost = 0;
  #closed = false;

  /** @throws Error if the file cannot be opened, or is not a file that only this user can write */
  constructor(path: string, watcher: FileWatcher, maxBytes = MAX_FILE_BYTES, retryMs = RETRY_MS) {
    this.path = path;
    this.#watcher = watcher;
    this.#maxBytes = maxBytes;
    this.#retryMs = retryMs;
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    this.#fd = openSync(path, FLAGS, 0o600);
    const { size, lastLine, isCut } = inspect(this.#fd);
    this.#bytes = size;
    this.lastLine = lastLine;
    this.#writer = this.#makeWriter(this.#fd);
    // The process was killed, or the disk was full, in the middle of a line: it stays, and readers skip it.
    if (isCut) this.write('\n');
  }

  /** Queues a line, which ends with a line feed. */
  write(line: string): void {
    if (this.#rotating) this.#hold(line);
    else this.#append(line);
  }

  /** Why lines cannot be written at present; null: they can. */
  get problem(): string | null {
    return this.#rotationError ?? this.#writer.problem();
  }

  /** Resolves when everything queued is written, or cannot be written at present. Closes the file. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writer.flush();
    this.#writer.end();
    // The disk may have room again before the next retry.
    if (this.#writer.problem() !== null) this.#writer.flushSync();
    close(this.#fd, () => {});
  }

  /** Writes what is queued, for a process that ends now. */
  flushSync(): void {
    this.#writer.flushSync();
  }

  #makeWriter(fd: number): LineWriter {
    const writer = new LineWriter(fd);
    writer.onFailed = (error) => this.#watcher.onFailed(error);
    writer.onRestored = (outage) => this.#watcher.onRestored(outage);
    return writer;
  }

  #append(line: string): void {
    this.#writer.write(line);
    this.#bytes += Buffer.byteLength(line);
    if (this.#bytes < this.#maxBytes || this.#closed) return;
    this.#rotating = true;
    void this.#rotate();
  }

  #hold(line: string): void {
    if (this.#held.length < MAX_HELD) this.#held.push(line);
    else this.#lost++;
  }

  async #rotate(): Promise<void> {
    const sinceMs = performance.now();
    const fd = await this.#tryRotation();
    if (fd === null) {
      setTimeout(() => void this.#rotate(), this.#retryMs).unref();
      return;
    }
    const before = this.#fd;
    const error = this.#rotationError;
    this.#fd = fd;
    this.#writer = this.#makeWriter(fd);
    this.#bytes = 0;
    this.#rotating = false;
    this.#rotationError = null;
    close(before, () => {});
    const held = this.#held;
    this.#held = [];
    for (const line of held) this.write(line);
    if (error === null) return;
    const seconds = Math.round((performance.now() - sinceMs) / 1000);
    this.#watcher.onRestored({ error, seconds, dropped: this.#lost });
    this.#lost = 0;
  }

  /** The descriptor of the new file; null: not now. */
  async #tryRotation(): Promise<number | null> {
    await this.#writer.flush();
    if (this.#writer.problem() !== null) return null;
    try {
      await rename(this.path, `${this.path}.1`).catch((error: NodeJS.ErrnoException) => {
        // An earlier attempt renamed it, or another program removed it.
        if (error.code !== 'ENOENT') throw error;
      });
      return await openFile(this.path, FLAGS, 0o600);
    } catch (thrown) {
      const { message } = thrown as Error;
      if (this.#rotationError === null) this.#watcher.onFailed(message);
      this.#rotationError = message;
      return null;
    }
  }
}

/** The size, the last complete line, and whether the end is cut. @throws Error if the file is not ours */
function inspect(fd: number): { size: number; lastLine: string | null; isCut: boolean } {
  const stat = fstatSync(fd);
  const us = process.geteuid?.() ?? stat.uid;
  if (!stat.isFile()) throw new Error('it is not a regular file');
  if (stat.uid !== us) throw new Error(`it belongs to user ${stat.uid}, and the daemon runs as ${us}`);
  if ((stat.mode & 0o022) !== 0) throw new Error('users other than its owner can write it');
  const length = Math.min(TAIL_BYTES, stat.size);
  const bytes = Buffer.alloc(length);
  const read = readSync(fd, bytes, 0, length, stat.size - length);
  const text = bytes.toString('utf8', 0, read);
  const lines = text.split('\n');
  const isCut = read > 0 && bytes[read - 1] !== LINE_FEED;
  return { size: stat.size, lastLine: lines.slice(0, -1).reverse().find(isWhole) ?? null, isCut };
}

/** A line that was written as a whole. */
function isWhole(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}');
}
