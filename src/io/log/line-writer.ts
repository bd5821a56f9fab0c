/**
 * Writes lines to a file descriptor without blocking the event loop: one write at a time, and later lines are queued.
 * The queue is bounded: if the reader stalls (a full pipe), more lines are dropped and counted. The same holds for a
 * descriptor that fails (a full disk, a pipe without a reader): writing is retried with a growing delay.
 */
import { write, writeSync } from 'node:fs';

const MAX_WAITING_LENGTH = 8 * 1024 * 1024;
const RETRY_MS = 20;
/** The delay of the first retry after an error; it doubles each time. */
const FIRST_REPAIR_MS = 100;
const LAST_REPAIR_MS = 5000;
/** How often a synchronous flush tries a descriptor that accepts nothing. */
const SYNC_TRIES = 50;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** An error of the descriptor, from its first occurrence to the write that worked again. */
export interface Outage {
  /** In words, with its code. */
  readonly error: string;
  readonly seconds: number;
  /** Lines that did not fit in the queue, or were cut off. */
  readonly dropped: number;
}

export class LineWriter {
  /** Called when writing works again after an error; what it writes is the next line. */
  onRestored: (outage: Outage) => void = () => {};
  /** Called at the first error. */
  onFailed: (error: string) => void = () => {};
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #underWay: Buffer | null = null;
  #dropped = 0;
  /** Why nothing is written; null: lines are written. */
  #failure: { error: NodeJS.ErrnoException; sinceMs: number; repairMs: number } | null = null;
  /** The last line was written only in part. */
  #cut = false;
  #onIdle: (() => void)[] = [];
  #ended = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Queues `line`, which ends with a line feed. */
  write(line: string): void {
    if (this.#waitingLength + line.length > MAX_WAITING_LENGTH) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    if (this.#underWay === null) this.#writeNext();
  }

  /** Dropped lines that are not reported yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines dropped since the last call, once there is room for a line that reports them; 0 before. */
  takeDropped(): number {
    const hasRoom = this.#failure === null && this.#waitingLength < MAX_WAITING_LENGTH / 2;
    const dropped = hasRoom ? this.#dropped : 0;
    this.#dropped -= dropped;
    return dropped;
  }

  /** Why no lines can be written at present; null: they can. */
  problem(): string | null {
    if (this.#failure === null) return null;
    const lost = this.#dropped === 0 ? 'lines are queued' : `${this.#dropped} lines are lost so far`;
    return `${wordsOf(this.#failure.error)}; ${lost}`;
  }

  /** Resolves when everything queued is written, or cannot be written at present. */
  flush(): Promise<void> {
    if (this.#underWay === null || this.#failure !== null) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** The descriptor is about to be closed: no retry after an error. */
  end(): void {
    this.#ended = true;
  }

  /**
   * For a process that is about to end: writes the queue, and gives up if the reader stalls. A write that has already
   * started ends by itself.
   */
  flushSync(): void {
    const stuck = this.#failure === null ? NOTHING : (this.#underWay ?? NOTHING);
    let rest = Buffer.concat([stuck, Buffer.from(this.#take())]);
    for (let tries = 0; rest.length > 0 && tries < SYNC_TRIES; tries++) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
        tries = 0;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  #take(): string {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingLength = 0;
    return text;
  }

  #writeNext(): void {
    this.#underWay = Buffer.from(this.#take());
    this.#writeOn();
  }

  #writeOn(): void {
    write(this.#fd, this.#underWay ?? NOTHING, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.#writeOn(), RETRY_MS);
      else if (error) this.#onFailed(error);
      else this.#onWritten(written);
    });
  }

  #onWritten(written: number): void {
    const failure = this.#failure;
    this.#failure = null;
    const bytes = this.#underWay ?? NOTHING;
    const rest = bytes.subarray(written);
    if (written > 0) this.#cut = bytes[written - 1] !== LINE_FEED;
    if (failure !== null) this.#reportRestored(failure.error, failure.sinceMs);
    if (rest.length > 0) {
      this.#underWay = rest;
      this.#writeOn();
    } else if (this.#waiting.length > 0) this.#writeNext();
    else this.#becomeIdle();
  }

  /** The line that reports it comes after the queued lines, and before all later ones. */
  #reportRestored(error: NodeJS.ErrnoException, sinceMs: number): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    const seconds = Math.round((performance.now() - sinceMs) / 1000);
    this.onRestored({ error: wordsOf(error), seconds, dropped });
  }

  #onFailed(error: NodeJS.ErrnoException): void {
    // A new reader of the pipe has not read the beginning of the line.
    if (error.code === 'EPIPE' && this.#cut) this.#dropRestOfLine();
    const isFirst = this.#failure === null;
    const { sinceMs, repairMs } = this.#failure ?? { sinceMs: performance.now(), repairMs: FIRST_REPAIR_MS };
    this.#failure = { error, sinceMs, repairMs: Math.min(repairMs * 2, LAST_REPAIR_MS) };
    if (!this.#ended) setTimeout(() => this.#tryAgain(), repairMs).unref();
    this.#resolveIdle();
    if (isFirst) this.onFailed(wordsOf(error));
  }

  #tryAgain(): void {
    if (!this.#ended) this.#writeOn();
  }

  #dropRestOfLine(): void {
    const bytes = this.#underWay ?? NOTHING;
    this.#underWay = bytes.subarray(bytes.indexOf(LINE_FEED) + 1);
    this.#cut = false;
    this.#dropped++;
  }

  #becomeIdle(): void {
    this.#underWay = null;
    this.#resolveIdle();
  }

  #resolveIdle(): void {
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EPIPE: 'the program that reads the log has ended',
  EIO: 'the disk or terminal fails',
  EFBIG: 'the file has reached its maximum size',
};

function wordsOf({ code = '', message }: NodeJS.ErrnoException): string {
  return WORDS[code] === undefined ? message : `${WORDS[code]} (${code})`;
}
