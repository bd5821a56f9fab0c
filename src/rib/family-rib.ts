/**
 * The routes of one family: Adj-RIB-In and Loc-RIB in the same columns. The paths of a prefix form a list whose head is
 * the best path once the prefix is decided. A change only marks the prefix dirty.
 */
import { REJECTED, type RuleIds } from '../policy/rule-ids.ts';
import { FAMILIES, type FamilyId } from '../wire/families.ts';
import type { NlriParts } from '../wire/nlri-codec.ts';
import type { NlriReader } from '../wire/update/nlri.ts';
import type { AttributesTable } from './attributes/attributes.ts';
import type { ImportChanges } from './attributes/import-changes.ts';
import { Decision, type PathFilter } from './paths/decision.ts';
import { DirtyPrefixes } from './paths/dirty-prefixes.ts';
import { PathAttributes } from './paths/path-attributes.ts';
import { PathLists } from './paths/path-lists.ts';
import { PathReasons } from './paths/path-reasons.ts';
import type { RibPeer } from './peers/peers.ts';
import type { AttributesId, PathId, PayloadId, PrefixId } from './tables/ids.ts';
import { PathTable } from './tables/paths.ts';
import type { PayloadTable } from './tables/payloads.ts';
import type { PrefixTable } from './tables/prefixes.ts';
import { REASON } from './tables/reasons.ts';

export class FamilyRib {
  readonly family: FamilyId;
  readonly prefixes: PrefixTable;
  /** The payloads of its paths; null: the family has none. */
  readonly payloads: PayloadTable | null;
  readonly paths = new PathTable();
  readonly decision: Decision;
  readonly reasons: PathReasons;
  private readonly lists: PathLists;
  private readonly dirty: DirtyPrefixes;
  private readonly attributes: AttributesTable;
  private readonly pathAttributes: PathAttributes;
  private readonly imports: ImportChanges;
  private readonly peers: readonly (RibPeer | undefined)[];

  constructor(
    family: FamilyId,
    prefixes: PrefixTable,
    attributes: AttributesTable,
    imports: ImportChanges,
    rules: RuleIds,
    peers: readonly (RibPeer | undefined)[],
  ) {
    this.family = family;
    this.prefixes = prefixes;
    this.payloads = prefixes.payloads;
    this.attributes = attributes;
    this.peers = peers;
    this.decision = new Decision(attributes, this.paths, peers, FAMILIES[family].hasMobility);
    this.lists = new PathLists(prefixes, this.paths, this.decision);
    this.dirty = new DirtyPrefixes(prefixes);
    this.reasons = new PathReasons(family, prefixes, this.paths, this.lists, this.dirty);
    this.imports = imports;
    this.pathAttributes = new PathAttributes(
      family,
      attributes,
      imports,
      this.paths,
      this.lists,
      this.dirty,
      prefixes,
      rules,
    );
  }

  /** Prefixes that wait for a decision. */
  get dirtyCount(): number {
    return this.dirty.count;
  }

  /** Prefixes that were taken for a decision since the start. */
  get decidedCount(): number {
    return this.dirty.taken;
  }

  /** The same including those that still wait: all of them are decided once `decidedCount` reaches this number. */
  get markedCount(): number {
    return this.dirty.taken + this.dirty.count;
  }

  /** Whether a prefix has changed since its last decision. */
  isDirty(prefix: PrefixId): boolean {
    return this.dirty.has(prefix);
  }

  /**
   * Adds the peer's path for the reader's current prefix, or replaces the previous one. A new path above the maximum of
   * the peer, in all or per prefix, is rejected.
   * @param received attributes as the peer sent them
   * @param used attributes in use; the same set if the import changed nothing
   * @param reason a value of REASON; an unusable path is kept too, so that it can be shown
   * @param outcome the rule of the policies that decided, and the weight (`outcomeOf`); 0: no policy
   */
  announce(
    peer: RibPeer,
    reader: NlriReader,
    received: AttributesId,
    used: AttributesId,
    reason: number,
    outcome: number,
    nowSeconds: number,
  ): void {
    this.put(this.prefixes.intern(reader), peer, reader, received, used, reason, outcome, nowSeconds);
  }

  private put(
    prefix: PrefixId,
    peer: RibPeer,
    reader: NlriReader,
    received: AttributesId,
    used: AttributesId,
    reason: number,
    outcome: number,
    nowSeconds: number,
  ): void {
    const path = this.lists.find(prefix, peer, reader.pathId);
    if ((outcome & REJECTED) !== 0 && !peer.keepsRejected) {
      this.drop(prefix, path, peer);
    } else if (this.payloads !== null) {
      this.announceWith(this.payloads, prefix, path, peer, reader, received, used, reason, outcome, nowSeconds);
    } else if (path === 0) {
      this.insert(prefix, peer, reader.pathId, received, used, reason, outcome, nowSeconds);
    } else {
      this.replace(path, peer, received, used, reason, outcome, nowSeconds, true);
    }
  }

