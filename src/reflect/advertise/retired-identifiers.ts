/**
 * ADD-PATH identifiers that were withdrawn while a member of the group was slow, by prefix. The member may still hold
 * the paths, so they are withdrawn from it when the prefix is sent again. Kept only while there are slow members.
 *
 * Bytes: a list head and a count, 6 per prefix; 8 per identifier. The caller bounds the number per prefix.
 */
import { U16Column, U32Column } from '../../lib/tables/columns.ts';
import { IdAllocator } from '../../lib/tables/ids.ts';
import type { PrefixId } from '../../rib/tables/ids.ts';

export class RetiredIdentifiers {
  private readonly heads = new U32Column();
  private readonly nexts = new U32Column();
  private readonly identifiers = new U32Column();
  private readonly counts = new U16Column();
  private readonly entries = new IdAllocator([this.nexts, this.identifiers]);

  /** Number of identifiers of a prefix. */
  countOf(prefix: PrefixId): number {
    return this.counts.get(prefix);
  }

  add(prefix: PrefixId, identifier: number): void {
    if (this.has(prefix, identifier)) return;
    const entry = this.entries.allocate();
    this.identifiers.set(entry, identifier);
    this.nexts.set(entry, this.heads.get(prefix));
    this.heads.set(prefix, entry);
    this.counts.set(prefix, this.counts.get(prefix) + 1);
  }

  /** Removes one that is in use again; false when it was not there. */
  delete(prefix: PrefixId, identifier: number): boolean {
    let before = 0;
    let entry = this.heads.get(prefix);
    while (entry !== 0 && this.identifiers.get(entry) !== identifier) {
      before = entry;
      entry = this.nexts.get(entry);
    }
    if (entry === 0) return false;
    if (before === 0) this.heads.set(prefix, this.nexts.get(entry));
    else this.nexts.set(before, this.nexts.get(entry));
    this.entries.free(entry);
    this.counts.set(prefix, this.counts.get(prefix) - 1);
    return true;
  }

  /** Removes any one, for reuse; the prefix must have one. */
  take(prefix: PrefixId): number {
    const identifier = this.identifiers.get(this.heads.get(prefix));
    this.delete(prefix, identifier);
    return identifier;
  }

  has(prefix: PrefixId, identifier: number): boolean {
    let entry = this.heads.get(prefix);
    while (entry !== 0 && this.identifiers.get(entry) !== identifier) entry = this.nexts.get(entry);
    return entry !== 0;
  }

  each(prefix: PrefixId, visit: (identifier: number) => void): void {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      visit(this.identifiers.get(entry));
    }
  }

  bytes(): number {
    const columns = [this.heads, this.nexts, this.identifiers, this.counts];
    return columns.reduce((sum, column) => sum + column.bytes(), 0) + this.entries.bytes();
  }
}
