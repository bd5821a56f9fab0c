/**
 * What the daemon shows of itself: the JSON of `reflectord show … --json`. Counts are numbers, times are seconds,
 * addresses and prefixes are text. Plain data; the functions that fill these stand beside what they read.
 */
import type { BfdStateName } from '../../bfd/packet.ts';
import type { StateName } from '../../fsm/types.ts';
import type { Role } from '../../reflect/encode/group-key.ts';
import type { HealthReport } from './health.ts';

/** A limit of prefixes, and how it stands. */
export interface LimitView {
  readonly limit: number;
  readonly warnAt: number;
  readonly action: 'warn' | 'block' | 'restart' | 'shutdown';
  /** Which prefixes count. */
  readonly of: 'received' | 'accepted' | 'advertised';
  /** How many there are. */
  readonly count: number;
  /** How many are kept out: announcements turned away, prefixes held and not used, or prefixes not told. */
  readonly blocked: number;
  readonly level: 'below' | 'near' | 'over';
}

/** A limit that keeps a peer down. */
export interface HeldDownView {
  /** In words: which limit, and what is to be done. */
  readonly reason: string;
  /** Until it is tried again; null: until the operator does something. */
  readonly remainingSeconds: number | null;
}

export interface FamilyView {
  readonly family: string;
  /** Prefixes (paths) held from the peer, and those of them that the decision may use. */
  readonly received: number;
  readonly accepted: number;
  /** Of those held, the ones that were not announced again since the peer's last session was lost (RFC 4724). */
  readonly stale: number;
  /** Of those held, the ones that are suppressed because they flap (RFC 2439). */
  readonly damped: number;
  /** Prefixes advertised to the peer. */
  readonly advertised: number;
  /** IPv4 prefixes may have IPv6 next hops on the session (RFC 8950). */
  readonly extendedNextHop: boolean;
  readonly endOfRibReceived: boolean;
  readonly endOfRibSent: boolean;
  /** Id of the update group, 0 while there is none. */
  readonly updateGroup: number;
  /** `snapshot`, `log` or `slow`; how the peer is being served. */
  readonly sending: 'none' | 'snapshot' | 'log' | 'slow';
  /** Bytes that are encoded and wait for this peer. */
  readonly lagBytes: number;
  /** Limits of prefixes from the peer, and of those that it is told of; null: there is none. */
  readonly maxPrefix: LimitView | null;
  readonly maxPrefixOut: LimitView | null;
  /** The most paths of one prefix that are held of the peer; null: any number, or the session has no ADD-PATH. */
  readonly maxPathsPerPrefix: number | null;
  /** Announcements of paths beyond that which were not held, since the peer was last asked for its routes. */
  readonly pathsRefused: number;
}

export interface CapabilityView {
  readonly code: number;
  readonly name: string;
  /** Decoded for people, or hex. */
  readonly value: string;
}

/** A peer that may be restarting (RFC 4724). */
export interface RestartView {
  /** `waiting` for the peer, `long-lived` after its restart time; or it is back, `synchronizing` until its End-of-RIB. */
  readonly phase: 'waiting' | 'long-lived' | 'synchronizing';
  /** After which the stale paths go. */
  readonly remainingSeconds: number;
}

/** What the connections with a peer are made with. */
export interface TransportView {
  /** Where the TCP MD5 key comes from, in words; the key itself is never shown. null: segments are not signed. */
  readonly password: string | null;
  /** TTL of what is sent, null: the system's; and the least TTL of what is taken in (GTSM), null: any. */
  readonly ttl: number | null;
  readonly minTtl: number | null;
  readonly dscp: number;
  readonly bindDevice: string | null;
  /** 0: as long as the system waits. */
  readonly userTimeoutSeconds: number;
  /** Why there can be no connection, in words for the operator; null: nothing stands in the way. */
  readonly problem: string | null;
}

