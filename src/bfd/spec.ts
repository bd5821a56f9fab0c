/** What the operator wants of BFD with a peer, and how a session of it is. Plain data. No I/O, no timers. */
import type { BfdStateName } from './packet.ts';

export interface BfdSpec {
  /** Desired Min TX Interval while the session is up, in milliseconds; at least 10. */
  readonly intervalMs: number;
  /** Required Min RX Interval, in milliseconds; at least 10. */
  readonly minRxMs: number;
  /** Detect Mult, 1 to 255: how many packets may be lost. */
  readonly multiplier: number;
  /** RFC 5883 rather than RFC 5881. */
  readonly multihop: boolean;
  /** Least TTL (hop limit) of received packets, 1 to 255; 255 for a single hop. */
  readonly minTtl: number;
}

/** How a session is: what is shown of it, and all that is needed to go on with it elsewhere. */
export interface BfdStatus {
  readonly state: BfdStateName;
  /** Why the state was entered: a code of RFC 5880 4.1. */
  readonly diag: number;
  /** What the peer says of itself; null: nothing was heard from it for a detection time. */
  readonly remote: RemoteStatus | null;
  readonly discriminator: number;
  /** Intervals in force, in microseconds; jitter is taken off when sending. */
  readonly transmitUs: number;
  /** 0: nothing was heard yet. */
  readonly detectionUs: number;
  /** How often the session went from Up to anything else. */
  readonly flaps: number;
  /** Why it was last lost: a code of RFC 5880 4.1; null: it never was. */
  readonly lastDownDiag: number | null;
  /** It was lost because the peer went AdminDown: no word on the path (RFC 5882 3.2). */
  readonly lastDownByAdmin: boolean;
}

export interface RemoteStatus {
  readonly state: BfdStateName;
  readonly diag: number;
  readonly discriminator: number;
  readonly detectMult: number;
  readonly desiredMinTxUs: number;
  readonly requiredMinRxUs: number;
  /** C bit (RFC 5880 4.1): its BFD does not share fate with its control plane. */
  readonly independent: boolean;
  readonly demand: boolean;
}
