/** The parts of a session that the limits use. */
import type { Negotiated } from '../../fsm/types.ts';
import type { GroupMember } from '../../reflect/group.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';

export interface LimitedSession {
  readonly ribPeer: RibPeer;
  readonly negotiated: Negotiated;
  /** By family id: its membership in an update group; null: none. */
  readonly members: readonly (GroupMember | null)[];
}
