/** What a group advertises that gets one path per prefix: two columns, 6 bytes per prefix; payload 4 if the family has one. */
import { U16Column, U32Column } from '../../lib/tables/columns.ts';
import type { AttributesTable } from '../../rib/attributes/attributes.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { Rib } from '../../rib/rib.ts';
import type { AttributesId, PathId, PayloadId, PeerId, PrefixId } from '../../rib/tables/ids.ts';
import type { PayloadTable } from '../../rib/tables/payloads.ts';
import { sameOctets } from '../../wire/bytes.ts';
import type { GroupKey } from '../encode/group-key.ts';
import type { Packer } from '../encode/packer.ts';
import { Rewriter } from '../encode/rewriter.ts';
import { type Advertised, type AdvertisedVisitor, Eligible, type SetTest, SourceCounts } from './advertised.ts';
import { DistinctPaths } from './distinct-paths.ts';
import type { Exclusions } from './exclusions.ts';
import type { FibGate } from './fib-gate.ts';
import type { Membership } from './membership.ts';
import { Quota } from './quota.ts';
import { Tags } from './tags.ts';
import { Ways } from './ways.ts';

const NO_PAYLOAD = 0 as PayloadId;

/** Maximum number of paths of a prefix among which the advertised one is sought. */
const MAX_SOUGHT = 64;

export class AdvertisedBest implements Advertised {
  readonly counts: SourceCounts;
  readonly cutPrefixes = 0;
  readonly quota: Quota;
  private readonly sets = new U32Column();
  private readonly sources = new U16Column();
  private readonly payloadIds = new U32Column();
  private readonly key: GroupKey;
  private readonly family: FamilyRib;
  /** Null: the family has no payloads, and the column stays empty. */
  private readonly payloads: PayloadTable | null;
  private readonly attributes: AttributesTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly eligible: Eligible;
  private readonly exclusions: Exclusions;
  private readonly distinct: DistinctPaths;
  private readonly tags: Tags;
  private readonly ranked = new Uint32Array(2);
  private readonly ways: Ways;
  /** Null: the members see where a path is from. */
  private readonly rewriter: Rewriter | null;

  constructor(key: GroupKey, rib: Rib, exclusions: Exclusions, onWayLost: () => void) {
    this.key = key;
    this.quota = new Quota(key.maxPaths ?? Number.POSITIVE_INFINITY);
    this.family = rib.families[key.family];
    this.payloads = this.family.payloads;
    this.attributes = rib.attributes;
    this.peers = rib.peers;
    this.eligible = new Eligible(key, rib, this.family);
    this.exclusions = exclusions;
    this.tags = new Tags(key.family, rib.routeTargets);
    this.counts = new SourceCounts(exclusions, this.tags);
    this.distinct = new DistinctPaths(this.family, rib, this.ranked.length);
    this.rewriter = key.originator === null ? null : new Rewriter(key, rib);
    this.ways = new Ways(this.distinct.identities, rib, this.eligible, exclusions, onWayLost);
  }

  update(prefix: PrefixId, changes: Packer | null, fibGate: FibGate): boolean {
    if (fibGate === 'hold' && !this.isOrphan(prefix)) return false;
    const path = fibGate === 'advertise' ? this.allow(prefix, this.choose(prefix)) : this.allow(prefix, 0 as PathId);
    const set = path === 0 ? (0 as AttributesId) : this.eligible.exportedOf(path);
    const source = path === 0 ? (0 as PeerId) : this.family.paths.peerOf(path);
    const oldSet = this.sets.get(prefix) as AttributesId;
    const oldSource = this.sources.get(prefix) as PeerId;
    const payload = this.payloads === null || path === 0 ? NO_PAYLOAD : this.family.paths.payloadOf(path);
    const samePayload = payload === this.payloadAt(prefix);
    this.ways.begin(prefix);
    if (set === oldSet && source === oldSource && samePayload) return false;
    if (samePayload && changes !== null && this.staysAs(prefix, oldSet, oldSource, set, source)) {
      this.eligible.giveUp(set);
      return false;
    }
    this.ways.noteChange();
    const isAlike = samePayload && changes !== null && this.areAlike(oldSet, oldSource, set, source);
    if (changes !== null && !isAlike) this.packChange(prefix, set, source, payload, oldSet, oldSource, changes);
    this.replace(prefix, set, source, oldSet, oldSource);
    if (this.payloads !== null) this.replacePayload(this.payloads, prefix, payload);
    return !isAlike;
  }

