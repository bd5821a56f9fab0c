/** What is counted and remembered of a peer over all its sessions, for people and metrics. */
import type { DownReason } from '../../fsm/types.ts';
import type { PeerConnection } from './peer-connection.ts';

export interface Traffic {
  messagesIn: number;
  messagesOut: number;
  updatesIn: number;
  updatesOut: number;
  bytesIn: number;
  bytesOut: number;
}

/** Something that happened, in words for the operator as they were right then, and when (milliseconds of the clock). */
export interface Remembered {
  readonly text: string;
  readonly atMs: number;
}

/** For so long what the kernel drops says more than that nobody answers a dial. */
const SUSPICION_MS = 60_000;

export class PeerCounters {
  established = 0;
  dropped = 0;
  /** Dials that led to no connection. */
  connectFailures = 0;
  /** How the last session, or the last attempt at one, ended. */
  lastDown: Remembered | null = null;
  /** How the last dial failed. */
  lastConnectError: Remembered | null = null;
  /** Why there is no session now: the latest of what ended one and of what kept one from coming up; null: nothing did. */
  obstacle: Remembered | null = null;
  /** UPDATEs with an error, by verdict (RFC 7606). */
  readonly malformed = [0, 0, 0, 0];
  private suspectedMs = Number.NEGATIVE_INFINITY;
  private readonly ended: Traffic = {
    messagesIn: 0,
    messagesOut: 0,
    updatesIn: 0,
    updatesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
  };

  /** @param text the reason in words */
  noteDown(reason: DownReason, text: string, atMs: number, wasEstablished: boolean): void {
    if (reason.kind === 'collision') return;
    this.lastDown = { text, atMs };
    this.obstacle = this.lastDown;
    if (wasEstablished) this.dropped++;
  }

  noteConnectError(text: string, atMs: number): void {
    this.connectFailures++;
    this.lastConnectError = { text, atMs };
    if (atMs - this.suspectedMs >= SUSPICION_MS) this.obstacle = this.lastConnectError;
  }

  /** What the kernel drops may be why there is no session. */
  noteSuspicion(text: string, atMs: number): void {
    this.obstacle = { text, atMs };
    this.suspectedMs = atMs;
  }

  /** What stood in the way does no more: the OPENs agree, or the configuration has changed. */
  forgetObstacle(): void {
    this.obstacle = null;
    this.suspectedMs = Number.NEGATIVE_INFINITY;
  }

  /** Adds what a connection that ends has carried. */
  keep(connection: PeerConnection): void {
    add(this.ended, connection);
  }

  /** Traffic of all connections, with that of the one that is open. */
  total(connection: PeerConnection | null): Traffic {
    const sum = { ...this.ended };
    if (connection !== null) add(sum, connection);
    return sum;
  }
}

function add(sum: Traffic, connection: PeerConnection): void {
  sum.messagesIn += connection.messagesIn;
  sum.messagesOut += connection.outbox.messages;
  sum.updatesIn += connection.updatesIn;
  sum.updatesOut += connection.outbox.updates;
  sum.bytesIn += connection.bytesIn;
  sum.bytesOut += connection.outbox.bytes;
}
