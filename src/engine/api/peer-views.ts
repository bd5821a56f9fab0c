/** The JSON of `show peers` and `show peer`. Counts are numbers, times are seconds, addresses are text. */
import type { StateName, TimerName } from '../../fsm/types.ts';
import type { Role } from '../../reflect/encode/group-key.ts';
import type { BfdView } from './bfd-views.ts';

/** A prefix limit and its current state. */
export interface LimitView {
  readonly limit: number;
  readonly warnAt: number;
  readonly action: 'warn' | 'block' | 'restart' | 'shutdown';
  /** Which prefixes count. */
  readonly of: 'received' | 'accepted' | 'advertised';
  /** The current number. */
  readonly count: number;
  /** Blocked by the limit: announcements rejected, prefixes kept but unusable, or prefixes not advertised. */
  readonly blocked: number;
  readonly level: 'below' | 'near' | 'over';
}

/** A peer is kept down because it exceeded a limit. */
export interface HeldDownView {
  /** In words: the limit, and what to do. */
  readonly reason: string;
  /** Time until the next attempt; null: until the operator acts. */
  readonly remainingSeconds: number | null;
}

/** The route targets that a peer asks for. */
export interface MembershipView {
  /** Different route targets, and prefixes of them. */
  readonly routeTargets: number;
  /** The default membership asks for all routes. */
  readonly isDefault: boolean;
  /** Routes are not sent yet, because the peer has not sent its End-of-RIB of the memberships. */
  readonly awaited: boolean;
}

export interface FamilyView {
  readonly family: string;
  /** Prefixes (paths) received from the peer, and those of them that are usable for the decision. */
  readonly received: number;
  readonly accepted: number;
  /** Of those received, the ones that the peer has not announced again since its last session was lost (RFC 4724). */
  readonly stale: number;
  /** Of those received, the ones that are suppressed because they flap (RFC 2439). */
  readonly damped: number;
  /** Routes that the peer has announced and withdrawn in this session, each as often as it did. */
  readonly announced: number;
  readonly withdrawn: number;
  /** UPDATEs that announced routes to the peer, and that withdrew some (End-of-RIB is one), in this connection. */
  readonly updatesSent: number;
  readonly withdrawalsSent: number;
  /** Prefixes advertised to the peer. */
  readonly advertised: number;
  /** The session supports IPv6 next hops for IPv4 prefixes (RFC 8950). */
  readonly extendedNextHop: boolean;
  /** The peer sent routes of the family that cannot be read: further ones are ignored until the session ends (RFC 4760 7). */
  readonly disabled: boolean;
  readonly endOfRibReceived: boolean;
  readonly endOfRibSent: boolean;
  /** Id of the update group; 0: none. */
  readonly updateGroup: number;
  /** How updates are sent to the peer: from a `snapshot`, from the `log`, or `slow`. */
  readonly sending: 'none' | 'snapshot' | 'log' | 'slow';
  /** Encoded bytes that are queued for this peer. */
  readonly lagBytes: number;
  /** Limits of prefixes received from the peer, and advertised to it; null: no limit. */
  readonly maxPrefix: LimitView | null;
  readonly maxPrefixOut: LimitView | null;
  /** Maximum number of paths of one prefix from the peer; null: no limit, or the session has no ADD-PATH. */
  readonly maxPathsPerPrefix: number | null;
  /** Announcements of paths over that limit, which were rejected, since the last route refresh. */
  readonly pathsRefused: number;
  /** Which routes of the family the peer asks for by their route targets (RFC 4684); null: it is sent all. */
  readonly membership: MembershipView | null;
}

export interface CapabilityView {
  readonly code: number;
  readonly name: string;
  /** Decoded as text, or hex. */
  readonly value: string;
}

/** A peer that may be restarting (RFC 4724). */
export interface RestartView {
  /**
   * `waiting` for the peer, `long-lived` after its restart time, `synchronizing` from its return until its End-of-RIB.
   */
  readonly phase: 'waiting' | 'long-lived' | 'synchronizing';
  /** Time until the stale paths are removed. */
  readonly remainingSeconds: number;
}

/** The options of the connections with a peer. */
export interface TransportView {
  /** The source of the TCP MD5 key, in words; the key itself is never shown. null: segments are not signed. */
  readonly password: string | null;
  /** TTL of sent packets, null: the system's default; and the minimum TTL of received ones (GTSM), null: any. */
  readonly ttl: number | null;
  readonly minTtl: number | null;
  readonly dscp: number;
  readonly bindDevice: string | null;
  /** 0: the system's default. */
  readonly userTimeoutSeconds: number;
  /** Why no connection is possible, in words for the operator; null: a connection is possible. */
  readonly problem: string | null;
}

