/**
 * A member moves to another group: compares what it was sent in the old group with what the new group advertises. Only
 * the difference is sent, and no identifier is withdrawn that was never sent.
 */
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { AttributesId, PayloadId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import { type GroupKey, sameKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import type { Advertised } from './advertised.ts';
import type { Exclusions } from './exclusions.ts';
import type { Membership } from './membership.ts';

/** What one group advertises, and which members are excluded. */
export interface AdvertisingGroup {
  readonly key: GroupKey;
  readonly advertised: Advertised;
  readonly exclusions: Exclusions;
}

/** The member in the group that it leaves. */
interface UncertainMember {
  /** The route targets that it asks for; null: all. */
  readonly membership: Membership | null;
  /** Whether its peer may hold something else for a prefix than the group advertises. */
  isUncertain(prefix: PrefixId): boolean;
}

/** Whether both groups encode a path as the same bytes; the groups may still differ in which paths they advertise. */
export function encodeAlike(one: GroupKey, other: GroupKey): boolean {
  const dropsMed = ({ exportChain }: GroupKey) => exportChain?.terms.dropsMed ?? false;
  return dropsMed(one) === dropsMed(other) && sameKey(asEncoded(one), asEncoded(other));
}

/** The key without the parts that only select paths. ADD-PATH stays in: identifiers change the encoding. */
function asEncoded(key: GroupKey): GroupKey {
  const select = key.select.kind === 'paths' ? { ...key.select, limit: 1 } : { kind: 'rank-2' as const };
  return { ...key, select, maxPaths: null, clientToClient: true, exportAccepts: true, exportChain: null, llgr: true };
}

export class Difference {
  /** The member may hold something else for these prefixes than `before` advertises: they are sent again. */
  private readonly member: UncertainMember;
  private readonly peer: RibPeer;
  private readonly before: AdvertisingGroup;
  private readonly after: AdvertisingGroup;
  /** What the member was sent for the current prefix, by identifier. */
  private readonly sets = new Map<number, AttributesId>();
  private readonly sources = new Map<number, PeerId>();
  private readonly payloads = new Map<number, PayloadId>();
  private readonly isAlike: boolean;

  constructor(peer: RibPeer, before: AdvertisingGroup, after: AdvertisingGroup, member: UncertainMember) {
    this.peer = peer;
    this.before = before;
    this.after = after;
    this.member = member;
    this.isAlike = encodeAlike(before.key, after.key);
  }

  /** Whether the whole prefix must be sent again, because a comparison with what was sent is not possible. */
  needsAll(prefix: PrefixId): boolean {
    if (this.member.isUncertain(prefix)) return true;
    return !this.isAlike && (this.before.advertised.has(prefix) || this.after.advertised.has(prefix));
  }

  /** Puts the difference into a batch for this member alone. */
  encode(prefix: PrefixId, batch: Packer): void {
    const { before, after, peer, sets, sources, payloads } = this;
    const { membership } = this.member;
    sets.clear();
    sources.clear();
    payloads.clear();
    before.advertised.each(prefix, (set, source, identifier, payload) => {
      if (before.exclusions.excludes(peer, set, source) || membership?.wantsSet(set) === false) return;
      sets.set(identifier, set);
      sources.set(identifier, source);
      payloads.set(identifier, payload);
    });
    after.advertised.each(prefix, (set, source, identifier, payload) => {
      if (after.exclusions.excludes(peer, set, source) || membership?.wantsSet(set) === false) return;
      const isSameRoute = sets.get(identifier) === set && sources.get(identifier) === source;
      const isSame = isSameRoute && payloads.get(identifier) === payload;
      sets.delete(identifier);
      if (!isSame) batch.announce(prefix, set, source, identifier, payload);
    });
    for (const identifier of sets.keys()) batch.withdrawFrom(prefix, peer.id, identifier);
  }
}
