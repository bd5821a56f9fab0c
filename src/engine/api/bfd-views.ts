/** The JSON of `show bfd`, which is also a part of `show peer`. */
import type { BfdStateName } from '../../bfd/packet.ts';
import type { StateName } from '../../fsm/types.ts';

/** The BFD state and parameters that a peer signals. */
export interface BfdRemoteView {
  readonly state: BfdStateName;
  readonly diag: string;
  readonly discriminator: number;
  readonly intervalMs: number;
  readonly minRxMs: number;
  readonly multiplier: number;
  /** C bit: its BFD is independent of its control plane. */
  readonly independent: boolean;
  readonly demand: boolean;
}

/** BFD with a peer (RFC 5880). */
export interface BfdView {
  /** `none`: there is no BFD session. */
  readonly state: BfdStateName | 'none';
  /** The reason of the last state change, in words. */
  readonly diag: string | null;
  readonly sinceSeconds: number | null;
  /** Multihop (RFC 5883); null: decided by the addresses of the session. */
  readonly multihop: boolean | null;
  readonly minTtl: number | null;
  readonly localAddress: string | null;
  readonly discriminator: number | null;
  /** Configured values; and negotiated values, null before negotiation. */
  readonly intervalMs: number;
  readonly minRxMs: number;
  readonly multiplier: number;
  readonly transmitMs: number | null;
  readonly detectionMs: number | null;
  /** null: nothing was received from the peer for a detection time. */
  readonly remote: BfdRemoteView | null;
  /** Transitions from Up to Down, and the reason of the last one. */
  readonly flaps: number;
  readonly lastLoss: string | null;
  readonly lastLossSecondsAgo: number | null;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Why BFD cannot start, in words for the operator; null: it can. */
  readonly problem: string | null;
}

/** A row of `show bfd`. */
export interface BfdSessionView extends BfdView {
  readonly peer: string;
  readonly description: string;
  /** State of the BGP session that it protects. */
  readonly session: StateName;
}
