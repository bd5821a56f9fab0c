/**
 * The members of a group by what they are never sent: a path does not go back to the peer that it came from, nor to the
 * router that originated it, which would drop it for its own identifier in ORIGINATOR_ID (RFC 4456 8).
 *
 * A session is known by its address: a path that a peer announced itself goes to all others, also where they have its
 * identifier. And an identifier means a router inside the AS only (RFC 6286): toward other AS only the source counts.
 */
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { GroupKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';

const NONE: readonly RibPeer[] = [];

export class Exclusions {
  private readonly byPeer: (RibPeer | undefined)[] = [];
  private readonly byRouterId = new Map<number, RibPeer[]>();
  private readonly isInside: boolean;
  private readonly attributes: AttributesTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor({ role }: GroupKey, rib: Rib) {
    this.isInside = role === 'client' || role === 'non-client';
    this.attributes = rib.attributes;
    this.peers = rib.peers;
  }

  add(peer: RibPeer): void {
    this.byPeer[peer.id] = peer;
    const same = this.byRouterId.get(peer.routerId);
    if (same === undefined) this.byRouterId.set(peer.routerId, [peer]);
    else same.push(peer);
  }

  delete(peer: RibPeer): void {
    this.byPeer[peer.id] = undefined;
    const left = this.ofRouter(peer.routerId).filter((other) => other !== peer);
    if (left.length === 0) this.byRouterId.delete(peer.routerId);
    else this.byRouterId.set(peer.routerId, left);
  }

  private ofRouter(routerId: number): readonly RibPeer[] {
    return this.byRouterId.get(routerId) ?? NONE;
  }

  /** ORIGINATOR_ID of a path, whose router it is not sent to; 0: it has none. */
  originatorOf(set: AttributesId, source: PeerId): number {
    return this.isInside && this.peers[source]?.ebgp === false ? this.attributes.originatorOf(set) : 0;
  }

  /** Whether a member is not sent a path. */
  excludes(member: RibPeer, set: AttributesId, source: PeerId): boolean {
    return isExcluded(member, source, this.originatorOf(set, source));
  }

  /** Whether the peer that one way of a path comes from is a member that would be sent it by another way. */
  withholds(oldSource: PeerId, set: AttributesId, source: PeerId): boolean {
    const member = this.byPeer[oldSource];
    return member !== undefined && !this.excludes(member, set, source);
  }

  /** One path takes the place of another, under one identifier: members that are not sent it lose the one before. */
  replace(
    prefix: PrefixId,
    identifier: number,
    set: AttributesId,
    source: PeerId,
    oldSet: AttributesId,
    oldSource: PeerId,
    changes: Packer,
  ): void {
    const originator = this.originatorOf(set, source);
    const before = this.originatorOf(oldSet, oldSource);
    if (source === oldSource && originator === before) return;
    const member = this.byPeer[source];
    if (member !== undefined && !isExcluded(member, oldSource, before)) {
      changes.withdrawFrom(prefix, source, identifier);
    }
    if (originator === 0) return;
    for (const same of this.ofRouter(originator)) {
      if (same.id === source || isExcluded(same, oldSource, before)) continue;
      changes.withdrawFrom(prefix, same.id, identifier);
    }
  }
}

function isExcluded(member: RibPeer, source: PeerId, originator: number): boolean {
  return member.id === source || (originator !== 0 && member.routerId === originator);
}
