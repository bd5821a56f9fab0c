/**
 * Attribute sets, interned by their canonical bytes, with the columns that the decision reads beside them, so that it
 * never parses. A set whose bytes are known costs one hash and one compare; only a new one is checked and normalized
 * (RFC 7606).
 *
 * The key is the canonical bytes without MP_REACH_NLRI and MP_UNREACH_NLRI, salted with the id of a next hop that was
 * received in MP_REACH_NLRI; NEXT_HOP itself stays in the bytes.
 */

import { U8Column, U16Column, U32Column } from '../../lib/tables/columns.ts';
import { Interner } from '../../lib/tables/interner.ts';
import { ATTRIBUTE, VERDICT } from '../../wire/attributes/attribute-table.ts';
import { attributeValueOffset, findAttribute } from '../../wire/attributes/canonical.ts';
import { u32 } from '../../wire/bytes.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { type AttributeFacts, NormalizedAttributes, normalizeAttributes } from '../../wire/update/normalize.ts';
import type { UpdateView } from '../../wire/update/update.ts';
import { beginsRightly, holdsLocalAs, timesWeAreIn } from '../peers/as-rules.ts';
import { isLeak } from '../peers/otc.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId, NextHopId } from '../tables/ids.ts';
import type { NextHopTable } from '../tables/next-hops.ts';
import { REASON } from '../tables/reasons.ts';
import { AttributeAccounts } from './attribute-accounts.ts';
import { classBit, hasAnyCluster, localPrefFor } from './attribute-classes.ts';

/** Where the next hop was received: in NEXT_HOP, or in MP_REACH_NLRI. */
export const FORM = { classic: 0, mp: 1 } as const;
type Form = (typeof FORM)[keyof typeof FORM];

/** Bits of `flagsOf` above the community flags of the codec (which use the low 16). */
export const FLAG = {
  hasLocalPref: 1 << 16,
  hasMed: 1 << 17,
  ownAs: 1 << 18,
  ownOriginator: 1 << 19,
  ownCluster: 1 << 20,
  hasAigp: 1 << 21,
  onlyToCustomer: 1 << 22,
} as const;

/** Our own identifiers, for the loop checks. */
export interface Identity {
  readonly as: number;
  /** Identifier of our confederation (RFC 5065); absent or null: none. */
  readonly confederation?: number | null;
  readonly routerId: number;
  /** All cluster ids in use, of the router and of its groups. */
  readonly clusterIds: readonly number[];
}

/** Maximum octets of a set. */
export const LONGEST = 65_535;

const MAX_U32 = 0xffff_ffff;

export class AttributesTable {
  private readonly localPrefs = new U32Column();
  private readonly meds = new U32Column();
  private readonly neighborAses = new U32Column();
  private readonly nextHopIds = new U32Column();
  private readonly originators = new U32Column();
  private readonly flags = new U32Column();
  /** The AIGP metric, in two halves; valid only with `FLAG.hasAigp`. */
  private readonly aigpHighs = new U32Column();
  private readonly aigpLows = new U32Column();
  private readonly asPathLengths = new U16Column();
  private readonly clusterLengths = new U16Column();
  private readonly origins = new U8Column();
  /** A bit for each kind of session (`classBit`) whose sets with these bytes need no change. */
  private readonly cleanFor = new U16Column();
  /** Which peer is charged for which set. */
  readonly accounts = new AttributeAccounts();
  private readonly columns = [
    this.accounts.owners,
    this.localPrefs,
    this.meds,
    this.neighborAses,
    this.nextHopIds,
    this.originators,
    this.flags,
    this.aigpHighs,
    this.aigpLows,
    this.asPathLengths,
    this.clusterLengths,
    this.origins,
    this.cleanFor,
  ];
  private readonly interner = new Interner(this.columns);
  /**
   * How often each id was given up: an id with the serial number of before is the same set. Not one of `columns`, whose
   * pages start from 0 again; it has no pages until something asks for a serial number.
   */
  private readonly serials = new U32Column();
  private knowsSerials = false;
  private readonly nextHops: NextHopTable;
  private identity: Identity;

