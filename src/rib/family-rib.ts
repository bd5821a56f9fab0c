/**
 * The routes of one family: Adj-RIB-In and Loc-RIB in the same columns. The paths of a prefix form a list whose head is
 * the best path once the prefix is decided. A change only marks the prefix dirty.
 */
import { IdQueue } from '../lib/tables/id-queue.ts';
import { COMMUNITY_FLAG } from '../wire/attributes/attribute-table.ts';
import type { FamilyId } from '../wire/families.ts';
import type { NlriReader } from '../wire/update/nlri.ts';
import type { AttributesTable } from './attributes/attributes.ts';
import type { DerivedAttributes } from './attributes/derived-attributes.ts';
import { Decision, type PathFilter } from './paths/decision.ts';
import { PathLists } from './paths/path-lists.ts';
import type { RibPeer } from './peers/peers.ts';
import type { AttributesId, PathId, PrefixId } from './tables/ids.ts';
import { PathTable } from './tables/paths.ts';
import type { PrefixTable } from './tables/prefixes.ts';
import { REASON } from './tables/reasons.ts';

export class FamilyRib {
  readonly family: FamilyId;
  readonly prefixes: PrefixTable;
  readonly paths = new PathTable();
  readonly decision: Decision;
  /** Paths that are unusable because one of our cluster ids is in their CLUSTER_LIST. */
  loopedPaths = 0;
  private readonly lists: PathLists;
  private readonly dirtyQueue = new IdQueue();
  private readonly attributes: AttributesTable;
  private readonly derived: DerivedAttributes;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor(
    family: FamilyId,
    prefixes: PrefixTable,
    attributes: AttributesTable,
    derived: DerivedAttributes,
    peers: readonly (RibPeer | undefined)[],
  ) {
    this.family = family;
    this.prefixes = prefixes;
    this.attributes = attributes;
    this.derived = derived;
    this.peers = peers;
    this.decision = new Decision(attributes, this.paths, peers);
    this.lists = new PathLists(prefixes, this.paths, this.decision);
  }

  /** Prefixes that wait for a decision. */
  get dirtyCount(): number {
    return this.dirtyQueue.length;
  }

  /** Prefixes that were taken for a decision since the start. */
  get decidedCount(): number {
    return this.dirtyQueue.taken;
  }

  /** The same including those that still wait: all of them are decided once `decidedCount` reaches this number. */
  get markedCount(): number {
    return this.dirtyQueue.taken + this.dirtyQueue.length;
  }

  /** Whether a prefix has changed since its last decision. */
  isDirty(prefix: PrefixId): boolean {
    return this.prefixes.dirty.get(prefix) !== 0;
  }

  /**
   * Adds the peer's path for the reader's current prefix, or replaces the previous one. A new path above the maximum of
   * the peer, in all or per prefix, is rejected.
   * @param reason a value of REASON; an unusable path is kept too, so that it can be shown
   */
  announce(peer: RibPeer, reader: NlriReader, set: AttributesId, reason: number, nowSeconds: number): void {
    const prefix = this.prefixes.intern(reader);
    const path = this.lists.find(prefix, peer, reader.pathId);
    if (path === 0) {
      this.insert(prefix, peer, reader.pathId, set, reason, nowSeconds);
    } else {
      this.replace(path, peer, set, reason, nowSeconds);
    }
  }

  /** Removes the peer's path (with this ADD-PATH identifier) for the prefix. */
  withdraw(peer: RibPeer, reader: NlriReader): void {
    const prefix = this.prefixes.find(reader);
    if (prefix === 0) return;
    const path = this.lists.find(prefix, peer, reader.pathId);
    if (path === 0) return;
    this.remove(path, peer);
    if (peer.damping !== null) peer.damping[this.family].onWithdrawn(prefix);
  }

  /**
   * Removes the paths of closed sessions and stale ones that are no longer kept, and marks long-lived ones; examines
   * `budget` path ids from `from` on.
   * @returns where to continue, or 0 when the walk is over
   */
  sweep(from: number, budget: number): number {
    const end = Math.min(this.paths.limit, from + budget);
    for (let id = from; id < end; id++) {
      const peer = this.peers[this.paths.peerOf(id as PathId)];
      if (peer === undefined) continue;
      if (peer.gone || this.isExpired(id as PathId, peer)) this.sweepOut(id as PathId, peer);
      else if (peer.longLived[this.family] !== 0) this.makeLongLived(id as PathId, peer);
    }
    return end >= this.paths.limit ? 0 : end;
  }

  /** Whether a path was announced in an earlier session, and not since (RFC 4724 4.2). */
  isStale(path: PathId): boolean {
    const peer = this.peers[this.paths.peerOf(path)];
    return peer !== undefined && this.ageOf(path, peer) !== 0;
  }