/** What becomes of an AS number that a single peer knows us by. */
export interface LocalAsUse {
  /** The number that others know us by. */
  readonly routerAs: number;
  /** In front of the paths that come from the peer. */
  readonly prepend: boolean;
  /** Alone in the paths that the peer is told of, not in front of `routerAs`. */
  readonly replace: boolean;
}

/** What a peer says of its BFD. */
export interface BfdRemoteView {
  readonly state: BfdStateName;
  readonly diag: string;
  readonly discriminator: number;
  readonly intervalMs: number;
  readonly minRxMs: number;
  readonly multiplier: number;
  /** C bit: its BFD does not share fate with its control plane. */
  readonly independent: boolean;
  readonly demand: boolean;
}

/** BFD with a peer (RFC 5880). */
export interface BfdView {
  /** `none`: there is no session of BFD. */
  readonly state: BfdStateName | 'none';
  /** Why the state was entered, in words. */
  readonly diag: string | null;
  readonly sinceSeconds: number | null;
  /** Over several hops (RFC 5883); null: the addresses of the session are to tell. */
  readonly multihop: boolean | null;
  readonly minTtl: number | null;
  readonly localAddress: string | null;
  readonly discriminator: number | null;
  /** What is configured; and what was agreed on, null before. */
  readonly intervalMs: number;
  readonly minRxMs: number;
  readonly multiplier: number;
  readonly transmitMs: number | null;
  readonly detectionMs: number | null;
  /** null: nothing was heard from the peer for a detection time. */
  readonly remote: BfdRemoteView | null;
  /** How often it was lost, and how last. */
  readonly flaps: number;
  readonly lastLoss: string | null;
  readonly lastLossSecondsAgo: number | null;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Why there can be none, in words for the operator; null: there can. */
  readonly problem: string | null;
}

/** A line of `show bfd`. */
export interface BfdSessionView extends BfdView {
  readonly peer: string;
  readonly description: string;
  /** State of the session that it guards. */
  readonly session: StateName;
}

export interface PeerView {
  readonly address: string;
  readonly port: number;
  /** Of a peer on an interface: where it is; null: not known, or it has none. */
  readonly neighbour: string | null;
  readonly localAddress: string | null;
  readonly localPort: number | null;
  readonly group: string;
  readonly description: string;
  readonly dynamic: boolean;
  readonly role: Role;
  /** BGP role of each side (RFC 9234): ours as configured, the peer's as it opened; null: none. */
  readonly bgpRole: { readonly ours: string | null; readonly theirs: string | null };
  readonly state: StateName;
  /** Administratively down. */
  readonly shutdown: boolean;
  /** It is told of routes as by a router that is about to go (RFC 8326). */
  readonly draining: boolean;
  /** Seconds since the state was entered. */
  readonly sinceSeconds: number;
  /** Peer's AS and router id as it opened; null before. */
  readonly as: number | null;
  readonly routerId: string | null;
  /** Our AS number toward the peer, and what becomes of it in AS_PATH where it is not the router's own (RFC 7705). */
  readonly localAs: number;
  readonly localAsUse: LocalAsUse | null;
  readonly holdSeconds: number | null;
  readonly keepaliveSeconds: number | null;
  readonly families: readonly FamilyView[];
  readonly capabilitiesReceived: readonly CapabilityView[];
  readonly capabilitiesSent: readonly CapabilityView[];
  /** Paths held that are not used for their AS_PATH: ours is in it, or the peer's is not in front. */
  readonly ownAsPaths: number;
  readonly firstAsPaths: number;
  /** A limit keeps the peer down; null: none does. */
  readonly heldDown: HeldDownView | null;
  /** Octets of attribute sets that the peer announced first, and of them at most; null: any number. */
  readonly attributeOctets: number;
  readonly attributeLimit: number | null;
  readonly transport: TransportView;
  /** null: not configured. */
  readonly bfd: BfdView | null;
  /** What is kept of a session that was lost (RFC 4724); null: nothing. */
  readonly restart: RestartView | null;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly updatesIn: number;
  readonly updatesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How often it became Established, and how often it left that state. */
  readonly established: number;
  readonly dropped: number;
  /** In words, with code and subcode where it was a NOTIFICATION; null when it never went down. */
  readonly lastDown: string | null;
  readonly lastDownSecondsAgo: number | null;
  /** How the last dial failed, in words; null when none did. */
  readonly lastConnectError: string | null;
  readonly lastConnectErrorSecondsAgo: number | null;
  /** Dials that led to no connection. */
  readonly connectFailures: number;
  /**
   * Why there is no session now: the latest of what ended one and of what kept one from coming up, in words; null while
   * there is one, and where nothing is known since it was configured.
   */
  readonly obstacle: string | null;
  readonly obstacleSecondsAgo: number | null;
}