  private readonly scratch = new Uint8Array(LONGEST + 1);
  /** The normalized bytes of the last `intern` that did not find its bytes. */
  readonly normalized = new NormalizedAttributes();
  /** A set with an AIGP metric has been received: before that the decision skips the AIGP step. */
  knowsAigp = false;
  /** A set with a MED above 0 has been received: before that a path that is not the best one removes no other. */
  knowsMed = false;
  private keyChanges = 0;
  /** Verdict of the last `intern`. */
  verdict: number = VERDICT.ok;

  constructor(nextHops: NextHopTable, identity: Identity) {
    this.nextHops = nextHops;
    this.identity = identity;
  }

  /** Increases when what the decision compares may have changed although no path did. */
  get keyVersion(): number {
    return this.keyChanges + this.nextHops.costChanges;
  }

  /** What the decision compares has changed although no path did; the caller also marks the affected prefixes dirty. */
  keysChanged(): void {
    this.keyChanges++;
  }

  /** Changes what counts as a loop, also for existing sets. */
  setIdentity(identity: Identity): void {
    const isSame = JSON.stringify(identity) === JSON.stringify(this.identity);
    this.identity = identity;
    if (isSame) return;
    for (let id = 1; id < this.interner.limit; id++) {
      if (!this.interner.isHeld(id)) continue;
      const others = this.flags.get(id) & ~(FLAG.ownAs | FLAG.ownOriginator | FLAG.ownCluster);
      this.flags.set(id, others | this.loopFlags(id as AttributesId));
    }
  }

  /**
   * The id of the attributes of an UPDATE, or 0 when `verdict` says that its routes must be withdrawn or the session
   * reset. A new id has no holder: the caller holds it while it works, then releases it.
   */
  intern(view: UpdateView, form: Form, context: UpdateContext): AttributesId {
    const salt = form === FORM.mp ? this.mpNextHop(view, context) : 0;
    const known = context.as4 ? this.findRaw(view, form, salt) : 0;
    if (known !== 0 && (this.cleanFor.get(known) & classBit(context)) !== 0) {
      this.verdict = VERDICT.ok;
      this.accounts.claim(known as AttributesId, this.lengthOf(known as AttributesId));
      return known as AttributesId;
    }
    this.verdict = normalizeAttributes(view, form, context, this.normalized);
    const isNew = context.as4 && known === 0 && this.normalized.identical;
    const id = this.verdict >= VERDICT.withdraw ? 0 : this.internNormalized(salt as NextHopId, context, isNew);
    if (id === 0 && salt !== 0) this.nextHops.dropUnheld(salt as NextHopId);
    return id as AttributesId;
  }

  /**
   * Interns the bytes in `normalized`, which were derived from a set, with its next hop; 0 when they are empty.
   * @param account the account that is charged for a new set; that of the original by default
   */
  internLike(id: AttributesId, account = this.accounts.owners.get(id)): AttributesId {
    if (this.normalized.length < 0) return 0 as AttributesId;
    const start = this.startOf(id);
    const classic = findAttribute(this.pageOf(id), start, start + this.lengthOf(id), ATTRIBUTE.nextHop) >= 0;
    return this.internWith(classic ? (0 as NextHopId) : this.nextHopOf(id), account);
  }

  /** The same with another next hop: in NEXT_HOP of the bytes if it has 4 octets, else beside them. */
  internVia(nextHop: Uint8Array, account: number): AttributesId {
    if (nextHop.length === 4) return this.internWith(0 as NextHopId, account);
    const salt = this.nextHops.intern(nextHop, 0, nextHop.length);
    const made = this.internWith(salt, account);
    this.nextHops.dropUnheld(salt);
    return made;
  }

  private internWith(salt: NextHopId, account: number): AttributesId {
    const { normalized, accounts } = this;
    const before = accounts.current;
    accounts.current = account;
    let id = this.interner.find(normalized.bytes, 0, normalized.length, salt) as AttributesId;
    if (id !== 0) {
      accounts.claim(id, this.lengthOf(id));
    } else {
      normalized.facts.read(normalized.bytes, 0, normalized.length);
      id = this.interner.add(normalized.bytes, 0, normalized.length, salt) as AttributesId;
      this.fill(id, normalized.facts, salt);
    }
    accounts.current = before;
    return id;
  }

