/** From a stream of bytes to messages (RFC 4271 4.1, 6.1). No I/O, no timers. */
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH, MESSAGE } from './message.ts';
import { headerError, type Notification } from './notification.ts';

/** Shortest message of each type, by type. */
const SHORTEST = [0, 29, 23, 21, 19, 23] as const;

/** Where whole messages go. */
export interface FrameSink {
  /** `bytes[start, end)` is a message with its header, valid during the call; false: read no further. */
  onFrame(bytes: Uint8Array, start: number, end: number, type: number): boolean;
  /** The stream cannot be followed any more; nothing is read after this. */
  onFramingError(error: Notification): void;
}

/**
 * Cuts one connection's bytes into messages. Those that lie whole in the input are handed out in place; only a piece
 * that the input breaks off is kept, in a buffer that exists no longer than the piece.
 */
export class Framer {
  /** Longest UPDATE, NOTIFICATION and ROUTE-REFRESH taken. */
  maxLength: number = MAX_MESSAGE_LENGTH;
  private piece: Uint8Array | null = null;
  private held = 0;
  private stopped = false;

  /** Takes `bytes[0, length)`. */
  push(bytes: Uint8Array, length: number, sink: FrameSink): void {
    let at = this.held > 0 ? this.complete(bytes, length, sink) : 0;
    while (!this.stopped && at < length) {
      const end = this.frameEnd(bytes, at, length, sink);
      if (end < 0) return;
      if (end === 0 || end > length) {
        this.keep(bytes, at, length);
        return;
      }
      this.hand(bytes, at, end, sink);
      at = end;
    }
  }

  /** Adds to the piece that is held until it is a message; returns how much of the input that took. */
  private complete(bytes: Uint8Array, length: number, sink: FrameSink): number {
    let at = 0;
    while (at < length) {
      const piece = this.piece as Uint8Array;
      const end = this.frameEnd(piece, 0, this.held, sink);
      if (end < 0) return length;
      const wanted = end === 0 ? HEADER_LENGTH : end;
      const take = Math.min(length - at, wanted - this.held);
      this.append(bytes, at, at + take, wanted);
      at += take;
      if (this.held === wanted && this.frameEnd(this.piece as Uint8Array, 0, this.held, sink) === wanted) {
        const whole = this.piece as Uint8Array;
        this.piece = null;
        this.held = 0;
        this.hand(whole, 0, wanted, sink);
        return at;
      }
      if (this.stopped) return length;
    }
    if (this.held > 0) this.frameEnd(this.piece as Uint8Array, 0, this.held, sink);
    return at;
  }

  private append(bytes: Uint8Array, start: number, end: number, wanted: number): void {
    if (this.piece === null || this.piece.length < wanted) {
      const larger = new Uint8Array(wanted);
      if (this.piece !== null) larger.set(this.piece.subarray(0, this.held));
      this.piece = larger;
    }
    this.piece.set(bytes.subarray(start, end), this.held);
    this.held += end - start;
  }

  private keep(bytes: Uint8Array, start: number, end: number): void {
    this.held = 0;
    this.piece = null;
    this.append(bytes, start, end, Math.max(HEADER_LENGTH, end - start));
  }

  private hand(bytes: Uint8Array, start: number, end: number, sink: FrameSink): void {
    if (!sink.onFrame(bytes, start, end, bytes[start + 18])) this.stopped = true;
  }

  /** Where the message at `at` ends; 0 when its length is not there yet; -1 after an error, which the sink was told. */
  private frameEnd(bytes: Uint8Array, at: number, limit: number, sink: FrameSink): number {
    const there = limit - at;
    for (let i = 0; i < 16 && i < there; i++) {
      if (bytes[at + i] !== 0xff) return this.fail(headerError.notSynchronized(), sink);
    }
    if (there < HEADER_LENGTH) return 0;
    const length = (bytes[at + 16] << 8) | bytes[at + 17];
    const type = bytes[at + 18];
    if (type < 1 || type > 5) {
      const badLength = length < HEADER_LENGTH || length > this.maxLength;
      return this.fail(badLength ? headerError.badLength(length) : headerError.badType(type), sink);
    }
    if (!this.lengthFits(type, length)) return this.fail(headerError.badLength(length), sink);
    return at + length;
  }

  /** RFC 4271 6.1; RFC 8654 4: OPEN and KEEPALIVE keep the old limit. */
  private lengthFits(type: number, length: number): boolean {
    if (length < SHORTEST[type]) return false;
    if (type === MESSAGE.keepalive) return length === HEADER_LENGTH;
    return length <= (type === MESSAGE.open ? MAX_MESSAGE_LENGTH : this.maxLength);
  }

  private fail(error: Notification, sink: FrameSink): number {
    this.stopped = true;
    sink.onFramingError(error);
    return -1;
  }
}
