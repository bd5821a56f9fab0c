/** The specification of one BGP session. Plain data, made by the resolver of the configuration. */
import type { FamilyId } from '../wire/families.ts';

/** Which AS numbers the OPEN of a peer may have: a list, our own, or any that is not ours. */
export type AsRule =
  | { readonly kind: 'list'; readonly list: readonly number[] }
  | { readonly kind: 'internal' | 'external' };

/** How long routes are kept when the restart time is over; whole seconds, 24 bits of them. */
export interface LongLivedTimes {
  /** How long peers are requested to keep our routes; 0: no request. */
  readonly timeMs: number;
  /** The maximum time that their routes are kept, whatever they request; 0: not at all. */
  readonly maxMs: number;
}

/** Our side of long-lived graceful restart. */
export interface LongLivedSpec extends LongLivedTimes {
  /** Families with other times; empty: none. */
  readonly families: { readonly [family: number]: LongLivedTimes };
}

/** Graceful restart of one family. */
interface FamilyRestartSpec {
  /** The peer is requested to keep our routes of the family. */
  readonly full: boolean;
  /** The routes of the peer are kept. */
  readonly helper: boolean;
  readonly staleMs: number;
}

/** Our side of graceful restart. */
export interface GracefulRestartSpec {
  /** We request peers to keep our routes while we restart. */
  readonly full: boolean;
  /** We keep theirs. */
  readonly helper: boolean;
  /** Our restart time; whole seconds, at most 4,095. */
  readonly restartMs: number;
  /** The maximum time that a peer's paths are kept after its session was lost, whatever it requests. */
  readonly staleMs: number;
  /** Families with other values; empty: none. */
  readonly families: { readonly [family: number]: FamilyRestartSpec };
}

/** The graceful restart values of a family. */
export function restartOf(spec: GracefulRestartSpec, family: FamilyId): FamilyRestartSpec {
  return spec.families[family] ?? spec;
}

/** How long routes of a family are kept. */
export function longLivedOf(spec: LongLivedSpec, family: FamilyId): LongLivedTimes {
  return spec.families[family] ?? spec;
}

export interface SessionSpec {
  /** The AS number in our OPEN, 4 octets. */
  readonly localAs: number;
  /** The peer is in another member AS of our confederation (RFC 5065). */
  readonly confederation: boolean;
  /**
   * Further AS numbers of ours, which no external peer has: that of the router if our OPEN has another one, and those
   * of the members of our confederation.
   */
  readonly alsoOurs: readonly number[];
  /** Our BGP identifier, a 32-bit number. */
  readonly routerId: number;
  readonly remoteAs: AsRule;
  /** Only accepts connections from the peer; never dials. */
  readonly passive: boolean;
  /** Families offered in the OPEN. */
  readonly families: readonly FamilyId[];
  /** The offer of ADD-PATH (RFC 7911), for all families. */
  readonly addPath: { readonly receive: boolean; readonly send: boolean };
  /** Extended next hop (RFC 8950): IPv4 prefixes may have IPv6 next hops. */
  readonly extendedNextHop: boolean;
  /** Graceful restart (RFC 4724, RFC 8538); null: not offered, and paths are removed with their session. */
  readonly gracefulRestart: GracefulRestartSpec | null;
  /** Long-lived graceful restart (RFC 9494), with `gracefulRestart` only; null: not offered. */
  readonly longLived: LongLivedSpec | null;
  /** Our BGP role on the session (RFC 9234), a value of ROLE; null: none. */
  readonly role: number | null;
  /** A peer that does not send its role is rejected. */
  readonly roleStrict: boolean;
  /** Enhanced route refresh: the start and the end of the answer are marked (RFC 7313). */
  readonly enhancedRefresh: boolean;
  /** Messages of up to 65,535 octets are accepted, and sent if the peer accepts them (RFC 8654). */
  readonly extendedMessages: boolean;
  /**
   * How long sending on a connection may make no progress (RFC 9687); 0: no limit. Null: the greater of 8
   * minutes and twice the negotiated hold time.
   */
  readonly sendHoldMs: number | null;
  /** Proposed hold time; 0 disables keepalives, else at least 3000. */
  readonly holdMs: number;
  /** Keepalive interval, or null for a third of the negotiated hold time. */
  readonly keepaliveMs: number | null;
  readonly connectRetryMs: number;
  /** Maximum of the back-off after failed dials; at least `connectRetryMs`. */
  readonly connectRetryMaxMs: number;
  /** DelayOpenTime (RFC 4271 8.1.1); 0: OPEN is sent immediately. */
  readonly delayOpenMs: number;
  /**
   * First IdleHoldTime after a failure; doubles with each further one up to `idleHoldMaxMs`; 0: no damping.
   * The first loss of an Established session does not count: a peer that only restarts can reconnect immediately.
   */
  readonly idleHoldMs: number;
  readonly idleHoldMaxMs: number;
}
