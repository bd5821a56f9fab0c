/**
 * What a group has told that is told of several paths per prefix (ADD-PATH, RFC 7911). No I/O, no timers.
 *
 * A prefix has a list of entries: path, attribute set, source peer, and the identifier that the path is told under. The
 * identifier is a number from 1 to the limit that stays with the path while it is told of. That they are so few makes a slow
 * member cheap: whatever it was told of a prefix, withdrawing the identifiers that are not in use now puts it right.
 *
 * Bytes: a list head of 4 per prefix, 19 per entry.
 */
import { U8Column, U16Column, U32Column } from '../lib/columns.ts';
import { IdAllocator } from '../lib/ids.ts';
import type { AttributesTable } from '../rib/attributes.ts';
import type { FamilyRib } from '../rib/family-rib.ts';
import type { AttributesId, PathId, PeerId, PrefixId } from '../rib/ids.ts';
import type { RibPeer } from '../rib/peers.ts';
import type { Rib } from '../rib/rib.ts';
import { type Advertised, Eligible, type Membership, SourceCounts } from './advertised.ts';
import type { Clearance } from './clearance.ts';
import type { GroupKey } from './group-key.ts';
import type { Packer } from './packer.ts';
import { Quota } from './quota.ts';

/** An identifier is kept in one octet. */
export const MOST_PATHS = 255;

export class AdvertisedPaths implements Advertised {
  readonly counts = new SourceCounts();
  cutPrefixes = 0;
  readonly quota: Quota;
  private readonly heads = new U32Column();
  private readonly cut = new U8Column();
  private readonly nexts = new U32Column();
  private readonly paths = new U32Column();
  private readonly sets = new U32Column();
  private readonly sources = new U16Column();
  private readonly slots = new U8Column();
  private readonly entries = new IdAllocator([this.nexts, this.paths, this.sets, this.sources, this.slots]);
  private readonly limit: number;
  private readonly family: FamilyRib;
  private readonly attributes: AttributesTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly eligible: Eligible;
  private readonly members: Membership;
  private readonly wanted: Uint32Array;
  /** By identifier: the entry that has it, while a prefix is worked on. */
  private readonly bySlot: Uint32Array;
  private wantedCount = 0;
  /** No wanted path before this index is left. */
  private nextWanted = 0;
  /** Index of each wanted path, and 1, by a hash of the path: a power of two of places, half of them free at least. */
  private readonly places: Uint16Array;
  /** No identifier below this one is free, while paths of a prefix are added. */
  private nextSlot = 1;

  constructor(key: GroupKey, limit: number, rib: Rib, members: Membership) {
    this.limit = Math.min(limit, MOST_PATHS);
    this.quota = new Quota(key.most ?? Number.POSITIVE_INFINITY);
    this.family = rib.families[key.family];
    this.attributes = rib.attributes;
    this.peers = rib.peers;
    this.eligible = new Eligible(key, rib);
    this.members = members;
    this.wanted = new Uint32Array(this.limit);
    this.bySlot = new Uint32Array(this.limit + 1);
    this.places = new Uint16Array(2 << (32 - Math.clz32(this.limit)));
  }