export interface PathView extends AttributesView {
  readonly peer: string;
  readonly pathId: number;
  readonly best: boolean;
  /** The decision step at which this path lost, or at which the best one had won (`only path` for a single one). */
  readonly decidedBy: string;
  /** Kept over a restart of its peer, and not announced again yet (RFC 4724). */
  readonly stale: boolean;
  /** Why the decision may not use it (a loop, policy, ...), or null. */
  readonly unusable: string | null;
  /** Cost of reaching the next hop, as the decision compares it (RFC 4271 9.1.2.2 e). */
  readonly nextHopCost: number;
  readonly ageSeconds: number;
  /** The attributes as the peer sent them, where they were asked for; those of the view itself are in use. */
  readonly received?: AttributesView;
}

/** Path attributes, in text. */
export interface AttributesView {
  readonly nextHop: string;
  readonly origin: 'IGP' | 'EGP' | 'INCOMPLETE';
  /** As `65001 65002 {65003,65004}`; '' when empty. */
  readonly asPath: string;
  readonly localPref: number | null;
  readonly med: number | null;
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extendedCommunities: readonly string[];
  readonly atomicAggregate: boolean;
  readonly aggregator: string | null;
  /** Attributes beyond those above: `{code, flags, value}` with the value in hex. */
  readonly others: readonly { readonly code: number; readonly flags: number; readonly value: string }[];
}

export interface RibView {
  readonly family: string;
  readonly prefix: string;
  readonly paths: readonly PathView[];
}

export interface FibView {
  readonly family: string;
  readonly prefix: string;
  readonly nextHop: string;
  /**
   * `adopted`: from before our start, kept until its peer is back or the restart time ends.
   * `conflict`: somebody else's route with the same prefix and metric is in the way.
   */
  readonly state: 'installed' | 'adopted' | 'pending' | 'failed' | 'conflict' | 'removing' | 'dry-run';
  /** The kernel's words for a failed one or a conflict. */
  readonly error: string | null;
}

export interface GroupView {
  readonly id: number;
  /** Made of what its members have in common, so that it is the same after a restart: `client-1f0c2a9b`. */
  readonly name: string;
  readonly family: string;
  readonly role: Role;
  /** What its members have in common, in words. */
  readonly key: string;
  readonly members: readonly string[];
  readonly advertised: number;
  readonly logBytes: number;
  readonly slowMembers: readonly string[];
  /** Prefixes with more paths than the members may be sent (ADD-PATH). */
  readonly cutPrefixes: number;
  /** Prefixes that the members are not told of because of `max-prefix-out`. */
  readonly blockedPrefixes: number;
}

/** A prefix with more paths than the members of an update group are sent (ADD-PATH limit). */
export interface CutView {
  readonly family: string;
  readonly prefix: string;
  /** Update group, and its members. */
  readonly group: number;
  readonly members: number;
  /** Distinct paths, and how many of them are sent at most. */
  readonly paths: number;
  readonly limit: number;
}

