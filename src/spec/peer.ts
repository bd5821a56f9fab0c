/** What the operator wants of a peer, and of a range whose peers appear as they connect. */
import type { DampingParameters, ExchangeSpec } from './exchange.ts';
import type { PrefixLimits } from './limits.ts';
import type { SessionSpec } from './session.ts';
import type { TransportSpec } from './transport.ts';

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