  /**
   * Whether the members are sent the same bytes for both: memberships of route targets have our originator and next hop (RFC 4684
   * 3.2), so those of thousands of clients differ in nothing else.
   */
  private areAlike(oldSet: AttributesId, oldSource: PeerId, set: AttributesId, source: PeerId): boolean {
    const { rewriter } = this;
    if (rewriter === null || oldSet === 0 || set === 0 || this.peers[oldSource] === undefined) return false;
    const before = rewriter.preview(oldSet, oldSource);
    if (before === null) return false;
    const [attributes, nextHop] = [before.attributes.slice(), before.nextHop.slice()];
    const after = rewriter.preview(set, source);
    return after !== null && sameOctets(attributes, after.attributes) && sameOctets(nextHop, after.nextHop);
  }

  /** Whether a path that is received from another peer now stays as advertised: receivers would see no difference. */
  private staysAs(
    prefix: PrefixId,
    oldSet: AttributesId,
    oldSource: PeerId,
    set: AttributesId,
    source: PeerId,
  ): boolean {
    if (oldSet === 0 || set === 0 || source === oldSource) return false;
    if (!this.ways.mayStay(oldSet, oldSource, set, source)) return false;
    return this.ways.stays(prefix, this.isWayThere(prefix, oldSet, oldSource));
  }

  /** Whether the way that is advertised still exists. */
  private isWayThere(prefix: PrefixId, set: AttributesId, source: PeerId): boolean {
    const { paths, prefixes } = this.family;
    let path = prefixes.head(prefix);
    for (let i = 0; path !== 0 && i < MAX_SOUGHT; i++) {
      if (this.ways.isThere(path, prefix, source, set)) return true;
      path = paths.nextOf(path);
    }
    return false;
  }

  /** The advertised path was learned from a peer that no longer exists: its id will be given to another peer. */
  private isOrphan(prefix: PrefixId): boolean {
    return this.peers[this.sources.get(prefix)]?.gone === true;
  }

  has(prefix: PrefixId): boolean {
    return this.sets.get(prefix) !== 0;
  }

  isAdvertised(prefix: PrefixId, path: PathId): boolean {
    const { paths } = this.family;
    if (this.sources.get(prefix) !== paths.peerOf(path)) return false;
    if (this.payloads !== null && this.payloadAt(prefix) !== paths.payloadOf(path)) return false;
    return this.eligible.isExportedAs(path, this.sets.get(prefix) as AttributesId);
  }

  announce(prefix: PrefixId, batch: Packer): void {
    const set = this.sets.get(prefix) as AttributesId;
    if (set !== 0) batch.announce(prefix, set, this.sources.get(prefix) as PeerId, 0, this.payloadAt(prefix));
  }

  announceFrom(prefix: PrefixId, source: PeerId, batch: Packer): boolean {
    const isFrom = this.has(prefix) && this.sources.get(prefix) === source;
    if (isFrom) this.announce(prefix, batch);
    return isFrom;
  }

  each(prefix: PrefixId, visit: AdvertisedVisitor): void {
    const set = this.sets.get(prefix) as AttributesId;
    if (set !== 0) visit(set, this.sources.get(prefix) as PeerId, 0, this.payloadAt(prefix));
  }

  eachOneWith(from: number, end: number, isMeant: SetTest | null, visit: (prefix: PrefixId) => void): void {
    // Routes that were received together share a set: it is asked for once.
    let last = 0 as AttributesId;
    let answer = false;
    for (let id = from; id < end; id++) {
      const set = this.sets.get(id) as AttributesId;
      if (set === 0) continue;
      if (set !== last) answer = isMeant === null || isMeant(set);
      last = set;
      if (answer) visit(id as PrefixId);
    }
  }

