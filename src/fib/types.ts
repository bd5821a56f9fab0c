/** What crosses the border of the plan, and what it shows. Plain data. */
import type { FamilyId } from '../wire/families.ts';

/** One change for the kernel, in ids. */
export interface FibOperation {
  readonly kind: 'set' | 'delete';
  readonly family: FamilyId;
  readonly prefix: number;
  /** The next hop to set; 0 for a delete. */
  readonly nextHop: number;
  /** The kernel is known to have a route of ours for the prefix. */
  readonly owned: boolean;
}

export interface FibCounts {
  /** Prefixes with a best path that may be installed. */
  readonly wanted: number;
  /** Routes that the kernel has confirmed, adopted ones included. */
  readonly installed: number;
  /** Routes from before our start that nothing has asked for yet. */
  readonly adopted: number;
  /** Changes refused, conflicts included; each waits for its next attempt. */
  readonly failed: number;
  readonly conflicts: number;
  /** Prefixes that wait for their turn or are under way. */
  readonly pending: number;
}

export type FibState = 'installed' | 'adopted' | 'pending' | 'failed' | 'conflict' | 'removing';

/** One row of what the plan shows. */
export interface FibEntry {
  readonly prefix: number;
  readonly nextHop: string;
  readonly state: FibState;
  readonly error: string | null;
}
