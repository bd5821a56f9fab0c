/**
 * What the FIB plan asks of the routing table that it follows. Prefixes and next hops are dense integer ids
 * of one family's table; the plan stores numbers in columns and asks for text only when it talks to the kernel. No I/O.
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