  restate(prefix: PrefixId, peer: RibPeer, membership: Membership | null, batch: Packer): void {
    const set = this.sets.get(prefix) as AttributesId;
    const isSent = set !== 0 && !this.exclusions.excludes(peer, set, this.sources.get(prefix) as PeerId);
    if (isSent && membership?.wantsSet(set) !== false) this.announce(prefix, batch);
    else batch.withdrawFrom(prefix, peer.id, 0);
  }

  eachIdentifier(): void {}

  ageLostWays(all: boolean, visit: (prefix: PrefixId) => void): boolean {
    return this.ways.age(all, (prefix) => {
      // The id of a prefix that is not advertised may be free by now.
      if (this.has(prefix)) visit(prefix);
    });
  }

  rememberWithdrawn(): void {}

  noteWithdrawn(): void {}

  isCut(): boolean {
    return false;
  }

  distinctPaths(): number {
    return 0;
  }

  forget(prefix: PrefixId): void {
    this.ways.forget(prefix);
    this.family.forgetFilter(prefix, this.eligible);
    this.quota.note(prefix, false);
    const set = this.sets.get(prefix) as AttributesId;
    if (set !== 0) this.replace(prefix, 0 as AttributesId, 0 as PeerId, set, this.sources.get(prefix) as PeerId);
    if (this.payloads !== null) this.replacePayload(this.payloads, prefix, NO_PAYLOAD);
  }

  bytes(): number {
    return this.sets.bytes() + this.sources.bytes() + this.payloadIds.bytes() + this.quota.bytes() + this.ways.bytes();
  }

  private payloadAt(prefix: PrefixId): PayloadId {
    return this.payloads === null ? NO_PAYLOAD : (this.payloadIds.get(prefix) as PayloadId);
  }

  private replacePayload(payloads: PayloadTable, prefix: PrefixId, payload: PayloadId): void {
    const before = this.payloadAt(prefix);
    if (before === payload) return;
    payloads.hold(payload);
    payloads.release(before);
    this.payloadIds.set(prefix, payload);
  }

  /** The path; 0 when the group has reached its maximum and the prefix is not advertised yet. */
  private allow(prefix: PrefixId, path: PathId): PathId {
    const isBlocked = path !== 0 && this.counts.total >= this.quota.limit && !this.has(prefix);
    this.quota.note(prefix, isBlocked);
    return isBlocked ? (0 as PathId) : path;
  }

  /** The path to advertise to the group, or 0. */
  private choose(prefix: PrefixId): PathId {
    const { select } = this.key;
    if (select.kind === 'rank-2') {
      const count = this.distinct.choose(prefix, this.eligible, 2, this.ranked);
      return (count === 0 ? 0 : this.ranked[count - 1]) as PathId;
    }
    const best = this.family.bestOf(prefix);
    if (best === 0 || this.eligible.accepts(best)) return best;
    if (select.kind !== 'best' || !select.external) return 0 as PathId;
    return (this.family.rank(prefix, this.eligible, 1, this.ranked) === 0 ? 0 : this.ranked[0]) as PathId;
  }

  private packChange(
    prefix: PrefixId,
    set: AttributesId,
    source: PeerId,
    payload: PayloadId,
    oldSet: AttributesId,
    oldSource: PeerId,
    changes: Packer,
  ): void {
    if (set === 0) {
      this.tags.withdraw(prefix, oldSource, 0, oldSet, changes);
      return;
    }
    changes.announce(prefix, set, source, 0, payload);
    if (oldSet === 0) return;
    this.tags.replace(prefix, 0, set, oldSet, oldSource, changes);
    this.exclusions.replace(prefix, 0, set, source, oldSet, oldSource, changes);
  }

  private replace(prefix: PrefixId, set: AttributesId, source: PeerId, oldSet: AttributesId, oldSource: PeerId): void {
    this.counts.add(oldSet, oldSource, -1);
    this.counts.add(set, source, 1);
    if (set !== 0) this.attributes.hold(set);
    if (oldSet !== 0) this.attributes.release(oldSet);
    this.sets.set(prefix, set);
    this.sources.set(prefix, source);
    if (oldSet === 0) this.family.pin(prefix);
    else if (set === 0) this.family.unpin(prefix);
  }
}