  /**
   * Revalidates which paths are usable, and marks prefixes dirty when the cost of a next hop has changed; examines
   * `budget` path ids from `from` on.
   * @returns where to continue, or 0 when the walk is over
   */
  judge(from: number, budget: number): number {
    const end = Math.min(this.paths.limit, from + budget);
    for (let id = from; id < end; id++) {
      const path = id as PathId;
      const peer = this.peers[this.paths.peerOf(path)];
      if (peer === undefined) continue;
      const set = this.paths.attributesOf(path);
      this.revalidate(path, peer, this.attributes.reasonOf(set, peer));
      if (this.attributes.isMoved(set)) this.markDirty(this.paths.prefixOf(path));
    }
    return end >= this.paths.limit ? 0 : end;
  }

  /**
   * Marks the prefixes of a peer dirty; examines `budget` path ids from `from` on.
   * @returns where to continue, or 0 when the walk is over
   */
  markPathsOf(peer: RibPeer, from: number, budget: number): number {
    const end = Math.min(this.paths.limit, from + budget);
    for (let id = from; id < end; id++) {
      if (this.paths.peerOf(id as PathId) === peer.id) this.markDirty(this.paths.prefixOf(id as PathId));
    }
    return end >= this.paths.limit ? 0 : end;
  }

  /** Revalidates the paths of one peer after the damping of the prefix has changed (RFC 2439). */
  reconsider(prefix: PrefixId, peer: RibPeer): void {
    this.lists.eachOf(prefix, peer, (path) => {
      this.revalidate(path, peer, this.attributes.reasonOf(this.paths.attributesOf(path), peer));
    });
  }

  /** @param reason why the attributes make the path unusable, a value of REASON */
  private revalidate(path: PathId, peer: RibPeer, reason: number): void {
    const before = this.paths.reasonOf(path);
    const after = this.allow(peer, this.paths.prefixOf(path), before, reason);
    if (after !== before) this.setReason(path, peer, after);
  }

  markDirty(prefix: PrefixId): void {
    if (this.prefixes.dirty.get(prefix) !== 0) return;
    this.prefixes.dirty.set(prefix, 1);
    this.dirtyQueue.push(prefix);
  }

  /** The next prefix to decide, or 0; it stays dirty until `settle`. */
  nextDirty(): PrefixId {
    return this.dirtyQueue.shift() as PrefixId;
  }

  /** Runs the decision and moves the best path to the head of the list; 0 when no path is usable. */
  decide(prefix: PrefixId): PathId {
    return this.lists.decide(prefix);
  }

  /** The best path of a prefix as of its last decision, or 0. */
  bestOf(prefix: PrefixId): PathId {
    const head = this.prefixes.head(prefix);
    return head !== 0 && this.paths.reasonOf(head) === 0 ? head : (0 as PathId);
  }

  /**
   * Writes the best `limit` usable paths of a prefix that the filter accepts, best first, to `out`; returns their
   * number. `decision.eligible` is the number of paths to select from.
   */
  rank(prefix: PrefixId, filter: PathFilter | null, limit: number, out: Uint32Array): number {
    return this.lists.rank(prefix, filter, limit, out);
  }

  /** The usable paths of a prefix that may share the traffic with the best one, as `Decision.tied`. */
  tied(prefix: PrefixId, limit: number, out: Uint32Array): number {
    return this.lists.tied(prefix, limit, out);
  }

  /** The paths of a prefix are no longer ranked by this filter. */
  forgetFilter(prefix: PrefixId, filter: PathFilter): void {
    this.lists.forgetFilter(prefix, filter);
  }

  /** The consumers have seen the prefix: it is clean, and removed if nothing holds it. */
  settle(prefix: PrefixId): void {
    this.prefixes.dirty.set(prefix, 0);
    this.freeIfUnused(prefix);
  }

  /** The id of the prefix stays valid while pinned, also without a path. Counted, up to 65,535. */
  pin(prefix: PrefixId): void {
    this.prefixes.pins.set(prefix, this.prefixes.pins.get(prefix) + 1);
  }

  unpin(prefix: PrefixId): void {
    this.prefixes.pins.set(prefix, this.prefixes.pins.get(prefix) - 1);
    this.freeIfUnused(prefix);
  }

  bytes(): number {
    return this.prefixes.bytes() + this.paths.bytes() + this.lists.bytes() + this.dirtyQueue.bytes();
  }

  private insert(
    prefix: PrefixId,
    peer: RibPeer,
    pathId: number,
    set: AttributesId,
    reason: number,
    nowSeconds: number,
  ): void {
    if (peer.received[this.family] >= peer.maxReceived[this.family]) {
      peer.overMaxReceived[this.family]++;
      this.freeIfUnused(prefix);
      return;
    }
    if (this.lists.isFull(prefix, peer, peer.maxPathsPerPrefix)) {
      peer.pathsRefused[this.family]++;
      peer.refusedPrefix[this.family] = prefix;
      return;
    }
    const allowed = this.allow(peer, prefix, REASON.overLimit, reason);
    const path = this.paths.allocate(prefix, peer.id, pathId);
    this.attributes.hold(set);
    this.paths.setGeneration(path, peer.generation[this.family]);
    this.paths.setContent(path, set, allowed, nowSeconds);
    this.lists.add(prefix, path);
    peer.received[this.family]++;
    this.countReason(peer, allowed, 1);
    this.markDirty(prefix);
  }

