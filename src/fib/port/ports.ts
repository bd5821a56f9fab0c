/**
 * The two borders of the FIB plan: the routing table that it follows, and the kernel that it changes. Prefixes and next
 * hops are dense integer ids of one family's table; the plan stores numbers in columns and asks for text only when it
 * talks to the kernel.
 *
 *   rib ── BestRoutes ──► plan ── RouteChange[], ObjectChange[] ──► Fib (the kernel)
 *                          ▲ └── ApplyResult, KernelRoute, Resolution, KernelWatcher ──┘
 */
import type { Discard } from '../../spec/fib.ts';
import type { FamilyId } from '../../wire/families.ts';

export interface BestRoutes {
  /** Id of the best path's next hop, or 0 when the prefix has no path that may be installed. */
  nextHop(family: FamilyId, prefix: number): number;
  /** `10.0.0.0/24`, `2001:db8::/32`. */
  formatPrefix(family: FamilyId, prefix: number): string;
  /**
   * `10.0.0.1`, `2001:db8::1`; a link-local address comes with its interface (`fe80::1%eth1`), or with an address that
   * is reached by that interface (`fe80::1@192.0.2.9`).
   */
  formatNextHop(nextHop: number): string;
  /** Id of a prefix that the kernel already has; a new one is added. */
  intern(family: FamilyId, address: Uint8Array, length: number): number;
  /** Id of a prefix, or 0 when there is none. */
  find(family: FamilyId, address: Uint8Array, length: number): number;
  /** While a prefix is pinned its id is not reused, even when its last path is removed. Counted. */
  pin(family: FamilyId, prefix: number): void;
  unpin(family: FamilyId, prefix: number): void;
  /** A next-hop id and those of its members stay valid while it is held. Counted. */
  holdNextHop(nextHop: number): void;
  releaseNextHop(nextHop: number): void;
  /** The next hops of an ECMP set; null for any other id. */
  members?(nextHop: number): readonly NextHopMember[] | null;
  /** Whether the address of a next hop is inside the prefix: the route itself cannot resolve it. */
  isInside?(family: FamilyId, prefix: number, nextHop: number): boolean;
  /** How packets are dropped, for a discard next hop; null for any other id. */
  discards?(nextHop: number): Discard | null;
}

/** All next hops of paths, best or not, whose reachability is tracked. */
export interface TrackedNextHops {
  /** Starts; calls `onNew` for each next hop that comes into use from now on, before anything uses it. */
  watch(onNew: (nextHop: number) => void): void;
  /** False once no path has it any more: its id may be reused. */
  isUsed(nextHop: number): boolean;
  /** As `BestRoutes.formatNextHop`. */
  nameOf(nextHop: number): string;
  /**
   * @param words why it is unreachable; null: it is reachable
   * @param cost cost of reaching it, as in `Resolution`
   * @param via the neighbor that packets are sent to; null: it is not known
   * @returns false when nothing has changed
   */
  setReach(nextHop: number, words: string | null, cost: number, via: Via | null): boolean;
  /** All current results are reported, and some of them have changed. */
  changed(): void;
}

/** One of several next hops that share the traffic. */
export interface NextHopMember {
  readonly nextHop: number;
  /** Its share, 1 to 256. */
  readonly weight: number;
}

/** A neighbor that packets are sent to. */
export interface Via {
  /** An address without a zone; its family may differ from the route's (RFC 8950). */
  readonly gateway: string;
  /** Interface name, or null if the kernel finds it. */
  readonly device: string | null;
  /** The neighbor is on that interface, whatever the addresses there are (onlink). */
  readonly onlink?: true;
}

/** A neighbor and its share of the traffic. */
export interface WeightedVia {
  readonly via: Via;
  readonly weight: number;
}

/** The target of a route: a neighbor, several, a nexthop object that many routes share, or none (discard). */
export type Target =
  | { readonly kind: 'discard'; readonly how: Discard }
  | { readonly kind: 'via'; readonly via: Via }
  | { readonly kind: 'paths'; readonly paths: readonly WeightedVia[] }
  | { readonly kind: 'object'; readonly id: number };

/** The content of a nexthop object: a neighbor, or a group of other objects. */
export type ObjectContent =
  | { readonly kind: 'via'; readonly via: Via }
  | { readonly kind: 'group'; readonly members: readonly { readonly id: number; readonly weight: number }[] };

/** One change of the kernel's table. The table, protocol id, metric and source address are the port's own. */
export type RouteChange =
  /** `owned`: the route is known to exist and to be ours; otherwise a route of another program may conflict. */
  | { readonly kind: 'set'; readonly prefix: string; readonly to: Target; readonly owned: boolean }
  /** Never removes a route of another protocol id. A missing route counts as removed. `metric`: ours if null. */
  | { readonly kind: 'delete'; readonly prefix: string; readonly metric: number | null };

