/**
 * Writes lines to a file descriptor without ever stopping the event loop: one write is under way at a time, and what
 * comes meanwhile waits. A reader that stalls (a full pipe) costs a bounded amount of memory, then lines are dropped
 * and counted.
 */
import { write, writeSync } from 'node:fs';

const MAX_WAITING_LENGTH = 8 * 1024 * 1024;
const RETRY_MS = 20;
/** How often a synchronous flush tries a descriptor that takes nothing. */
const SYNC_TRIES = 50;

export class LineWriter {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingLength = 0;
  #underWay: Buffer | null = null;
  #dropped = 0;
  #broken = false;
  #onIdle: (() => void)[] = [];

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Queues `line`, which ends with a line feed. */
  write(line: string): void {
    if (this.#broken) return;
    if (this.#waitingLength + line.length > MAX_WAITING_LENGTH) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#waitingLength += line.length;
    if (this.#underWay === null) this.#writeNext();
  }

  /** Lines dropped since the last call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Resolves when everything queued has left, or the descriptor is broken. */
  flush(): Promise<void> {
    if (this.#underWay === null) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** For a process that is about to end: writes what waits, giving up on a reader that stalls. What is under way ends by itself. */
  flushSync(): void {
    let rest = Buffer.from(this.#take());
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
    write(this.#fd, this.#underWay ?? Buffer.alloc(0), (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.#writeOn(), RETRY_MS);
      else if (error) this.#breakDown();
      else this.#onWritten(written);
    });
  }

  #onWritten(written: number): void {
    const rest = this.#underWay?.subarray(written) ?? Buffer.alloc(0);
    if (rest.length > 0) {
      this.#underWay = rest;
      this.#writeOn();
    } else if (this.#waiting.length > 0) this.#writeNext();
    else this.#becomeIdle();
  }

  /** Nobody reads any more (EPIPE): the daemon goes on without a log. */
  #breakDown(): void {
    this.#broken = true;
    this.#take();
    this.#becomeIdle();
  }

  #becomeIdle(): void {
    this.#underWay = null;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
