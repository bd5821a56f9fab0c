/** The specification of a peer, and of a dynamic range whose peers are added when they connect. */
import type { DampingParameters, ExchangeSpec } from './exchange.ts';
import type { PrefixLimits } from './limits.ts';
import type { SessionSpec } from './session.ts';
import type { TransportSpec } from './transport.ts';

/** The specification of BFD with a peer. */
export interface BfdSettings {
  /** Interval between sent packets, and minimum interval between received ones, while BFD is up. */
  readonly intervalMs: number;
  readonly minRxMs: number;
  /** 1 to 255: BFD goes down after so many lost packets. */
  readonly multiplier: number;
  /** Multihop (RFC 5883); null: yes, unless both addresses of the session are in one network of this host. */
  readonly multihop: boolean | null;
  /** Multihop: the minimum TTL of received packets, 1 to 255. */
  readonly minTtl: number;
  /** If the peer's BFD shares fate with its control plane, it may only be restarting: its paths are kept. */
  readonly graceful: boolean;
}

/** The settings that the peers of a group share. */
export interface PeerSettings {
  /** Name of the group, or '' for a peer without one. */
  readonly group: string;
  readonly session: SessionSpec;
  readonly exchange: ExchangeSpec;
  readonly transport: TransportSpec;
  /** Route flap damping (RFC 2439); null: none. */
  readonly damping: DampingParameters | null;
  /** null: no BFD. */
  readonly bfd: BfdSettings | null;
  /** null: no limits. */
  readonly limits: PrefixLimits | null;
  /** Maximum octets of attribute sets that count for the peer; null: no limit. */
  readonly attributeOctets: number | null;
  /** Maximum number of paths of one prefix from the peer (RFC 7911); null: no limit. */
  readonly maxPathsPerPrefix: number | null;
}

export interface PeerSpec extends PeerSettings {
  /**
   * 4 or 16 bytes; identifies the session. With an interface: the neighbor's link-local address, `::` until it is
   * found.
   */
  readonly address: Uint8Array;
  /** Name of the interface of the peer; null: its address alone identifies it. */
  readonly interfaceName: string | null;
  /** The address is configured; false: it is discovered on the interface. */
  readonly fixedAddress: boolean;
  /** Remote TCP port to dial. */
  readonly port: number;
  /** Source address of the dialed connection, or null for the kernel's choice. */
  readonly localAddress: Uint8Array | null;
  readonly description: string;
  /** True: configured but administratively down. */
  readonly shutdown: boolean;
}

/** A dynamic range: its peers are added when they connect. */
export interface DynamicRangeSpec extends PeerSettings {
  readonly prefix: { readonly address: Uint8Array; readonly length: number };
  /** Maximum number of peers at once. */
  readonly limit: number;
  /** How long a peer without a session is remembered. */
  readonly forgetMs: number;
  /** Maximum number of connections per address and minute; 0: no limit. */
  readonly attemptsPerMinute: number;
}
