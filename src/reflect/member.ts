/**
 * A member of an update group: its place in the messages of the group.
 *
 *   snapshot ─► log ─► (falls too far behind) slow ─► (drained) log
 *                └── asks for a refresh ─► snapshot ─► log
 *
 * It is a cursor over a log: the group's, a snapshot's, or its own. A slow member holds no place in the group's log: a
 * bitmap holds the prefixes that it is owed, so its memory is bounded whatever the peer does. It is sent their current
 * state, a piece at a time, and returns to the group's log when the bitmap is empty.
 */

import { BitSet } from '../lib/tables/bit-set.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { PrefixId } from '../rib/tables/ids.ts';
import type { Advertised, SetTest } from './advertise/advertised.ts';
import type { Membership } from './advertise/membership.ts';
import { type Chunk, type ChunkPool, type Cursor, Log } from './encode/chunks.ts';
import { gather, type Slice } from './encode/gather.ts';
import type { GroupKey } from './encode/group-key.ts';
import type { Marks } from './encode/marks.ts';
import type { Snapshot } from './encode/snapshot.ts';
import type { InitialContents, InitialUpdate } from './initial-update.ts';
import { RefreshMarks } from './refresh-marks.ts';

/** Pieces to encode, and chunks to skip, before a member that found nothing to send yields to others. */
const PATIENCE = 4;

type Sending = 'snapshot' | 'log' | 'slow';

/** Is woken when a member has something to send again. */
export interface Wakeable {
  wake(): void;
}

/** The group that a member belongs to, as the member uses it. */
interface MemberGroup extends InitialContents {
  /** Number of the group; never reused. */
  readonly id: number;
  readonly advertised: Advertised;
  readonly log: Log;
  readonly marks: Marks;
  endOfRibTaken(member: Member): void;
  /** A snapshot, shared by members that join at about the same time. */
  sharedSnapshot(since: number): Snapshot;
  /** Visits advertised prefixes that are meant, in a piece of the table from an id on; returns where to continue, or 0. */
  eachAdvertised(from: number, isMeant: SetTest | null, visit: (prefix: PrefixId) => void): number;
  /** Pins a prefix for a slow member. */
  keep(prefix: PrefixId): void;
  /** Encodes a piece of what a slow member is owed; returns where to continue. */
  encodeOwed(member: Member, owed: BitSet, from: number, log: Log): number;
  /** A slow member is back in the log. */
  caughtUp(member: Member): void;
  /** The owner has more to send in a later turn. */
  rest(owner: Wakeable): void;
}

export class Member<Group extends MemberGroup = MemberGroup> {
  readonly peer: RibPeer;
  readonly group: Group;
  readonly owner: Wakeable;
  /** The route targets that the peer asks for; null: all. */
  readonly membership: Membership | null;
  endOfRibSent = false;
  /** A change of the membership is compared with what is advertised: the member stays slow until that is done. */
  isComparing = false;
  readonly refreshMarks = new RefreshMarks();
  /** The peer requested a refresh before End-of-RIB was sent: the refresh follows End-of-RIB. */
  private refreshDue = false;

  /** While the peer moves here from another group: its member there, which records what it was sent there. */
  origin: Member<Group> | null = null;
  /** The key of the group that it is about to be in, after its settings have changed; null: they have not. */
  wanted: GroupKey | null = null;

  /** What was in the tables when the member joined: End-of-RIB follows it. */
  private readonly initial: InitialUpdate;
  private cursor: Cursor;
  private snapshot: Snapshot | null;
  /** A snapshot that starts when the cursor reaches its anchor, and the place in it. */
  private upcoming: Snapshot | null = null;
  private upcomingCursor: Cursor | null = null;
  /** What a slow member is owed, and where to continue in it; the cursor is then in a log of its own. */
  private owed: BitSet | null = null;
  private owedFrom = 0;
  /**
   * A slow member is also owed every prefix from this id on that is still advertised when it gets there; 0: none. It is
   * owed changes in any case.
   */
  private allFrom = 0;
  /** Chunk offset behind the slice that is being written; -1: none is. */
  private writingTo = -1;
  private readonly pool: ChunkPool;

  constructor(
    group: Group,
    peer: RibPeer,
    owner: Wakeable,
    membership: Membership | null,
    snapshot: Snapshot,
    initial: InitialUpdate,
    pool: ChunkPool,
  ) {
    this.group = group;
    this.peer = peer;
    this.owner = owner;
    this.membership = membership;
    membership?.members.add(this);
    this.pool = pool;
    this.snapshot = snapshot;
    this.cursor = snapshot.open();
    this.initial = initial;
  }

