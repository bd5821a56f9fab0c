/**
 * The initial update of members that join a group together: everything that the tables held for them when they came.
 * End-of-RIB stands behind all of it (RFC 4724 4.1), since a peer removes what it kept of us when it receives that.
 *
 *   paths being judged ─► prefixes undecided ─► routes the kernel has not confirmed ─► complete
 *
 * Each stage is left once; what changes later is not part of it, so a busy table holds nothing up.
 */
import type { BitSet } from '../lib/tables/bit-set.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';

/** What of a group an initial update depends on. */
export interface InitialContents {
  readonly rib: FamilyRib;
  /** Whether it is still open which paths are usable: next hops are being looked up, or paths are judged anew. */
  readonly isJudging: boolean;
  /** Prefixes whose routes the kernel has not confirmed; null while the group has not looked at the whole table. */
  readonly unconfirmed: BitSet | null;
  /** Position behind the last byte of the group's log. */
  readonly logEnd: number;
}

export class InitialUpdate {
  /** Prefixes that have to be decided, as a count since the start; -1: which these are is not known yet. */
  private marked = -1;
  private unconfirmed: BitSet | null = null;
  /** Position in the group's log that End-of-RIB stands behind; Infinity until everything is in the log. */
  end = Number.POSITIVE_INFINITY;

  /** Whether one that joins now waits for the same. */
  isOpen(rib: FamilyRib): boolean {
    return this.marked === -1 || (this.marked === rib.markedCount && this.unconfirmed === null);
  }

  /** Goes on as far as it can; true once everything is in the log. */
  advance(group: InitialContents): boolean {
    if (this.end !== Number.POSITIVE_INFINITY) return true;
    const { rib } = group;
    if (this.marked === -1 && !group.isJudging) this.marked = rib.markedCount;
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
