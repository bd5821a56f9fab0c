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
