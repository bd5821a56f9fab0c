/**
 * The interface of the state machine: events in, actions out (RFC 4271 section 8).
 *
 *   io (sockets, timers) ─► engine ─ Event ─► step() ─ Action[] ─► engine ─► io
 *
 * A peer may have two connections at once until collision detection (6.8) closes one of them:
 * the one that we dialed (`out`) and the one that we accepted (`in`).
 */

import type { AsRule, SessionSpec } from '../spec/session.ts';
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
  /** The operator (or the end of a damped period) starts the peer. */
  | { readonly type: 'start' }
  /**
   * The operator stops the peer: the notification (CEASE) is sent on every open connection; null: they are closed
   * without one. `limit`: a configured limit stops it, not the operator (AutomaticStop). `why`: the cause, in words.
   */
  | {
      readonly type: 'stop';
      readonly notification: Notification | null;
      readonly limit?: LimitReached;
      readonly why?: string;
    }
  /** The TCP connection of `dial` is up. */
  | { readonly type: 'connected' }
  | { readonly type: 'connectFailed' }
  /**
   * The peer connected to us. The connection is `in` from now on, even if the resulting action is `close in`.
   * If there is an `in` already, `challenged` comes first.
   */
  | { readonly type: 'accepted' }
  /**
   * The peer opened another connection while an earlier one is still `in`. If the resulting action closes `in`,
   * attach the new one and send `accepted`. Otherwise the session on `in` is established: the new one
   * waits beside it (engine/connection/newcomers), or is refused (Cease, collision).
   */
  | { readonly type: 'challenged' }
  /**
   * A connection that was opened beside the established session received an acceptable OPEN, and the peer has graceful
   * restart: the peer lost its state (RFC 4724 5). `accepted` and `open` of the new connection follow.
   */
  | { readonly type: 'restarted' }
  /** TCP of this connection was closed by the peer or by an error (an errno name). */
  | { readonly type: 'closed'; readonly side: Side; readonly error?: string | null }
  | { readonly type: 'open'; readonly side: Side; readonly open: OpenMessage }
  | { readonly type: 'keepalive'; readonly side: Side }
  /** Any UPDATE, well-formed or not; in Established the engine processes it without this event. */
  | { readonly type: 'update'; readonly side: Side }
  | { readonly type: 'routeRefresh'; readonly side: Side }
  | { readonly type: 'notification'; readonly side: Side; readonly notification: Notification }
  /** The codec or the rib found an error; the RFC requires this notification as the answer. */
  | { readonly type: 'messageError'; readonly side: Side; readonly notification: Notification }
  /** BFD with the peer went down (RFC 5882 4.2); it affects only an established session. */
  | { readonly type: 'bfdDown'; readonly side: Side; readonly loss: BfdLoss }
  | { readonly type: 'timer'; readonly timer: 'connectRetry' | 'idleHold' }
  | { readonly type: 'timer'; readonly timer: 'hold' | 'keepalive' | 'delayOpen'; readonly side: Side };

/** The graceful restart parameters of the peer (RFC 4724 3, RFC 8538 2). */
export interface PeerRestart {
  /** How long it may take to come back. */
  readonly restartMs: number;
  /** R bit: it has restarted, and waits for End-of-RIB of its peers before it sends routes. */
  readonly restarted: boolean;
  /** Both sides have the N bit: after a NOTIFICATION paths are kept as after the loss of the connection. */
  readonly notification: boolean;
  /** Families of the session whose paths are kept while it restarts. */
  readonly families: readonly FamilyId[];
  /** Those in which it preserved its forwarding state across a restart (F bit). */
  readonly forwarding: readonly FamilyId[];
}

/** The long-lived graceful restart parameters of the peer for a family (RFC 9494 4.1). */
export interface PeerLongLived {
  readonly family: FamilyId;
  /** How long its paths are kept after the restart time, at most our maximum; above 0. */
  readonly timeMs: number;
  /** It preserved its forwarding state (F bit). */
  readonly forwarding: boolean;
}

/** Our session with a peer, and the restart of this daemon that its OPEN signals (RFC 4724 3). */
export interface OurSession extends SessionSpec {
  /** We have restarted (R bit), and defer route selection until the peers have sent theirs. */
  readonly restarted: boolean;
  /** Forwarding continued during the restart (F bit). */
  readonly forwarding: boolean;
}

