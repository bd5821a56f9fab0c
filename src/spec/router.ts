/** The specification of the whole router, which the daemon runs. Made by the resolver of the configuration. */
import type { Prefix } from '../lib/ip.ts';
import type { FibSpec } from './fib.ts';
import type { DynamicRangeSpec, PeerSpec } from './peer.ts';
import type { PoliciesSpec, PrefixSet } from './policy.ts';

/** The cost of next hops within the prefix, 0 to 2^32 - 1; it overrides that of the kernel. */
export interface CostRule {
  readonly prefix: Prefix;
  readonly cost: number;
}

export interface ListenSpec {
  readonly address: Uint8Array;
  readonly port: number;
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** The confederation of the router (RFC 5065). */
export interface ConfederationSpec {
  /** The AS number toward peers outside of the confederation. */
  readonly identifier: number;
  /** The member AS numbers, including that of the router. */
  readonly members: readonly number[];
}

/** Changes that a reload refuses. */
export interface GuardSpec {
  /** Prefixes that must not be lost; null: none. */
  readonly golden: PrefixSet | null;
  /** Maximum part of the routes of a group that is withdrawn, in percent; null: no limit. */
  readonly withdrawPercent: number | null;
}

/** What `/metrics` has. */
export interface ExpositionSpec {
  /** Whose names the metrics have; at least one. */
  readonly names: readonly ('reflectord' | 'frr' | 'bird')[];
  /** Which metrics every peer has. */
  readonly peerDetail: 'full' | 'basic' | 'none';
  /** Maximum number of peers with metrics of their own. */
  readonly maxPeers: number;
}

/** A whole resolved configuration. */
export interface RouterSpec {
  /** In a confederation: the member AS. */
  readonly as: number;
  /** null: no confederation. */
  readonly confederation: ConfederationSpec | null;
  readonly routerId: number;
  readonly clusterId: number;
  readonly listen: readonly ListenSpec[];
  readonly peers: readonly PeerSpec[];
  readonly ranges: readonly DynamicRangeSpec[];
  /** After a start: the maximum time to wait for the routes of peers before advertising any (RFC 4724 4.1). */
  readonly deferMs: number;
  /** Costs of next hops that override those of the kernel. */
  readonly nextHopCosts: readonly CostRule[];
  /** Maximum octets of the attribute sets of all peers; null: no limit. */
  readonly attributeOctets: number | null;
  /** Memory for the latest changes of best paths; 0: none are recorded. */
  readonly routeHistoryOctets: number;
  readonly policies: PoliciesSpec;
  /** Files that sets of the policies were read from. */
  readonly policyFiles: readonly string[];
  /** null: a reload may withdraw anything. */
  readonly guard: GuardSpec | null;
  readonly fib: FibSpec;
  /** null: off. */
  readonly metrics: { readonly address: Uint8Array; readonly port: number } | null;
  readonly exposition: ExpositionSpec;
  /** The web page, with the host names by which it is reached; null: off. */
  readonly web: { readonly address: Uint8Array; readonly port: number; readonly hosts: readonly string[] } | null;
  /** Path of the control socket. */
  readonly controlSocket: string;
  /** Path of the file that lists the peers to wait for at the next start; null: the default path. */
  readonly restartState: string | null;
  readonly log: LogSpec;
}

export interface LogSpec {
  readonly level: LogLevel;
  readonly components: Readonly<Record<string, LogLevel>>;
  /** null: as the output requires. */
  readonly format: 'text' | 'json' | 'journal' | null;
}
