/**
 * Writes the items of an answer to a socket: in blocks, never more than the asker reads, and never for longer than a
 * few milliseconds at once, so that BGP is served while a million routes are shown.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { itemLine } from './protocol.ts';

const BLOCK_LENGTH = 65_536;
const SLICE_MS = 3;
/** The clock is read after so many items, those that are left out included. */
const ITEMS_PER_LOOK = 16;

/** Items written but for those that are `undefined`, until `items` ended or `signal` was aborted. Errors of the iterator pass through. */
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
  #looked = 0;

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

  /** As above, for items that come in their own time: what is there is written by the end of the turn. */
  async writeAsync(items: AsyncIterable<unknown>): Promise<void> {
    for await (const item of items) {
      if (this.#signal.aborted) return;
      if (this.#block === '') setImmediate(() => this.flush());
      this.#add(item);
      if (this.#mustPause()) await this.#pause();
    }
  }

  /** True when the socket takes more. */
  flush(): boolean {
    const block = this.#block;
    this.#block = '';
    if (block === '' || this.#signal.aborted) return !this.#socket.writableNeedDrain;
    return this.#socket.write(block);
  }

  #add(item: unknown): void {
    this.#looked++;
    if (item === undefined) return;
    this.#block += itemLine(item);
    this.count++;
  }

  #mustPause(): boolean {
    if (this.#block.length >= BLOCK_LENGTH) return true;
    return this.#looked % ITEMS_PER_LOOK === 0 && performance.now() - this.#sliceStart >= SLICE_MS;
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
      // The asker left: the signal is aborted, and the loop sees it.
    }
  }
}