/** The result of the negotiation of two OPENs. */
export interface Negotiated {
  readonly peerAs: number;
  readonly peerRouterId: number;
  /** 0: no keepalives and no hold timer. */
  readonly holdMs: number;
  readonly keepaliveMs: number;
  readonly families: readonly FamilyId[];
  /** Both sides support 4-octet AS numbers (RFC 6793). */
  readonly as4: boolean;
  /** Both sides advertised ROUTE-REFRESH (RFC 2918). */
  readonly routeRefresh: boolean;
  /** Families in which the peer sends ADD-PATH identifiers, and in which we do (RFC 7911 4). */
  readonly addPathReceive: readonly FamilyId[];
  readonly addPathSend: readonly FamilyId[];
  /** Families whose prefixes may have next hops of the other IP version, in both directions (RFC 8950 4). */
  readonly extendedNextHop: readonly FamilyId[];
  /** Graceful restart; null: one side does not have it. */
  readonly gracefulRestart: PeerRestart | null;
  /** Families with long-lived graceful restart. */
  readonly longLived: readonly PeerLongLived[];
  /** Both sides mark the start and the end of a refresh (RFC 7313). */
  readonly enhancedRefresh: boolean;
  /** Both sides accept messages of up to 65,535 octets (RFC 8654). */
  readonly extendedMessages: boolean;
  /** All capabilities that the peer advertised, known or not, as decoded. */
  readonly peerCapabilities: readonly Capability[];
}

/** Why an OPEN was rejected, as data: the received value and the configured one. */
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
  /** RFC 9234 4.2: the received roles, and ours (null: none); an empty list: strict mode here requires a role. */
  | { readonly kind: 'role'; readonly got: readonly number[]; readonly role: number | null }
  | { readonly kind: 'families'; readonly got: readonly AfiSafi[]; readonly wanted: readonly FamilyId[] };

/** A limit that was exceeded. */
export type LimitReached = PrefixLimitReached | AttributeLimitReached;

/** A limit on the memory of attribute sets. */
export interface AttributeLimitReached {
  readonly kind: 'attributes';
  /** The limit of the peer, or the total limit of all peers, of which this one has the largest share. */
  readonly scope: 'peer' | 'total';
  /** Octets of the peer. */
  readonly octets: number;
  readonly limit: number;
  readonly restartMs: number;
}

/** A limit on the prefixes of a family. */
interface PrefixLimitReached {
  readonly kind: 'prefixes';
  readonly family: FamilyId;
  /** Prefixes received from the peer, or advertised to it. */
  readonly direction: 'in' | 'out';
  readonly limit: number;
  /** How long the session stays down; null: until the operator acts. */
  readonly restartMs: number | null;
}

/** Why a BFD session went from Up to Down. */
export interface BfdLoss {
  /** Nothing was received for the detection time; or the peer signaled that it receives nothing from us. */
  readonly cause: 'silence' | 'signalled';
  /** Detection time at that moment. */
  readonly detectionMs: number;
  /** The diagnostic that the peer sent, in words. */
  readonly diag: string;
  /** C bit: the peer's BFD is independent of its control plane, so the path failed; the peer does not only restart. */
  readonly independent: boolean;
}

/** Why a session ended; kept, shown and logged. `describeDown` has the words. */
export type DownReason =
  | { readonly kind: 'notificationSent'; readonly notification: Notification; readonly refusal?: OpenRefusal }
  | { readonly kind: 'notificationReceived'; readonly notification: Notification }
  | { readonly kind: 'closedByPeer'; readonly error?: string | null }
  /** Closed by the operator or a limit; with the NOTIFICATION that was sent, null: none. */
  | {
      readonly kind: 'stopped';
      readonly notification: Notification | null;
      readonly limit?: LimitReached;
      readonly why?: string;
    }
  /** With the NOTIFICATION that was sent (RFC 9384). */
  | { readonly kind: 'bfdDown'; readonly notification: Notification; readonly loss: BfdLoss }
  /** The other connection with the peer was kept (RFC 4271 6.8), or the peer replaced this one; not a failure. */
  | { readonly kind: 'collision' }
  /** A peer with graceful restart opened a new connection: it has restarted (RFC 4724 5). */
  | { readonly kind: 'restarted' };

export type Action =
  | { readonly type: 'dial' }
  /** Cancel a dial that is under way. */
  | { readonly type: 'cancelDial' }
  /** Close the connection after its queued output is sent. */
  | { readonly type: 'close'; readonly side: Side }
  | { readonly type: 'sendOpen'; readonly side: Side; readonly open: OpenMessage }
  | { readonly type: 'sendKeepalive'; readonly side: Side }
  | { readonly type: 'sendNotification'; readonly side: Side; readonly notification: Notification }
  /** (Re)starts a timer; `ms` is exact, jitter included. */
  | { readonly type: 'arm'; readonly timer: TimerName; readonly side: Side | null; readonly ms: number }
  | { readonly type: 'cancel'; readonly timer: TimerName; readonly side: Side | null }
  | { readonly type: 'established'; readonly side: Side; readonly negotiated: Negotiated }
  /**
   * The peer left Established, or a connection attempt failed after an OPEN (or a NOTIFICATION).
   * `side` and `state`: the connection that ended, and its last state.
   */
  | {
      readonly type: 'down';
      readonly reason: DownReason;
      readonly wasEstablished: boolean;
      readonly side: Side;
      readonly state: StateName;
    };
