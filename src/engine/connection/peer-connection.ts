/**
 * One TCP connection of a peer: received bytes become frames, frames become messages for the peer.
 */
import type { Side } from '../../fsm/types.ts';
import { Framer, type FrameSink } from '../../wire/framer.ts';
import { MESSAGE_TYPES } from '../../wire/message.ts';
import type { Notification } from '../../wire/notification.ts';
import type { Connection, ConnectionHandler } from '../ports/ports.ts';
import type { Tap, TappedConnection } from '../ports/taps.ts';
import { Outbox } from './outbox.ts';

/** The owner of a connection, which receives its events. */
export interface ConnectionOwner {
  nowMs(): number;
  /** A whole message of a known type; false: read no further, the connection is closed. */
  onMessage(connection: PeerConnection, bytes: Uint8Array, start: number, end: number, type: number): boolean;
  onFramingError(connection: PeerConnection, notification: Notification): void;
  onConnectionClosed(connection: PeerConnection, error: string | null): void;
  /** All arrived data was read, or as much as there was time for. */
  onInputDone(): void;
}

export class PeerConnection implements ConnectionHandler, FrameSink, TappedConnection {
  readonly side: Side;
  readonly tcp: Connection;
  readonly outbox: Outbox;
  /** Milliseconds of the clock at which the last KEEPALIVE or UPDATE was received. */
  lastReceivedMs: number;
  messagesIn = 0;
  /** The same by message type. */
  readonly typesIn = new Float64Array(MESSAGE_TYPES);
  updatesIn = 0;
  bytesIn = 0;
  readonly framer = new Framer();
  private owner: ConnectionOwner;
  private tap: Tap | null = null;
  private done = false;
  /** End of the time slice of this connection. */
  private untilMs = Number.POSITIVE_INFINITY;

  constructor(side: Side, connection: Connection, owner: ConnectionOwner) {
    this.side = side;
    this.tcp = connection;
    this.owner = owner;
    this.lastReceivedMs = owner.nowMs();
    this.outbox = new Outbox(connection);
    connection.attach(this);
  }

  /** Hands the connection over to another owner. */
  hand(owner: ConnectionOwner): void {
    this.owner = owner;
  }

  onData(bytes: Uint8Array, start: number, end: number, untilMs: number): number {
    if (this.done) return end;
    this.untilMs = untilMs;
    const stop = this.framer.push(bytes, start, end, this);
    this.bytesIn += stop - start;
    this.owner.onInputDone();
    return stop;
  }

  isTimeUp(): boolean {
    return this.untilMs !== Number.POSITIVE_INFINITY && this.owner.nowMs() >= this.untilMs;
  }

  onWritten(): void {
    this.outbox.written();
  }

  onClosed(error: string | null): void {
    this.outbox.lost();
    if (this.done) return;
    this.done = true;
    this.owner.onConnectionClosed(this, error);
  }

  onFrame(bytes: Uint8Array, start: number, end: number, type: number): boolean {
    this.messagesIn++;
    this.typesIn[type]++;
    if (this.tap !== null) this.tap.messages('received', this, bytes, start, end);
    return this.owner.onMessage(this, bytes, start, end, type) && !this.done;
  }

  onFramingError(error: Notification): void {
    this.owner.onFramingError(this, error);
  }

  listen(tap: Tap | null): void {
    this.tap = tap;
    this.outbox.onWrite = tap === null ? null : (bytes, start, end) => tap.messages('sent', this, bytes, start, end);
  }

  /** Stops reading, sends queued output, and closes. */
  close(): void {
    this.done = true;
    this.outbox.close();
  }

  /** Closes immediately. */
  abort(): void {
    this.done = true;
    this.outbox.abort();
  }
}
