/**
 * The two borders of the FIB plan: the routing table that it follows, and the kernel that it changes. Prefixes and next
 * hops are dense integer ids of one family's table; the plan stores numbers in columns and asks for text only when it
 * talks to the kernel. No I/O.
 *
 *   rib ── BestRoutes ──► plan ── RouteChange[] ──► Fib (the kernel)
 *                          ▲ └──── KernelRoute, ApplyResult ─────┘
 */
import type { FamilyId } from '../wire/families.ts';

export interface BestRoutes {
  /** Id of the best path's next hop, or 0 when the prefix has no path that may be installed. */
  nextHop(family: FamilyId, prefix: number): number;
  /** `10.0.0.0/24`, `2001:db8::/32`. */
  formatPrefix(family: FamilyId, prefix: number): string;
  /** `10.0.0.1`, `2001:db8::1`; a link-local address comes with its zone (`fe80::1%eth1`). */
  formatNextHop(nextHop: number): string;
  /** Id of a prefix that the kernel already has, made if need be. */
  intern(family: FamilyId, address: Uint8Array, length: number): number;
  /** While a prefix is pinned its id is not recycled, even when its last path goes. Counted. */
  pin(family: FamilyId, prefix: number): void;
  unpin(family: FamilyId, prefix: number): void;
  /** A next-hop id named by the plan stays valid while held. Counted. */
  holdNextHop(nextHop: number): void;
  releaseNextHop(nextHop: number): void;
}

/** Where a route leads, as the kernel is told. One object per next hop, shared by the routes that use it. */
export interface Via {
  /** An address without a zone; its family may differ from the route's (RFC 8950). */
  readonly gateway: string;
  /** Interface name, or null where the kernel finds it. */
  readonly device: string | null;
}

/** One change of the kernel's table. The table, protocol id and metric are the port's own. */
export type RouteChange =
  /** `owned`: the route is known to be there, and ours; otherwise one of somebody else may be in the way. */
  | { readonly kind: 'set'; readonly prefix: string; readonly via: Via; readonly owned: boolean }
  /** Never removes a route of another protocol id. A route that is not there counts as deleted. `metric`: ours if null. */
  | { readonly kind: 'delete'; readonly prefix: string; readonly metric: number | null };

/** Why the kernel did not take a change. */
export interface Refusal {
  /** `conflict`: somebody else's route has the same prefix and metric, and stays. */
  readonly kind: 'refused' | 'conflict';
  /** The kernel's words, on one line. */
  readonly words: string;
}

export type ApplyResult =
  /** One entry per change, in order; null: done. */
  | { readonly kind: 'done'; readonly refusals: readonly (Refusal | null)[] }
  /** The kernel could not be asked at all; any part of the changes may have been done. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A route of our protocol id that was found in our table. */
export interface KernelRoute {
  readonly address: Uint8Array;
  readonly length: number;
  readonly metric: number;
  /** As `BestRoutes.formatNextHop` writes it; null for what we never make (several next hops, blackhole, ...). */
  readonly nextHop: string | null;
}

/** The kernel's routing table. Calls may overlap; changes of one prefix never do. */
export interface Fib {
  apply(family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult>;
  /**
   * Calls `visit` for every route of our protocol id in our table, in slices that let the event loop breathe.
   * @throws Error with the reason when the table cannot be read; some routes may have been visited
   */
  read(family: FamilyId, visit: (route: KernelRoute) => void): Promise<void>;
  /** Ends what the port started; changes under way become unavailable. */
  close(): Promise<void>;
}

/** Time for the driver, passed in. */
export interface FibSchedule {
  nowMs(): number;
  /** Calls `run` soon, never from inside. */
  defer(run: () => void): void;
  /** Calls `run` once at `atMs` of the clock or soon after; replaces the request before. */
  wakeAt(atMs: number, run: () => void): void;
}