  hold(id: AttributesId): void {
    this.interner.hold(id);
  }

  release(id: AttributesId): void {
    if (!this.interner.letGo(id)) return;
    this.nextHops.release(this.nextHopIds.get(id) as NextHopId);
    this.accounts.discharge(id, this.lengthOf(id));
    this.interner.drop(id);
    if (this.knowsSerials) this.serials.set(id, this.serials.get(id) + 1);
  }

  /** Distinguishes the sets that have the same id one after another. */
  serialOf(id: AttributesId): number {
    this.knowsSerials = true;
    return this.serials.get(id);
  }

  /** Gives up a set that was made and not held. */
  dropUnheld(id: AttributesId): void {
    if (this.interner.isHeld(id)) return;
    this.interner.hold(id);
    this.release(id);
  }

  /** Whether `tidy` has something to do. */
  get isUntidy(): boolean {
    return this.interner.isUntidy;
  }

  /** Closes gaps between the bytes, for `budget` ids: earlier results of `pageOf` and `startOf` are invalid. */
  tidy(budget: number): void {
    this.interner.tidy(budget);
  }

  /** The array that holds the canonical bytes, from `startOf(id)`, `lengthOf(id)` of them. */
  pageOf(id: AttributesId): Uint8Array {
    return this.interner.pageOf(id);
  }

  startOf(id: AttributesId): number {
    return this.interner.startOf(id);
  }

  lengthOf(id: AttributesId): number {
    return this.interner.lengthOf(id);
  }

  /** LOCAL_PREF, or the default when absent. */
  localPrefOf(id: AttributesId): number {
    return this.localPrefs.get(id);
  }

  /** MULTI_EXIT_DISC; 0 when absent (RFC 4271 9.1.2.2 c: the lowest). */
  medOf(id: AttributesId): number {
    return this.meds.get(id);
  }

  /**
   * More significant half of the AIGP metric plus the cost of the next hop (RFC 7311 4.1), at most 2^32; `Infinity`
   * without a metric, which is least preferred.
   */
  aigpHighOf(id: AttributesId): number {
    if ((this.flags.get(id) & FLAG.hasAigp) === 0) return Number.POSITIVE_INFINITY;
    return this.aigpHighs.get(id) + (this.aigpLows.get(id) + this.nextHopCostOf(id) > MAX_U32 ? 1 : 0);
  }

  /** Less significant half of that sum; 0 without a metric. */
  aigpLowOf(id: AttributesId): number {
    return (this.flags.get(id) & FLAG.hasAigp) === 0 ? 0 : (this.aigpLows.get(id) + this.nextHopCostOf(id)) >>> 0;
  }

  originOf(id: AttributesId): number {
    return this.origins.get(id);
  }

  asPathLengthOf(id: AttributesId): number {
    return this.asPathLengths.get(id);
  }

  /** Neighbor AS that the path was received from (RFC 4271 9.1.2.2 c); 0 when AS_PATH is empty. */
  neighborAsOf(id: AttributesId): number {
    return this.neighborAses.get(id);
  }

  nextHopOf(id: AttributesId): NextHopId {
    return this.nextHopIds.get(id) as NextHopId;
  }

  /** Whether the cost of the next hop has changed since the last walk over all paths began. */
  isMoved(id: AttributesId): boolean {
    return this.nextHops.isMoved(this.nextHopOf(id));
  }

  /** Cost of reaching the next hop (RFC 4271 9.1.2.2 e). */
  nextHopCostOf(id: AttributesId): number {
    return this.nextHops.costOf(this.nextHopOf(id));
  }

