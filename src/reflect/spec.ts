/** What the operator wants of a peer and of the router, as plain data; made by the configuration's resolver. No I/O. */
import type { FibSpec } from '../fib/spec.ts';
import type { SessionSpec } from '../fsm/spec.ts';
import type { Secret } from '../lib/secret.ts';
import type { DampingParameters } from '../rib/damping.ts';
import type { CostRule } from '../rib/next-hops.ts';

/** What becomes of NEXT_HOP on the way to a peer, in one family. */
export type FamilyNextHop =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'self' }
  | { readonly kind: 'address'; readonly address: Uint8Array };

/** The same for all families, or for each by family id. */
export type NextHopMode = FamilyNextHop | { readonly kind: 'families'; readonly modes: readonly FamilyNextHop[] };

/** Which of a prefix's paths a peer is told of. */
export type Selection =
  /** The best one; with `external`, where that may not be told, the best one that may. */
  | { readonly kind: 'best'; readonly external: boolean }
  /** The second in order, so that two reflectors give a client two paths (RFC 6774); a single one is told by both. */
  | { readonly kind: 'rank-2' }
  /** The first `limit` in order, each with an identifier (RFC 7911); the best one to a peer without ADD-PATH. */
  | { readonly kind: 'paths'; readonly limit: number };

/** Import and export decision while policies are all-or-nothing. */
export type PolicyVerdict = 'accept' | 'reject';

/** Another AS number than the router's, that a peer of another AS knows us by (RFC 7705 3). */
export interface LocalAsSpec {
  /** The same as `localAs` of the session. */
  readonly as: number;
  /** The AS number that other peers outside know us by. */
  readonly routerAs: number;
  /** It is put in front of the paths that the peer sends (RFC 7705 3.1 without "No Prepend Inbound"). */
  readonly prepend: boolean;
  /** In what is sent it stands instead of the router's number, not in front of that (RFC 7705 3.2, "Replace Old AS"). */
  readonly replace: boolean;
}

/** How routes are exchanged with a peer. */
export interface ExchangeSpec {
  /** Route reflector client (RFC 4456); only meaningful for iBGP. */
  readonly client: boolean;
  /** Cluster id used toward and from this peer's group, 32 bits. */
  readonly clusterId: number;
  /** False: routes of a client are not reflected to other clients of the same cluster id. */
  readonly clientToClient: boolean;
  readonly nextHop: NextHopMode;
  /** Only from another AS: a path must begin with the peer's AS number (RFC 4271 6.3); absent: it need not. */
  readonly enforceFirstAs?: boolean;
  /** How often our own AS number may stand in the AS_PATH of a path that is used; absent: never. */
  readonly allowOwnAs?: number;
  /** Only with another AS: it knows us by a number of its own; null or absent: by that of the router. */
  readonly localAs?: LocalAsSpec | null;
  /** Only to another AS: our number stands in AS_PATH wherever the peer's would; absent: it does not. */
  readonly asOverride?: boolean;
  /** Only to another AS: what becomes of AS numbers for private use (RFC 6996), a value of PRIVATE_AS; absent: they stay. */
  readonly privateAs?: number;
  /** AIGP is taken from the peer, and sent to it (RFC 7311 3.4); absent: inside the AS only. */
  readonly aigp?: boolean;
  readonly select: Selection;
  readonly import: PolicyVerdict;
  readonly export: PolicyVerdict;
}

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

/** What is wanted of BFD with a peer. */
export interface BfdSettings {
  /** Between two packets that are sent, and that the peer may send, while BFD is up. */
  readonly intervalMs: number;
  readonly minRxMs: number;
  /** 1 to 255: so many packets may be lost. */
  readonly multiplier: number;
  /** Over several hops (RFC 5883); null: unless both addresses of the session lie in one network of this host. */
  readonly multihop: boolean | null;
  /** Over several hops: the least TTL of what is taken in, 1 to 255. */
  readonly minTtl: number;
  /** A loss may be due to a mere restart of a peer whose BFD shares fate with its control plane: its paths are kept. */
  readonly graceful: boolean;
}

/** Everything two peers of one group have in common. */
export interface PeerSettings {
  /** Name of the group, or '' for a peer without one. */
  readonly group: string;
  readonly session: SessionSpec;
  readonly exchange: ExchangeSpec;
  readonly transport: TransportSpec;
  /** Route flap damping (RFC 2439); absent: none. */
  readonly damping?: DampingParameters;
  /** Absent: the session is not guarded by BFD. */
  readonly bfd?: BfdSettings;
  /** Absent: as many prefixes as there are. */
  readonly limits?: PrefixLimits;
  /** Octets of attribute sets that the peer may be charged with; absent or null: any number. */
  readonly attributeOctets?: number | null;
  /** How many paths of one prefix are held of the peer (RFC 7911); null or absent: any number. */
  readonly maxPathsPerPrefix?: number | null;
}

export interface PeerSpec extends PeerSettings {
  /** 4 or 16 bytes; what the session is known by. With an interface: the neighbour's link-local one, `::` until it is found. */
  readonly address: Uint8Array;
  /** Name of the interface that the peer is at the other end of; absent: it is known by its address alone. */
  readonly interfaceName?: string;
  /** With an interface: the address was given, and is not searched for. */
  readonly fixedAddress?: boolean;
  /** Remote TCP port to dial. */
  readonly port: number;
  /** Source address of the dialed connection, or null for the kernel's choice. */
  readonly localAddress: Uint8Array | null;
  readonly description: string;
  /** True: configured but administratively down. */
  readonly shutdown: boolean;
}

/** Peers that come from a range appear as they connect. */
export interface DynamicRangeSpec extends PeerSettings {
  readonly prefix: { readonly address: Uint8Array; readonly length: number };
  /** How many peers may exist at once. */
  readonly limit: number;
  /** How long a peer without a session is remembered; default 60 s. */
  readonly forgetMs?: number;
  /** How often an address may connect in a minute; absent or 0: any number. */
  readonly attemptsPerMinute?: number;
}

export interface ListenSpec {
  readonly address: Uint8Array;
  readonly port: number;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** The confederation that the router is in (RFC 5065). */
export interface ConfederationSpec {
  /** The AS number that those outside know. */
  readonly identifier: number;
  /** The member AS numbers, that of the router included. */
  readonly members: readonly number[];
}

/** A whole resolved configuration: what the daemon runs. */
export interface RouterSpec {
  /** In a confederation that of its member AS. */
  readonly as: number;
  /** null or absent: the router is in none. */
  readonly confederation?: ConfederationSpec | null;
  readonly routerId: number;
  readonly clusterId: number;
  readonly listen: readonly ListenSpec[];
  readonly peers: readonly PeerSpec[];
  readonly ranges: readonly DynamicRangeSpec[];
  /** After a start: how long routes of the peers are waited for at most before the first are sent (RFC 4724 4.1). */
  readonly deferMs: number;
  /** Costs of next hops that count whatever the kernel says; absent: none. */
  readonly nextHopCosts?: readonly CostRule[];
  /** Octets of attribute sets of all peers together; absent or null: any number. */
  readonly attributeOctets?: number | null;
  readonly fib: FibSpec;
  /** null: off. */
  readonly metrics: { readonly address: Uint8Array; readonly port: number } | null;
  /** Path of the control socket. */
  readonly controlSocket: string;
  /** Path of the file that tells the next start which peers to wait for; null: the usual place. */
  readonly restartState: string | null;
  readonly log: { readonly level: LogLevel; readonly components: Readonly<Record<string, LogLevel>> };
}
