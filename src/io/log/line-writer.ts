/**
 * Writes lines to a file descriptor without ever stopping the event loop: one write is under way at a time, and what
 * comes meanwhile waits. A reader that stalls (a full pipe) costs a bounded amount of memory, then lines are dropped
 * and counted. So does a descriptor that takes nothing (a full disk, a pipe whose reader died): it is tried again, less
 * and less often, for as long as the daemon runs.
 */
import { write, writeSync } from 'node:fs';

const MAX_WAITING_LENGTH = 8 * 1024 * 1024;
const RETRY_MS = 20;
/** After an error: first so, then twice as long each time. */
const FIRST_REPAIR_MS = 100;
const LAST_REPAIR_MS = 5000;
/** How often a synchronous flush tries a descriptor that takes nothing. */
const SYNC_TRIES = 50;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** An error of the descriptor, from its first occurrence to the write that worked again. */
export interface Outage {
  /** In words, with its code. */
  readonly error: string;
  readonly seconds: number;
  /** Lines that found no room, or were cut off. */
  readonly dropped: number;
}

export class LineWriter {
  /** Called once lines leave again after an error; what it writes is the next line. */
  onRestored: (outage: Outage) => void = () => {};
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #underWay: Buffer | null = null;
  #dropped = 0;
  /** Why nothing is written; null: lines are written. */
  #failure: { error: NodeJS.ErrnoException; sinceMs: number; repairMs: number } | null = null;
  /** The last line under way was written in part. */
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

  /** Lines dropped that nobody was told of. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Lines dropped since the last call, once there is room for a line that says so; 0 before. */
  takeDropped(): number {
    const hasRoom = this.#failure === null && this.#waitingLength < MAX_WAITING_LENGTH / 2;
    const dropped = hasRoom ? this.#dropped : 0;
    this.#dropped -= dropped;
    return dropped;
  }

  /** Why lines do not leave at present, in a sentence; null: they do. */
  problem(): string | null {
    if (this.#failure === null) return null;
    const lost = this.#dropped === 0 ? 'lines wait' : `${this.#dropped} lines are lost so far`;
    return `the log cannot be written: ${wordsOf(this.#failure.error)}; ${lost}`;
  }

  /** Resolves when everything queued has left, or cannot leave at present. */
  flush(): Promise<void> {
    if (this.#underWay === null || this.#failure !== null) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** The descriptor is about to be closed: after an error it is not tried again. */
  end(): void {
    this.#ended = true;
  }

  /** For a process that is about to end: writes what waits, giving up on a reader that stalls. What is under way ends by itself. */
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
    if (failure !== null) this.#tellRestored(failure.error, failure.sinceMs);
    if (rest.length > 0) {
      this.#underWay = rest;
      this.#writeOn();
    } else if (this.#waiting.length > 0) this.#writeNext();
    else this.#becomeIdle();
  }

  /** The line that says so stands behind those that were kept, and before those that come. */
  #tellRestored(error: NodeJS.ErrnoException, sinceMs: number): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    const seconds = Math.round((performance.now() - sinceMs) / 1000);
    this.onRestored({ error: wordsOf(error), seconds, dropped });
  }

  #onFailed(error: NodeJS.ErrnoException): void {
    // Another reader of the pipe has not read the beginning of the line.
    if (error.code === 'EPIPE' && this.#cut) this.#dropRestOfLine();
    const { sinceMs, repairMs } = this.#failure ?? { sinceMs: performance.now(), repairMs: FIRST_REPAIR_MS };
    this.#failure = { error, sinceMs, repairMs: Math.min(repairMs * 2, LAST_REPAIR_MS) };
    if (!this.#ended) setTimeout(() => this.#tryAgain(), repairMs).unref();
    this.#resolveIdle();
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
  EPIPE: 'the program that read it has ended',
  EIO: 'the disk or terminal fails',
  EFBIG: 'the file has reached the largest size that is allowed',
};

function wordsOf({ code = '', message }: NodeJS.ErrnoException): string {
  return WORDS[code] === undefined ? message : `${WORDS[code]} (${code})`;
}
