/**
 * Variable-length byte strings behind 32-bit references, recycled by size class. No I/O, no timers.
 * A reference is an offset in units of 16 bytes, so 64 GiB can be addressed; 0 means none.
 */

const UNIT_BITS = 4;
const PAGE_BITS = 20;
const PAGE_BYTES = 1 << PAGE_BITS;
const UNITS_PER_PAGE = PAGE_BYTES >>> UNIT_BITS;

export class ByteArena {
  private pages: Uint8Array[] = [];
  /** First free unit of the last page. */
  private fresh = UNITS_PER_PAGE;
  /** Per size class: references given back and not yet used again. */
  private readonly free: number[][] = [];
  private live = 0;

  /** Copies `bytes[start, end)` in; at most 64 KiB. */
  store(bytes: Uint8Array, start: number, end: number): number {
    const units = unitsFor(end - start);
    const ref = this.free[units]?.pop() ?? this.carve(units);
    this.live += units;
    const page = this.pages[ref >>> (PAGE_BITS - UNIT_BITS)];
    let to = (ref & (UNITS_PER_PAGE - 1)) << UNIT_BITS;
    for (let at = start; at < end; at++) page[to++] = bytes[at];
    return ref;
  }

  /** Gives back what `store` returned for `length` bytes. */
  release(ref: number, length: number): void {
    const units = unitsFor(length);
    this.live -= units;
    if (this.live === 0) {
      this.pages = [];
      this.free.length = 0;
      this.fresh = UNITS_PER_PAGE;
      return;
    }
    this.free[units] ??= [];
    this.free[units].push(ref);
  }

  /** The page that holds a reference; its bytes begin at `offsetOf(ref)`. */
  pageOf(ref: number): Uint8Array {
    return this.pages[ref >>> (PAGE_BITS - UNIT_BITS)];
  }

  /** Offset of a reference in its page. */
  offsetOf(ref: number): number {
    return (ref & (UNITS_PER_PAGE - 1)) << UNIT_BITS;
  }

  equals(ref: number, bytes: Uint8Array, start: number, end: number): boolean {
    const page = this.pageOf(ref);
    let from = this.offsetOf(ref);
    for (let at = start; at < end; at++) if (page[from++] !== bytes[at]) return false;
    return true;
  }

  bytes(): number {
    return this.pages.length * PAGE_BYTES;
  }

  private carve(units: number): number {
    if (this.fresh + units > UNITS_PER_PAGE) {
      this.pages.push(new Uint8Array(PAGE_BYTES));
      this.fresh = this.pages.length === 1 ? 1 : 0; // reference 0 is none
    }
    const ref = (this.pages.length - 1) * UNITS_PER_PAGE + this.fresh;
    this.fresh += units;
    return ref;
  }
}

/** Size classes: every 16 bytes up to 512, then powers of two, so that a freed block fits the next of its kind. */
function unitsFor(length: number): number {
  const units = Math.max(1, (length + 15) >>> UNIT_BITS);
  return units <= 32 ? units : 1 << (32 - Math.clz32(units - 1));
}