  private replace(path: PathId, peer: RibPeer, set: AttributesId, reason: number, nowSeconds: number): void {
    const before = this.paths.attributesOf(path);
    const prefix = this.paths.prefixOf(path);
    if (before !== set && peer.damping !== null) peer.damping[this.family].onChanged(prefix);
    const beforeReason = this.paths.reasonOf(path);
    const allowed = this.allow(peer, prefix, beforeReason, reason);
    this.refresh(path, peer);
    if (before === set && beforeReason === allowed) return;
    this.lists.changing(prefix, path);
    this.attributes.hold(set);
    this.attributes.release(before);
    this.paths.setContent(path, set, allowed, nowSeconds);
    this.lists.changed(prefix, path);
    this.countReason(peer, beforeReason, -1);
    this.countReason(peer, allowed, 1);
    this.markDirty(prefix);
  }

  /**
   * The reason of a path whose attributes give `reason`. A path is also unusable if its prefix is not unicast, if it is
   * damped (RFC 2439), or, unless it was usable before, above the maximum of the peer (RFC 4271 6.7).
   */
  private allow(peer: RibPeer, prefix: PrefixId, before: number, reason: number): number {
    if (reason !== REASON.usable) return reason;
    if (!this.prefixes.isUnicast(prefix)) return REASON.notUnicast;
    if (peer.damping?.[this.family].isSuppressed(prefix)) return REASON.damped;
    const isFull = before !== REASON.usable && peer.accepted[this.family] >= peer.maxAccepted[this.family];
    return isFull ? REASON.overLimit : REASON.usable;
  }

  /** For damping, the loss of the session counts as a withdrawal. */
  private sweepOut(path: PathId, peer: RibPeer): void {
    const prefix = this.paths.prefixOf(path);
    this.remove(path, peer);
    if (peer.damping !== null) peer.damping[this.family].onWithdrawn(prefix);
  }

  private remove(path: PathId, peer: RibPeer): void {
    const prefix = this.paths.prefixOf(path);
    if (peer.pathsRefused[this.family] > 0 && this.lists.isFull(prefix, peer, peer.maxPathsPerPrefix)) {
      peer.pathsFreed[this.family] = 1;
    }
    this.lists.remove(prefix, path);
    this.attributes.release(this.paths.attributesOf(path));
    peer.received[this.family]--;
    if (this.ageOf(path, peer) !== 0) peer.stale[this.family]--;
    this.countReason(peer, this.paths.reasonOf(path), -1);
    this.paths.free(path);
    this.markDirty(prefix);
  }

  /** The path is announced again: it is no longer stale. */
  private refresh(path: PathId, peer: RibPeer): void {
    if (this.ageOf(path, peer) === 0) return;
    peer.stale[this.family]--;
    this.paths.setGeneration(path, peer.generation[this.family]);
  }

  private ageOf(path: PathId, peer: RibPeer): number {
    return peer.ageOf(this.family, this.paths.generationOf(path));
  }

  private isExpired(path: PathId, peer: RibPeer): boolean {
    return this.ageOf(path, peer) > peer.kept[this.family];
  }

  /** RFC 9494 4.2: a stale path gets LLGR_STALE and ranks last; with NO_LLGR it is removed. */
  private makeLongLived(path: PathId, peer: RibPeer): void {
    if (this.ageOf(path, peer) === 0) return;
    const before = this.paths.attributesOf(path);
    const flags = this.attributes.flagsOf(before);
    if ((flags & (COMMUNITY_FLAG.llgrStale | COMMUNITY_FLAG.noLlgr)) === COMMUNITY_FLAG.llgrStale) return;
    const set = (flags & COMMUNITY_FLAG.noLlgr) !== 0 ? 0 : this.derived.longLivedOf(before);
    if (set === 0) {
      this.remove(path, peer);
      return;
    }
    const prefix = this.paths.prefixOf(path);
    this.lists.changing(prefix, path);
    this.attributes.hold(set);
    this.attributes.release(before);
    this.paths.setContent(path, set, this.paths.reasonOf(path), this.paths.sinceOf(path));
    this.lists.changed(prefix, path);
    this.markDirty(prefix);
  }

  private setReason(path: PathId, peer: RibPeer, reason: number): void {
    this.countReason(peer, this.paths.reasonOf(path), -1);
    this.countReason(peer, reason, 1);
    const prefix = this.paths.prefixOf(path);
    this.lists.changing(prefix, path);
    this.paths.setReason(path, reason);
    this.lists.changed(prefix, path);
    this.markDirty(prefix);
  }

  private countReason(peer: RibPeer, reason: number, by: number): void {
    if (reason === REASON.usable) peer.accepted[this.family] += by;
    else if (reason === REASON.overLimit) peer.overLimit[this.family] += by;
    else if (reason === REASON.damped) peer.damped[this.family] += by;
    else if (reason === REASON.ownCluster) this.loopedPaths += by;
    peer.byReason[reason] += by;
  }

  private freeIfUnused(prefix: PrefixId): void {
    if (!this.prefixes.isLive(prefix)) this.prefixes.free(prefix);
  }
}
