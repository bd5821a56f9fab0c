/**
 * A page that costs much to make, shared by all who ask for it at the same time.
 *
 * One rendering is under way at a time, some milliseconds per turn of the event loop. Who asks meanwhile gets that one;
 * who asks soon after its end gets it as well, so that requests, however many, cost no more than a part of the time. Pages
 * that somebody still reads are kept; there are at most `MOST_PAGES`, and who reads the oldest then is cut off.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS = 3;
const PIECE_LENGTH = 65_536;
/** A page is given out again for this many times as long as it took to make, and at most so long. */
const REUSE_FACTOR = 4;
const LONGEST_REUSE_MS = 1000;
const MOST_PAGES = 3;
/** Octets of a page; beyond, something is wrong. */
const LONGEST_PAGE = 128 * 1024 * 1024;

/** What a reader has of a page until it gives it back. */
export interface PageLease {
  readonly pieces: readonly Buffer[];
  release(): void;
}

interface Page {
  readonly pieces: readonly Buffer[];
  /** Cut off who reads it. */
  readonly readers: Set<() => void>;
}

export class SharedPage {
  readonly #render: () => AsyncIterable<string>;
  #underWay: Promise<Page> | null = null;
  #latest: { readonly page: Page; readonly untilMs: number } | null = null;
  /** Those that have readers, the oldest first. */
  #read: Page[] = [];

  /** @param render the pieces of the page as it is then; a piece is made in a few milliseconds */
  constructor(render: () => AsyncIterable<string>) {
    this.#render = render;
  }

  /**
   * The page as it is now, or was a moment ago.
   * @param onRevoked the page is too old to be kept: its reader is to be cut off
   * @throws what rendering throws
   */
  async lease(onRevoked: () => void): Promise<PageLease> {
    const page = await this.#current();
    page.readers.add(onRevoked);
    if (!this.#read.includes(page)) this.#read.push(page);
    return { pieces: page.pieces, release: () => this.#release(page, onRevoked) };
  }

  #current(): Promise<Page> {
    if (this.#latest !== null && performance.now() < this.#latest.untilMs) return Promise.resolve(this.#latest.page);
    this.#underWay ??= this.#make().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #make(): Promise<Page> {
    this.#latest = null;
    while (this.#read.length >= MOST_PAGES) this.#revoke(this.#read[0]!);
    const startMs = performance.now();
    const page = { pieces: await collect(this.#render()), readers: new Set<() => void>() };
    const nowMs = performance.now();
    const reuseMs = Math.min((nowMs - startMs) * REUSE_FACTOR, LONGEST_REUSE_MS);
    this.#latest = { page, untilMs: nowMs + reuseMs };
    return page;
  }

  #revoke(page: Page): void {
    for (const onRevoked of [...page.readers]) {
      this.#release(page, onRevoked);
      onRevoked();
    }
  }

  #release(page: Page, reader: () => void): void {
    page.readers.delete(reader);
    if (page.readers.size === 0) this.#read = this.#read.filter((other) => other !== page);
  }
}

/** All pieces, gathered to such as are written at once. */
async function collect(rendering: AsyncIterable<string>): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  let length = 0;
  let text = '';
  const flush = () => {
    const piece = Buffer.from(text);
    text = '';
    length += piece.length;
    pieces.push(piece);
  };
  let sliceMs = performance.now();
  for await (const part of rendering) {
    text += part;
    if (text.length >= PIECE_LENGTH) flush();
    if (length > LONGEST_PAGE) throw new Error(`the page is longer than ${LONGEST_PAGE} octets`);
    if (performance.now() - sliceMs < SLICE_MS) continue;
    await nextTurn();
    sliceMs = performance.now();
  }
  flush();
  return pieces;
}
