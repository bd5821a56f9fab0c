/** The specification of BFD with a peer, and the status of its session. Plain data. */
import type { BfdStateName } from './packet.ts';

export interface BfdSpec {
  /** Desired Min TX Interval while the session is up, in milliseconds; at least 10. */
  readonly intervalMs: number;
  /** Required Min RX Interval, in milliseconds; at least 10. */
  readonly minRxMs: number;
  /** Detect Mult, 1 to 255: the session goes down after so many lost packets. */
  readonly multiplier: number;
  /** RFC 5883 rather than RFC 5881. */
  readonly multihop: boolean;
  /** Minimum TTL (hop limit) of received packets, 1 to 255; 255 for a single hop. */
  readonly minTtl: number;
}

/** The status of a session: for display, and to continue the session in another table. */
export interface BfdStatus {
  readonly state: BfdStateName;
  /** The reason of the last state change: a code of RFC 5880 4.1. */
  readonly diag: number;
  /** The values that the peer signals; null: nothing was received for a detection time. */
  readonly remote: RemoteStatus | null;
  readonly discriminator: number;
  /** Current intervals, in microseconds; sending subtracts jitter. */
  readonly transmitUs: number;
  /** 0: nothing was received yet. */
  readonly detectionUs: number;
  /** Transitions from Up to another state. */
  readonly flaps: number;
  /** The reason of the last such transition: a code of RFC 5880 4.1; null: there was none. */
  readonly lastDownDiag: number | null;
  /** The peer went to AdminDown, which does not mean that the path failed (RFC 5882 3.2). */
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
