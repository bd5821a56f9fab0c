/** Limits on the prefixes that a peer may announce, and that are advertised to it. */

/** The action over a limit: log a warning; block further prefixes; close the session for a time, or permanently. */
type LimitAction = 'warn' | 'block' | 'restart' | 'shutdown';

/** A limit on the prefixes of one family (RFC 4271 6.7). */
export interface PrefixLimit {
  /** Maximum number; with ADD-PATH each path counts. */
  readonly limit: number;
  /** The number from which on the log has a warning; at most `limit`. */
  readonly warnAt: number;
  readonly action: LimitAction;
  /** With `restart`: how long the session stays down. */
  readonly restartMs: number;
  /** Inbound: whether unusable paths count (`received`) or not (`accepted`). */
  readonly of: 'received' | 'accepted';
}

/** Limits by family id; null: none. */
export interface PrefixLimits {
  readonly inbound: readonly (PrefixLimit | null)[];
  readonly outbound: readonly (PrefixLimit | null)[];
}
