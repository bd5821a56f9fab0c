/** Options, events and views of the driver. */

import type { ObjectIdRange } from '../../spec/fib.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { BestRoutes, Fib, FibSchedule, TrackedNextHops } from './ports.ts';
import type { Differences, FibEntry, ObjectDrift } from './types.ts';

/** Named as in the event catalog. */
export type FibEvent =
  /** The kernel's table was read, with `found` routes of ours. */
  | { readonly type: 'fib.read'; readonly family: FamilyId; readonly found: number; readonly objects: boolean }
  /** The restart time is over: `routes` routes from before our start that no best path needs are removed. */
  | { readonly type: 'fib.swept'; readonly routes: number }
  | {
      readonly type: 'fib.failed' | 'fib.conflict';
      readonly family: FamilyId;
      readonly prefix: string;
      readonly nextHop: string;
      /** The kernel's words, or the conflicting route. */
      readonly error: string;
    }
  /** Other programs changed our routes, which are being repaired. */
  | { readonly type: 'fib.drift'; readonly family: FamilyId; readonly differences: Differences }
  /** The same for nexthop objects. */
  | ({ readonly type: 'fib.object-drift' } & ObjectDrift)
  /** The next hop of a route is inside the route's own prefix. */
  | { readonly type: 'fib.next-hop-inside'; readonly prefix: string; readonly nextHop: string }
  /** A next hop has become unreachable, or reachable again. */
  | { readonly type: 'fib.next-hop-lost'; readonly nextHop: string; readonly error: string }
  | { readonly type: 'fib.next-hop-found'; readonly nextHop: string }
  | { readonly type: 'fib.degraded'; readonly error: string }
  /** Changes by other programs are no longer monitored, or are again. */
  | { readonly type: 'fib.unwatched'; readonly error: string }
  | { readonly type: 'fib.watched' }
  | { readonly type: 'fib.restored' };

export interface FibDriverOptions {
  readonly mode: 'dry-run' | 'install';
  /** Metric of our routes; routes of ours with another metric are removed. */
  readonly metric: number;
  /** By family id, for a family with its own metric. */
  readonly metrics?: readonly (number | undefined)[];
  readonly families: readonly FamilyId[];
  readonly best: BestRoutes;
  readonly port: Fib;
  readonly schedule: FibSchedule;
  /** How long routes from before our start are kept for paths that may still be learned. */
  readonly restartMs: number;
  /** The range of ids for our nexthop objects; null: routes have their own gateway. */
  readonly objectIds: ObjectIdRange | null;
  /** Interval of comparisons of the whole table with the kernel's. */
  readonly compareMs: number;
  /** Receives the reachability of all next hops; null: not tracked. */
  readonly tracked: TrackedNextHops | null;
  /** A route of another program that replaced one of ours is replaced by ours. The default is that it stays. */
  readonly takeover?: boolean;
  /** The standing of a prefix may have changed. */
  readonly onStanding?: (family: FamilyId, prefix: number) => void;
  readonly onEvent: (event: FibEvent) => void;
}

/** The metric of our routes of a family. */
export function metricOf(options: Pick<FibDriverOptions, 'metric' | 'metrics'>, family: FamilyId): number {
  return options.metrics?.[family] ?? options.metric;
}

/** `FibView` of `engine/api/route-views.ts`. */
export interface FibRow {
  readonly family: string;
  readonly prefix: string;
  readonly nextHop: string;
  readonly state: FibEntry['state'] | 'dry-run';
  readonly error: string | null;
}

/** Figures of the driver, apart from the counts of each family. */
export interface FibStatus {
  /** The kernel can be reached. */
  readonly up: boolean;
  /** Changes by other programs are monitored. */
  readonly watched: boolean;
  /** Routes use nexthop objects of the kernel. */
  readonly objects: boolean;
  readonly nextHops: number;
  /** Unreachable next hops of paths; 0 when they are not tracked. */
  readonly unreachable: number;
  /** Routes and nexthop objects that other programs changed and that were repaired, since the start. */
  readonly repaired: number;
  /** Comparisons of the whole table, since the start. */
  readonly comparisons: number;
}
