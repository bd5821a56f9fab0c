/**
 * A page that is expensive to render, shared by all concurrent requests.
 *
 * One rendering runs at a time, some milliseconds per turn of the event loop. Requests during the rendering, and for a
 * short time after it, get the same page, so that any number of requests costs a bounded share of the time. Pages with
 * readers are kept, at most `MAX_PAGES`; then the readers of the oldest page are cut off.
 */
import { Pace } from '../loop/pace.ts';

const PIECE_LENGTH = 65_536;
/** A page is reused for this many times as long as its rendering took, and at most for the time below. */
const REUSE_FACTOR = 4;
const MAX_REUSE_MS = 1000;
const MAX_PAGES = 3;
/** Maximum octets of a page; a longer one is a bug. */
const MAX_PAGE = 128 * 1024 * 1024;

/** A page in use by one reader, until it is released. */
interface PageLease {
  readonly pieces: readonly Buffer[];
  release(): void;
}

interface Page {
  readonly pieces: readonly Buffer[];
  /** Each cuts off one reader. */
  readonly readers: Set<() => void>;
}

export class SharedPage {
  readonly #render: () => AsyncIterable<string>;
  #underWay: Promise<Page> | null = null;
  #latest: { readonly page: Page; readonly untilMs: number } | null = null;
  /** Pages with readers, the oldest first. */
  #read: Page[] = [];

  /** @param render renders the current page in pieces; each piece takes a few milliseconds */
  constructor(render: () => AsyncIterable<string>) {
    this.#render = render;
  }

  /**
   * The current page, or one rendered a moment ago.
   * @param onRevoked called when the page is too old to be kept: the caller cuts off its reader
   * @throws the errors of the rendering
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
    while (this.#read.length >= MAX_PAGES) this.#revoke(this.#read[0]!);
    const startMs = performance.now();
    const page = { pieces: await collect(this.#render()), readers: new Set<() => void>() };
    const nowMs = performance.now();
    const reuseMs = Math.min((nowMs - startMs) * REUSE_FACTOR, MAX_REUSE_MS);
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

/** All pieces, joined to blocks that are written at once. */
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
  const pace = new Pace(null);
  for await (const part of rendering) {
    text += part;
    if (text.length >= PIECE_LENGTH) flush();
    if (length > MAX_PAGE) throw new Error(`the page is longer than ${MAX_PAGE} octets`);
    await pace.restIfOver();
  }
  flush();
  return pieces;
}
