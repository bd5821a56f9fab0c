/**
 * Tags of what a group sends (`RouteTargetSets`), in families whose routes have route targets; elsewhere nothing has one.
 * A path that replaces one with other route targets is also a withdrawal, for the members that ask for the old ones alone.
 */
import { WordMap } from '../../lib/tables/word-map.ts';
import type { RouteTargetSets } from '../../rib/attributes/route-target-sets.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PeerId, PrefixId, TagId } from '../../rib/tables/ids.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import type { Packer } from '../encode/packer.ts';
import type { Membership } from './membership.ts';

const NO_TAG = 0 as TagId;

export class Tags {
  /** Null: the family has no tags. */
  readonly sets: RouteTargetSets | null;

  constructor(family: FamilyId, sets: RouteTargetSets) {
    this.sets = FAMILIES[family].isTargeted ? sets : null;
  }

  /** Withdraws a path with these attributes from the members that were sent it. */
  withdraw(prefix: PrefixId, source: PeerId, identifier: number, set: AttributesId, changes: Packer): void {
    changes.withdraw(prefix, source, identifier, this.sets === null ? NO_TAG : this.sets.of(set), NO_TAG);
  }

  /** Withdraws a path from the members that do not ask for the one that replaces it. */
  replace(
    prefix: PrefixId,
    identifier: number,
    set: AttributesId,
    oldSet: AttributesId,
    oldSource: PeerId,
    changes: Packer,
  ): void {
    const { sets } = this;
    if (sets === null || set === oldSet) return;
    const before = sets.of(oldSet);
    const after = sets.of(set);
    if (before !== after) changes.withdraw(prefix, oldSource, identifier, before, after);
  }
}

type Counts = Map<TagId, number>;

/** Advertised paths by tag, and of those the ones from each peer and of each originator. */
export class TagCounts {
  private readonly all: Counts = new Map();
  private readonly bySource: (Counts | undefined)[] = [];
  private readonly byOriginator = new WordMap<Counts>();
  /** Paths that change together mostly have the same of these: they are added together. */
  private tag = NO_TAG;
  private source = 0 as PeerId;
  private originator = 0;
  private pending = 0;

  add(tag: TagId, source: PeerId, originator: number, by: 1 | -1): void {
    if (tag !== this.tag || source !== this.source || originator !== this.originator) {
      this.settle();
      this.tag = tag;
      this.source = source;
      this.originator = originator;
    }
    this.pending += by;
  }

  private settle(): void {
    const { tag, source, originator, pending: by } = this;
    if (by === 0) return;
    this.pending = 0;
    count(this.all, tag, by);
    this.bySource[source] ??= new Map();
    count(this.bySource[source], tag, by);
    if (originator === 0) return;
    const counts = this.byOriginator.get(originator) ?? new Map();
    count(counts, tag, by);
    if (counts.size === 0) this.byOriginator.delete(originator);
    else this.byOriginator.set(originator, counts);
  }

  /** Paths that a member asks for, without its own. */
  sentTo({ id, routerId }: RibPeer, membership: Membership): number {
    this.settle();
    const own = wanted(this.bySource[id], membership) + wanted(this.byOriginator.get(routerId), membership);
    return wanted(this.all, membership) - own;
  }
}

function count(counts: Counts, tag: TagId, by: number): void {
  const left = (counts.get(tag) ?? 0) + by;
  if (left === 0) counts.delete(tag);
  else counts.set(tag, left);
}

function wanted(counts: Counts | undefined, membership: Membership): number {
  let sum = 0;
  for (const [tag, paths] of counts ?? []) if (membership.wants(tag)) sum += paths;
  return sum;
}
