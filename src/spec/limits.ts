/** Bounds on the prefixes that a peer may announce, and may be advertised. */

/** What happens beyond a limit: a word in the log; no further prefixes; the session ends for a time, or for good. */
export type LimitAction = 'warn' | 'block' | 'restart' | 'shutdown';

/** A bound on the prefixes of one family (RFC 4271 6.7). */
export interface PrefixLimit {
  /** The most that there may be; with ADD-PATH each path counts. */
  readonly limit: number;
  /** From how many on the operator is warned; at most `limit`. */
  readonly warnAt: number;
  readonly action: LimitAction;
  /** With `restart`: how long the session stays down. */
  readonly restartMs: number;
  /** Inbound: whether paths count that the decision may not use. */
  readonly of: 'received' | 'accepted';
}

/** Bounds by family id; null: none. */
export interface PrefixLimits {
  readonly inbound: readonly (PrefixLimit | null)[];
  readonly outbound: readonly (PrefixLimit | null)[];
}
