/** Somebody else's say in what is told: the kernel's, where only what it has taken is advertised. Plain data. */
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { FamilyId } from '../../wire/families.ts';

/** A prefix may be told of as it was decided, or not at all; `wait`: what was told before stands until it is known. */
export type Clearance = 'tell' | 'wait' | 'bar';

export interface Gate {
  /** Absent: everything may be told at once. After `wait` the prefix is marked dirty again in time. */
  clearance?(family: FamilyId, prefix: PrefixId): Clearance;
}
