/** What the operator wants of the kernel's routing table. Plain data. */

import type { Prefix } from '../lib/ip.ts';

/** What becomes of packets that are dropped: silently, or with an ICMP message. */
export type Discard = 'blackhole' | 'unreachable';

/** Ids of nexthop objects that are ours to use: `count` of them from `first` on. */
export interface ObjectIdRange {
  readonly first: number;
  readonly count: number;
}

/** Routes to these prefixes, `ge` to `le` bits long, go into the kernel, or do not. */
export interface InstallRule {
  readonly prefix: Prefix;
  readonly ge: number;
  readonly le: number;
  readonly accept: boolean;
}

/** Where the routes of a family go. */
export interface FibFamilySpec {
  /** Routing table id (254: main). */
  readonly table: number;
  /** Protocol id of our routes (186: bgp); nothing else is ever touched. */
  readonly protocol: number;
  readonly metric: number;
  /** Source address of what this host itself sends along them, as text; null: the kernel's choice. */
  readonly src: string | null;
  /** Best paths are advertised only once the kernel has confirmed their routes. */
  readonly advertiseInstalled: boolean;
}

/** Fields that are not there have the values that the daemon gives them (`driver-options.ts`). */
export interface FibSpec extends Pick<FibFamilySpec, 'table' | 'protocol' | 'metric'> {
  readonly mode: 'off' | 'dry-run' | 'install';
  /** By family id; absent: as above, without more. */
  readonly families?: readonly FibFamilySpec[];
  /** Which best paths go in: the first rule that a prefix meets counts, and none means no. Absent or null: all do. */
  readonly install?: readonly InstallRule[] | null;
  /** What becomes of a best path with the BLACKHOLE community (RFC 7999); null or absent: nothing special. */
  readonly blackhole?: Discard | null;
  /** Most next hops of paths that tie, used at once. */
  readonly multipath?: number;
  /** They have their traffic by the Link Bandwidth community, where all have it. */
  readonly weights?: boolean;
  /** Next hops that are neighbours on an interface whatever the kernel's routes say. */
  readonly onlink?: readonly { readonly prefix: Prefix; readonly device: string }[];
  /** A route of somebody else that took the place of one of ours is replaced by ours. */
  readonly takeover?: boolean;
  /** What becomes of our routes on a planned stop. */
  readonly onStop?: 'keep' | 'withdraw';
  /** A path whose next hop the kernel cannot reach is not used. Absent: where routes are installed. */
  readonly nextHopCheck?: boolean;
  /** Ids of nexthop objects that are ours to use; null: none are used. Absent: a range far from what others choose. */
  readonly objectIds?: ObjectIdRange | null;
  /** How long routes from before the start are kept for what may still come. */
  readonly restartMs?: number;
  /** How often the whole table is compared with the kernel's. */
  readonly compareMs?: number;
}
