/** What the TCP connections with a peer are made with. */
import type { Secret } from '../lib/secret.ts';

/** The key that both ends sign each TCP segment with (RFC 2385). */
export interface PasswordSpec {
  /** 1 to 80 bytes. */
  readonly key: Secret;
  /** Where it comes from, in words; the key itself is never shown. */
  readonly source: string;
}

/** What the TCP connections with a peer are made with. */
export interface TransportSpec {
  /** null: segments are not signed. */
  readonly password: PasswordSpec | null;
  /** TTL (hop limit) of what is sent, 1 to 255; null: the system's. */
  readonly ttl: number | null;
  /** Least TTL of what is taken in (GTSM, RFC 5082), 1 to 255; null: any. */
  readonly minTtl: number | null;
  /** Differentiated services code point (RFC 2474) of what is sent, 0 to 63. */
  readonly dscp: number;
  /** Name of the only interface that packets go by, or null. */
  readonly bindDevice: string | null;
  /** How long what was sent may stay unacknowledged before the connection is given up; 0: the system's time. */
  readonly userTimeoutMs: number;
}
