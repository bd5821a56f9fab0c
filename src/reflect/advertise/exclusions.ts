/**
 * Which member is never sent which path: a path is not sent back to the peer it was learned from, nor to the router
 * that originated it, which would ignore it because of its own identifier in ORIGINATOR_ID (RFC 4456 8).
 *
 * A session is identified by its address: a path that a peer announced itself is sent to all others, also to those with
 * its BGP identifier. An identifier names a router only inside the AS (RFC 6286); toward other AS the source decides.
 */
import { WordMap } from '../../lib/tables/word-map.ts';
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { GroupKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import { SourceFilter } from '../encode/source-filter.ts';

const NONE: readonly RibPeer[] = [];

export class Exclusions {
  private readonly byPeer: (RibPeer | undefined)[] = [];
  private readonly byRouterId = new WordMap<RibPeer[]>();
  /** Peers and routers that were not members when a path was replaced by one of theirs: the log lacks its withdrawal. */
  private readonly absent = new SourceFilter();
  private readonly isInside: boolean;
  /** Paths are sent to all members, also to their sources. */
  readonly none: boolean;
  private readonly attributes: AttributesTable;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor({ role, originator }: GroupKey, rib: Rib) {
    this.none = originator !== null;
    this.isInside = (role === 'client' || role === 'non-client') && !this.none;
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

  /** ORIGINATOR_ID of a path, which is not sent to that router; 0: it has none. */
  originatorOf(set: AttributesId, source: PeerId): number {
    return this.isInside && this.peers[source]?.ebgp === false ? this.attributes.originatorOf(set) : 0;
  }

  /** Whether a member is not sent a path. */
  excludes(member: RibPeer, set: AttributesId, source: PeerId): boolean {
    return !this.none && isExcluded(member, source, this.originatorOf(set, source));
  }

  /** Whether the peer that sent the old way of a path is a member that would be sent the path by the new way. */
  withholds(oldSource: PeerId, set: AttributesId, source: PeerId): boolean {
    const member = this.byPeer[oldSource];
    return member !== undefined && !this.excludes(member, set, source);
  }

  /** Whether some member that was sent a path is not sent what replaces it: it needs a withdrawal. */
  narrows(set: AttributesId, source: PeerId, oldSet: AttributesId, oldSource: PeerId): boolean {
    const before = this.originatorOf(oldSet, oldSource);
    const member = this.byPeer[source];
    if (member !== undefined && !isExcluded(member, oldSource, before)) return true;
    const originator = this.originatorOf(set, source);
    if (originator === 0 || originator === before) return false;
    return this.ofRouter(originator).some((same) => !isExcluded(same, oldSource, before));
  }

  /**
   * Whether a joining peer must not read what members were sent since the last `forgetAbsent`: it would keep a path that
   * was replaced since then by one that it is not sent.
   */
  wasAbsent({ id, routerId }: RibPeer): boolean {
    return this.absent.mayHave(id, routerId);
  }

  forgetAbsent(): void {
    this.absent.clear();
  }

  /** A path replaces another under one identifier: it is withdrawn from members that are not sent the new one. */
  replace(
    prefix: PrefixId,
    identifier: number,
    set: AttributesId,
    source: PeerId,
    oldSet: AttributesId,
    oldSource: PeerId,
    changes: Packer,
  ): void {
    if (this.none) return;
    const originator = this.originatorOf(set, source);
    const before = this.originatorOf(oldSet, oldSource);
    if (source === oldSource && originator === before) return;
    const member = this.byPeer[source];
    if (member === undefined) {
      this.absent.addPeer(source);
    } else if (!isExcluded(member, oldSource, before)) {
      changes.withdrawFrom(prefix, source, identifier);
    }
    if (originator === 0) return;
    // Also when that router has a member: another session of it may join.
    this.absent.addRouter(originator);
    for (const same of this.ofRouter(originator)) {
      if (same.id === source || isExcluded(same, oldSource, before)) continue;
      changes.withdrawFrom(prefix, same.id, identifier);
    }
  }
}

function isExcluded(member: RibPeer, source: PeerId, originator: number): boolean {
  return member.id === source || (originator !== 0 && member.routerId === originator);
}
