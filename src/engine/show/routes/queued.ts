/** Which of the advertised prefixes a member may not have been sent in their latest state. */
import { BitSet } from '../../../lib/tables/bit-set.ts';
import { readChanges } from '../../../reflect/encode/changes.ts';
import type { GroupMember } from '../../../reflect/group.ts';
import type { PrefixId } from '../../../rib/tables/ids.ts';

/** Bytes of the log that are read to find out; a member that is further behind may miss any prefix. */
const MAX_READ = 256 * 1024;

export class Queued {
  private readonly member: GroupMember;
  private changed = new BitSet();
  /** The part of the log that `changed` is about. */
  private from = -1;
  private to = -1;

  constructor(member: GroupMember) {
    this.member = member;
  }

  /** True also where it is not known: while the first table is sent, and for a member far behind. */
  has(prefix: PrefixId): boolean {
    const { member } = this;
    if (member.sending === 'snapshot' || member.origin !== null) return true;
    const behind = member.lagBytes;
    if (member.sending === 'slow') return behind > 0 || member.isUncertain(prefix);
    if (behind === 0) return false;
    if (behind > MAX_READ) return true;
    this.read();
    return this.changed.has(prefix);
  }

  private read(): void {
    const { group, place } = this.member;
    if (this.from === place.position && this.to === group.log.end) return;
    this.from = place.position;
    this.to = group.log.end;
    this.changed = new BitSet();
    readChanges(place, group.rib.prefixes, group.key, (prefix) => this.changed.add(prefix), false);
  }
}
