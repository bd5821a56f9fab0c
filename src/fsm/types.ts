/**
 * What crosses the border of the state machine: events in, actions out (RFC 4271 section 8).
 *
 *   io (sockets, timers) ─► engine ─ Event ─► step() ─ Action[] ─► engine ─► io
 *
 * A peer may have two connections at once until collision detection (6.8) leaves one:
 * the one that we dialed (`out`) and the one that we accepted (`in`). Pure data, no I/O, no timers.
 */

import type { AsRule } from '../spec/session.ts';
import type { FamilyId } from '../wire/families.ts';
import type { Notification } from '../wire/notification.ts';
import type { AfiSafi, Capability } from '../wire/open/capabilities.ts';
import type { OpenMessage } from '../wire/open/open.ts';

/** Which connection of the peer. */
export type Side = 'out' | 'in';

export type StateName = 'Idle' | 'Connect' | 'Active' | 'OpenSent' | 'OpenConfirm' | 'Established';

/** Timers of RFC 4271 section 8. `connectRetry` and `idleHold` belong to the peer, the others to a connection. */
export type TimerName = 'connectRetry' | 'idleHold' | 'hold' | 'keepalive' | 'delayOpen';

export type Event =
  /** The operator (or the end of a damped period) allows the peer. */
  | { readonly type: 'start' }
  /**
   * The operator forbids it: the notification is sent on whatever is open (CEASE), none closes without a word.
   * `limit`: it is not the operator, but a limit that was set (AutomaticStop). `why`: who or what wants it, in words.
   */
  | {
      readonly type: 'stop';
      readonly notification: Notification | null;
      readonly limit?: LimitReached;
      readonly why?: string;
    }
  /** The TCP connection that `dial` asked for is up. */
  | { readonly type: 'connected' }
  | { readonly type: 'connectFailed' }
  /**
   * The peer connected to us; the connection is `in` from here on, also while the answer is `close in`.
   * When there is an `in` already, `challenged` comes first.
   */
  | { readonly type: 'accepted' }
  /**
   * The peer opened another connection while an earlier one still has the place of `in`. When the answer closes `in`,
   * the place is free: attach the new one and send `accepted`. Otherwise the session on it is established: the new one
   * waits beside it (engine/connection/newcomers), or is refused (Cease, collision).
   */
  | { readonly type: 'challenged' }
  /**
   * A connection that was opened beside the established session has brought an OPEN that would be accepted, and the peer
   * has graceful restart: it has lost its state (RFC 4724 5). `accepted` and `open` of the new connection follow.
   */
  | { readonly type: 'restarted' }
  /** TCP of this connection ended, from the far side or by an error (an errno name). */
  | { readonly type: 'closed'; readonly side: Side; readonly error?: string | null }
  | { readonly type: 'open'; readonly side: Side; readonly open: OpenMessage }
  | { readonly type: 'keepalive'; readonly side: Side }
  /** Any UPDATE, well-formed or not; in Established the engine consumes it without asking. */
  | { readonly type: 'update'; readonly side: Side }
  | { readonly type: 'routeRefresh'; readonly side: Side }
  | { readonly type: 'notification'; readonly side: Side; readonly notification: Notification }
  /** The codec or the rib found an error that the RFC answers with this notification. */
  | { readonly type: 'messageError'; readonly side: Side; readonly notification: Notification }
  /** BFD has found the path to the peer dead (RFC 5882 4.2); only an established session takes part in that. */
  | { readonly type: 'bfdDown'; readonly side: Side; readonly loss: BfdLoss }
  | { readonly type: 'timer'; readonly timer: 'connectRetry' | 'idleHold' }
  | { readonly type: 'timer'; readonly timer: 'hold' | 'keepalive' | 'delayOpen'; readonly side: Side };

/** What the peer asked for when its session is lost (RFC 4724 3, RFC 8538 2). */
export interface PeerRestart {
  /** How long it may take to come back. */
  readonly restartMs: number;
  /** R bit: it has restarted, and waits for End-of-RIB of the others before it sends routes. */
  readonly restarted: boolean;
  /** Both sides have the N bit: a NOTIFICATION ends a session like the loss of its connection. */
  readonly notification: boolean;
  /** Families of the session whose paths are to be kept while it is away. */
  readonly families: readonly FamilyId[];
  /** Those in which it has kept its forwarding state over a restart (F bit). */
  readonly forwarding: readonly FamilyId[];
}

/** What the peer asks for when its session is lost for longer (RFC 9494 4.1). */
export interface PeerLongLived {
  readonly family: FamilyId;
  /** How long its paths are to be kept then, at most as long as we allow; above 0. */
  readonly timeMs: number;
  /** It has kept its forwarding state (F bit). */
  readonly forwarding: boolean;
}

