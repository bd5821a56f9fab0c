/** The counters and the last failures of a peer, across its sessions, for display and metrics. */
import type { DownReason } from '../../fsm/types.ts';
import { MESSAGE_TYPES } from '../../wire/message.ts';
import type { PeerConnection } from './peer-connection.ts';

interface Traffic {
  messagesIn: number;
  messagesOut: number;
  updatesIn: number;
  updatesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Messages by type. */
  readonly typesIn: Float64Array;
  readonly typesOut: Float64Array;
}

/** A past failure, in words for the operator at that time, and its time (milliseconds of the clock). */
export interface Remembered {
  readonly text: string;
  readonly atMs: number;
}

/** How long dropped segments explain the missing session better than an unanswered dial. */
const SUSPICION_MS = 60_000;

export class PeerCounters {
  established = 0;
  dropped = 0;
  /** Failed dials. */
  connectFailures = 0;
  /** Why the last session, or the last attempt, ended. */
  lastDown: Remembered | null = null;
  /** Why the last dial failed. */
  lastConnectError: Remembered | null = null;
  /** Why there is no session now: the latest reason that closed or prevented one; null: none. */
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
    typesIn: new Float64Array(MESSAGE_TYPES),
    typesOut: new Float64Array(MESSAGE_TYPES),
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

  /** Segments that the kernel drops may explain the missing session. */
  noteSuspicion(text: string, atMs: number): void {
    this.obstacle = { text, atMs };
    this.suspectedMs = atMs;
  }

  /** The obstacle is gone: the OPENs match, or the configuration changed. */
  forgetObstacle(): void {
    this.obstacle = null;
    this.suspectedMs = Number.NEGATIVE_INFINITY;
  }

  /** Adds the traffic of a closed connection. */
  keep(connection: PeerConnection): void {
    add(this.ended, connection);
  }

  /** Traffic of all connections, including the open one. */
  total(connection: PeerConnection | null): Traffic {
    const { typesIn, typesOut } = this.ended;
    const sum = { ...this.ended, typesIn: typesIn.slice(), typesOut: typesOut.slice() };
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
  for (let type = 0; type < MESSAGE_TYPES; type++) {
    sum.typesIn[type] += connection.typesIn[type];
    sum.typesOut[type] += connection.outbox.types[type];
  }
}