  /**
   * Why paths of the peer with these attributes are unusable, a value of REASON; 0: usable. The received attributes decide
   * whether it is a loop or a leak, those in use whether the next hop is reachable.
   * @param rejected a policy rejected the route
   */
  reasonOf(received: AttributesId, used: AttributesId, peer: RibPeer, rejected = false): number {
    const flags = this.flagsOf(received);
    if (this.isLoop(received, flags, peer)) return REASON.ownAs;
    if ((flags & FLAG.ownOriginator) !== 0) return REASON.ownOriginator;
    if ((flags & FLAG.ownCluster) !== 0) return REASON.ownCluster;
    if (!this.begins(received, peer)) return REASON.firstAs;
    const { otc } = peer;
    if (otc !== null && (flags & FLAG.onlyToCustomer) !== 0 && isLeak(otc, this.onlyToCustomerOf(received))) {
      return REASON.leak;
    }
    return peer.importAccepts && !rejected ? this.nextHopReasonOf(used) : REASON.importPolicy;
  }

  /**
   * The reason of a path after its policies, from its reason before them: a loop or a leak stays, whatever they decide.
   * @param base the attributes before, and `used` those after the policies
   */
  filteredReason(reason: number, base: AttributesId, used: AttributesId, rejected: boolean): number {
    const isOpen = reason === REASON.usable || reason === REASON.ownNextHop || reason === REASON.unreachableNextHop;
    if (!isOpen) return reason;
    if (rejected) return REASON.importPolicy;
    return used === base ? reason : this.nextHopReasonOf(used);
  }

  /** AS number of ONLY_TO_CUSTOMER, of a set that has it. */
  private onlyToCustomerOf(id: AttributesId): number {
    const page = this.pageOf(id);
    const start = this.startOf(id);
    const at = findAttribute(page, start, start + this.lengthOf(id), ATTRIBUTE.onlyToCustomer);
    return at < 0 ? 0 : u32(page, attributeValueOffset(page, at));
  }

  /** Whether one of our AS numbers is in AS_PATH more often than the peer is allowed. */
  private isLoop(id: AttributesId, flags: number, { asRules }: RibPeer): boolean {
    if ((flags & FLAG.ownAs) === 0 && asRules.localAs === 0) return false;
    const page = this.pageOf(id);
    const start = this.startOf(id);
    const end = start + this.lengthOf(id);
    if ((flags & FLAG.ownAs) === 0) return holdsLocalAs(page, start, end, asRules);
    const { allowOwnAs } = asRules;
    const { as, confederation = null } = this.identity;
    if (allowOwnAs === 0 || timesWeAreIn(page, start, end, as, confederation) > allowOwnAs) return true;
    return holdsLocalAs(page, start, end, asRules);
  }

  private begins(id: AttributesId, { asRules }: RibPeer): boolean {
    const start = this.startOf(id);
    return beginsRightly(this.pageOf(id), start, start + this.lengthOf(id), asRules);
  }

  /** Why the next hop makes a path unusable; `REASON.usable` when it does not. */
  nextHopReasonOf(id: AttributesId): number {
    const nextHop = this.nextHopOf(id);
    if (this.nextHops.isOwn(nextHop)) return REASON.ownNextHop;
    return this.nextHops.isReachable(nextHop) ? REASON.usable : REASON.unreachableNextHop;
  }

  /** ORIGINATOR_ID, or 0. */
  originatorOf(id: AttributesId): number {
    return this.originators.get(id);
  }

  clusterLengthOf(id: AttributesId): number {
    return this.clusterLengths.get(id);
  }

  /** Community flags of the codec and the bits of FLAG. */
  flagsOf(id: AttributesId): number {
    return this.flags.get(id);
  }

  get count(): number {
    return this.interner.count;
  }

  /** One above the largest id that may be in use. */
  get limit(): number {
    return this.interner.limit;
  }

  bytes(): number {
    return this.columns.reduce((sum, column) => sum + column.bytes(), 0) + this.interner.bytes();
  }

  private mpNextHop(view: UpdateView, context: UpdateContext): NextHopId {
    const { bytes, reachNextHopStart, reachNextHopLength } = view;
    return this.nextHops.intern(bytes, reachNextHopStart, reachNextHopLength, context.nextHopScope);
  }

