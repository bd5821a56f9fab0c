/**
 * Writes the items of an answer to a socket: in blocks, no faster than the client reads, and for at most a few
 * milliseconds at once, so that BGP runs while a million routes are shown.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { itemLine } from './protocol.ts';

const BLOCK_LENGTH = 65_536;
const SLICE_MS = 3;

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
  const writer = new ItemWriter(socket, signal);
  try {
    if (Symbol.asyncIterator in items) await writer.writeAsync(items);
    else await writer.writeSync(items);
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
  #sliceStart = performance.now();

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
  }

  async writeSync(items: Iterable<unknown>): Promise<void> {
    for (const item of items) {
      this.#add(item);
      if (this.#mustPause()) await this.#pause();
      if (this.#signal.aborted) return;
    }
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
    return this.#block.length >= BLOCK_LENGTH || performance.now() - this.#sliceStart >= SLICE_MS;
  }

  async #pause(): Promise<void> {
    if (!this.flush()) await this.#drained();
    if (performance.now() - this.#sliceStart < SLICE_MS) return;
    await nextTurn();
    this.#sliceStart = performance.now();
  }

  async #drained(): Promise<void> {
    try {
      await once(this.#socket, 'drain', { signal: this.#signal });
    } catch {
      // The client closed the connection: the signal is aborted, and the loop sees it.
    }
  }
}
