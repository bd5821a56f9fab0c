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
  /** Id of a prefix that the kernel already has, made if need be. */
  intern(family: FamilyId, address: Uint8Array, length: number): number;
  /** Id of a prefix, or 0 when there is none. */
  find(family: FamilyId, address: Uint8Array, length: number): number;
  /** While a prefix is pinned its id is not recycled, even when its last path goes. Counted. */
  pin(family: FamilyId, prefix: number): void;
  unpin(family: FamilyId, prefix: number): void;
  /** A next-hop id named by the plan stays valid while held, and so do its members. Counted. */
  holdNextHop(nextHop: number): void;
  releaseNextHop(nextHop: number): void;
  /** The next hops that are used at once (ECMP) under an id that stands for several; null for any other id. */
  members?(nextHop: number): readonly NextHopMember[] | null;
  /** Whether the address of a next hop lies inside the prefix: the route does not lead to it. */
  isInside?(family: FamilyId, prefix: number, nextHop: number): boolean;
  /** How packets are dropped under an id that stands for that; null for any other id. */
  discards?(nextHop: number): Discard | null;
}

/** All next hops that paths have, best or not: somebody wants to know of each how it is reached. */
export interface TrackedNextHops {
  /** Begins; `onNew` is told of each next hop that comes into use from now on, before anything uses it. */
  watch(onNew: (nextHop: number) => void): void;
  /** False once no path has it any more: its id may come to stand for another. */
  isUsed(nextHop: number): boolean;
  /** As `BestRoutes.formatNextHop`. */
  nameOf(nextHop: number): string;
  /**
   * @param words why it cannot be reached; null: it can
   * @param cost of reaching it, as `Resolution` says
   * @returns false when that is no news
   */
  setReach(nextHop: number, words: string | null, cost: number): boolean;
  /** All is told for now, and some of it was news. */
  changed(): void;
}

/** One of several next hops that share the traffic. */
export interface NextHopMember {
  readonly nextHop: number;
  /** Its share, 1 to 256. */
  readonly weight: number;
}

/** A neighbour that packets are handed to. */
export interface Via {
  /** An address without a zone; its family may differ from the route's (RFC 8950). */
  readonly gateway: string;
  /** Interface name, or null where the kernel finds it. */
  readonly device: string | null;
  /** The neighbour is on that interface, whatever the addresses there are. */
  readonly onlink?: true;
}

/** A neighbour and its share of the traffic. */
export interface WeightedVia {
  readonly via: Via;
  readonly weight: number;
}

/** Where a route leads: a neighbour, several, a nexthop object of the kernel that many routes share, or nowhere. */
export type Target =
  | { readonly kind: 'discard'; readonly how: Discard }
  | { readonly kind: 'via'; readonly via: Via }
  | { readonly kind: 'paths'; readonly paths: readonly WeightedVia[] }
  | { readonly kind: 'object'; readonly id: number };

/** What a nexthop object of the kernel stands for: a neighbour, or a group of other objects. */
export type ObjectContent =
  | { readonly kind: 'via'; readonly via: Via }
  | { readonly kind: 'group'; readonly members: readonly { readonly id: number; readonly weight: number }[] };

/** One change of the kernel's table. The table, protocol id, metric and source address are the port's own. */
export type RouteChange =
  /** `owned`: the route is known to be there, and ours; otherwise one of somebody else may be in the way. */
  | { readonly kind: 'set'; readonly prefix: string; readonly to: Target; readonly owned: boolean }
  /** Never removes a route of another protocol id. A route that is not there counts as deleted. `metric`: ours if null. */
  | { readonly kind: 'delete'; readonly prefix: string; readonly metric: number | null };

/** One change of the kernel's nexthop objects. */
export type ObjectChange =
  /** Refused where the id is taken. */
  | { readonly kind: 'create'; readonly id: number; readonly content: ObjectContent }
  /** Every route that uses the object follows. */
  | { readonly kind: 'replace'; readonly id: number; readonly content: ObjectContent }
  /** Takes the routes that use it along, and groups that have no other member. One that is not there counts as deleted. */
  | { readonly kind: 'delete'; readonly id: number };

/** Why the kernel did not take a change. */
export interface Refusal {
  /**
   * `conflict`: somebody else's route has the same prefix and metric, or the object's id is taken; it stays.
   * `unreachable`: the next hop is, so the kernel was not asked.
   */
  readonly kind: 'refused' | 'conflict' | 'unreachable';
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
  /** Where it leads; null for what we never make (a blackhole, ...). */
  readonly to: Target | null;
  /** Its gateway, for people; '' when it has none. */
  readonly gateway: string;
}

/** A nexthop object that was found in the kernel. */
export interface KernelObject {
  readonly id: number;
  /** It bears our protocol id. */
  readonly ours: boolean;
  /** null for what we never make (a blackhole, ...). */
  readonly content: ObjectContent | null;
}

/** How a next hop is reached, by the kernel's routes other than ours. */
export type Resolution =
  /** `cost`: metric of the route that leads there, 0 to 2^32 - 1; 0 for a neighbour on one of our links. */
  | { readonly kind: 'reachable'; readonly via: Via; readonly cost: number }
  | { readonly kind: 'unreachable'; readonly words: string };

/** A change of our table that nobody here asked for. */
export interface ForeignChange {
  readonly address: Uint8Array;
  readonly length: number;
  /** Where the route of our protocol id leads that is there now; null: there may be none. */
  readonly to: Target | null;
}

/** What the port tells of the kernel while it runs. Calls come in bursts; none may be taken as more than a hint. */
export interface KernelWatcher {
  /** Something other than the plan changed a route that stands where one of ours stands or would. */
  routeChanged(family: FamilyId, change: ForeignChange): void;
  /** Links, addresses, rules, nexthop objects or routes of others changed. */
  surroundingsChanged(): void;
  /** Anything may have changed: hints were lost. */
  hintsLost(): void;
  /** Nothing is heard of what others change, and why; null: it is again. */
  watching(trouble: string | null): void;
}

/** The kernel's routing table. Calls may overlap; changes of one prefix or object never do. */
export interface Fib {
  /**
   * Whether the kernel has nexthop objects.
   * @throws Error with the reason when it cannot be asked
   */
  hasObjects(): Promise<boolean>;
  apply(family: FamilyId, changes: readonly RouteChange[]): Promise<ApplyResult>;
  applyObjects(changes: readonly ObjectChange[]): Promise<ApplyResult>;
  /**
   * Calls `visit` for every route of our protocol id in our table, in slices that let the event loop breathe.
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
   * @throws Error with the reason when the kernel cannot be asked
   */
  resolve(names: readonly string[]): Promise<readonly Resolution[]>;
  /** Begins to tell what others change; called once. */
  watch(watcher: KernelWatcher): void;
  /** What is wrong beside the changes themselves, in words for an operator. */
  health(): readonly string[];
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