export interface MemoryView {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Octets of attribute sets as they are counted against the limit, and the limit; null: any number. */
  readonly attributeOctets: number;
  readonly attributeLimit: number | null;
  readonly tables: readonly { readonly name: string; readonly entries: number; readonly bytes: number }[];
}

/** A prefix of a peer that has flapped (RFC 2439). */
export interface DampedView {
  readonly family: string;
  readonly prefix: string;
  readonly peer: string;
  readonly penalty: number;
  readonly flaps: number;
  /** It is not used; until it is again, if it does not flap meanwhile. */
  readonly suppressed: boolean;
  readonly reuseSeconds: number;
}

/** An address whose connections were turned away. */
export interface RefusedView {
  readonly address: string;
  /** Why, the last time; and in words. */
  readonly reason: string;
  readonly detail: string;
  readonly count: number;
  readonly firstSecondsAgo: number;
  readonly lastSecondsAgo: number;
}

/** A peer, and what it is called. */
export interface PeerLabel {
  readonly peer: string;
  readonly description: string;
}

/** A peer whose settings a reload changed. */
export interface PeerChangeView extends PeerLabel {
  readonly effect: 'live' | 'soft' | 'reset';
  /** Keys of the configuration that differ. */
  readonly keys: readonly string[];
}

/** What a reload did. */
export interface ReloadView {
  /** `incomplete`: in force, but a part failed; `refused`: nothing changed. */
  readonly outcome: 'in-force' | 'incomplete' | 'refused';
  readonly peers: {
    readonly added: readonly PeerLabel[];
    readonly removed: readonly PeerLabel[];
    readonly changed: readonly PeerChangeView[];
  };
  /** Keys beside those of peers that have another value now. */
  readonly settings: readonly string[];
  /** Keys that wait for a restart. */
  readonly restart: readonly string[];
  /** What failed, or why it was refused, in sentences. */
  readonly failed: readonly string[];
  /** What is right but probably not meant, with `file:line:column`. */
  readonly warnings: readonly string[];
}

/** Whether a peer is told of a prefix. */
export interface ToldView {
  readonly peer: string;
  readonly group: string;
  readonly told: boolean;
  /** The peer that the best path came from; null: none is usable. */
  readonly bestFrom: string | null;
  /** Why it is not told, in words; null when it is. */
  readonly why: string | null;
  /** How many paths of a prefix it is told of at most: 1 without ADD-PATH. */
  readonly most: number;
  /** Each path of the prefix; empty where the peer could not be told of any. */
  readonly paths: readonly ToldPathView[];
}

/** A path of a prefix, and whether a peer is told of it. */
export interface ToldPathView {
  readonly from: string;
  /** ADD-PATH identifier that it came with; 0: none. */
  readonly pathId: number;
  readonly told: boolean;
  readonly why: string | null;
}

/** What a start waits for (RFC 4724 4.1). */
export interface DeferralView {
  /** Peers that were there before, or have connected, and have not sent all that they have; the first of them by name. */
  readonly awaited: number;
  readonly peers: readonly string[];
  /** Established peers that are sent no routes meanwhile. */
  readonly held: number;
  /** Until it is over at the latest. */
  readonly remainingSeconds: number;
}

/** The daemon at a glance. */
export interface StatusView {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly as: number;
  /** Identifier of the confederation that it is a member AS of (RFC 5065); null: of none. */
  readonly confederation: number | null;
  readonly routerId: string;
  readonly configPath: string;
  readonly peers: number;
  readonly peersEstablished: number;
  readonly prefixes: number;
  readonly paths: number;
  readonly fibMode: 'off' | 'dry-run' | 'install';
  /** How many peers are told of routes as by a router that is about to go (RFC 8326). */
  readonly draining: number;
  /** The start is not over: some peers are sent no routes yet; null: it is. */
  readonly deferral: DeferralView | null;
  readonly health: HealthReport;
  /** What does not work, in sentences; empty when the daemon is healthy. */
  readonly problems: readonly string[];
}
