/**
 * Import changes to received attributes, by the rules of the peer: ONLY_TO_CUSTOMER is added to routes from providers
 * and peers (RFC 9234 5), and our `local-as` is prepended to AS_PATH (RFC 7705 3.1); then come its policies.
 *
 *   as received ── rules of the peer ── policies ── LLGR_STALE, while the path is long-lived (RFC 9494 4.2) ──► in use
 *
 * A path has both sets. When the rules change, the attributes in use are derived again from the received ones.
 */

import type { Chain } from '../../policy/chain.ts';
import { outcomeOf } from '../../policy/rule-ids.ts';
import { ATTRIBUTE, ATTRIBUTE_FLAG, UPDATE_SUBCODE } from '../../wire/attributes/attribute-table.ts';
import type { FamilyId } from '../../wire/families.ts';
import { type Notification, notification } from '../../wire/notification.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId, PayloadId, PrefixId } from '../tables/ids.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import type { AttributesTable } from './attributes.ts';
import type { DerivedAttributes } from './derived-attributes.ts';
import type { PolicyFilter } from './policy-filter.ts';

const UPDATE_ERROR = 3;

/** The error for an attribute that would exceed the maximum length of a path's attributes. */
function noRoomFor(flags: number, code: number): Notification {
  return notification(UPDATE_ERROR, UPDATE_SUBCODE.length, Uint8Array.of(flags, code));
}

const { optional, transitive } = ATTRIBUTE_FLAG;
const NO_ROOM_FOR_OTC = noRoomFor(optional | transitive, ATTRIBUTE.onlyToCustomer);
const NO_ROOM_IN_AS_PATH = noRoomFor(transitive, ATTRIBUTE.asPath);

export class ImportChanges {
  /** The attribute that had no room in the last `hold`, as an UPDATE error; null: none. */
  noRoom: Notification | null = null;
  private readonly attributes: AttributesTable;
  private readonly derived: DerivedAttributes;
  private readonly filter: PolicyFilter;
  /** The result of the last `holdFiltered` since the last `hold`. */
  private readonly last = {
    base: 0 as AttributesId,
    prefixClass: 0,
    chain: null as Chain | null,
    peer: null as RibPeer | null,
    used: 0 as AttributesId,
    serial: 0,
    outcome: 0,
  };
  /** The rule of the last `holdFiltered` with REJECTED, and the weight (`outcomeOf`); 0: the peer has no policies. */
  outcome = 0;

  constructor(attributes: AttributesTable, derived: DerivedAttributes, filter: PolicyFilter) {
    this.filter = filter;
    this.attributes = attributes;
    this.derived = derived;
  }

  /**
   * Returns the attributes in use for a path of the peer, which the caller must release; 0, without a hold, if a change
   * has no room (`noRoom`).
   * @param received the received attributes, held by the caller
   */
  hold(received: AttributesId, { otc, asRules }: RibPeer): AttributesId {
    const { attributes, derived } = this;
    this.last.base = 0 as AttributesId;
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

  /**
   * What the policies of the peer make of a set that `hold` returned, also held for the caller; the same set if they
   * change nothing or reject the route (`outcome`).
   */
  holdFiltered(
    base: AttributesId,
    peer: RibPeer,
    family: FamilyId,
    prefixes: PrefixTable,
    prefix: PrefixId,
    payload: PayloadId,
  ): AttributesId {
    const { filter } = this;
    const chain = peer.importChain;
    this.outcome = 0;
    if (chain === null) {
      this.attributes.hold(base);
      return base;
    }
    const { attributes, last } = this;
    const prefixClass = filter.classOf(chain, family, prefixes, prefix, payload);
    // Most prefixes of a message have the result of the one before.
    const isSame = last.base === base && last.prefixClass === prefixClass && last.chain === chain && last.peer === peer;
    if (!isSame || attributes.serialOf(last.used) !== last.serial) {
      last.used = filter.apply(chain, base, prefixClass, family, peer);
      last.serial = attributes.serialOf(last.used);
      last.outcome = outcomeOf(filter.rule, filter.weight);
      last.base = base;
      last.prefixClass = prefixClass;
      last.chain = chain;
      last.peer = peer;
    }
    this.outcome = last.outcome;
    attributes.hold(last.used);
    return last.used;
  }

  /** A set that was held with LLGR_STALE in its place; 0: neither is held. */
  exchangeLongLived(used: AttributesId): AttributesId {
    return this.exchange(used, this.derived.longLivedOf(used));
  }

  /** Holds the derived set instead of the original; 0: neither. */
  private exchange(set: AttributesId, made: AttributesId): AttributesId {
    if (made === set) return set;
    if (made !== 0) this.attributes.hold(made);
    this.attributes.release(set);
    return made;
  }
}
