/**
 * Variable-length byte strings behind 32-bit references, in pages.
 *
 * Strings are appended; a released string leaves a gap that is not filled. A page without strings is released at once.
 * When gaps take too much memory, the owner, which knows the references, moves the strings of sparse pages together
 * (`beginMoving`, `move`), piece by piece: the cost of moving is less than the gain.
 *
 * A reference is an offset in units of 4 bytes, so 16 GiB can be addressed; 0 means none.
 */
import { invariant } from '../invariant.ts';

const UNIT_BITS = 2;
const PAGE_BITS = 18;
/** Bytes of a page; the longest string is a quarter of it. */
export const ARENA_PAGE_BYTES = 1 << PAGE_BITS;
const INDEX_BITS = PAGE_BITS - UNIT_BITS;
const UNITS = 1 << INDEX_BITS;
const MAX_PAGES = 1 << (32 - INDEX_BITS);
/** Reference 0 is none: the first unit of each page is left free. */
const FIRST = 1;

/** Gaps are closed when they exceed this part of all pages, and this number of units. */
const SPARSE_PART = 0.25;
const SPARSE_LEAST = (1 << 20) >>> UNIT_BITS;
/** Pages that are less full than this are then emptied. */
const FULL_PART = 0.75;

const NO_PAGE = new Uint8Array(0);

export class ByteArena {
  /** `NO_PAGE` for an index without a page. */
  private readonly pages: Uint8Array[] = [];
  /** Units in use, by page. */
  private readonly live: number[] = [];
  /** 1 for a page that is being emptied. */
  private readonly moving: number[] = [];
  /** Indices without a page. */
  private readonly vacant: number[] = [];
  /** The page that is being filled, and its first free unit; -1: none is. */
  private current = -1;
  private fresh = UNITS;
  private count = 0;
  private liveUnits = 0;
  /** The last emptied page, kept for reuse. */
  private spare: Uint8Array | null = null;

  /** Copies `bytes[start, end)` in; at most 64 KiB. */
  store(bytes: Uint8Array, start: number, end: number): number {
    const ref = this.carve(unitsFor(end - start));
    const page = this.pages[this.current];
    let to = this.offsetOf(ref);
    for (let at = start; at < end; at++) page[to++] = bytes[at];
    return ref;
  }

  /** Releases a reference that `store` or `move` returned for `length` bytes. */
  release(ref: number, length: number): void {
    const units = unitsFor(length);
    const page = ref >>> INDEX_BITS;
    this.liveUnits -= units;
    this.live[page] -= units;
    if (this.live[page] > 0) return;
    if (page === this.current) this.fresh = FIRST;
    else this.drop(page);
  }

  /** Whether the gaps are large enough to move strings together. */
  get isSparse(): boolean {
    const filled = this.count * UNITS - (this.current < 0 ? 0 : UNITS - this.fresh);
    const gaps = filled - this.liveUnits;
    return gaps > SPARSE_LEAST && gaps > this.count * UNITS * SPARSE_PART;
  }

  /** From now on `isMoving` says which strings to move; nothing is stored in their pages any more. */
  beginMoving(): void {
    for (let page = 0; page < this.pages.length; page++) {
      const isSparse = this.pages[page] !== NO_PAGE && this.live[page] < UNITS * FULL_PART;
      this.moving[page] = page !== this.current && isSparse ? 1 : 0;
    }
  }

  /** Whether a string is in a page that is being emptied. */
  isMoving(ref: number): boolean {
    return this.moving[ref >>> INDEX_BITS] === 1;
  }

  /** Moves a string of `length` bytes; returns its new reference. */
  move(ref: number, length: number): number {
    const from = this.offsetOf(ref);
    const moved = this.store(this.pageOf(ref), from, from + length);
    this.release(ref, length);
    return moved;
  }

  /** The page that holds a reference; its bytes begin at `offsetOf(ref)`. Valid until strings are moved. */
  pageOf(ref: number): Uint8Array {
    return this.pages[ref >>> INDEX_BITS];
  }

  /** Offset of a reference in its page. */
  offsetOf(ref: number): number {
    return (ref & (UNITS - 1)) << UNIT_BITS;
  }

  equals(ref: number, bytes: Uint8Array, start: number, end: number): boolean {
    const page = this.pageOf(ref);
    let from = this.offsetOf(ref);
    for (let at = start; at < end; at++) if (page[from++] !== bytes[at]) return false;
    return true;
  }

  /** Bytes of all pages. */
  bytes(): number {
    return (this.count + (this.spare === null ? 0 : 1)) * ARENA_PAGE_BYTES;
  }

  /** Bytes of the stored strings. */
  get liveBytes(): number {
    return this.liveUnits * (1 << UNIT_BITS);
  }

  private carve(units: number): number {
    if (this.fresh + units > UNITS) this.open();
    const ref = this.current * UNITS + this.fresh;
    this.fresh += units;
    this.live[this.current] += units;
    this.liveUnits += units;
    return ref;
  }

  private open(): void {
    const page = this.vacant.pop() ?? this.pages.length;
    invariant(page < MAX_PAGES, 'an arena has at most as many pages as its references can address');
    this.pages[page] = this.spare ?? new Uint8Array(ARENA_PAGE_BYTES);
    this.spare = null;
    this.live[page] = 0;
    this.moving[page] = 0;
    this.current = page;
    this.fresh = FIRST;
    this.count++;
  }

  private drop(page: number): void {
    this.spare = this.pages[page];
    this.pages[page] = NO_PAGE;
    this.moving[page] = 0;
    this.vacant.push(page);
    this.count--;
  }
}

function unitsFor(length: number): number {
  return Math.max(1, (length + 3) >>> UNIT_BITS);
}
