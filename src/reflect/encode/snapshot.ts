/**
 * A snapshot: what a group advertises, encoded into chunks of its own for members that join or request a refresh, with
 * the place in the group's log where it was started. Members that join while it is kept share it.
 *
 * It is encoded piece by piece as its fastest reader needs it. A prefix that changes meanwhile is in the log behind the
 * anchor, and may be in the snapshot in its newer state: after both, every member holds the same.
 */
import { type ChunkPool, type Cursor, Log } from './chunks.ts';

/** Encodes advertised prefixes from id `from` on into `log`; returns where to continue, or 0 at the end. */
type SnapshotSource = (from: number, log: Log) => number;

export class Snapshot {
  /** Where in the group's log a member continues after the snapshot. */
  readonly anchor: Cursor;
  readonly log: Log;
  private readers = 0;
  /** Keeps the first byte while other members may still join. */
  private keeper: Cursor | null;
  private next = 1;
  private readonly source: SnapshotSource;

  constructor(anchor: Cursor, pool: ChunkPool, source: SnapshotSource) {
    this.anchor = anchor;
    this.source = source;
    this.log = new Log(pool);
    this.keeper = this.log.cursorAtStart();
  }

  /** A reader's place at the first byte; only while it is shared. */
  open(): Cursor {
    this.readers++;
    return (this.keeper as Cursor).clone();
  }

  /** Encodes another piece for a reader that has read everything encoded so far; false when nothing is left. */
  encodeMore(): boolean {
    if (this.next === 0) return false;
    this.next = this.source(this.next, this.log);
    return true;
  }

  /** A reader has finished, or has left. */
  leave(cursor: Cursor): void {
    cursor.close();
    this.readers--;
    this.closeIfUnused();
  }

  /** No other member joins from now on; chunks that all readers have passed are released. */
  stopSharing(): void {
    this.keeper?.close();
    this.keeper = null;
    this.closeIfUnused();
  }

  private closeIfUnused(): void {
    if (this.readers > 0 || this.keeper !== null) return;
    this.anchor.close();
    this.log.close();
  }
}

/** What must happen a while after something happened in a group. */
export interface GroupAlarms {
  /** A path lost the way that it was advertised by: `ageLostWays` must be called. */
  onWayLost(): void;
  /** A snapshot began, which members share: `endSharing` must be called. */
  onSnapshot(): void;
}

/** The snapshots of a group, of which the last one is shared by members that join at about the same time. */
export class SharedSnapshots {
  private last: Snapshot | null = null;
  private readonly log: Log;
  private readonly begin: () => Snapshot;

  /** @param log of the group; members continue in it after a snapshot */
  constructor(log: Log, begin: () => Snapshot) {
    this.log = log;
    this.begin = begin;
  }

  /** The snapshot for a member that joins: the last one, or a new one when that was started before `since`. */
  current(since: number): Snapshot {
    if (this.last !== null && this.last.anchor.position < since) this.endSharing();
    this.last ??= this.begin();
    return this.last;
  }

  /** The next member to join gets a new snapshot. Called when the last one is no longer worth its memory. */
  endSharing(): void {
    this.last?.stopSharing();
    this.last = null;
  }

  /** Ends the sharing when more bytes than that follow the anchor in the log. */
  endIfLongerThan(bytes: number): void {
    if (this.last !== null && this.log.end - this.last.anchor.position > bytes) this.endSharing();
  }
}
