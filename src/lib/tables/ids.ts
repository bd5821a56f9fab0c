/**
 * Dense ids from 1 up; 0 means none. Freed ids are reused, lowest page first, so that after a shrink the upper pages
 * become empty and can be released.
 */

import { invariant } from '../invariant.ts';
import { type Column, PAGE_BITS, PAGE_SIZE, U32Column } from './columns.ts';

export class IdAllocator {
  /** Free ids of one page, chained: `next` of a free id is the next free id of its page. */
  private readonly next = new U32Column();
  private readonly freeHead: number[] = [];
  /** Ids in use, per page. */
  private readonly used: number[] = [];
  /** Ids of the page that were ever allocated: the rest of the page is unused. */
  private readonly minted: number[] = [];
  private readonly columns: readonly Column[];
  /** No page below this one has a free id. */
  private lowestOpen = 0;
  private total = 0;

  /** @param columns columns indexed by these ids: a free page of ids releases their pages */
  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.openPage(0);
    this.minted[0] = 1; // id 0 is none
    this.used[0] = 1;
  }

  /** Ids in use. */
  get count(): number {
    return this.total;
  }

  /** One above the largest id that may be in use: the bound of a walk. */
  get limit(): number {
    return this.minted.length === 0 ? 0 : (this.minted.length - 1) * PAGE_SIZE + this.minted[this.minted.length - 1];
  }

  allocate(): number {
    while (this.used[this.lowestOpen] === PAGE_SIZE) this.lowestOpen++;
    const page = this.lowestOpen;
    if (page === this.used.length) this.openPage(page);
    this.used[page]++;
    this.total++;
    const head = this.freeHead[page];
    if (head !== 0) {
      this.freeHead[page] = this.next.get(head);
      return head;
    }
    return page * PAGE_SIZE + this.minted[page]++;
  }

  free(id: number): void {
    const page = id >>> PAGE_BITS;
    invariant(id !== 0 && this.used[page] > 0, 'an id is freed once');
    this.next.set(id, this.freeHead[page]);
    this.freeHead[page] = id;
    this.total--;
    if (page < this.lowestOpen) this.lowestOpen = page;
    if (--this.used[page] === 0 && this.spare() >= PAGE_SIZE / 2) this.closePage(page);
  }

  bytes(): number {
    return this.next.bytes();
  }

  private openPage(page: number): void {
    this.freeHead[page] = 0;
    this.used[page] = 0;
    this.minted[page] = 0;
  }

  /** Free ids below the top page. While there are few, an empty page is kept, so that a flap at its edge is cheap. */
  private spare(): number {
    return (this.used.length - 1) * PAGE_SIZE - this.total;
  }

  private closePage(page: number): void {
    for (const column of this.columns) column.dropPage(page);
    this.next.dropPage(page);
    this.openPage(page);
    while (this.used.length > 1 && this.used[this.used.length - 1] === 0) {
      this.used.pop();
      this.minted.pop();
      this.freeHead.pop();
    }
    if (this.lowestOpen > this.used.length) this.lowestOpen = this.used.length;
  }
}
