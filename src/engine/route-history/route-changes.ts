/**
 * The latest changes of best paths, and why each happened: a ring of records of a fixed size. A record is numbers and copied
 * octets, so that writing one allocates nothing, and holds no prefix and no attribute set of the tables.
 *
 *   change feed ─► onDecided ─► compare with the last record of the prefix ─► slot of the ring ─► `show history`, `watch routes`
 *
 * With a limit of changes, a burst (a full table, a lost session) cannot fill the ring: what exceeds it is counted, and
 * stands in the ring as one record.
 */
import type { Clock } from '../../lib/clock.ts';
import { Timer, type TimerQueue } from '../../lib/timers.ts';
import type { ChangeFeed, ChangeSubscriber } from '../../reflect/change-feed.ts';
import type { FamilyRib } from '../../rib/family-rib.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PathId, PayloadId, PrefixId } from '../../rib/tables/ids.ts';
import { NO_FAMILY, type RouteChange, type Slot, Slots } from './slots.ts';

/** Octets of the longest NLRI that a record has; longer ones are counted only. */
const MAX_NLRI = 128;
/** Paths of a prefix that are looked at. */
const MAX_PATHS = 64;
const REFILL_MS = 1000;
const NO_PAYLOAD = 0 as PayloadId;

/** What of the tables it reads. */
interface Tables {
  readonly families: readonly FamilyRib[];
  readonly peers: readonly (RibPeer | undefined)[];
  readonly nextHops: {
    pageOf(id: number): Uint8Array;
    startOf(id: number): number;
    lengthOf(id: number): number;
  };
  readonly attributes: {
    pageOf(id: number): Uint8Array;
    startOf(id: number): number;
    lengthOf(id: number): number;
    nextHopOf(id: number): number;
  };
}

/** The limit of changes per time. */
interface Allowance {
  /** At once. */
  readonly burst: number;
  /** Then, each second. */
  readonly perSecond: number;
}

/** Which prefixes are recorded: the NLRI is `bytes[0, length)`. */
export type NlriFilter = (family: number, bytes: Uint8Array, length: number) => boolean;

interface Options {
  readonly name: string;
  /** Records. */
  readonly capacity: number;
  /** null: none. */
  readonly allowance: Allowance | null;
  /** null: all prefixes. */
  readonly filter: NlriFilter | null;
}

/** Octets of a record, about, with its object and its place in the index. */
const RECORD_OCTETS = 512;
/** Records that a change of the size keeps: a millisecond of work. */
const KEPT = 2000;

/** The history of all prefixes with this memory. A burst fills half of it at most. */
export function historyOf(octets: number): Options {
  const capacity = Math.floor(octets / RECORD_OCTETS);
  const allowance = { burst: Math.floor(capacity / 2), perSecond: Math.max(1, Math.floor(capacity / 16)) };
  return { name: 'route history', capacity, allowance, filter: null };
}

export class RouteChanges implements ChangeSubscriber {
  readonly name: string;
  /** When recording started, in milliseconds since the epoch. */
  readonly sinceMs: number;
  private readonly tables: Tables;
  private readonly clock: Clock;
  private slots: Slots;
  private allowance: Allowance | null;
  private readonly filter: NlriFilter | null;
  private readonly refill: Timer;
  private feed: Pick<ChangeFeed, 'add' | 'remove'> | null = null;
  /** Changes that may be recorded until the next refill. */
  private tokens: number;
  /** Changes that exceeded the limit, and since when. */
  private skipped = 0;
  private skippedSinceMs = 0;
  private readonly nlri = new Uint8Array(MAX_NLRI);
  /** What `look` found of the path of the last record. */
  private found = 0 as PathId;
  private pathCount = 0;

  constructor(tables: Tables, clock: Clock, timers: TimerQueue, { name, capacity, allowance, filter }: Options) {
    this.name = name;
    this.tables = tables;
    this.clock = clock;
    this.slots = new Slots(capacity);
    this.allowance = allowance;
    this.filter = filter;
    this.tokens = allowance?.burst ?? Number.POSITIVE_INFINITY;
    this.refill = new Timer(timers, () => this.onRefill());
    this.sinceMs = clock.wallMs();
  }

  /** Changes the size; the latest records stay. */
  resize(octets: number): void {
    const { capacity, allowance } = historyOf(octets);
    if (capacity === this.slots.capacity) return;
    this.slots = this.slots.resized(capacity, KEPT);
    this.allowance = allowance;
    this.tokens = allowance?.burst ?? this.tokens;
    if (this.feed !== null) this.follow(this.feed);
  }

  /** Records the changes of a feed, unless there is no memory for any. */
  follow(feed: Pick<ChangeFeed, 'add' | 'remove'>): void {
    this.feed = feed;
    if (this.capacity > 0) feed.add(this);
    else feed.remove(this);
  }

  onDecided(family: number, prefix: PrefixId, bestChanged: boolean): void {
    if (!bestChanged) return;
    if (this.tokens > 0) this.record(family, prefix);
    else this.skipped++;
  }

  /** The number of the next record; the first has 1. */
  get next(): number {
    return this.slots.next;
  }

  /** The number of the oldest record that is still there, or `next`. */
  get oldest(): number {
    return this.slots.oldest;
  }

  /** Changes that are not recorded since the last record. */
  get pending(): number {
    return this.skipped;
  }

  /** Now, in milliseconds since the epoch. */
  wallMs(): number {
    return this.clock.wallMs();
  }

  /** Records that are there. */
  get entries(): number {
    return this.next - this.oldest;
  }

  get capacity(): number {
    return this.slots.capacity;
  }