/** One change of the kernel's nexthop objects. */
export type ObjectChange =
  /** Refused if the id is in use. */
  | { readonly kind: 'create'; readonly id: number; readonly content: ObjectContent }
  /** Every route that uses the object follows. */
  | { readonly kind: 'replace'; readonly id: number; readonly content: ObjectContent }
  /** Also removes the routes that use it, and groups without another member. A missing object counts as removed. */
  | { readonly kind: 'delete'; readonly id: number };

/** Why the kernel did not apply a change. */
export interface Refusal {
  /**
   * `conflict`: a route of another program has the same prefix and metric, or the object's id is in use; it stays.
   * `unreachable`: the next hop is unreachable, so the change was not sent to the kernel.
   */
  readonly kind: 'refused' | 'conflict' | 'unreachable';
  /** The kernel's words, on one line. */
  readonly words: string;
}

export type ApplyResult =
  /** One entry per change, in order; null: done. */
  | { readonly kind: 'done'; readonly refusals: readonly (Refusal | null)[] }
  /** The kernel could not be reached at all; any part of the changes may have been applied. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A route with our protocol id in our table. */
export interface KernelRoute {
  readonly address: Uint8Array;
  readonly length: number;
  readonly metric: number;
  /** Its target; null for a kind that we never install (a blackhole, ...). */
  readonly to: Target | null;
  /** Its gateway, as text; '' when it has none. */
  readonly gateway: string;
}

/** A nexthop object in the kernel. */
export interface KernelObject {
  readonly id: number;
  /** It has our protocol id. */
  readonly ours: boolean;
  /** null for a kind that we never install (a blackhole, ...). */
  readonly content: ObjectContent | null;
}

/** How the kernel resolves a next hop, by routes other than ours. */
export type Resolution =
  /** `cost`: metric of the route to it, 0 to 2^32 - 1; 0 for a neighbor on a connected network. */
  | { readonly kind: 'reachable'; readonly via: Via; readonly cost: number }
  | { readonly kind: 'unreachable'; readonly words: string };

/** A change of our table that another program made. */
export interface ForeignChange {
  readonly address: Uint8Array;
  readonly length: number;
  /** Target of the route with our protocol id that exists now; null: there may be none. */
  readonly to: Target | null;
}

/** Receives changes of the kernel while the port runs. Calls come in bursts, and each is only a hint. */
export interface KernelWatcher {
  /** Another program changed a route with the prefix and metric of one that we have or may want. */
  routeChanged(family: FamilyId, change: ForeignChange): void;
  /** Interfaces, addresses, rules, nexthop objects or routes of other programs changed. */
  surroundingsChanged(): void;
  /** Anything may have changed: hints were lost. */
  hintsLost(): void;
  /** Why changes by other programs are no longer monitored; null: they are again. */
  watching(trouble: string | null): void;
}

/** The kernel's routing table. Calls may overlap; changes of one prefix or object never do. */
export interface Fib {
  /**
   * Whether the kernel supports nexthop objects.
   * @throws Error with the reason when it cannot be queried
   */
  hasObjects(): Promise<boolean>;
  apply(family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult>;
  applyObjects(changes: readonly ObjectChange[]): Promise<ApplyResult>;
  /**
   * Calls `visit` for every route of our protocol id in our table, in slices that do not block the event loop.
   * A route may be visited twice, and one that changes meanwhile once, twice or not at all.
   * @throws Error with the reason when the table cannot be read; some routes may have been visited
   */
  read(family: FamilyId, visit: (route: KernelRoute) => void): Promise<void>;
  /** As `read`, for a few prefixes. */
  readSome(family: FamilyId, prefixes: readonly string[], visit: (route: KernelRoute) => void): Promise<void>;
  /** @throws Error with the reason */
  readObjects(): Promise<readonly KernelObject[]>;
  /**
   * One answer per name, in order. A name is what `BestRoutes.formatNextHop` writes.
   * @throws Error with the reason when the kernel cannot be queried
   */
  resolve(names: readonly string[]): Promise<readonly Resolution[]>;
  /** Starts monitoring changes by other programs; called once. */
  watch(watcher: KernelWatcher): void;
  /** Problems apart from the changes themselves, as text for operators. */
  health(): readonly string[];
  /** Ends what the port started; pending changes become unavailable. */
  close(): Promise<void>;
}

/** Time for the driver, passed in. */
export interface FibSchedule {
  nowMs(): number;
  /** Calls `run` soon, never from inside. */
  defer(run: () => void): void;
  /** Calls `run` once at `atMs` of the clock or soon after; replaces the previous request. */
  wakeAt(atMs: number, run: () => void): void;
}
