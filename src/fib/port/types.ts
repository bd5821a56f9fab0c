/** Types of the plan's operations and views. */
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
  /** The target of that route if it is from before our start (a key of `targetKey`); otherwise null. */
  readonly adopted: string | null;
}

export interface FibCounts {
  /** Prefixes with a best path that may be installed. */
  readonly wanted: number;
  /** Routes that the kernel has confirmed, including adopted ones. */
  readonly installed: number;
  /** Routes from before our start that no best path needs yet. */
  readonly adopted: number;
  /** Wanted routes that are not installed: refused, in conflict, or without a reachable next hop. */
  readonly failed: number;
  readonly conflicts: number;
  /** Prefixes that wait in the queue or have a pending operation. */
  readonly pending: number;
}

export type FibState = 'installed' | 'adopted' | 'pending' | 'failed' | 'conflict' | 'removing';

/**
 * Whether the kernel has the wanted route of a prefix: yes, or none is wanted (`settled`), not yet, or it failed.
 */
export type Standing = 'settled' | 'pending' | 'failed';

/** One row of the plan's view. */
export interface FibEntry {
  readonly prefix: number;
  readonly nextHop: string;
  readonly state: FibState;
  readonly error: string | null;
}

/** Routes that a comparison with the kernel's table found different. */
export interface Differences {
  /** Our routes that the kernel no longer had. */
  readonly missing: number;
  /** Routes with our protocol id that we do not know. */
  readonly surplus: number;
  /** Routes with a wrong target. */
  readonly altered: number;
}

/** Our nexthop objects that others removed or changed, and the routes that the kernel removed with them. */
export interface ObjectDrift {
  readonly removed: number;
  readonly altered: number;
  readonly routes: number;
}
