/** What the operator wants of one BGP session. Plain data, made by the configuration's resolver. No I/O. */
import type { FamilyId } from '../wire/families.ts';

/** Which AS numbers a peer may open with: a list, the one that we open with, or any that is none of ours. */
export type AsRule =
  | { readonly kind: 'list'; readonly list: readonly number[] }
  | { readonly kind: 'internal' | 'external' };

/** How long routes are kept when the restart time is over; whole seconds, 24 bits of them. */
export interface LongLivedTimes {
  /** Peers are asked to keep our routes for so long; 0: they are not asked. */
  readonly timeMs: number;
  /** The most that theirs are kept, whatever they ask for; 0: not at all. */
  readonly mostMs: number;
}

/** Our part of long-lived graceful restart. */
export interface LongLivedSpec extends LongLivedTimes {
  /** Families with times of their own. */
  readonly families?: { readonly [family: number]: LongLivedTimes };
}

/** What one family has of its own of graceful restart. */
export interface FamilyRestartSpec {
  /** The peer is asked to keep our routes of the family. */
  readonly full: boolean;
  /** Those of the peer are kept. */
  readonly helper: boolean;
  readonly staleMs: number;
}

/** Our part of graceful restart. */
export interface GracefulRestartSpec {
  /** We ask peers to keep our routes while we restart. */
  readonly full: boolean;
  /** We keep theirs; default true. */
  readonly helper?: boolean;
  /** Packets go on as before meanwhile (F bit); default true. Set by the engine. */
  readonly forwarding?: boolean;
  /** How long we may take to come back; whole seconds, at most 4,095. */
  readonly restartMs: number;
  /** The most that a peer's paths are kept after its session was lost, whatever it asks for. */
  readonly staleMs: number;
  /** Families that differ from that. */
  readonly families?: { readonly [family: number]: FamilyRestartSpec };
}

/** What graceful restart is for a family. */
export function restartOf(spec: GracefulRestartSpec, family: FamilyId): FamilyRestartSpec {
  const { full, helper = true, staleMs } = spec;
  return spec.families?.[family] ?? { full, helper, staleMs };
}

/** How long routes of a family are kept. */
export function longLivedOf(spec: LongLivedSpec, family: FamilyId): LongLivedTimes {
  return spec.families?.[family] ?? spec;
}

export interface SessionSpec {
  /** The AS number that we open with, 4 octets. */
  readonly localAs: number;
  /** The peer is of another member AS of our confederation (RFC 5065); default false. */
  readonly confederation?: boolean;
  /**
   * Further AS numbers that no external peer has: that of the router where it opens with another one, and those of the
   * members of our confederation; absent: none.
   */
  readonly alsoOurs?: readonly number[];
  /** Our BGP identifier, a 32-bit number. */
  readonly routerId: number;
  readonly remoteAs: AsRule;
  /** Waits for the peer to connect; never dials. */
  readonly passive: boolean;
  /** Families offered in the OPEN. */
  readonly families: readonly FamilyId[];
  /** ADD-PATH (RFC 7911), for all families: what is offered. */
  readonly addPath: { readonly receive: boolean; readonly send: boolean };
  /** Extended next hop (RFC 8950): IPv4 prefixes may have IPv6 next hops; absent: not offered. */
  readonly extendedNextHop?: boolean;
  /** Graceful restart (RFC 4724, RFC 8538); null or absent: not offered, and no path outlives its session. */
  readonly gracefulRestart?: GracefulRestartSpec | null;
  /** We have restarted (R bit), and select no routes before the peers have sent theirs. Set by the engine. */
  readonly restarted?: boolean;
  /** Long-lived graceful restart (RFC 9494), with `gracefulRestart` only; null or absent: not offered. */
  readonly longLived?: LongLivedSpec | null;
  /** Our BGP role on the session (RFC 9234), a value of ROLE; null or absent: none. */
  readonly role?: number | null;
  /** A peer that does not tell its role is refused; default false. */
  readonly roleStrict?: boolean;
  /** ROUTE-REFRESH marks the begin and the end of what answers it (RFC 7313); default false. */
  readonly enhancedRefresh?: boolean;
  /** Messages of up to 65,535 octets are taken, and sent to a peer that takes them (RFC 8654); default false. */
  readonly extendedMessages?: boolean;
  /**
   * How long a connection may take nothing of what is to be sent (RFC 9687); 0: for ever. Null or absent: the greater of
   * 8 minutes and twice the negotiated hold time.
   */
  readonly sendHoldMs?: number | null;
  /** Proposed hold time; 0 disables keepalives, else at least 3000. */
  readonly holdMs: number;
  /** Keepalive interval, or null for a third of the negotiated hold time. */
  readonly keepaliveMs: number | null;
  readonly connectRetryMs: number;
  /** Bound of the back-off of repeated dials that fail; default four times `connectRetryMs`, at most 120 s. */
  readonly connectRetryMaxMs?: number;
  /** DelayOpenTime (RFC 4271 8.1.1); 0: OPEN goes out at once. */
  readonly delayOpenMs: number;
  /**
   * First IdleHoldTime after a failure; doubles with each further one up to `idleHoldMaxMs`; 0: no damping.
   * The first loss of an Established session is free: a peer that merely restarts is taken back at once.
   */
  readonly idleHoldMs: number;
  readonly idleHoldMaxMs: number;
  /** CollisionDetectEstablishedState (RFC 4271 8.1.1): also an Established connection takes part; default false. */
  readonly collisionDetectEstablished?: boolean;
}
