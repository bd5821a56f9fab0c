/**
 * A member moves to another group. It starts there as a slow member that is owed nothing; its former member is owed what
 * changes in the old group, and what it has not read there. Then both groups are compared, a piece at a time.
 */
import type { PrefixId } from '../rib/tables/ids.ts';
import { Difference } from './advertise/difference.ts';
import type { GroupMember } from './group.ts';
import { PIECE } from './pieces.ts';

/** @param moved the member in the new group */
export function beginMove(moved: GroupMember, before: GroupMember): void {
  moved.group.slow.takeOver(moved, before);
  before.group.slow.stop(before);
}

/**
 * Compares a piece of what the old group sent with what the new one advertises: the difference goes into a log of the
 * member's own, and the member is owed what cannot be compared.
 * @param before the member in the old group
 * @param from id of the prefix to continue with
 * @returns where to continue, or 0 when all is done
 */
export function comparePiece(moved: GroupMember, before: GroupMember, from: number): number {
  const [old, group] = [before.group, moved.group];
  const { limit } = group.rib.prefixes;
  const { packer } = group.pieces;
  const difference = new Difference(moved.peer, old, group, before);
  const end = Math.min(limit, from + PIECE);
  old.fill(end);
  group.fill(end);
  for (let id = from; id < end; id++) {
    const prefix = id as PrefixId;
    const isFull = moved.lagBytes > group.slowAfterBytes;
    if (!isFull && !difference.needsAll(prefix)) {
      difference.encode(prefix, packer);
      if (packer.length >= PIECE) group.pieces.encode(packer, moved.ownLog);
    } else if (before.owes(prefix) || old.advertised.has(prefix) || group.advertised.has(prefix)) {
      old.advertised.eachIdentifier(prefix, (identifier) => group.advertised.noteWithdrawn(prefix, identifier));
      moved.owe(prefix);
    }
  }
  group.pieces.encode(packer, moved.ownLog);
  return end < limit ? end : 0;
}