/** What the two OPENs agreed on. */
export interface Negotiated {
  readonly peerAs: number;
  readonly peerRouterId: number;
  /** 0: no keepalives and no hold timer. */
  readonly holdMs: number;
  readonly keepaliveMs: number;
  readonly families: readonly FamilyId[];
  /** Both sides speak 4-octet AS numbers (RFC 6793). */
  readonly as4: boolean;
  /** The peer sends ROUTE-REFRESH (RFC 2918) if it and we advertised it. */
  readonly routeRefresh: boolean;
  /** Families in which the peer sends ADD-PATH identifiers, and in which we do (RFC 7911 4). */
  readonly addPathReceive: readonly FamilyId[];
  readonly addPathSend: readonly FamilyId[];
  /** Families whose prefixes may have next hops of the other IP version, in both directions (RFC 8950 4). */
  readonly extendedNextHop: readonly FamilyId[];
  /** Graceful restart; null: one side does not have it. */
  readonly gracefulRestart?: PeerRestart | null;
  /** Families with long-lived graceful restart. */
  readonly longLived?: readonly PeerLongLived[];
  /** Both sides mark the begin and the end of a refresh (RFC 7313). */
  readonly enhancedRefresh?: boolean;
  /** Both sides take messages of up to 65,535 octets (RFC 8654). */
  readonly extendedMessages?: boolean;
  /** Everything the peer advertised, known or not, as decoded. */
  readonly peerCapabilities: readonly Capability[];
}

/** Why an OPEN was refused, as data: what the peer said and what this side is configured for. */
export type OpenRefusal =
  | { readonly kind: 'version'; readonly got: number }
  | {
      readonly kind: 'peerAs';
      readonly got: number;
      readonly expected: AsRule;
      readonly localAs: number;
      readonly alsoOurs: readonly number[];
    }
  /** AS 23456 without the 4-octet AS capability, or as the AS number itself (RFC 6793). */
  | { readonly kind: 'asTrans' }
  | { readonly kind: 'holdTime'; readonly gotSeconds: number }
  | { readonly kind: 'zeroRouterId' }
  | { readonly kind: 'sameRouterId'; readonly routerId: number }
  /** RFC 9234 4.2: what the peer said it is, and what we are (null: nothing); none said: our side insists on it. */
  | { readonly kind: 'role'; readonly got: readonly number[]; readonly role: number | null }
  | { readonly kind: 'families'; readonly got: readonly AfiSafi[]; readonly wanted: readonly FamilyId[] };

/** A bound that was passed. */
export type LimitReached = PrefixLimitReached | AttributeLimitReached;

/** A bound on the memory of attribute sets. */
export interface AttributeLimitReached {
  readonly kind: 'attributes';
  /** The bound is that of the peer, or that of all peers together, of which this one has most. */
  readonly scope: 'peer' | 'total';
  /** Octets that the peer has. */
  readonly octets: number;
  readonly limit: number;
  readonly restartMs: number;
}

/** A bound on the prefixes of a family. */
export interface PrefixLimitReached {
  readonly kind: 'prefixes';
  readonly family: FamilyId;
  /** Whose prefixes: the peer's, or those that it is told of. */
  readonly direction: 'in' | 'out';
  readonly limit: number;
  /** How long the session stays down; null: until the operator does something. */
  readonly restartMs: number | null;
}

/** How a BFD session was lost that was up. */
export interface BfdLoss {
  /** Nothing was heard for the detection time; or the peer says that it does not hear us. */
  readonly cause: 'silence' | 'signalled';
  /** Detection time that was in force. */
  readonly detectionMs: number;
  /** What the peer gives as the reason, in words. */
  readonly said: string;
  /** The peer's BFD did not share fate with its control plane (C bit): packets are lost, it does not merely restart. */
  readonly independent: boolean;
}

/** Why a session ended; kept, shown and logged. `describeDown` says it in words. */
export type DownReason =
  | { readonly kind: 'notificationSent'; readonly notification: Notification; readonly refusal?: OpenRefusal }
  | { readonly kind: 'notificationReceived'; readonly notification: Notification }
  | { readonly kind: 'closedByPeer'; readonly error?: string | null }
  /** The operator's doing, or that of a limit; with what the peer was told, or null when nothing was sent. */
  | {
      readonly kind: 'stopped';
      readonly notification: Notification | null;
      readonly limit?: LimitReached;
      readonly why?: string;
    }
  /** With what the peer was told (RFC 9384). */
  | { readonly kind: 'bfdDown'; readonly notification: Notification; readonly loss: BfdLoss }
  /** The other connection with the peer was kept (RFC 4271 6.8), or the peer replaced this one; not a failure. */
  | { readonly kind: 'collision' }
  /** A peer with graceful restart opened a new connection: it has restarted (RFC 4724 5). */
  | { readonly kind: 'restarted' };

export type Action =
  | { readonly type: 'dial' }
  /** Forget a dial that is under way. */
  | { readonly type: 'cancelDial' }
  /** Close the connection once what was sent on it is out. */
  | { readonly type: 'close'; readonly side: Side }
  | { readonly type: 'sendOpen'; readonly side: Side; readonly open: OpenMessage }
  | { readonly type: 'sendKeepalive'; readonly side: Side }
  | { readonly type: 'sendNotification'; readonly side: Side; readonly notification: Notification }
  /** (Re)starts a timer; `ms` is exact, jitter included. */
  | { readonly type: 'arm'; readonly timer: TimerName; readonly side: Side | null; readonly ms: number }
  | { readonly type: 'cancel'; readonly timer: TimerName; readonly side: Side | null }
  | { readonly type: 'established'; readonly side: Side; readonly negotiated: Negotiated }
  /**
   * The peer left Established, or a connection attempt that got as far as an OPEN (or a NOTIFICATION) failed.
   * `side` and `state` tell which connection ended, and in which state it was.
   */
  | {
      readonly type: 'down';
      readonly reason: DownReason;
      readonly wasEstablished: boolean;
      readonly side: Side;
      readonly state: StateName;
    };