  get sending(): Sending {
    if (this.owed !== null) return 'slow';
    return this.snapshot !== null ? 'snapshot' : 'log';
  }

  get isSlow(): boolean {
    return this.owed !== null;
  }

  /** Whether the peer may hold routes with such attributes; null: any. */
  private get mayHold(): SetTest | null {
    const { membership } = this;
    return membership === null ? null : (set) => membership.wantedEver(set);
  }

  /** Prefixes that are or will be advertised to the peer: all that it asks for, except its own. */
  get advertisedCount(): number {
    return this.group.advertised.counts.sentTo(this.peer, this.membership);
  }

  /** Bytes that are encoded and wait for this member. */
  get lagBytes(): number {
    return this.cursor.log.end - this.cursor.position + (this.snapshot !== null ? this.heldBytes : 0);
  }

  /** Prefixes that a slow member is owed. */
  get owedCount(): number {
    return this.owed?.count ?? 0;
  }

  /** Bytes of the group's log that are kept because of this member. */
  get heldBytes(): number {
    if (this.owed !== null) return 0;
    return this.group.log.end - this.place.position;
  }

  /**
   * Finds the next bytes for this peer; false when there are none, or when a bounded search found none: then the owner
   * is woken again. Must not be called again before `written`.
   */
  take(slice: Slice): boolean {
    for (let looks = 0; looks < PATIENCE; looks++) {
      if (this.takeMark(slice)) return true;
      if (this.atUpcoming()) this.beginUpcoming();
      // BoRR precedes the snapshot, which may have nothing left to encode.
      if (this.takeMark(slice)) return true;
      if (this.takeEndOfRib(slice)) return true;
      if (!this.cursor.atEnd) {
        if (this.takeRuns(slice)) return true;
      } else if (this.sending === 'log') {
        return false;
      } else if (!this.encodeMore()) {
        if (this.origin !== null || this.isComparing) return false;
        this.enterLog();
      }
    }
    this.group.rest(this.owner);
    return false;
  }

  /** What `take` gave has left to the kernel. */
  written(): void {
    if (this.writingTo >= 0) this.cursor.moveTo(this.writingTo);
    this.writingTo = -1;
  }

  /**
   * Sends everything again (RFC 2918), and nothing older than what the member was already sent. Before End-of-RIB the
   * refresh waits: BoRR must not precede End-of-RIB (RFC 7313 4), nor may earlier messages be between BoRR and EoRR.
   */
  refresh(): void {
    if (this.endOfRibSent) this.resend();
    else this.refreshDue = true;
    this.owner.wake();
  }

  private resend(): void {
    if (this.owed !== null) {
      this.allFrom = 1;
      this.refreshMarks.begin();
    } else if (this.upcoming === null) {
      this.upcoming = this.group.sharedSnapshot(this.sentTo);
      this.upcomingCursor = this.upcoming.open();
    }
  }

  /**
   * Leaves the shared log, and is owed what it has not read of it.
   * @param unread prefixes in the group's log from `place` on, or from before; owned by this member from now on
   */
  becomeSlow(unread: BitSet): void {
    const isAskedFor = this.upcoming !== null;
    const resent = this.snapshot !== null || isAskedFor;
    this.leave();
    this.owed = unread;
    this.owedFrom = 0;
    this.allFrom = this.refreshMarks.isOpen || resent ? 1 : 0;
    if (isAskedFor) this.refreshMarks.begin();
    this.cursor = new Log(this.pool).cursorAtStart();
  }

  /** Whether a slow member is owed a prefix because it changed, or because it could not be compared. */
  owes(prefix: PrefixId): boolean {
    return this.owed?.has(prefix) === true;
  }

  /** Whether the peer of a slow member may hold something else for a prefix than is advertised. */
  isUncertain(prefix: PrefixId): boolean {
    return this.owes(prefix) || (this.allFrom !== 0 && prefix >= this.allFrom);
  }

  /** Continues, as a slow member that is owed nothing yet, for the peer that was a member of another group before. */
  follow(before: Member<Group>): void {
    this.leave();
    this.owed = new BitSet();
    this.cursor = new Log(this.pool).cursorAtStart();
    this.origin = before;
    this.endOfRibSent = before.endOfRibSent;
    this.refreshDue = before.refreshDue;
    this.refreshMarks.follow(before.refreshMarks);
    if (before.upcoming !== null) this.refreshMarks.begin();
  }

