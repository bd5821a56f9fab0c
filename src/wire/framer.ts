/** Splits a stream of bytes into messages (RFC 4271 4.1, 6.1). */
import { u16 } from './bytes.ts';
import { HEADER_LENGTH, MAX_EXTENDED_LENGTH, MAX_MESSAGE_LENGTH, MESSAGE } from './message.ts';
import { headerError, type Notification } from './notification.ts';

/** Minimum length of a message, by type. */
const SHORTEST = [0, 29, 23, 21, 19, 23] as const;

const MARKER_LENGTH = 16;
const LENGTH_END = 18;
/** Octets of messages between two looks at the time. */
const LOOK_OCTETS = 4096;

/** Receives whole messages. */
export interface FrameSink {
  /** `bytes[start, end)` is a message with its header, valid during the call; return false to stop reading. */
  onFrame(bytes: Uint8Array, start: number, end: number, type: number): boolean;
  /** Whether to yield to other sessions; called between messages, every few kilobytes. */
  isTimeUp(): boolean;
  /** The stream is out of synchronization; nothing is read after this. */
  onFramingError(error: Notification): void;
}

/**
 * Splits one connection's bytes into messages. Messages that are complete in the input are passed on in place; only a
 * partial message is copied, to a buffer that is released with it. An error is reported at the octet that causes it.
 */
export class Framer {
  /** Maximum length of a received UPDATE, NOTIFICATION or ROUTE-REFRESH. */
  maxLength: number = MAX_MESSAGE_LENGTH;
  private piece: Uint8Array | null = null;
  private held = 0;
  private stopped = false;

  /** Accepts extended messages (RFC 8654) from now on. */
  takeExtended(): void {
    this.maxLength = MAX_EXTENDED_LENGTH;
  }

  /** Reads `bytes[start, end)`, or as much of it as there is time for; returns where it stopped. */
  push(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    let at = this.held > 0 ? this.complete(bytes, start, end, sink) : start;
    let lookAt = start + LOOK_OCTETS;
    while (!this.stopped && at < end) {
      const size = this.frameLength(bytes, at, end, sink);
      if (size < 0) return end;
      if (size === 0 || at + size > end) {
        this.keep(bytes, at, end, size);
        return end;
      }
      this.hand(bytes, at, at + size, sink);
      at += size;
      if (at < lookAt) continue;
      if (sink.isTimeUp()) return this.stopped ? end : at;
      lookAt = at + LOOK_OCTETS;
    }
    return end;
  }

  /** Adds to the partial message until it is complete; returns where it ended in the input. */
  private complete(bytes: Uint8Array, start: number, end: number, sink: FrameSink): number {
    for (let at = start; ; ) {
      const size = this.frameLength(this.piece as Uint8Array, 0, this.held, sink);
      if (size < 0) return end;
      const wanted = size === 0 ? HEADER_LENGTH : size;
      if (this.held === wanted) {
        const whole = this.piece as Uint8Array;
        this.release();
        this.hand(whole, 0, wanted, sink);
        return at;
      }
      if (at === end) return at;
      const take = Math.min(end - at, wanted - this.held);
      this.append(bytes, at, at + take, wanted);
      at += take;
    }
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

  /** Keeps the start of a message of `size` octets (0: not known yet). */
  private keep(bytes: Uint8Array, start: number, end: number, size: number): void {
    this.append(bytes, start, end, size === 0 ? HEADER_LENGTH : size);
  }

  private release(): void {
    this.piece = null;
    this.held = 0;
  }

  private hand(bytes: Uint8Array, start: number, end: number, sink: FrameSink): void {
    if (!sink.onFrame(bytes, start, end, bytes[start + LENGTH_END])) this.stopped = true;
  }

  /** Length of the message at `at`; 0 when its header is incomplete; -1 after an error, reported to the sink. */
  private frameLength(bytes: Uint8Array, at: number, limit: number, sink: FrameSink): number {
    const there = limit - at;
    for (let i = 0; i < MARKER_LENGTH && i < there; i++) {
      if (bytes[at + i] !== 0xff) return this.fail(headerError.notSynchronized(), sink);
    }
    if (there < LENGTH_END) return 0;
    const length = u16(bytes, at + MARKER_LENGTH);
    if (length < HEADER_LENGTH || length > Math.max(this.maxLength, MAX_MESSAGE_LENGTH)) {
      return this.fail(headerError.badLength(length), sink);
    }
    if (there < HEADER_LENGTH) return 0;
    const type = bytes[at + LENGTH_END];
    if (type === 0 || type >= SHORTEST.length) return this.fail(headerError.badType(type), sink);
    return this.lengthFits(type, length) ? length : this.fail(headerError.badLength(length), sink);
  }

  /** RFC 4271 6.1; RFC 8654 4: OPEN and KEEPALIVE keep the limit of 4,096. */
  private lengthFits(type: number, length: number): boolean {
    if (length < SHORTEST[type]) return false;
    if (type === MESSAGE.keepalive) return length === HEADER_LENGTH;
    return length <= (type === MESSAGE.open ? MAX_MESSAGE_LENGTH : this.maxLength);
  }

  private fail(error: Notification, sink: FrameSink): number {
    this.stopped = true;
    this.release();
    sink.onFramingError(error);
    return -1;
  }
}
