/** What crosses the border of the plan, and what it shows. */
import type { FamilyId } from '../../wire/families.ts';

/** One change for the kernel, in ids. */
export interface FibOperation {
  readonly kind: 'set' | 'delete';
  readonly family: FamilyId;
  readonly prefix: number;
  /** The next hop to set; 0 for a delete. */
  readonly nextHop: number;
  /** The kernel is known to have a route of ours for the prefix. */
  readonly owned: boolean;
  /** Where that route leads when it is from before our start (a key of `targetKey`); else null. */
  readonly adopted: string | null;
}

export interface FibCounts {
  /** Prefixes with a best path that may be installed. */
  readonly wanted: number;
  /** Routes that the kernel has confirmed, adopted ones included. */
  readonly installed: number;
  /** Routes from before our start that nothing has asked for yet. */
  readonly adopted: number;
  /** Wanted ones that the kernel does not take: refused, in conflict, or without a reachable next hop. */
  readonly failed: number;
  readonly conflicts: number;
  /** Prefixes that wait for their turn or are under way. */
  readonly pending: number;
}

export type FibState = 'installed' | 'adopted' | 'pending' | 'failed' | 'conflict' | 'removing';

/**
 * Whether the kernel has what is wanted for a prefix: `settled` (nothing may be wanted), not yet, or it does not take it.
 */
export type Standing = 'settled' | 'pending' | 'failed';

/** One row of what the plan shows. */
export interface FibEntry {
  readonly prefix: number;
  readonly nextHop: string;
  readonly state: FibState;
  readonly error: string | null;
}

/** What a comparison with the kernel's table found, in routes. */
export interface Differences {
  /** Ours that the kernel had no more. */
  readonly missing: number;
  /** Of our protocol id, but not known here. */
  readonly surplus: number;
  /** Leading elsewhere than they should. */
  readonly altered: number;
}

/** Nexthop objects of ours that others removed or changed, and the routes that the kernel removed with them. */
export interface ObjectDrift {
  readonly removed: number;
  readonly altered: number;
  readonly routes: number;
}
