/**
 * The initial update of members that join a group together: everything that the tables held for them at that moment.
 * End-of-RIB follows all of it (RFC 4724 4.1), since a peer removes the stale routes it kept of us when it receives it.
 *
 *   paths being validated ─► prefixes undecided ─► routes the kernel has not confirmed ─► complete
 *
 * Each stage is passed once. Later changes are not part of the initial update, so a busy table does not delay it.
 */
import type { BitSet } from '../lib/tables/bit-set.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';

/** The parts of a group that an initial update depends on. */
export interface InitialContents {
  readonly rib: FamilyRib;
  /** Whether paths are still being validated: next hops are being resolved, or paths revalidated. */
  readonly isRevalidating: boolean;
  /** Prefixes whose routes the kernel has not confirmed; null while the group has not considered the whole table. */
  readonly unconfirmed: BitSet | null;
  /** Position behind the last byte of the group's log. */
  readonly logEnd: number;
}

export class InitialUpdate {
  /** Prefixes that must be decided first, as a count since the start; -1: not known yet. */
  private marked = -1;
  private unconfirmed: BitSet | null = null;
  /** Position in the group's log where End-of-RIB follows; Infinity until everything is in the log. */
  end = Number.POSITIVE_INFINITY;

  /** Whether a member that joins now waits for the same. */
  isOpen(rib: FamilyRib): boolean {
    return this.marked === -1 || (this.marked === rib.markedCount && this.unconfirmed === null);
  }

  /** Advances as far as possible; true once everything is in the log. */
  advance(group: InitialContents): boolean {
    if (this.end !== Number.POSITIVE_INFINITY) return true;
    const { rib } = group;
    if (this.marked === -1 && !group.isRevalidating) this.marked = rib.markedCount;
    if (this.marked === -1 || rib.decidedCount < this.marked) return false;
    this.unconfirmed ??= group.unconfirmed?.clone() ?? null;
    if (this.unconfirmed === null || this.unconfirmed.count > 0) return false;
    this.end = group.logEnd;
    return true;
  }

  /** The kernel has answered for a prefix. */
  confirm(prefix: PrefixId): void {
    this.unconfirmed?.delete(prefix);
  }
}

/** The initial updates of a group that are not complete. */
export class InitialUpdates {
  private pending: InitialUpdate[] = [];

  /** What a peer that joins now must be sent before End-of-RIB. */
  open(group: InitialContents): InitialUpdate {
    const last = this.pending[this.pending.length - 1];
    if (last?.isOpen(group.rib)) return last;
    const made = new InitialUpdate();
    if (!made.advance(group)) this.pending.push(made);
    return made;
  }

  /** Advances all of them; true if some have become complete. */
  advance(group: InitialContents): boolean {
    const before = this.pending.length;
    if (before === 0) return false;
    this.pending = this.pending.filter((initial) => !initial.advance(group));
    return this.pending.length < before;
  }

  /** The kernel has answered for a prefix. */
  confirm(prefix: PrefixId): void {
    for (const initial of this.pending) initial.confirm(prefix);
  }
}