  update(prefix: PrefixId, changes: Packer | null, clearance: Clearance): boolean {
    if (clearance === 'wait' && !this.hasOrphan(prefix)) return false;
    const barred = clearance !== 'tell';
    this.wantedCount = barred ? 0 : this.family.rank(prefix, this.eligible, this.limit, this.wanted);
    this.placeWanted();
    this.noteCut(prefix, !barred && this.family.decision.eligible > this.limit);
    this.bySlot.fill(0);
    let changed = false;
    // First the paths that stay: what is left of the entries and of the wanted paths is then matched up.
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      this.bySlot[this.slots.get(entry)] = entry;
      const path = this.takeWanted(this.paths.get(entry));
      if (path === 0) this.paths.set(entry, 0);
      else changed = this.assign(prefix, entry, path, changes) || changed;
    }
    let withdrawn = false;
    for (let slot = 1; slot <= this.limit; slot++) {
      const entry = this.bySlot[slot];
      if (entry === 0 || this.paths.get(entry) !== 0) continue;
      const path = this.anyWanted();
      if (path !== 0) changed = this.assign(prefix, entry, path, changes) || changed;
      else {
        changes?.withdraw(prefix, this.sourceOf(entry), slot);
        this.bySlot[slot] = 0;
        withdrawn = true;
      }
    }
    if (withdrawn) this.removeEmpty(prefix);
    changed ||= withdrawn;
    this.nextSlot = 1;
    for (let path = this.anyWanted(); path !== 0; path = this.anyWanted()) {
      if (this.counts.total >= this.quota.limit) {
        this.quota.note(prefix, true);
        return changed;
      }
      this.insert(prefix, path, changes);
      changed = true;
    }
    this.quota.note(prefix, false);
    return changed;
  }

  /** Something that is told of the prefix came from a peer that is gone: its id will stand for another. */
  private hasOrphan(prefix: PrefixId): boolean {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      if (this.peers[this.sources.get(entry)]?.gone === true) return true;
    }
    return false;
  }

  has(prefix: PrefixId): boolean {
    return this.heads.get(prefix) !== 0;
  }

  tells(prefix: PrefixId, path: PathId): boolean {
    let entry = this.heads.get(prefix);
    while (entry !== 0 && this.paths.get(entry) !== path) entry = this.nexts.get(entry);
    return entry !== 0;
  }

  announce(prefix: PrefixId, batch: Packer): void {
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      batch.announce(prefix, this.setOf(entry), this.sourceOf(entry), this.slots.get(entry));
    }
  }

  announceFrom(prefix: PrefixId, source: PeerId, batch: Packer): boolean {
    let found = false;
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      if (this.sources.get(entry) !== source) continue;
      batch.announce(prefix, this.setOf(entry), source, this.slots.get(entry));
      found = true;
    }
    return found;
  }

  restate(prefix: PrefixId, peer: PeerId, identifiers: number, batch: Packer): void {
    this.bySlot.fill(0);
    for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) {
      if (this.sources.get(entry) !== peer) this.bySlot[this.slots.get(entry)] = entry;
    }
    for (let slot = 1; slot <= Math.max(this.limit, identifiers); slot++) {
      const entry = this.bySlot[slot] ?? 0;
      if (entry === 0) batch.withdrawFrom(prefix, peer, slot);
      else batch.announce(prefix, this.setOf(entry), this.sourceOf(entry), slot);
    }
  }

  forget(prefix: PrefixId): void {
    this.family.forgetFilter(prefix, this.eligible);
    if (this.has(prefix)) {
      for (let entry = this.heads.get(prefix); entry !== 0; entry = this.nexts.get(entry)) this.paths.set(entry, 0);
      this.removeEmpty(prefix);
    }
    this.noteCut(prefix, false);
    this.quota.note(prefix, false);
  }

  bytes(): number {
    const columns = [this.heads, this.cut, this.nexts, this.paths, this.sets, this.sources, this.slots];
    return columns.reduce((sum, column) => sum + column.bytes(), 0) + this.entries.bytes() + this.quota.bytes();
  }

  /** Makes an entry stand for a path; false when it says the same as before. */
  private assign(prefix: PrefixId, entry: number, path: PathId, changes: Packer | null): boolean {
    const set = this.family.paths.attributesOf(path);
    const source = this.family.paths.peerOf(path);
    const oldSet = this.setOf(entry);
    const oldSource = this.sourceOf(entry);
    this.paths.set(entry, path);
    if (set === oldSet && source === oldSource) return false;
    this.attributes.hold(set);
    this.attributes.release(oldSet);
    this.sets.set(entry, set);
    this.sources.set(entry, source);
    this.counts.add(oldSource, -1);
    this.counts.add(source, 1);
    if (changes === null) return true;
    const slot = this.slots.get(entry);
    changes.announce(prefix, set, source, slot);
    if (oldSource !== source && this.members.hasMember(source)) changes.withdrawFrom(prefix, source, slot);
    return true;
  }

  private insert(prefix: PrefixId, path: PathId, changes: Packer | null): void {
    while (this.bySlot[this.nextSlot] !== 0) this.nextSlot++;
    const slot = this.nextSlot;
    const entry = this.entries.allocate();
    const set = this.family.paths.attributesOf(path);
    const source = this.family.paths.peerOf(path);
    this.bySlot[slot] = entry;
    this.slots.set(entry, slot);
    this.paths.set(entry, path);
    this.sets.set(entry, set);
    this.sources.set(entry, source);
    this.attributes.hold(set);
    this.counts.add(source, 1);
    if (!this.has(prefix)) this.family.pin(prefix);
    this.nexts.set(entry, this.heads.get(prefix));
    this.heads.set(prefix, entry);
    changes?.announce(prefix, set, source, slot);
  }

  /** Removes the entries of a prefix that stand for no path, in one walk over all of them. */
  private removeEmpty(prefix: PrefixId): void {
    let before = 0;
    let next = 0;
    for (let entry = this.heads.get(prefix); entry !== 0; entry = next) {
      next = this.nexts.get(entry);
      if (this.paths.get(entry) !== 0) {
        before = entry;
        continue;
      }
      if (before === 0) this.heads.set(prefix, next);
      else this.nexts.set(before, next);
      this.attributes.release(this.setOf(entry));
      this.counts.add(this.sourceOf(entry), -1);
      this.entries.free(entry);
    }
    if (!this.has(prefix)) this.family.unpin(prefix);
  }

  /** Notes where among the wanted paths each is, so that none is looked for one by one. */
  private placeWanted(): void {
    this.nextWanted = 0;
    this.places.fill(0);
    for (let i = 0; i < this.wantedCount; i++) {
      let at = this.hashOf(this.wanted[i]);
      while (this.places[at] !== 0) at = (at + 1) & (this.places.length - 1);
      this.places[at] = i + 1;
    }
  }

  /** Takes a path off the wanted ones; 0 when it is not among them. */
  private takeWanted(path: number): PathId {
    let at = this.hashOf(path);
    while (this.places[at] !== 0 && this.wanted[this.places[at] - 1] !== path) at = (at + 1) & (this.places.length - 1);
    if (this.places[at] === 0) return 0 as PathId;
    this.wanted[this.places[at] - 1] = 0;
    return path as PathId;
  }

  private hashOf(path: number): number {
    return (Math.imul(path, 0x9e3779b1) >>> 16) & (this.places.length - 1);
  }

  /** Takes the best of the wanted paths that are left; 0 when none is. */
  private anyWanted(): PathId {
    while (this.nextWanted < this.wantedCount && this.wanted[this.nextWanted] === 0) this.nextWanted++;
    return (this.nextWanted < this.wantedCount ? this.wanted[this.nextWanted++] : 0) as PathId;
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
