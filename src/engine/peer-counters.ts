/** What is counted of a peer over all its sessions, for people and metrics. No Node here. */
import type { DownReason } from '../fsm/types.ts';
import type { Link } from './link.ts';

export interface Traffic {
  messagesIn: number;
  messagesOut: number;
  updatesIn: number;
  updatesOut: number;
  bytesIn: number;
  bytesOut: number;
}

export class PeerCounters {
  established = 0;
  dropped = 0;
  lastDown: DownReason | null = null;
  lastDownMs = 0;
  /** UPDATEs with an error, by verdict (RFC 7606). */
  readonly malformed = [0, 0, 0, 0];
  private readonly ended: Traffic = {
    messagesIn: 0,
    messagesOut: 0,
    updatesIn: 0,
    updatesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
  };

  noteDown(reason: DownReason, nowMs: number, wasEstablished: boolean): void {
    if (reason.kind === 'collision') return;
    this.lastDown = reason;
    this.lastDownMs = nowMs;
    if (wasEstablished) this.dropped++;
  }

  /** Adds what a connection that ends has carried. */
  keep(link: Link): void {
    add(this.ended, link);
  }

  /** Traffic of all connections, with that of the one that is open. */
  total(link: Link | null): Traffic {
    const sum = { ...this.ended };
    if (link !== null) add(sum, link);
    return sum;
  }
}

function add(sum: Traffic, link: Link): void {
  sum.messagesIn += link.messagesIn;
  sum.messagesOut += link.outbox.messages;
  sum.updatesIn += link.updatesIn;
  sum.updatesOut += link.outbox.updates;
  sum.bytesIn += link.bytesIn;
  sum.bytesOut += link.outbox.bytes;
}
