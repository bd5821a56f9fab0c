/** What the driver is given, and what it tells. */

import type { ObjectIdRange } from '../../spec/fib.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes, Fib, FibSchedule, TrackedNextHops } from './ports.ts';
import type { Differences, FibEntry, ObjectDrift } from './types.ts';

/** Named as in the event catalogue. */
export type FibEvent =
  /** The kernel's table was read; `found` routes of ours were there. */
  | { readonly type: 'fib.read'; readonly family: FamilyId; readonly found: number; readonly objects: boolean }
  /** The restart time is over; `routes` from before our start, that nothing asks for, go. */
  | { readonly type: 'fib.swept'; readonly routes: number }
  | {
      readonly type: 'fib.failed' | 'fib.conflict';
      readonly family: FamilyId;
      readonly prefix: string;
      readonly nextHop: string;
      /** The kernel's words, or the route that is in the way. */
      readonly error: string;
    }
  /** Others changed our routes; they are being put right. */
  | { readonly type: 'fib.drift'; readonly family: FamilyId; readonly differences: Differences }
  /** The same of nexthop objects. */
  | ({ readonly type: 'fib.object-drift' } & ObjectDrift)
  /** The next hop of a route lies inside the prefix that the route is for. */
  | { readonly type: 'fib.next-hop-inside'; readonly prefix: string; readonly nextHop: string }
  /** A next hop cannot be reached, or can be again. */
  | { readonly type: 'fib.next-hop-lost'; readonly nextHop: string; readonly error: string }
  | { readonly type: 'fib.next-hop-found'; readonly nextHop: string }
  | { readonly type: 'fib.degraded'; readonly error: string }
  /** What others change is not heard of, or is again. */
  | { readonly type: 'fib.unwatched'; readonly error: string }
  | { readonly type: 'fib.watched' }
  | { readonly type: 'fib.restored' };

export interface FibDriverOptions {
  readonly mode: 'dry-run' | 'install';
  /** Metric of our routes: one of ours with another is swept. */
  readonly metric: number;
  /** By family id, where a family has another. */
  readonly metrics?: readonly (number | undefined)[];
  readonly families: readonly FamilyId[];
  readonly best: BestRoutes;
  readonly port: Fib;
  readonly schedule: FibSchedule;
  /** How long routes from before our start are kept for what may still come. */
  readonly restartMs: number;
  /** Ids of nexthop objects that are ours to use; null: routes say themselves where they lead. */
  readonly objectIds: ObjectIdRange | null;
  /** How often the whole table is compared with the kernel's. */
  readonly compareMs: number;
  /** Told how all next hops are reached; null: nobody wants to know. */
  readonly tracked: TrackedNextHops | null;
  /** A route of somebody else that took the place of one of ours is replaced by ours. Default: it stays. */
  readonly takeover?: boolean;
  /** The standing of a prefix may have changed. */
  readonly onStanding?: (family: FamilyId, prefix: number) => void;
  readonly onEvent: (event: FibEvent) => void;
}

/** The metric of our routes of a family. */
export function metricOf(options: Pick<FibDriverOptions, 'metric' | 'metrics'>, family: FamilyId): number {
  return options.metrics?.[family] ?? options.metric;
}

/** `FibView` of `engine/api/views.ts`. */
export interface FibRow {
  readonly family: string;
  readonly prefix: string;
  readonly nextHop: string;
  readonly state: FibEntry['state'] | 'dry-run';
  readonly error: string | null;
}

/** Figures beside the counts of each family. */
export interface FibStatus {
  /** The kernel can be asked. */
  readonly up: boolean;
  /** What others change is heard of at once. */
  readonly watched: boolean;
  /** Routes lead to nexthop objects of the kernel. */
  readonly objects: boolean;
  readonly nextHops: number;
  /** Next hops of paths that cannot be reached; 0 where nobody wants to know. */
  readonly unreachable: number;
  /** Routes and nexthop objects that others changed and that were put right, since the start. */
  readonly repaired: number;
  /** Comparisons of the whole table, since the start. */
  readonly comparisons: number;
}

/** Ids for nexthop objects where the operator names none; far from what people and other daemons choose. */
export const DEFAULT_OBJECT_IDS: ObjectIdRange = { first: 186_000_000, count: 1_000_000 };
export const DEFAULT_RESTART_MS = 120_000;
export const DEFAULT_COMPARE_MS = 300_000;
