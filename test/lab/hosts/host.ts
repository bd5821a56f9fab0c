/** What the tests ask of a BGP host, whichever daemon runs on it. */
import type { Namespace } from '../namespace.ts';

/** A route as a host learned it from the reflector. */
export interface LearnedRoute {
  readonly prefix: string;
  readonly nextHop: string;
  /** Without the segments of a confederation. */
  readonly asPath: readonly number[];
  /** Member AS of a confederation in it; absent: none. */
  readonly confedPath?: readonly number[];
  readonly localPref: number | null;
  readonly med: number | null;
  readonly communities: readonly string[];
  readonly originatorId: string | null;
  readonly clusterList: readonly string[];
}

/** Attributes of an announced route; absent ones are left to the daemon. */
export interface Announced {
  readonly localPref?: number;
  readonly med?: number;
  /** As `65000:1`. */
  readonly communities?: readonly string[];
}

/** A route of the kernel that a routing daemon installed. */
export interface KernelRoute {
  readonly prefix: string;
  readonly via: string;
  readonly protocol: string;
}

export interface BgpHost {
  readonly name: string;
  readonly ns: Namespace;
  readonly as: number;
  readonly routerId: string;
  /** Whether its daemon writes learned routes into the kernel. */
  readonly installs: boolean;
  /** Starts the daemon, with what was announced before. */
  start(): Promise<void>;
  /** Waits until its sessions, all of them, are Established. */
  established(): Promise<void>;
  /** What it learned by BGP, both families. */
  routes(): Promise<LearnedRoute[]>;
  announce(prefix: string, attributes?: Announced): Promise<void>;
  withdraw(prefix: string): Promise<void>;
  /** Takes its sessions down and up again by the daemon's own command. */
  reset(): Promise<void>;
  /** Asks the reflector for all routes again, where the daemon has a command for it. */
  refresh?(): Promise<void>;
  /** Lets a daemon that makes a long pause after a lost session connect at once. */
  hurry(): Promise<void>;
  /** Kills the daemon without a word. */
  kill(): Promise<void>;
}

export interface HostOptions {
  readonly ns: Namespace;
  readonly as: number;
  readonly routerId: string;
  /** The reflectors' hosts. */
  readonly neighbors: readonly Namespace[];
  readonly neighborAs: number;
  /** One session over IPv6, in which IPv4 prefixes have IPv6 next hops (RFC 8950). */
  readonly extendedNextHop?: boolean;
  /** The interface that its only neighbor is on, which has no address there (an unnumbered session); FRR and GoBGP only. */
  readonly interfaceName?: string;
  /** TCP MD5 key of all of its sessions. */
  readonly password?: string;
  /** TTL of its eBGP sessions. */
  readonly multihop?: number;
  /** TTL security on all of its sessions: the reflector is a neighbor. */
  readonly ttlSecurity?: boolean;
  /** The confederation that it is a member of; members are the other ones. FRR and BIRD 2. */
  readonly confederation?: { readonly identifier: number; readonly members: readonly number[] };
  readonly prefixes?: Readonly<Record<string, Announced>>;
  /** Asks for graceful restart, and keeps its kernel's routes over its own (BIRD 1.6 always does). */
  readonly graceful?: boolean;
  /** Its BGP role toward the reflector (RFC 9234); FRR only. */
  readonly role?: 'provider' | 'customer' | 'peer';
  /** BFD beside each session, over one hop, or over several (FRR finds out by itself). FRR and BIRD 2. */
  readonly bfd?: 'single-hop' | 'multihop';
  /** Offers extended messages (RFC 8654); BIRD 2 only. */
  readonly extendedMessages?: boolean;
}

/** What a host that has BFD with its neighbors sends: a packet in so many milliseconds, three of which may be lost. */
export const BFD_INTERVAL_MS = 100;

export function isIpv6(text: string): boolean {
  return text.includes(':');
}

/** What routing daemons put into a host's kernel: its main table without what addresses and the kernel itself made. */
export async function kernelRoutes(ns: Namespace): Promise<KernelRoute[]> {
  const lists = await Promise.all(['-4', '-6'].map((family) => ns.exec('ip', ['-j', family, 'route', 'show'])));
  return lists.flatMap((list, i) => readKernelRoutes(list, i === 0 ? '/32' : '/128'));
}

interface KernelJson {
  readonly dst: string;
  readonly gateway?: string;
  readonly via?: { readonly host: string };
  readonly protocol: string;
  readonly nexthops?: readonly { readonly gateway?: string }[];
}

function readKernelRoutes(json: string, hostLength: string): KernelRoute[] {
  const found: KernelRoute[] = [];
  for (const route of JSON.parse(json || '[]') as KernelJson[]) {
    if (['kernel', 'boot', 'ra'].includes(route.protocol)) continue;
    const via = route.gateway ?? route.via?.host ?? route.nexthops?.map((hop) => hop.gateway).join(',');
    if (via === undefined) continue;
    found.push({ prefix: route.dst.includes('/') ? route.dst : route.dst + hostLength, via, protocol: route.protocol });
  }
  return found;
}

/** What all hosts have: their namespace, their number, and what they announce. */
export abstract class Host<Options extends HostOptions = HostOptions> {
  readonly name: string;
  readonly ns: Namespace;
  readonly as: number;
  readonly routerId: string;
  protected readonly options: Options;
  /** By prefix. */
  protected readonly announced: Map<string, Announced>;

  constructor(options: Options) {
    this.options = options;
    this.ns = options.ns;
    this.name = options.ns.name;
    this.as = options.as;
    this.routerId = options.routerId;
    this.announced = new Map(Object.entries(options.prefixes ?? {}));
  }
}
