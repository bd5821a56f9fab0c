/**
 * Writes the items of an answer to a socket: in blocks, no faster than the client reads, and for at most a few
 * milliseconds at once, so that BGP runs while a million routes are shown.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Pace } from '../loop/pace.ts';
import { itemLine } from './protocol.ts';

const BLOCK_LENGTH = 65_536;

/**
 * Writes all items that are not `undefined`, until `items` ends or `signal` is aborted. Errors of the iterator pass
 * through.
 * @returns the number of items written
 */
export async function writeItems(
  socket: Socket,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  signal: AbortSignal,
): Promise<number> {
  const isSync = !(Symbol.asyncIterator in items);
  const writer = new ItemWriter(socket, signal, isSync);
  try {
    if (isSync) await writer.writeSync(items);
    else await writer.writeAsync(items);
  } finally {
    writer.flush();
  }
  return writer.count;
}

class ItemWriter {
  count = 0;
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  #block = '';
  readonly #pace: Pace;

  /** @param isSync all time is spent on the items; false: also on waiting for them */
  constructor(socket: Socket, signal: AbortSignal, isSync: boolean) {
    this.#pace = new Pace(isSync ? 'command' : null);
    this.#socket = socket;
    this.#signal = signal;
  }

  async writeSync(items: Iterable<unknown>): Promise<void> {
    for (const item of items) {
      this.#add(item);
      if (this.#mustPause()) await this.#pause();
      if (this.#signal.aborted) return;
    }
    this.#pace.end();
  }

  /** As above, for items that arrive later: items that are there are written by the end of the turn. */
  async writeAsync(items: AsyncIterable<unknown>): Promise<void> {
    for await (const item of items) {
      if (this.#signal.aborted) return;
      if (this.#block === '') setImmediate(() => this.flush());
      this.#add(item);
      if (this.#mustPause()) await this.#pause();
    }
  }

  /** True if the socket accepts more. */
  flush(): boolean {
    const block = this.#block;
    this.#block = '';
    if (block === '' || this.#signal.aborted) return !this.#socket.writableNeedDrain;
    return this.#socket.write(block);
  }

  #add(item: unknown): void {
    if (item === undefined) return;
    this.#block += itemLine(item);
    this.count++;
  }

  /** Reads the clock after each item, also one that is left out: that of a prefix with many paths takes milliseconds. */
  #mustPause(): boolean {
    return this.#block.length >= BLOCK_LENGTH || this.#pace.isOver;
  }

  async #pause(): Promise<void> {
    if (this.flush()) {
      await this.#pace.restIfOver();
      return;
    }
    this.#pace.end();
    await this.#drained();
    this.#pace.begin();
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#socket, 'drain', { signal: this.#signal });
    } catch {
      // The client closed the connection: the signal is aborted, and the loop sees it.
    }
  }
}
