/** The gate through which the kernel delays or suppresses an advertisement: only installed routes are advertised. */
import type { PrefixId } from '../../rib/tables/ids.ts';
import type { FamilyId } from '../../wire/families.ts';

/**
 * What the gate says of a prefix. `advertise`: the selected paths are advertised. `hold`: the kernel has not answered
 * yet, so what was advertised before stays. `suppress`: the kernel refused the route, so the prefix is withdrawn.
 */
export type FibGate = 'advertise' | 'hold' | 'suppress';

export interface Gate {
  /** Absent: no family is gated. After `hold`, the owner of the gate marks the prefix dirty again. */
  fibGate?(family: FamilyId, prefix: PrefixId): FibGate;
}
