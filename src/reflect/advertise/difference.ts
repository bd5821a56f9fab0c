/**
 * A member changes its group: what it was sent as a member of the one, against what it would have been sent as a member
 * of the other. Only the difference goes out, and no identifier is withdrawn that it was never sent.
 */
import type { BitSet } from '../../lib/tables/bit-set.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import { type GroupKey, sameKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import type { Advertised } from './advertised.ts';
import type { Exclusions } from './exclusions.ts';

/** What one group advertises, and to whom not. */
export interface AdvertisingGroup {
  readonly key: GroupKey;
  readonly advertised: Advertised;
  readonly exclusions: Exclusions;
}

/** Whether one path of the tables is the same bytes in both groups, which may then differ in which paths they advertise. */
function encodeAlike(one: GroupKey, other: GroupKey): boolean {
  return sameKey(asEncoded(one), asEncoded(other));
}

/** The key less what says only which paths are advertised; with identifiers or without, the encoding differs. */
function asEncoded(key: GroupKey): GroupKey {
  const select = key.select.kind === 'paths' ? { ...key.select, limit: 1 } : { kind: 'rank-2' as const };
  return { ...key, select, maxPaths: null, clientToClient: true, exportAccepts: true, llgr: true };
}

export class Difference {
  /** The member may hold other things of these prefixes than `before` advertises: they are sent again. */
  private readonly uncertain: BitSet;
  private readonly peer: RibPeer;
  private readonly before: AdvertisingGroup;
  private readonly after: AdvertisingGroup;
  /** Of the prefix at hand, by identifier: what the member was sent. */
  private readonly sets = new Map<number, AttributesId>();
  private readonly sources = new Map<number, PeerId>();
  private readonly isAlike: boolean;

  constructor(peer: RibPeer, before: AdvertisingGroup, after: AdvertisingGroup, uncertain: BitSet) {
    this.peer = peer;
    this.before = before;
    this.after = after;
    this.uncertain = uncertain;
    this.isAlike = encodeAlike(before.key, after.key);
  }

  /** Whether all of a prefix has to be sent again: to compare it with what was sent before is of no use. */
  needsAll(prefix: PrefixId): boolean {
    if (this.uncertain.has(prefix)) return true;
    return !this.isAlike && (this.before.advertised.has(prefix) || this.after.advertised.has(prefix));
  }

  /** Puts what differs into a batch for this member alone. */
  encode(prefix: PrefixId, batch: Packer): void {
    const { before, after, peer, sets, sources } = this;
    sets.clear();
    sources.clear();
    before.advertised.each(prefix, (set, source, identifier) => {
      if (before.exclusions.excludes(peer, set, source)) return;
      sets.set(identifier, set);
      sources.set(identifier, source);
    });
    after.advertised.each(prefix, (set, source, identifier) => {
      if (after.exclusions.excludes(peer, set, source)) return;
      const isSame = sets.get(identifier) === set && sources.get(identifier) === source;
      sets.delete(identifier);
      if (!isSame) batch.announce(prefix, set, source, identifier);
    });
    for (const identifier of sets.keys()) batch.withdrawFrom(prefix, peer.id, identifier);
  }
}
