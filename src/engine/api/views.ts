/**
 * The JSON of `reflectord show … --json`. Counts are numbers, times are seconds, addresses and prefixes are text.
 * Plain data; the functions that fill it stand beside the data that they read.
 */

import type { BfdStateName } from '../../bfd/packet.ts';
import type { StateName } from '../../fsm/types.ts';
import type { Role } from '../../reflect/encode/group-key.ts';
import type { NlriFields } from '../../wire/nlri-codec.ts';
import type { HealthReport } from './health.ts';

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

export interface FamilyView {
  readonly family: string;
  /** Prefixes (paths) received from the peer, and those of them that are usable for the decision. */
  readonly received: number;
  readonly accepted: number;
  /** Of those received, the ones that the peer has not announced again since its last session was lost (RFC 4724). */
  readonly stale: number;
  /** Of those received, the ones that are suppressed because they flap (RFC 2439). */
  readonly damped: number;
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

/** The BFD state and parameters that a peer signals. */
export interface BfdRemoteView {
  readonly state: BfdStateName;
  readonly diag: string;
  readonly discriminator: number;
  readonly intervalMs: number;
  readonly minRxMs: number;
  readonly multiplier: number;
  /** C bit: its BFD is independent of its control plane. */
  readonly independent: boolean;
  readonly demand: boolean;
}

/** BFD with a peer (RFC 5880). */
export interface BfdView {
  /** `none`: there is no BFD session. */
  readonly state: BfdStateName | 'none';
  /** The reason of the last state change, in words. */
  readonly diag: string | null;
  readonly sinceSeconds: number | null;
  /** Multihop (RFC 5883); null: decided by the addresses of the session. */
  readonly multihop: boolean | null;
  readonly minTtl: number | null;
  readonly localAddress: string | null;
  readonly discriminator: number | null;
  /** Configured values; and negotiated values, null before negotiation. */
  readonly intervalMs: number;
  readonly minRxMs: number;
  readonly multiplier: number;
  readonly transmitMs: number | null;
  readonly detectionMs: number | null;
  /** null: nothing was received from the peer for a detection time. */
  readonly remote: BfdRemoteView | null;
  /** Transitions from Up to Down, and the reason of the last one. */
  readonly flaps: number;
  readonly lastLoss: string | null;
  readonly lastLossSecondsAgo: number | null;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Why BFD cannot start, in words for the operator; null: it can. */
  readonly problem: string | null;
}

/** A row of `show bfd`. */
export interface BfdSessionView extends BfdView {
  readonly peer: string;
  readonly description: string;
  /** State of the BGP session that it protects. */
  readonly session: StateName;
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

export interface PathView extends AttributesView {
  readonly peer: string;
  readonly pathId: number;
  readonly best: boolean;
  /**
   * The decision step that ranked this path behind the best one, or that selected the best one (`only path`: no other).
   */
  readonly decidedBy: string;
  /** Kept across a restart of its peer, and not announced again yet (RFC 4724). */
  readonly stale: boolean;
  /** The parts of the route by name, such as `rd`, `mac` or `labels`; absent for a plain prefix. */
  readonly nlri?: NlriFields;
  /** Why the path is unusable (a loop, policy, ...); null: it is usable. */
  readonly unusable: string | null;
  /** The rule of the import policy that decided about it; null: the peer has no policy. */
  readonly policy: RulingView | null;
  /** Cost to the next hop, as the decision compares it (RFC 4271 9.1.2.2 e). */
  readonly nextHopCost: number;
  readonly ageSeconds: number;
  /** The attributes as received, if requested; those of the view itself are in use. */
  readonly received?: AttributesView;
}

/** The rule of a policy that accepted or rejected a route. */
export interface RulingView {
  /** `policy/rule`; `policy/default`, `accept` or `reject`. */
  readonly rule: string;
  /** The reason that the rule gives, or ''. */
  readonly because: string;
  /** `file:line`, or ''. */
  readonly place: string;
  readonly rejected: boolean;
}

/** A rule that held for a route, and what it changed. */
export interface TracedRuleView {
  readonly rule: string;
  readonly place: string;
  readonly then: 'accept' | 'reject' | 'next';
  readonly changes: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** What a chain of policies did to a route. */
export interface TraceView extends RulingView {
  readonly rules: readonly TracedRuleView[];
}

/** The result of `policy test`: of one route, or for each rule the number of routes in the tables that end at it. */
export type PolicyTestView =
  | { readonly kind: 'route'; readonly prefix: string; readonly trace: TraceView }
  | { readonly kind: 'rule'; readonly rule: PolicyRuleView };

/** A rule, and the routes held whose import ended at it. */
export interface PolicyRuleView {
  readonly rule: string;
  readonly because: string;
  readonly place: string;
  readonly accepted: number;
  readonly rejected: number;
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
  /** All other attributes: `{code, flags, value}` with the value in hex. */
  readonly others: readonly { readonly code: number; readonly flags: number; readonly value: string }[];
}

export interface RibView {
  readonly family: string;
  readonly prefix: string;
  /** The best path and the first 1,000 others; all of them with `allPaths`. */
  readonly paths: readonly PathView[];
  /** Paths that are not in `paths`. */
  readonly pathsLeftOut: number;
}

export interface FibView {
  readonly family: string;
  readonly prefix: string;
  readonly nextHop: string;
  /**
   * `adopted`: installed before our start, kept until its peer is back or the restart time ends.
   * `conflict`: another program has a route with the same prefix and metric.
   */
  readonly state: 'installed' | 'adopted' | 'pending' | 'failed' | 'conflict' | 'removing' | 'dry-run';
  /** The error of the kernel for a failed route or a conflict. */
  readonly error: string | null;
}

export interface GroupView {
  readonly id: number;
  /** Derived from the key of the group, so that it is the same after a restart: `client-1f0c2a9b`. */
  readonly name: string;
  readonly family: string;
  readonly role: Role;
  /** The settings that its members share, in words. */
  readonly key: string;
  readonly members: readonly string[];
  readonly advertised: number;
  readonly logBytes: number;
  readonly slowMembers: readonly string[];
  /** Prefixes with more paths than are advertised to the members (ADD-PATH). */
  readonly cutPrefixes: number;
  /** Prefixes that are not advertised to the members because of `max-prefix-out`. */
  readonly blockedPrefixes: number;
}

/** A prefix with more paths than are advertised to an update group (ADD-PATH limit). */
export interface CutView {
  readonly family: string;
  readonly prefix: string;
  /** Id of the update group, and its number of members. */
  readonly group: number;
  readonly members: number;
  /** Distinct paths, and the maximum number that is advertised. */
  readonly paths: number;
  readonly limit: number;
}

export interface MemoryView {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Octets of attribute sets as counted against the limit, and the limit; null: no limit. */
  readonly attributeOctets: number;
  readonly attributeLimit: number | null;
  readonly tables: readonly { readonly name: string; readonly entries: number; readonly bytes: number }[];
}

/** A flapping prefix of a peer (RFC 2439). */
export interface DampedView {
  readonly family: string;
  readonly prefix: string;
  readonly peer: string;
  readonly penalty: number;
  readonly flaps: number;
  /** The prefix is unusable; and the time until it is usable again if it does not flap meanwhile. */
  readonly suppressed: boolean;
  readonly reuseSeconds: number;
}

/** An address whose connections were refused. */
export interface RefusedView {
  readonly address: string;
  /** The latest reason; and its details in words. */
  readonly reason: string;
  readonly detail: string;
  readonly count: number;
  readonly firstSecondsAgo: number;
  readonly lastSecondsAgo: number;
}

/** A peer and its description. */
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

/** The result of a reload. */
export interface ReloadView {
  /** `in-force`: applied; `incomplete`: applied, but a part failed; `refused`: nothing changed. */
  readonly outcome: 'in-force' | 'incomplete' | 'refused';
  readonly peers: {
    readonly added: readonly PeerLabel[];
    readonly removed: readonly PeerLabel[];
    readonly changed: readonly PeerChangeView[];
  };
  /** Changed keys outside of peers. */
  readonly settings: readonly string[];
  /** Keys that wait for a restart. */
  readonly restart: readonly string[];
  /** What failed, or why the reload was rejected, in sentences. */
  readonly failed: readonly string[];
  /** Valid settings that are probably a mistake, with `file:line:column`. */
  readonly warnings: readonly string[];
}

/** Whether a prefix is advertised to a peer. */
export interface ExplainView {
  readonly peer: string;
  readonly group: string;
  readonly advertised: boolean;
  /** The peer that the best path was learned from; null: no path is usable. */
  readonly bestFrom: string | null;
  /** Why the prefix is not advertised, in words; null: it is advertised. */
  readonly why: string | null;
  /** Maximum number of paths per prefix that are advertised to the peer: 1 without ADD-PATH. */
  readonly maxPaths: number;
  /** All paths of the prefix, and those that are advertised; 0 if the peer is in no update group of the family. */
  readonly pathCount: number;
  readonly advertisedPaths: number;
  /** Why paths are not advertised, with the number of paths for each reason; at most 20, then one for all others. */
  readonly reasons: readonly ExplainedReasonView[];
  /** The paths that are advertised and the first 100 others; all of them with `allPaths`. */
  readonly paths: readonly ExplainedPathView[];
  /** Paths that are not in `paths`. */
  readonly pathsLeftOut: number;
}

/** Why some paths of a prefix are not advertised to a peer. */
export interface ExplainedReasonView {
  readonly why: string;
  readonly paths: number;
  /** The first two of them: the peer, with `#` and the ADD-PATH identifier if it has one. */
  readonly first: readonly string[];
}

/** A path of a prefix, and whether it is advertised to the peer. */
export interface ExplainedPathView {
  readonly from: string;
  /** ADD-PATH identifier that it was received with; 0: none. */
  readonly pathId: number;
  readonly advertised: boolean;
  readonly why: string | null;
  /** What the policies did: of the peer that it was learned from, and of this peer. null: no policy. */
  readonly imported?: TraceView | null;
  readonly exported?: TraceView | null;
}

/** What a start waits for (RFC 4724 4.1). */
export interface DeferralView {
  /** Peers from before the start, and connected ones, that have not sent all their routes; and the first names. */
  readonly awaited: number;
  readonly peers: readonly string[];
  /** Established peers to which advertising is deferred. */
  readonly held: number;
  /** Maximum time until the deferral ends. */
  readonly remainingSeconds: number;
}

/** An overview of the daemon. */
export interface StatusView {
  readonly version: string;
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly as: number;
  /** Identifier of the confederation that the router belongs to (RFC 5065); null: none. */
  readonly confederation: number | null;
  readonly routerId: string;
  readonly configPath: string;
  readonly peers: number;
  readonly peersEstablished: number;
  readonly prefixes: number;
  readonly paths: number;
  readonly fibMode: 'off' | 'dry-run' | 'install';
  /** Number of peers to which routes are advertised with GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly draining: number;
  /** The start still defers advertising to some peers; null: the start is complete. */
  readonly deferral: DeferralView | null;
  readonly health: HealthReport;
  /** The problems, in sentences; empty: the daemon is healthy. */
  readonly problems: readonly string[];
}
