/**
 * What the import changes in the attributes that a peer sent, by the rules of the peer: ONLY_TO_CUSTOMER where the route
 * comes from above or beside us (RFC 9234 5), and our AS number toward the peer in front of AS_PATH (RFC 7705 3.1).
 *
 *   as received ── rules of the peer ── LLGR_STALE, while the path is long-lived (RFC 9494 4.2) ──► in use
 *
 * A path has both sets. Those in use can be made again at any time from those received, when the rules have changed.
 */
import { ATTRIBUTE, ATTRIBUTE_FLAG, UPDATE_SUBCODE } from '../../wire/attributes/attribute-table.ts';
import { type Notification, notification } from '../../wire/notification.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId } from '../tables/ids.ts';
import type { AttributesTable } from './attributes.ts';
import type { DerivedAttributes } from './derived-attributes.ts';

const UPDATE_ERROR = 3;

/** An attribute that would have to be longer than there is room for in a path's attributes. */
function noRoomFor(flags: number, code: number): Notification {
  return notification(UPDATE_ERROR, UPDATE_SUBCODE.length, Uint8Array.of(flags, code));
}

const { optional, transitive } = ATTRIBUTE_FLAG;
const NO_ROOM_FOR_OTC = noRoomFor(optional | transitive, ATTRIBUTE.onlyToCustomer);
const NO_ROOM_IN_AS_PATH = noRoomFor(transitive, ATTRIBUTE.asPath);

export class ImportChanges {
  /** What the last `hold` had no room for, as an error of the UPDATE; null: it had room. */
  noRoom: Notification | null = null;
  private readonly attributes: AttributesTable;
  private readonly derived: DerivedAttributes;

  constructor(attributes: AttributesTable, derived: DerivedAttributes) {
    this.attributes = attributes;
    this.derived = derived;
  }

  /**
   * The attributes that a path of the peer is used with, which the caller must release; 0, and nothing is held, where a
   * change has no room (`noRoom`).
   * @param received held by the caller
   */
  hold(received: AttributesId, { otc, asRules }: RibPeer): AttributesId {
    const { attributes, derived } = this;
    this.noRoom = null;
    attributes.hold(received);
    let used = received;
    if (otc !== null && otc.mark !== 0) {
      used = this.exchange(used, derived.markedOf(used, otc.mark));
      if (used === 0) this.noRoom = NO_ROOM_FOR_OTC;
    }
    if (used !== 0 && asRules.prepends) {
      used = this.exchange(used, derived.prependedOf(used, asRules.localAs));
      if (used === 0) this.noRoom = NO_ROOM_IN_AS_PATH;
    }
    return used;
  }

  /** As `hold`, with LLGR_STALE. */
  holdLongLived(received: AttributesId, peer: RibPeer): AttributesId {
    const used = this.hold(received, peer);
    return used === 0 ? used : this.exchange(used, this.derived.longLivedOf(used));
  }

  /** Holds what a set was made into instead of the set; 0: neither. */
  private exchange(set: AttributesId, made: AttributesId): AttributesId {
    if (made === set) return set;
    if (made !== 0) this.attributes.hold(made);
    this.attributes.release(set);
    return made;
  }
}
