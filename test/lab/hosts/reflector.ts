/** What the tests ask of the reflector in the middle. */
import type { Namespace } from '../namespace.ts';

export interface ReflectorOptions {
  readonly ns: Namespace;
  readonly as: number;
  readonly routerId: string;
  readonly clusterId: string;
  /** eBGP peers, one session for each family. */
  readonly switches: readonly { readonly ns: Namespace; readonly as: number }[];
  /** Clients that wait to be dialed, on their IPv6 address; the others dial us and come from a range. */
  readonly dialed: readonly Namespace[];
  /** Keeps the routes of clients that restart gracefully; without it what they announced goes with their session. */
  readonly graceful?: boolean;
  /** Other reflectors: iBGP peers that are not clients. */
  readonly others: readonly Namespace[];
}

export interface Reflector {
  readonly name: string;
  readonly ns: Namespace;
  start(): Promise<void>;
  /** Kills the daemon without a word. */
  kill(): Promise<void>;
}
