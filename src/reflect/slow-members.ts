/**
 * The slow members of an update group. They hold no place in its log: each is owed the prefixes that it has not read, and
 * those that change from then on. Until the last of them has caught up, withdrawn paths are remembered and the ids of
 * owed prefixes are pinned: a slow member may be owed the withdrawal.
 */
import { BitSet } from '../lib/tables/bit-set.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import type { Advertised } from './advertise/advertised.ts';
import { readChanges } from './encode/changes.ts';
import type { GroupKey } from './encode/group-key.ts';
import type { Member } from './member.ts';

/**
 * How many times more of the log a member may hold while most members are as far behind: they share one log, and
 * serving each by itself would cost more than the log that they hold.
 */
const IN_COMPANY = 8;

/** The group of slow members, as they use it. */
interface SlowGroup {
  readonly key: GroupKey;
  readonly rib: FamilyRib;
  readonly advertised: Advertised;
  /** Bytes of log that one member may hold before it is slow. */
  readonly slowAfterBytes: number;
}

export class SlowMembers<Each extends Member> {
  readonly list: Each[] = [];
  private kept = new BitSet();
  private readonly group: SlowGroup;

  constructor(group: SlowGroup) {
    this.group = group;
  }

  /** The members that hold too much of the log. */
  tooSlowOf(members: readonly Each[]): Each[] {
    const { slowAfterBytes } = this.group;
    const behind = members.filter((member) => !member.isSlow && member.heldBytes > slowAfterBytes);
    const limit = behind.length * 2 > members.length ? slowAfterBytes * IN_COMPANY : slowAfterBytes;
    return behind.filter((member) => member.heldBytes > limit);
  }

  /**
   * Removes members from the log: from now on they are owed what changes. Reads the log once for all of them, from the one
   * furthest behind: receiving a route again does no harm.
   */
  park(members: readonly Each[]): void {
    const { key, rib, advertised } = this.group;
    const places = members.map(({ place }) => place);
    const furthest = places.reduce((least, place) => (place.position < least.position ? place : least));
    const unread = new BitSet();
    advertised.rememberWithdrawn(true);
    readChanges(furthest, rib.prefixes, key, (prefix, withdrawn) => {
      if (unread.add(prefix)) this.keep(prefix);
      if (withdrawn !== null) advertised.noteWithdrawn(prefix, withdrawn);
    });
    for (const member of members) {
      this.list.push(member);
      member.becomeSlow(unread.clone());
    }
  }

  /** A member of another group joins as a slow member that is owed nothing. */
  takeOver(moved: Each, before: Each): void {
    this.list.push(moved);
    this.group.advertised.rememberWithdrawn(true);
    moved.follow(before);
  }

  /** A member stops reading: it is owed what it has not read, and stays slow. */
  stop(member: Each): void {
    if (!member.isSlow) {
      this.park([member]);
      return;
    }
    const { key, rib, advertised } = this.group;
    readChanges(member.place, rib.prefixes, key, (prefix, withdrawn) => {
      member.owe(prefix);
      if (withdrawn !== null) advertised.noteWithdrawn(prefix, withdrawn);
    });
  }

  /** Pins a prefix that a slow member is owed. */
  keep(prefix: PrefixId): void {
    if (this.kept.add(prefix)) this.group.rib.pin(prefix);
  }

  /** A member has caught up, or leaves the group. */
  delete(member: Each): void {
    const index = this.list.indexOf(member);
    if (index >= 0) this.list.splice(index, 1);
    if (this.list.length > 0) return;
    this.group.advertised.rememberWithdrawn(false);
    const { kept } = this;
    this.kept = new BitSet();
    for (let id = kept.nextFrom(0); id >= 0; id = kept.nextFrom(id + 1)) this.group.rib.unpin(id as PrefixId);
  }
}
