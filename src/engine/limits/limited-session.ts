/** What the limits look at of a session. */
import type { Negotiated } from '../../fsm/types.ts';
import type { GroupMember } from '../../reflect/group.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';

export interface LimitedSession {
  readonly ribPeer: RibPeer;
  readonly negotiated: Negotiated;
  /** By family id: its place in an update group; null where it has none. */
  readonly members: readonly (GroupMember | null)[];
}