  /** Looks up the bytes as received, without the attributes that are not part of the key. */
  private findRaw(view: UpdateView, form: Form, salt: number): number {
    const skipNextHop = form === FORM.mp && view.nextHopAttrStart >= 0;
    if (!view.reachPresent && !view.unreachPresent && !skipNextHop) {
      return this.interner.find(view.bytes, view.attributesStart, view.attributesEnd, salt);
    }
    const { bytes, attributesEnd } = view;
    let length = 0;
    for (let at = view.attributesStart; at < attributesEnd; ) {
      if (view.reachPresent && at === view.reachAttrStart) at = view.reachAttrEnd;
      else if (view.unreachPresent && at === view.unreachAttrStart) at = view.unreachAttrEnd;
      else if (skipNextHop && at === view.nextHopAttrStart) at = view.nextHopAttrEnd;
      else this.scratch[length++] = bytes[at++];
    }
    return this.interner.find(this.scratch, 0, length, salt);
  }

  /** @param isNew a lookup has just not found these bytes */
  private internNormalized(mpNextHop: NextHopId, context: UpdateContext, isNew: boolean): number {
    const { normalized } = this;
    let id = isNew ? 0 : this.interner.find(normalized.bytes, 0, normalized.length, mpNextHop);
    if (id === 0) {
      id = this.interner.add(normalized.bytes, 0, normalized.length, mpNextHop);
      this.fill(id as AttributesId, normalized.facts, mpNextHop);
    } else {
      this.accounts.claim(id as AttributesId, this.lengthOf(id as AttributesId));
    }
    if (normalized.identical) this.cleanFor.set(id, this.cleanFor.get(id) | classBit(context));
    return id;
  }

  private fill(id: AttributesId, facts: AttributeFacts, mpNextHop: NextHopId): void {
    const { bytes } = this.normalized;
    this.accounts.charge(id, this.lengthOf(id));
    const nextHop = mpNextHop !== 0 ? mpNextHop : this.nextHops.intern(bytes, facts.nextHopOffset, 4);
    this.nextHops.hold(nextHop);
    this.nextHopIds.set(id, nextHop);
    this.localPrefs.set(id, facts.hasLocalPref ? facts.localPref : localPrefFor(facts.communityFlags));
    this.meds.set(id, facts.hasMed ? facts.med : 0);
    if (facts.hasMed && facts.med !== 0) this.knowsMed = true;
    this.neighborAses.set(id, facts.neighborAs);
    this.originators.set(id, facts.originatorId);
    this.asPathLengths.set(id, facts.asPathLength);
    this.clusterLengths.set(id, facts.clusterListLength);
    this.origins.set(id, facts.origin);
    this.cleanFor.set(id, 0);
    if (facts.hasAigp) this.fillAigp(id, facts);
    const aigp = facts.hasAigp ? FLAG.hasAigp : 0;
    const otc = facts.hasOtc ? FLAG.onlyToCustomer : 0;
    const has = otc | aigp | (facts.hasLocalPref ? FLAG.hasLocalPref : 0) | (facts.hasMed ? FLAG.hasMed : 0);
    this.flags.set(id, facts.communityFlags | has | this.loopFlags(id));
  }

  private fillAigp(id: AttributesId, facts: AttributeFacts): void {
    this.aigpHighs.set(id, facts.aigpHigh);
    this.aigpLows.set(id, facts.aigpLow);
    if (!this.knowsAigp) this.keysChanged();
    this.knowsAigp = true;
  }

  private loopFlags(id: AttributesId): number {
    const page = this.pageOf(id);
    const start = this.startOf(id);
    const end = start + this.lengthOf(id);
    const { as, confederation = null, routerId, clusterIds } = this.identity;
    return (
      (timesWeAreIn(page, start, end, as, confederation) > 0 ? FLAG.ownAs : 0) |
      (this.originators.get(id) === routerId ? FLAG.ownOriginator : 0) |
      (hasAnyCluster(page, start, end, clusterIds) ? FLAG.ownCluster : 0)
    );
  }
}