  /**
   * The same for a peer whose policies ask for the prefix.
   * @param base the attributes that the policies see, and `reason` the reason of a path with these
   */
  announceFiltered(
    peer: RibPeer,
    reader: NlriReader,
    received: AttributesId,
    base: AttributesId,
    reason: number,
    nowSeconds: number,
  ): void {
    const { imports, prefixes } = this;
    const prefix = prefixes.intern(reader);
    const payload = prefixes.internPayload(reader);
    const used = imports.holdFiltered(base, peer, this.family, prefixes, prefix, payload);
    const { outcome } = imports;
    const filtered = this.attributes.filteredReason(reason, base, used, (outcome & REJECTED) !== 0);
    this.put(prefix, peer, reader, received, used, filtered, outcome, nowSeconds);
    this.payloads?.dropUnheld(payload);
    this.attributes.release(used);
  }

  /** A rejected route that is not kept: an earlier one from the peer is removed. */
  private drop(prefix: PrefixId, path: PathId, peer: RibPeer): void {
    peer.rejectedDropped++;
    if (path !== 0) this.remove(path, peer);
    else this.freeIfUnused(prefix);
  }

  /** The same in a family with payloads. */
  private announceWith(
    payloads: PayloadTable,
    prefix: PrefixId,
    path: PathId,
    peer: RibPeer,
    { parts, pathId }: NlriReader,
    received: AttributesId,
    used: AttributesId,
    reason: number,
    outcome: number,
    nowSeconds: number,
  ): void {
    const payload = payloads.intern(parts as NlriParts);
    payloads.hold(payload);
    if (path !== 0) {
      const before = this.paths.payloadOf(path);
      if (payload !== before) this.lists.setPayload(path, payload);
      this.replace(path, peer, received, used, reason, outcome, nowSeconds, payload === before);
      payloads.release(before);
      return;
    }
    const added = this.insert(prefix, peer, pathId, received, used, reason, outcome, nowSeconds);
    if (added === 0) payloads.release(payload);
    else this.lists.setPayload(added, payload);
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
   * Revalidates which paths are usable, derives the attributes in use again for peers whose import has changed
   * (`RibPeer.isReimported`), and marks prefixes dirty when the cost of a next hop has changed; examines `budget` path
   * ids from `from` on.
   * @returns where to continue, or 0 when the walk is over
   */
  revalidateFrom(from: number, budget: number): number {
    const end = Math.min(this.paths.limit, from + budget);
    for (let id = from; id < end; id++) {
      const path = id as PathId;
      const peer = this.peers[this.paths.peerOf(path)];
      if (peer === undefined) continue;
      this.revalidate(path, peer);
      if (!peer.keepsRejected && (this.paths.ruleOf(path) & REJECTED) !== 0) {
        peer.rejectedDropped++;
        this.remove(path, peer);
        continue;
      }
      if (this.attributes.isMoved(this.paths.attributesOf(path))) this.markDirty(this.paths.prefixOf(path));
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
    this.lists.eachOf(prefix, peer, (path) => this.revalidate(path, peer));
  }

  /** Revalidates all paths of a prefix. */
  revalidateRoute(prefix: PrefixId): void {
    const { paths } = this;
    const all: PathId[] = [];
    for (let path = this.prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) all.push(path);
    for (const path of all) {
      const peer = this.peers[paths.peerOf(path)];
      if (peer !== undefined) this.revalidate(path, peer);
    }
  }

  private revalidate(path: PathId, peer: RibPeer): void {
    const reason = this.pathAttributes.reasonOf(path, peer);
    const before = this.paths.reasonOf(path);
    const received = this.paths.receivedOf(path);
    const after = this.reasons.allow(peer, this.paths.prefixOf(path), before, reason, received);
    if (after !== before) this.reasons.set(path, peer, after);
  }

  /** The prefix must be decided again, although no path of it changed. */
  markDirty(prefix: PrefixId): void {
    this.dirty.mark(prefix);
  }

  /** The next prefix to decide, or 0; it stays dirty until `settle`. */
  nextDirty(): PrefixId {
    return this.dirty.next();
  }

  /** Runs the decision of a dirty prefix and moves the best path to the head of the list; 0 when no path is usable. */
  decide(prefix: PrefixId): PathId {
    if (!this.dirty.isUndecided(prefix)) return this.bestOf(prefix);
    const head = this.prefixes.head(prefix);
    const best = this.lists.decide(prefix);
    if (this.prefixes.head(prefix) !== head) this.dirty.markBest(prefix);
    return best;
  }

  /**
   * Whether the best path of a prefix that was decided, and is not settled yet, may have changed since the prefix was last
   * settled. False: it is the same path with the same attributes, or there is still none.
   */
  isBestChanged(prefix: PrefixId): boolean {
    return this.dirty.isBestChanged(prefix);
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
    this.dirty.settle(prefix);
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
    return (
      this.prefixes.bytes() +
      this.paths.bytes() +
      this.lists.bytes() +
      this.dirty.bytes() +
      (this.reasons.flows?.bytes() ?? 0)
    );
  }

  /** Adds a path; 0: the peer has reached a maximum. */
  private insert(
    prefix: PrefixId,
    peer: RibPeer,
    pathId: number,
    received: AttributesId,
    used: AttributesId,
    reason: number,
    outcome: number,
    nowSeconds: number,
  ): PathId {
    if (peer.received[this.family] >= peer.maxReceived[this.family]) {
      peer.overMaxReceived[this.family]++;
      this.freeIfUnused(prefix);
      return 0 as PathId;
    }
    if (this.lists.isFull(prefix, peer, peer.maxPathsPerPrefix)) {
      peer.pathsRefused[this.family]++;
      peer.refusedPrefix[this.family] = prefix;
      return 0 as PathId;
    }
    const allowed = this.reasons.allow(peer, prefix, REASON.overLimit, reason, received);
    const path = this.paths.allocate(prefix, peer.id, pathId);
    this.pathAttributes.hold(received, used);
    this.paths.setGeneration(path, peer.generation[this.family]);
    this.paths.setContent(path, received, used, allowed, nowSeconds);
    if (outcome !== 0) this.pathAttributes.begin(path, outcome);
    this.lists.add(prefix, path);
    peer.received[this.family]++;
    this.reasons.count(peer, allowed, 1);
    if (this.staysBest(prefix, path, allowed)) this.dirty.markOther(prefix);
    else this.dirty.markPath(prefix, path, allowed === REASON.usable);
    return path;
  }

  /** @param samePayload the NLRI has the same payload as before, or the family has none */
  private replace(
    path: PathId,
    peer: RibPeer,
    received: AttributesId,
    used: AttributesId,
    reason: number,
    outcome: number,
    nowSeconds: number,
    samePayload: boolean,
  ): void {
    const { paths } = this;
    const prefix = paths.prefixOf(path);
    const isSame = samePayload && paths.receivedOf(path) === received;
    if (!isSame && peer.damping !== null) peer.damping[this.family].onChanged(prefix);
    const before = paths.reasonOf(path);
    const allowed = this.reasons.allow(peer, prefix, before, reason, received);
    this.refresh(path, peer);
    this.pathAttributes.setOutcome(path, outcome);
    if (isSame && paths.attributesOf(path) === used && before === allowed) return;
    this.pathAttributes.change(path, received, used, allowed, nowSeconds);
    this.reasons.count(peer, before, -1);
    this.reasons.count(peer, allowed, 1);
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
    const best = this.bestOf(prefix);
    const isOther = path !== best && this.staysBestWithout(prefix, path);
    this.lists.remove(prefix, path);
    // The next path is the head now, and may be usable where this one was not.
    if (isOther) this.dirty.markOther(prefix);
    else if (this.bestOf(prefix) === best) this.dirty.mark(prefix);
    else this.dirty.markBest(prefix);
    this.pathAttributes.setRule(path, 0);
    this.pathAttributes.release(path);
    peer.received[this.family]--;
    if (this.ageOf(path, peer) !== 0) peer.stale[this.family]--;
    this.reasons.count(peer, this.paths.reasonOf(path), -1);
    if (this.payloads !== null) this.dropPayload(this.payloads, path);
    this.paths.free(path);
  }

  /** Whether the best path of a decided prefix stays the best one beside a path that was added. */
  private staysBest(prefix: PrefixId, added: PathId, reason: number): boolean {
    const best = this.prefixes.head(prefix);
    if (best === added || this.dirty.isUndecided(prefix)) return false;
    return reason !== REASON.usable || (this.paths.reasonOf(best) === 0 && this.decision.staysBest(best, added));
  }

  /** Whether the best path of a decided prefix stays the best one when another path is removed. */
  private staysBestWithout(prefix: PrefixId, removed: PathId): boolean {
    if (this.prefixes.head(prefix) === removed || this.dirty.isUndecided(prefix)) return false;
    return this.paths.reasonOf(removed) !== REASON.usable || !this.attributes.knowsMed;
  }

  private dropPayload(payloads: PayloadTable, path: PathId): void {
    payloads.release(this.paths.payloadOf(path));
    this.paths.setPayload(path, 0 as PayloadId);
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
    return !peer.keeps(this.family, this.ageOf(path, peer));
  }

  /** RFC 9494 4.2: a stale path gets LLGR_STALE and ranks last; with NO_LLGR it is removed. */
  private makeLongLived(path: PathId, peer: RibPeer): void {
    if (this.ageOf(path, peer) === 0) return;
    if (!this.pathAttributes.makeLongLived(path, peer)) this.remove(path, peer);
  }

  private freeIfUnused(prefix: PrefixId): void {
    if (!this.prefixes.isLive(prefix)) this.prefixes.free(prefix);
  }
}