  bytes(): number {
    return this.slots.bytes();
  }

  /** null: it is overwritten, or not written yet. */
  read(number: number): RouteChange | null {
    return this.slots.read(number);
  }

  /** Whether a record is a change of a prefix that passes the filter, from or to a path of the peer. Copies nothing. */
  isWanted(number: number, filter: NlriFilter | null, peer: string | undefined): boolean {
    const slot = this.slots.peek(number);
    if (slot === null || slot.family === NO_FAMILY) return false;
    if (peer !== undefined && slot.peer !== peer && slot.before !== peer) return false;
    if (filter === null) return true;
    this.slots.copyNlri(slot, this.nlri);
    return filter(slot.family, this.nlri, slot.nlriLength);
  }

  isGap(number: number): boolean {
    return this.slots.familyOf(number) === NO_FAMILY;
  }

  close(): void {
    this.refill.cancel();
  }

  private record(family: number, prefix: PrefixId): void {
    const rib = this.tables.families[family]!;
    const { nlri, slots } = this;
    const length = rib.prefixes.octetsOf(prefix, NO_PAYLOAD);
    if (length > MAX_NLRI) return;
    rib.prefixes.write(prefix, nlri, 0, NO_PAYLOAD);
    if (this.filter !== null && !this.filter(family, nlri, length)) return;
    const last = slots.find(family, prefix, nlri, length);
    const best = rib.bestOf(prefix);
    this.look(rib, prefix, last);
    if (last !== null && (best === 0 ? last.peer === null : this.isSame(rib, best, last))) return;
    this.spend();
    const slot = slots.take(family, prefix, nlri, length, this.clock.wallMs());
    this.explain(slot, rib, prefix, best, last);
    if (best !== 0) this.describe(slot, rib, best);
  }

  /** Counts the paths, and finds the one of the last record. */
  private look({ paths, prefixes }: FamilyRib, prefix: PrefixId, last: Readonly<Slot> | null): void {
    let count = 0;
    this.found = 0 as PathId;
    for (let path = prefixes.head(prefix); path !== 0 && count <= MAX_PATHS; path = paths.nextOf(path)) {
      count++;
      if (last === null || last.peer === null) continue;
      if (paths.peerOf(path) === last.peerId && paths.pathIdOf(path) === last.pathId) this.found = path;
    }
    this.pathCount = count;
  }

  /** Whether the path is that of the last record, with the same attributes. */
  private isSame({ paths }: FamilyRib, best: PathId, last: Readonly<Slot>): boolean {
    if (this.found !== best) return false;
    const set = paths.attributesOf(best);
    const { attributes } = this.tables;
    return this.slots.hasAttributes(last, attributes.pageOf(set), attributes.startOf(set), attributes.lengthOf(set));
  }

  private explain(slot: Slot, rib: FamilyRib, prefix: PrefixId, best: PathId, last: Readonly<Slot> | null): void {
    const { paths, decision, prefixes } = rib;
    slot.paths = this.pathCount;
    slot.step = -1;
    if (best !== 0 && this.pathCount <= MAX_PATHS) {
      decision.best(prefixes.head(prefix));
      slot.step = decision.step;
    }
    slot.before = last?.peer ?? null;
    slot.reason = 0;
    if (last === null || last.peer === null) {
      const head = prefixes.head(prefix);
      slot.cause = best !== 0 ? (last === null ? 'unknown' : 'appeared') : head === 0 ? 'lost' : 'unusable';
      if (best === 0 && head !== 0) {
        slot.reason = paths.reasonOf(head);
        slot.before = this.tables.peers[paths.peerOf(head)]?.name ?? null;
      }
      return;
    }
    if (this.found === 0) {
      // Beyond MAX_PATHS it is not known whether the path is still there.
      const peer = this.tables.peers[last.peerId];
      const isClosed = peer === undefined || peer.gone || peer.sessionKey !== last.session;
      slot.cause = this.pathCount > MAX_PATHS ? 'unknown' : isClosed ? 'closed' : 'withdrawn';
      return;
    }
    slot.reason = paths.reasonOf(this.found);
    slot.cause = slot.reason !== 0 ? 'unusable' : this.found === best ? 'changed' : 'better';
  }

  private describe(slot: Slot, { paths }: FamilyRib, best: PathId): void {
    const { peers, attributes, nextHops } = this.tables;
    const peer = peers[paths.peerOf(best)];
    slot.peer = peer?.name ?? '';
    slot.peerId = paths.peerOf(best);
    slot.session = peer?.sessionKey ?? 0;
    slot.pathId = paths.pathIdOf(best);
    const set = paths.attributesOf(best);
    const hop = attributes.nextHopOf(set);
    this.slots.addNextHop(slot, nextHops.pageOf(hop), nextHops.startOf(hop), nextHops.lengthOf(hop));
    this.slots.addAttributes(slot, attributes.pageOf(set), attributes.startOf(set), attributes.lengthOf(set));
  }

  private spend(): void {
    if (this.allowance === null) return;
    this.tokens--;
    if (this.tokens === 0) this.skippedSinceMs = this.clock.wallMs();
    if (!this.refill.armed) this.refill.arm(this.clock.nowMs() + REFILL_MS);
  }

  private onRefill(): void {
    const { allowance } = this;
    if (allowance === null) return;
    if (this.skipped > 0) {
      this.slots.takeGap(this.skipped, this.skippedSinceMs, this.clock.wallMs());
      this.skipped = 0;
    }
    this.tokens = Math.min(allowance.burst, this.tokens + allowance.perSecond);
    if (this.tokens < allowance.burst) this.refill.arm(this.clock.nowMs() + REFILL_MS);
  }
}
