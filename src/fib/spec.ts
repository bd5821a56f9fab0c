/** What the operator wants of the kernel's routing table. Plain data. */
import type { ObjectIdRange } from './object-ids.ts';

export interface FibSpec {
  readonly mode: 'off' | 'dry-run' | 'install';
  /** Routing table id (254: main). */
  readonly table: number;
  /** Protocol id of our routes (186: bgp); nothing else is ever touched. */
  readonly protocol: number;
  readonly metric: number;
  /** Ids of nexthop objects that are ours to use; null: none are used. Absent: a range far from what others choose. */
  readonly objectIds?: ObjectIdRange | null;
  /** How long routes from before the start are kept for what may still come. */
  readonly restartMs?: number;
  /** How often the whole table is compared with the kernel's. */
  readonly compareMs?: number;
}
