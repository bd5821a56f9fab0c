/** What the operator wants of the router as a whole: what the daemon runs. Made by the configuration's resolver. */
import type { Prefix } from '../lib/ip.ts';
import type { FibSpec } from './fib.ts';
import type { DynamicRangeSpec, PeerSpec } from './peer.ts';

/** Next hops within the prefix cost this much, 0 to 2^32 - 1, whatever the kernel says. */
export interface CostRule {
  readonly prefix: Prefix;
  readonly cost: number;
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
