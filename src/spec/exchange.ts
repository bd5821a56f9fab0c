/** How routes are exchanged with a peer: its role, next hops, AS numbers, which paths, policy, damping. */
import type { ChainSpec } from './policy.ts';

/** How NEXT_HOP is set toward a peer, in one family. */
export type FamilyNextHop =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'self' }
  | { readonly kind: 'address'; readonly address: Uint8Array };

/** One mode for all families, or one per family id. */
export type NextHopMode = FamilyNextHop | { readonly kind: 'families'; readonly modes: readonly FamilyNextHop[] };

/** Which paths of a prefix are advertised to a peer. */
export type Selection =
  /** The best one; with `external`: if that must not be advertised to the peer, the best one that may be. */
  | { readonly kind: 'best'; readonly external: boolean }
  /** The second-best, so that two reflectors give a client two paths (RFC 6774); both advertise an only path. */
  | { readonly kind: 'rank-2' }
  /** The best `limit` paths, each with an identifier (RFC 7911); only the best one to a peer without ADD-PATH. */
  | { readonly kind: 'paths'; readonly limit: number };

/** Import and export decision of a peer without a chain of policies. */
export type PolicyVerdict = 'accept' | 'reject';

/** An AS number toward an external peer that differs from that of the router (RFC 7705 3). */
export interface LocalAsSpec {
  /** The same as `localAs` of the session. */
  readonly as: number;
  /** Our AS number toward other external peers. */
  readonly routerAs: number;
  /** It is prepended to the paths that the peer sends (RFC 7705 3.1 without "No Prepend Inbound"). */
  readonly prepend: boolean;
  /** In advertised paths it replaces the router's number, instead of preceding it (RFC 7705 3.2, "Replace Old AS"). */
  readonly replace: boolean;
}

/** A policy of a peer that is more than `accept` or `reject`, and what it knows about the peer. */
export interface PolicyChains {
  /** null: `import` or `export` alone decides. */
  readonly import: ChainSpec | null;
  readonly export: ChainSpec | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Routes that the import rejects are kept. */
  readonly keepRejected: boolean;
  /** There is no policy in the file, and RFC 8212 requires one: nothing is imported, or exported. */
  readonly lacksImport: boolean;
  readonly lacksExport: boolean;
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
  /** It is sent our default membership: that asks it for all routes of VPNs (RFC 4684). */
  readonly defaultRouteTarget: boolean;
  /** Flow specifications from the peer are validated (RFC 8955 6). */
  readonly flowspecValidation: boolean;
  /** Only from another AS: a path must start with the peer's AS number (RFC 4271 6.3). */
  readonly enforceFirstAs: boolean;
  /** How often our own AS number may occur in the AS_PATH of a usable path. */
  readonly allowOwnAs: number;
  /** Only with another AS: our AS number toward it; null: that of the router. */
  readonly localAs: LocalAsSpec | null;
  /** Only to another AS: our AS number replaces the peer's in AS_PATH. */
  readonly asOverride: boolean;
  /** Only to another AS: how private AS numbers (RFC 6996) are handled, a value of PRIVATE_AS. */
  readonly privateAs: number;
  /** AIGP is accepted from the peer, and sent to it (RFC 7311 3.4). */
  readonly aigp: boolean;
  /** PREFIX_SID is accepted from the peer, and sent to it (RFC 8669). */
  readonly prefixSid: boolean;
  readonly select: Selection;
  /** `accept` if there is a chain. */
  readonly import: PolicyVerdict;
  readonly export: PolicyVerdict;
  readonly chains: PolicyChains;
}

/** Parameters of RFC 2439 4.2, times in seconds. */
export interface DampingParameters {
  readonly halfLifeSeconds: number;
  /** Penalty above which a prefix is suppressed. */
  readonly suppress: number;
  /** Penalty below which it is usable again. */
  readonly reuse: number;
  readonly maxSuppressSeconds: number;
}