/** How `local-as` is used in AS_PATH. */
export interface LocalAsUse {
  /** The AS number toward other peers. */
  readonly routerAs: number;
  /** It is prepended to paths received from the peer. */
  readonly prepend: boolean;
  /** It replaces `routerAs` in paths advertised to the peer, instead of standing in front of it. */
  readonly replace: boolean;
}

/** What `show peers` can be sorted by. */
export const PEER_SORT_KEYS = ['address', 'name', 'as', 'group', 'state', 'uptime', 'routes', 'advertised'] as const;

/** States that peers can be selected by: those of RFC 4271, and what an operator means by up and down. */
export const PEER_STATES = [
  'established',
  'down',
  'shutdown',
  'idle',
  'connect',
  'active',
  'opensent',
  'openconfirm',
] as const;

/** Messages by type. */
export type MessageCounts = Readonly<Record<'open' | 'update' | 'notification' | 'keepalive' | 'routeRefresh', number>>;

/** A timer that is running: `hold` ends the session, `keepalive` sends one, `connectRetry` and `idleHold` connect. */
export interface TimerView {
  readonly name: TimerName;
  readonly remainingSeconds: number;
}

export interface PeerView {
  readonly address: string;
  readonly port: number;
  /** Of a peer on an interface: its address; null: not known, or no such peer. */
  readonly neighbor: string | null;
  readonly localAddress: string | null;
  readonly localPort: number | null;
  readonly group: string;
  readonly description: string;
  readonly dynamic: boolean;
  readonly role: Role;
  /** BGP role of each side (RFC 9234): ours as configured, the peer's from its OPEN; null: none. */
  readonly bgpRole: { readonly ours: string | null; readonly theirs: string | null };
  readonly state: StateName;
  /** Administratively down. */
  readonly shutdown: boolean;
  /** Routes are advertised to it with GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly draining: boolean;
  /** Seconds since the state was entered. */
  readonly sinceSeconds: number;
  /** AS and router id of the peer from its OPEN; null before. */
  readonly as: number | null;
  readonly routerId: string | null;
  /** Our AS number toward the peer, and its use in AS_PATH if it is not the router's own (RFC 7705). */
  readonly localAs: number;
  readonly localAsUse: LocalAsUse | null;
  readonly holdSeconds: number | null;
  readonly keepaliveSeconds: number | null;
  /** The timers that are running. */
  readonly timers: readonly TimerView[];
  /** Host name with domain, and software version, as the peer sends them; null: it sends none, or there is no session. */
  readonly hostName: string | null;
  readonly softwareVersion: string | null;
  readonly families: readonly FamilyView[];
  readonly capabilitiesReceived: readonly CapabilityView[];
  readonly capabilitiesSent: readonly CapabilityView[];
  /** The policies in their order, `accept` or `reject`; null: RFC 8212 requires a policy, and there is none. */
  readonly importPolicy: string | null;
  readonly exportPolicy: string | null;
  /** Paths kept that the import policy rejected, and announcements that it rejected and that were not kept. */
  readonly rejectedPaths: number;
  readonly rejectedDropped: number;
  /** Paths that are unusable because of their AS_PATH: it contains our AS, or does not start with the peer's. */
  readonly ownAsPaths: number;
  readonly firstAsPaths: number;
  /** Flow specifications that its validation makes unusable (RFC 8955 6). */
  readonly infeasiblePaths: number;
  /** The peer is kept down because it exceeded a limit; null: it is not. */
  readonly heldDown: HeldDownView | null;
  /** Octets of attribute sets that the peer announced first, and their limit; null: no limit. */
  readonly attributeOctets: number;
  readonly attributeLimit: number | null;
  readonly transport: TransportView;
  /** null: not configured. */
  readonly bfd: BfdView | null;
  /** Routes that are kept after the session was lost (RFC 4724); null: none. */
  readonly restart: RestartView | null;
  /** Messages by type, over all sessions. */
  readonly messages: { readonly received: MessageCounts; readonly sent: MessageCounts };
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly updatesIn: number;
  readonly updatesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often the state became Established, and how often it left that state. */
  readonly established: number;
  readonly dropped: number;
  /** Reason in words, with code and subcode of a NOTIFICATION; null: the session never went down. */
  readonly lastDown: string | null;
  readonly lastDownSecondsAgo: number | null;
  /** Why the last connection attempt failed, in words; null: none failed. */
  readonly lastConnectError: string | null;
  readonly lastConnectErrorSecondsAgo: number | null;
  /** Failed connection attempts. */
  readonly connectFailures: number;
  /**
   * Why there is no session now: the latest reason that closed a session or prevented one, in words; null while there
   * is a session, or if no reason is known since the peer was configured.
   */
  readonly obstacle: string | null;
  readonly obstacleSecondsAgo: number | null;
}
