/** The specification of kernel routes. Plain data. */

import type { Prefix } from '../lib/ip.ts';

/** How packets are dropped: silently, or with an ICMP message. */
export type Discard = 'blackhole' | 'unreachable';

/** Ids for our nexthop objects: `count` of them from `first` on. */
export interface ObjectIdRange {
  readonly first: number;
  readonly count: number;
}

/** Routes to these prefixes, `ge` to `le` bits long, are installed in the kernel, or not. */
export interface InstallRule {
  readonly prefix: Prefix;
  readonly ge: number;
  readonly le: number;
  readonly accept: boolean;
}

/** How the routes of a family are installed. */
export interface FibFamilySpec {
  /** Routing table id (254: main). */
  readonly table: number;
  /** Protocol id of our routes (186: bgp); nothing else is ever touched. */
  readonly protocol: number;
  readonly metric: number;
  /** Source address of packets that this host sends along them, as text; null: the kernel's choice. */
  readonly src: string | null;
  /** Best paths are advertised only after the kernel has confirmed their routes. */
  readonly advertiseInstalled: boolean;
}

/** How routes are installed in the kernel. `table`, `protocol` and `metric` are those of families without their own. */
export interface FibSpec extends Pick<FibFamilySpec, 'table' | 'protocol' | 'metric'> {
  readonly mode: 'off' | 'dry-run' | 'install';
  /** By family id. */
  readonly families: readonly FibFamilySpec[];
  /** Which best paths are installed: the first matching rule counts, no match means no. null: all are. */
  readonly install: readonly InstallRule[] | null;
  /** How a best path with the BLACKHOLE community (RFC 7999) is installed; null: like any other. */
  readonly blackhole: Discard | null;
  /** Maximum number of next hops of equal paths that are used at once. */
  readonly multipath: number;
  /** Traffic is shared by the Link Bandwidth community, if all paths have it. */
  readonly weights: boolean;
  /** Next hops that are neighbors on an interface whatever the kernel's routes say. */
  readonly onlink: readonly { readonly prefix: Prefix; readonly device: string }[];
  /** A route of another program that replaced one of ours is replaced by ours again. */
  readonly takeover: boolean;
  /** Whether our routes stay on a planned stop. */
  readonly onStop: 'keep' | 'withdraw';
  /** A path whose next hop the kernel cannot reach is unusable. null: yes, if routes are installed. */
  readonly nextHopCheck: boolean | null;
  /** Ids for our nexthop objects; null: no objects are used. */
  readonly objectIds: ObjectIdRange | null;
  /** How long routes from before the start are kept until their peers announce them again. */
  readonly restartMs: number;
  /** How often the whole table is compared with the kernel's. */
  readonly compareMs: number;
}
