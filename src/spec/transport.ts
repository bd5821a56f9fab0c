/** The options of the TCP connections with a peer. */
import type { Secret } from '../lib/secret.ts';

/** The key with which both sides sign each TCP segment (RFC 2385). */
export interface PasswordSpec {
  /** 1 to 80 bytes. */
  readonly key: Secret;
  /** Its source, in words; the key itself is never shown. */
  readonly source: string;
}

/** The options of the TCP connections with a peer. */
export interface TransportSpec {
  /** null: segments are not signed. */
  readonly password: PasswordSpec | null;
  /** TTL (hop limit) of sent packets, 1 to 255; null: the system's default. */
  readonly ttl: number | null;
  /** Minimum TTL of received packets (GTSM, RFC 5082), 1 to 255; null: any. */
  readonly minTtl: number | null;
  /** Differentiated services code point (RFC 2474) of sent packets, 0 to 63. */
  readonly dscp: number;
  /** Name of the interface that the connections are bound to, or null. */
  readonly bindDevice: string | null;
  /** How long sent data may stay unacknowledged before the connection is closed; 0: the system's default. */
  readonly userTimeoutMs: number;
}
