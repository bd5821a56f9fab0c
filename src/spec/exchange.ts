/** How routes are exchanged with a peer: its role, next hops, AS numbers, which paths, policy, damping. */

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

/** Parameters of RFC 2439 4.2, times in seconds. */
export interface DampingParameters {
  readonly halfLifeSeconds: number;
  /** Penalty above which a prefix is not used. */
  readonly suppress: number;
  /** Penalty below which it is used again. */
  readonly reuse: number;
  readonly maxSuppressSeconds: number;
}
