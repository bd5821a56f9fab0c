/**
 * Growable columns of integers, indexed by dense ids.
 *
 * A column is a list of pages of PAGE_SIZE entries. Growing adds a page and never copies one, so no insertion pauses,
 * whatever the size; a page that no id uses any more is dropped. An entry that was never set reads as 0, and a page
 * that was never written costs nothing: a column of a feature is free while the feature is off.
 */

export const PAGE_BITS = 14;
/** Entries per page. */
export const PAGE_SIZE = 1 << PAGE_BITS;
const MASK = PAGE_SIZE - 1;

type Words = Uint8Array | Uint16Array | Uint32Array;

abstract class Pages<T extends Words> {
  protected readonly pages: (T | undefined)[] = [];

  /** Resident bytes of the pages that exist. */
  bytes(): number {
    let sum = 0;
    for (const page of this.pages) if (page !== undefined) sum += page.byteLength;
    return sum;
  }

  /** Drops entries [page * PAGE_SIZE, (page + 1) * PAGE_SIZE): they read as 0 again. */
  dropPage(page: number): void {
    if (page < this.pages.length) this.pages[page] = undefined;
  }

  protected place(page: number, words: T): T {
    while (this.pages.length < page) this.pages.push(undefined);
    this.pages[page] = words;
    return words;
  }
}

/** Unsigned 32-bit entries. */
export class U32Column extends Pages<Uint32Array> {
  get(index: number): number {
    const page = this.pages[index >>> PAGE_BITS];
    return page === undefined ? 0 : page[index & MASK];
  }

  set(index: number, value: number): void {
    const page = this.pages[index >>> PAGE_BITS] ?? this.place(index >>> PAGE_BITS, new Uint32Array(PAGE_SIZE));
    page[index & MASK] = value;
  }
}

/** Unsigned 16-bit entries. */
export class U16Column extends Pages<Uint16Array> {
  get(index: number): number {
    const page = this.pages[index >>> PAGE_BITS];
    return page === undefined ? 0 : page[index & MASK];
  }

  set(index: number, value: number): void {
    const page = this.pages[index >>> PAGE_BITS] ?? this.place(index >>> PAGE_BITS, new Uint16Array(PAGE_SIZE));
    page[index & MASK] = value;
  }
}

/** Unsigned 8-bit entries. */
export class U8Column extends Pages<Uint8Array> {
  get(index: number): number {
    const page = this.pages[index >>> PAGE_BITS];
    return page === undefined ? 0 : page[index & MASK];
  }

  set(index: number, value: number): void {
    const page = this.pages[index >>> PAGE_BITS] ?? this.place(index >>> PAGE_BITS, new Uint8Array(PAGE_SIZE));
    page[index & MASK] = value;
  }
}

/** Any column, for code that only counts bytes or drops pages. */
export type Column = U32Column | U16Column | U8Column;
