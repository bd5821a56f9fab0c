/**
 * What a group advertises that gets several paths per prefix (ADD-PATH, RFC 7911).
 *
 * A prefix has a list of entries: path, attribute set, source peer, and the identifier advertised with the path.
 * The identifier is the number that the path's identity proposes (`reflect/advertise/identity`), or the next one that
 * is free for the prefix. It stays the same over a restart and whatever other paths do, so a receiver that kept the
 * path changes nothing. While members are slow, withdrawn identifiers are remembered. They are reused once a prefix has
 * as many of them as its maximum of paths, which bounds the paths of a prefix that a slow member can hold.
 *
 * Bytes: a list head of 4 per prefix, 26 per entry; 4 more where the identifier is not the proposed one, and 4 for a payload.
 */
import { U8Column, U16Column, U32Column } from '../../lib/tables/columns.ts';
import { IdAllocator } from '../../lib/tables/ids.ts';
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PathId, PayloadId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { PayloadTable } from '../../rib/tables/payloads.ts';
import type { GroupKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import { type Advertised, type AdvertisedVisitor, Eligible, SourceCounts } from './advertised.ts';
import { DistinctPaths } from './distinct-paths.ts';
import type { Exclusions } from './exclusions.ts';
import type { FibGate } from './fib-gate.ts';
import type { Membership } from './membership.ts';
import { Quota } from './quota.ts';
import { RetiredIdentifiers } from './retired-identifiers.ts';
import { Tags } from './tags.ts';
import { Ways } from './ways.ts';

const NO_PAYLOAD = 0 as PayloadId;

/** Maximum number of paths advertised for one prefix. */
const MAX_PATHS = 255;

export class AdvertisedPaths implements Advertised {
  readonly counts: SourceCounts;
  cutPrefixes = 0;
  readonly quota: Quota;
  private readonly heads = new U32Column();
  private readonly cut = new U8Column();
  private readonly nexts = new U32Column();
  private readonly paths = new U32Column();
  private readonly sets = new U32Column();
  private readonly sources = new U16Column();
  /** The path that the advertised attributes come from; another path may represent the entry meanwhile (`Ways`). */
  private readonly origins = new U32Column();
  private readonly identifiers = new U32Column();
  /** The identifier that the path's identity proposes; 0: the same as `identifiers`. */
  private readonly proposals = new U32Column();
  private readonly payloadIds = new U32Column();
  private readonly entries = new IdAllocator([
    this.nexts,
    this.paths,
    this.sets,
    this.sources,
    this.origins,
    this.identifiers,
    this.proposals,
    this.payloadIds,
  ]);
  private readonly limit: number;
  private readonly family: FamilyRib;
  /** Null: the family has no payloads, and the column stays empty. */
  private readonly payloads: PayloadTable | null;
  private readonly attributes: AttributesTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly eligible: Eligible;
  private readonly exclusions: Exclusions;
  private readonly distinct: DistinctPaths;
  private readonly tags: Tags;
  /** Null while no member is slow. */
  private retired: RetiredIdentifiers | null = null;
  private readonly wanted: Uint32Array;
  /** What each of the wanted paths proposes as its identifier. */
  private readonly wantedProposals: Uint32Array;
  private wantedCount = 0;
  private readonly ways: Ways;
  /** The current update has changed something. */
  private changed = false;

  constructor(key: GroupKey, limit: number, rib: Rib, exclusions: Exclusions, onWayLost: () => void) {
    this.limit = Math.min(limit, MAX_PATHS);
    this.quota = new Quota(key.maxPaths ?? Number.POSITIVE_INFINITY);
    this.family = rib.families[key.family];
    this.payloads = this.family.payloads;
    this.attributes = rib.attributes;
    this.peers = rib.peers;
    this.eligible = new Eligible(key, rib, this.family);
    this.exclusions = exclusions;
    this.tags = new Tags(key.family, rib.routeTargets);
    this.counts = new SourceCounts(exclusions, this.tags);
    this.distinct = new DistinctPaths(this.family, rib, this.limit);
    this.ways = new Ways(this.distinct.identities, rib, this.eligible, exclusions, onWayLost);
    this.wanted = new Uint32Array(this.limit);
    this.wantedProposals = new Uint32Array(this.limit);
  }

  update(prefix: PrefixId, changes: Packer | null, fibGate: FibGate): boolean {
    if (fibGate === 'hold' && !this.hasOrphan(prefix)) return false;
    const isGated = fibGate !== 'advertise';
    this.wantedCount = isGated ? 0 : this.distinct.choose(prefix, this.eligible, this.limit, this.wanted);
    this.noteCut(prefix, !isGated && this.distinct.isCut);
    const { identities } = this.distinct;
    for (let i = 0; i < this.wantedCount; i++)
      this.wantedProposals[i] = identities.proposalOf(this.wanted[i] as PathId);
    this.changed = false;
    this.ways.begin(prefix);
    let leaving = this.match(prefix, true, changes);
    if (leaving > 0) leaving = this.match(prefix, false, changes);
    // New paths first: an identifier that is withdrawn now must not be announced in the same batch.
    const isBlocked = this.insertWanted(prefix, leaving, changes);
    if (leaving > 0) this.removeLeaving(prefix, changes);
    this.quota.note(prefix, isBlocked);
    if (this.changed) this.ways.noteChange();
    return this.changed;
  }

  /**
   * Finds the wanted path of each entry; an entry that has none is left without a path.
   * @param exactly match the same path; otherwise an entry without a path takes one that proposes the same identifier
   * @returns the number of entries without a path
   */
  private match(prefix: PrefixId, exactly: boolean, changes: Packer | null): number {
    let left = 0;
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      const before = this.paths.get(entry);
      if (!exactly && before !== 0) continue;
      const path = this.takeWanted(this.proposalOf(entry), before);
      if (path === 0) left++;
      if (path === 0) this.paths.set(entry, 0);
      else this.assign(prefix, entry, path, changes);
    }
    return left;
  }

  /** @returns true when the maximum leaves no room for all of them */
  private insertWanted(prefix: PrefixId, leaving: number, changes: Packer | null): boolean {
    const room = this.quota.limit - this.counts.total + leaving;
    let count = 0;
    for (let i = 0; i < this.wantedCount; i++) {
      const path = this.wanted[i] as PathId;
      if (path === 0) continue;
      if (count >= room) return true;
      this.insert(prefix, path, this.wantedProposals[i], changes);
      count++;
    }
    return false;
  }

  /** Withdraws the entries without a path. */
  private removeLeaving(prefix: PrefixId, changes: Packer | null): void {
    for (let entry = this.heads.get(prefix); entry !== 0; ) {
      const next = this.nexts.get(entry);
      if (this.paths.get(entry) === 0) {
        const identifier = this.identifiers.get(entry);
        if (changes !== null) this.tags.withdraw(prefix, this.sourceOf(entry), identifier, this.setOf(entry), changes);
        this.retired?.add(prefix, identifier);
        this.remove(prefix, entry);
        this.changed = true;
      }
      entry = next;
    }
  }

  /** An advertised path was learned from a peer that no longer exists: its id will be given to another peer. */
  private hasOrphan(prefix: PrefixId): boolean {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      if (this.peers[this.sources.get(entry)]?.gone === true) return true;
    }
    return false;
  }

  has(prefix: PrefixId): boolean {
    return this.heads.get(prefix) !== 0;
  }

  isAdvertised(prefix: PrefixId, path: PathId): boolean {
    let entry = this.heads.get(prefix);
    while (entry !== 0 && this.paths.get(entry) !== path) entry = this.nexts.get(entry);
    return entry !== 0;
  }

  announce(prefix: PrefixId, batch: Packer): void {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      const identifier = this.identifiers.get(entry);
      batch.announce(prefix, this.setOf(entry), this.sourceOf(entry), identifier, this.payloadOf(entry));
    }
  }

  announceFrom(prefix: PrefixId, source: PeerId, batch: Packer): boolean {
    let found = false;
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      if (this.sources.get(entry) !== source) continue;
      batch.announce(prefix, this.setOf(entry), source, this.identifiers.get(entry), this.payloadOf(entry));
      found = true;
    }
    return found;
  }

  each(prefix: PrefixId, visit: AdvertisedVisitor): void {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      visit(this.setOf(entry), this.sourceOf(entry), this.identifiers.get(entry), this.payloadOf(entry));
    }
  }

  eachIdentifier(prefix: PrefixId, visit: (identifier: number) => void): void {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      visit(this.identifiers.get(entry));
    }
    this.retired?.each(prefix, visit);
  }

  restate(prefix: PrefixId, peer: RibPeer, membership: Membership | null, batch: Packer): void {
    this.each(prefix, (set, source, identifier, payload) => {
      const isAsked = membership?.wantsSet(set) !== false;
      if (!isAsked || this.exclusions.excludes(peer, set, source)) batch.withdrawFrom(prefix, peer.id, identifier);
      else batch.announce(prefix, set, source, identifier, payload);
    });
    this.retired?.each(prefix, (identifier) => batch.withdrawFrom(prefix, peer.id, identifier));
  }

  rememberWithdrawn(on: boolean): void {
    if (!on) this.retired = null;
    else this.retired ??= new RetiredIdentifiers();
  }

  noteWithdrawn(prefix: PrefixId, identifier: number): void {
    if (!this.isInUse(prefix, identifier)) this.retired?.add(prefix, identifier);
  }

  distinctPaths(prefix: PrefixId): number {
    return this.distinct.countAll(prefix, this.eligible);
  }

  isCut(prefix: PrefixId): boolean {
    return this.cut.get(prefix) !== 0;
  }

  ageLostWays(all: boolean, visit: (prefix: PrefixId) => void): boolean {
    // Ids of advertised prefixes are pinned; the id of any other prefix may be free by now.
    const visitHeld = (prefix: PrefixId) => {
      if (this.has(prefix)) visit(prefix);
    };
    return this.ways.age(all, visitHeld);
  }

  forget(prefix: PrefixId): void {
    this.ways.forget(prefix);
    this.family.forgetFilter(prefix, this.eligible);
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.heads.get(prefix)) this.remove(prefix, entry);
    this.noteCut(prefix, false);
    this.quota.note(prefix, false);
  }

  bytes(): number {
    const columns = [this.heads, this.cut, this.nexts, this.paths, this.sets, this.sources, this.origins];
    const all = [...columns, this.identifiers, this.proposals, this.payloadIds];
    const retired = this.retired?.bytes() ?? 0;
    return (
      all.reduce((sum, column) => sum + column.bytes(), 0) +
      this.entries.bytes() +
      this.quota.bytes() +
      this.ways.bytes() +
      retired
    );
  }

  /** Assigns a path to an entry. */
  private assign(prefix: PrefixId, entry: number, path: PathId, changes: Packer | null): void {
    const set = this.eligible.exportedOf(path);
    const source = this.family.paths.peerOf(path);
    const oldSet = this.setOf(entry);
    const oldSource = this.sourceOf(entry);
    const payload = this.payloads === null ? NO_PAYLOAD : this.family.paths.payloadOf(path);
    const samePayload = payload === this.payloadOf(entry);
    const isSame = set === oldSet && source === oldSource && samePayload;
    this.paths.set(entry, path);
    if (isSame) {
      this.origins.set(entry, path);
      return;
    }
    // Held from here on: the way before may lead to the same new set, and gives it up.
    this.attributes.hold(set);
    if (samePayload && changes !== null && this.staysAs(prefix, entry, set, source)) {
      this.attributes.release(set);
      return;
    }
    this.origins.set(entry, path);
    this.changed = true;
    this.sets.set(entry, set);
    this.sources.set(entry, source);
    if (this.payloads !== null) this.replacePayload(this.payloads, entry, payload);
    this.counts.add(oldSet, oldSource, -1);
    this.counts.add(set, source, 1);
    if (changes !== null) {
      const identifier = this.identifiers.get(entry);
      changes.announce(prefix, set, source, identifier, payload);
      this.tags.replace(prefix, identifier, set, oldSet, oldSource, changes);
      this.exclusions.replace(prefix, identifier, set, source, oldSet, oldSource, changes);
    }
    this.attributes.release(oldSet);
  }

  /** Whether a path that was received by another way stays as advertised: receivers would see no difference. */
  private staysAs(prefix: PrefixId, entry: number, newSet: AttributesId, newSource: PeerId): boolean {
    const { ways } = this;
    const [set, source] = [this.setOf(entry), this.sourceOf(entry)];
    if (!ways.mayStay(set, source, newSet, newSource)) return false;
    const before = this.origins.get(entry) as PathId;
    const isThere = ways.isThere(before, prefix, source, set);
    if (!ways.stays(prefix, isThere)) return false;
    if (isThere) this.paths.set(entry, before);
    return true;
  }

  private insert(prefix: PrefixId, path: PathId, proposal: number, changes: Packer | null): void {
    const identifier = this.identifierFor(prefix, proposal);
    const entry = this.entries.allocate();
    const set = this.eligible.exportedOf(path);
    const source = this.family.paths.peerOf(path);
    this.identifiers.set(entry, identifier);
    if (identifier !== proposal) this.proposals.set(entry, proposal);
    else if (this.proposals.get(entry) !== 0) this.proposals.set(entry, 0);
    this.paths.set(entry, path);
    this.origins.set(entry, path);
    this.sets.set(entry, set);
    this.sources.set(entry, source);
    const payload = this.payloads === null ? NO_PAYLOAD : this.family.paths.payloadOf(path);
    if (this.payloads !== null) this.replacePayload(this.payloads, entry, payload);
    this.attributes.hold(set);
    this.counts.add(set, source, 1);
    if (!this.has(prefix)) this.family.pin(prefix);
    this.nexts.set(entry, this.heads.get(prefix));
    this.heads.set(prefix, entry);
    changes?.announce(prefix, set, source, identifier, payload);
    this.changed = true;
  }

  private identifierFor(prefix: PrefixId, proposal: number): number {
    const { retired } = this;
    let identifier = proposal;
    // At most `limit` paths and as many leaving ones: that bounds the steps.
    while (identifier === 0 || this.isInUse(prefix, identifier)) identifier = (identifier + 1) >>> 0;
    if (retired === null || retired.delete(prefix, identifier)) return identifier;
    return retired.countOf(prefix) < this.limit ? identifier : retired.take(prefix);
  }

  private isInUse(prefix: PrefixId, identifier: number): boolean {
    let entry = this.heads.get(prefix);
    while (entry !== 0 && this.identifiers.get(entry) !== identifier) entry = this.nexts.get(entry);
    return entry !== 0;
  }

  private proposalOf(entry: number): number {
    return this.proposals.get(entry) || this.identifiers.get(entry);
  }

  private remove(prefix: PrefixId, entry: number): void {
    const next = this.nexts.get(entry);
    let before = this.heads.get(prefix);
    if (before === entry) this.heads.set(prefix, next);
    else {
      while (this.nexts.get(before) !== entry) before = this.nexts.get(before);
      this.nexts.set(before, next);
    }
    this.counts.add(this.setOf(entry), this.sourceOf(entry), -1);
    this.attributes.release(this.setOf(entry));
    if (this.payloads !== null) this.replacePayload(this.payloads, entry, NO_PAYLOAD);
    this.paths.set(entry, 0);
    this.entries.free(entry);
    if (!this.has(prefix)) this.family.unpin(prefix);
  }

  /** Takes a wanted path with this proposal off the list, only the path `only` unless it is 0; 0 when none matches. */
  private takeWanted(proposal: number, only: number): PathId {
    for (let i = 0; i < this.wantedCount; i++) {
      const path = this.wanted[i];
      if (path === 0 || this.wantedProposals[i] !== proposal || (only !== 0 && path !== only)) continue;
      this.wanted[i] = 0;
      return path as PathId;
    }
    return 0 as PathId;
  }

  private payloadOf(entry: number): PayloadId {
    return this.payloads === null ? NO_PAYLOAD : (this.payloadIds.get(entry) as PayloadId);
  }

  private replacePayload(payloads: PayloadTable, entry: number, payload: PayloadId): void {
    const before = this.payloadOf(entry);
    if (before === payload) return;
    payloads.hold(payload);
    payloads.release(before);
    this.payloadIds.set(entry, payload);
  }

  private setOf(entry: number): AttributesId {
    return this.sets.get(entry) as AttributesId;
  }

  private sourceOf(entry: number): PeerId {
    return this.sources.get(entry) as PeerId;
  }

  private noteCut(prefix: PrefixId, isCut: boolean): void {
    if ((this.cut.get(prefix) !== 0) === isCut) return;
    this.cut.set(prefix, isCut ? 1 : 0);
    this.cutPrefixes += isCut ? 1 : -1;
  }
}