  /** The log of a slow member. */
  get ownLog(): Log {
    return this.cursor.log;
  }

  /** Where the member continues in the group's log; a slow member continues in its own. */
  get place(): Cursor {
    return this.snapshot?.anchor ?? this.cursor;
  }

  /** Position in the group's log behind what was sent, also if that is still being written. */
  private get sentTo(): number {
    const { place, writingTo } = this;
    return this.sending === 'log' && writingTo >= 0 ? place.chunk.base + writingTo : place.position;
  }

  /** Notes that a prefix changed; only for a slow member. */
  owe(prefix: PrefixId): void {
    if (this.owed?.add(prefix)) this.group.keep(prefix);
  }

  /** Releases everything it holds. */
  close(): void {
    this.membership?.members.delete(this);
    this.leave();
  }

  private atUpcoming(): boolean {
    return this.upcoming !== null && this.sending === 'log' && this.cursor.position >= this.upcoming.anchor.position;
  }

  private beginUpcoming(): void {
    this.cursor.close();
    this.cursor = this.upcomingCursor as Cursor;
    this.snapshot = this.upcoming;
    this.upcoming = null;
    this.refreshMarks.begin();
  }

  private takeMark(slice: Slice): boolean {
    const mark = this.refreshMarks.take();
    if (mark !== 0) fill(slice, this.group.marks.refreshMark(mark));
    return mark !== 0;
  }

  /** Encodes a piece of the snapshot, or of what is owed; false when nothing is left. */
  private encodeMore(): boolean {
    if (this.snapshot !== null) return this.snapshot.encodeMore();
    if (this.owed === null) return false;
    if (this.owed.count === 0 && this.allFrom !== 0) {
      this.allFrom = this.group.eachAdvertised(this.allFrom, this.mayHold, (prefix) => this.owe(prefix));
      return true;
    }
    if (this.owed.count === 0) return false;
    this.owedFrom = this.group.encodeOwed(this, this.owed, this.owedFrom, this.cursor.log);
    return true;
  }

  /** The bytes for this peer from the cursor to the end of its chunk; false when there are none. */
  private takeRuns(slice: Slice): boolean {
    const { cursor } = this;
    if (cursor.offset === cursor.chunk.length) cursor.moveTo(cursor.offset);
    const stop = this.stopIn(cursor.chunk);
    gather(cursor.chunk, cursor.offset, stop, this.peer, this.membership, slice);
    if (slice.end > slice.start) {
      this.writingTo = stop;
      return true;
    }
    cursor.moveTo(stop);
    return false;
  }

  /** Where in a chunk to stop: at its end, or at the anchor of an upcoming snapshot. */
  private stopIn(chunk: Chunk): number {
    if (this.upcoming === null || this.sending !== 'log') return chunk.length;
    return Math.min(chunk.length, this.upcoming.anchor.position - chunk.base);
  }

  /** The initial update is sent; the log of a slow member begins behind it. */
  private takeEndOfRib(slice: Slice): boolean {
    if (this.endOfRibSent || this.sending !== 'log' || !this.initial.advance(this.group)) return false;
    if (this.cursor.position < this.initial.end) return false;
    this.endOfRibSent = true;
    this.group.endOfRibTaken(this);
    fill(slice, this.group.marks.endOfRib);
    if (this.refreshDue) this.resend();
    this.refreshDue = false;
    return true;
  }

  /** A snapshot, or what was owed, is completely sent: continues with the group's log. */
  private enterLog(): void {
    this.refreshMarks.end();
    const { snapshot, cursor } = this;
    if (snapshot !== null) {
      this.cursor = snapshot.anchor.clone();
      this.snapshot = null;
      snapshot.leave(cursor);
      return;
    }
    cursor.close();
    cursor.log.close();
    this.owed = null;
    this.cursor = this.group.log.cursorAtEnd();
    this.group.caughtUp(this);
  }

  /** Leaves its place; bytes that are being written are not changed. */
  private leave(): void {
    const { snapshot, cursor } = this;
    if (this.writingTo >= 0) cursor.chunk.recyclable = false;
    this.writingTo = -1;
    if (snapshot !== null) snapshot.leave(cursor);
    else cursor.close();
    if (this.owed !== null) cursor.log.close();
    this.upcoming?.leave(this.upcomingCursor as Cursor);
    this.snapshot = null;
    this.upcoming = null;
  }
}

function fill(slice: Slice, bytes: Uint8Array): void {
  slice.bytes = bytes;
  slice.start = 0;
  slice.end = bytes.length;
}
