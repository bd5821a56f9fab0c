/**
 * Puts an UPDATE into the tables: the attributes are interned once, then prefix after prefix is added.
 * The view is invalid when `ingest` returns: nothing here keeps a reference to the receive buffer.
 */
import { REJECTED } from '../policy/rule-ids.ts';
import { UPDATE_SUBCODE, VERDICT } from '../wire/attributes/attribute-table.ts';
import { findAttribute } from '../wire/attributes/canonical.ts';
import type { UpdateContext } from '../wire/context.ts';
import { FAMILIES, type FamilyId, IPV4_UNICAST } from '../wire/families.ts';
import type { NlriParts } from '../wire/nlri-codec.ts';
import { type Notification, notification } from '../wire/notification.ts';
import { NlriReader } from '../wire/update/nlri.ts';
import { negotiatedFamily, type UpdateView } from '../wire/update/update.ts';
import { FORM } from './attributes/attributes.ts';
import type { FamilyRib } from './family-rib.ts';
import { NextHopWarnings } from './next-hop-warnings.ts';
import type { RibPeer } from './peers/peers.ts';
import type { Rib } from './rib.ts';
import type { AttributesId, PayloadId, PrefixId } from './tables/ids.ts';
import { REASON } from './tables/reasons.ts';

const UPDATE_ERROR = 3;
/** Octets of a malformed NLRI that its error shows. */
const MAX_SHOWN = 64;
const NO_PREFIX = 0 as PrefixId;
const NO_PAYLOAD = 0 as PayloadId;

export class Ingest {
  /**
   * What else was wrong with the last UPDATE: an attribute that had no room, one that the family requires and that is
   * missing, or a malformed NLRI; null: nothing.
   */
  private problem: Notification | null = null;
  /** Reads one prefix after another, for the family's tables. */
  private readonly reader = new NlriReader();
  private readonly rib: Rib;
  /** Warns about next hops that are probably a configuration error. */
  readonly nextHopWarnings: NextHopWarnings;

  constructor(rib: Rib) {
    this.rib = rib;
    this.nextHopWarnings = new NextHopWarnings(rib);
  }

  /**
   * Processes a scanned UPDATE whose structure is intact (its verdict is below reset).
   * @returns the worst verdict on it (RFC 7606); unless it is `ok`, `error` says what was wrong
   */
  ingest(view: UpdateView, peer: RibPeer, context: UpdateContext, nowSeconds: number): number {
    const reach = view.reachPresent ? negotiatedFamily(view.reachAfi, view.reachSafi, context) : -1;
    const unreach = view.unreachPresent ? negotiatedFamily(view.unreachAfi, view.unreachSafi, context) : -1;
    const classic = context.families[IPV4_UNICAST] === 1;
    this.problem = null;
    if (classic) this.withdraw(view, view.withdrawnStart, view.withdrawnEnd, IPV4_UNICAST, peer, context, true);
    if (unreach >= 0) {
      this.withdraw(view, view.unreachNlriStart, view.unreachNlriEnd, unreach as FamilyId, peer, context, true);
    }
    const hasNlri = classic && view.nlriEnd > view.nlriStart;
    const hasReach = reach >= 0 && view.reachNlriEnd > view.reachNlriStart;
    if (!hasNlri && !hasReach) return this.problem === null ? view.verdict : VERDICT.withdraw;
    return this.announceAll(view, hasNlri, hasReach ? (reach as FamilyId) : null, peer, context, nowSeconds);
  }

  /** What was wrong with an UPDATE that was not `ok`: the NOTIFICATION that a reset sends, and that is also logged. */
  error(view: UpdateView): Notification {
    if (this.problem !== null) return this.problem;
    return (view.verdict === VERDICT.ok ? this.rib.attributes.normalized : view).notification();
  }

  private announceAll(
    view: UpdateView,
    hasNlri: boolean,
    reach: FamilyId | null,
    peer: RibPeer,
    context: UpdateContext,
    nowSeconds: number,
  ): number {
    const { attributes } = this.rib;
    attributes.accounts.current = peer.account;
    let verdict = this.problem === null ? view.verdict : Math.max(view.verdict, VERDICT.discard);
    let nlriSet = 0 as AttributesId;
    let nlriUsed = 0 as AttributesId;
    let reachSet = 0 as AttributesId;
    let reachUsed = 0 as AttributesId;
    if (verdict < VERDICT.withdraw && hasNlri) {
      nlriSet = attributes.intern(view, FORM.classic, context);
      verdict = this.worse(verdict);
      nlriUsed = this.hold(nlriSet, peer);
      if (nlriUsed === 0) verdict = Math.max(verdict, VERDICT.withdraw);
    }
    if (verdict < VERDICT.withdraw && reach !== null) {
      reachSet = attributes.intern(view, FORM.mp, context);
      verdict = this.worse(verdict);
      reachUsed = this.hold(reachSet, peer);
      if (reachUsed === 0 || this.lacksMandatory(reachSet, reach)) verdict = Math.max(verdict, VERDICT.withdraw);
    }
    const refused = verdict >= VERDICT.withdraw;
    if (verdict < VERDICT.reset && hasNlri) {
      const used = refused ? (0 as AttributesId) : nlriUsed;
      this.announce(view, view.nlriStart, view.nlriEnd, IPV4_UNICAST, nlriSet, used, peer, context, nowSeconds);
    }
    if (verdict < VERDICT.reset && reach !== null) {
      const used = refused ? (0 as AttributesId) : reachUsed;
      this.announce(view, view.reachNlriStart, view.reachNlriEnd, reach, reachSet, used, peer, context, nowSeconds);
    }
    this.release(nlriSet, nlriUsed);
    this.release(reachSet, reachUsed);
    return this.problem === null ? verdict : Math.max(verdict, VERDICT.withdraw);
  }

  /**
   * Holds a received set, and the set in use that the import makes of it, while the prefixes are processed. Returns the
   * set in use; 0, a withdrawal, if there is no room for the changes.
   */
  private hold(received: AttributesId, peer: RibPeer): AttributesId {
    if (received === 0) return received;
    const { attributes, imports } = this.rib;
    attributes.hold(received);
    const used = imports.hold(received, peer);
    this.problem ??= imports.noRoom;
    return used;
  }

  /** Whether an attribute is missing that all routes of the family must have: they are withdrawn (RFC 7606 3 d). */
  private lacksMandatory(set: AttributesId, family: FamilyId): boolean {
    const { attributes } = this.rib;
    const start = attributes.startOf(set);
    const end = start + attributes.lengthOf(set);
    for (const code of FAMILIES[family].mandatory) {
      if (findAttribute(attributes.pageOf(set), start, end, code) >= 0) continue;
      this.problem = notification(UPDATE_ERROR, UPDATE_SUBCODE.missingWellKnown, Uint8Array.of(code));
      return true;
    }
    return false;
  }

  private release(received: AttributesId, used: AttributesId): void {
    const { attributes } = this.rib;
    if (used !== 0) attributes.release(used);
    if (received !== 0) attributes.release(received);
  }

  private worse(verdict: number): number {
    return Math.max(verdict, this.rib.attributes.verdict);
  }

  /** @param withdrawn the field is one of withdrawn routes; false: its announced routes are treated as withdrawn */
  private withdraw(
    view: UpdateView,
    start: number,
    end: number,
    family: FamilyId,
    peer: RibPeer,
    context: UpdateContext,
    withdrawn: boolean,
  ): void {
    const table = this.rib.families[family];
    const { reader } = this;
    reader.open(view.bytes, start, end, family, context.addPath[family] !== 0, withdrawn);
    let routes = 0;
    for (; reader.next(); routes++) {
      if (reader.isMalformed) this.withdrawMalformed(table, peer);
      else table.withdraw(peer, reader);
    }
    if (withdrawn) peer.withdrawn[family] += routes;
    else peer.announced[family] += routes;
  }

  /** RFC 7606 5.3: a malformed NLRI is withdrawn, as far as it names a route. */
  private withdrawMalformed(table: FamilyRib, peer: RibPeer): void {
    const { reader } = this;
    const { keyLength, key } = reader.parts as NlriParts;
    this.problem ??= notification(UPDATE_ERROR, UPDATE_SUBCODE.network, key.slice(0, Math.min(keyLength, MAX_SHOWN)));
    if (keyLength > 0) table.withdraw(peer, reader);
  }

  /** Announces the prefixes of an NLRI field with an attribute set; withdraws them with `used` 0 (treat-as-withdraw). */
  private announce(
    view: UpdateView,
    start: number,
    end: number,
    family: FamilyId,
    received: AttributesId,
    used: AttributesId,
    peer: RibPeer,
    context: UpdateContext,
    nowSeconds: number,
  ): void {
    if (used === 0) {
      this.withdraw(view, start, end, family, peer, context, false);
      return;
    }
    const table = this.rib.families[family];
    const reason = this.rib.attributes.reasonOf(received, used, peer);
    if (reason === REASON.usable || reason === REASON.ownNextHop || reason === REASON.unreachableNextHop) {
      this.nextHopWarnings.check(received, peer, nowSeconds);
    }
    const { reader } = this;
    const { imports, attributes } = this.rib;
    reader.open(view.bytes, start, end, family, context.addPath[family] !== 0);
    const { importChain } = peer;
    const asksPrefix = importChain?.asksPrefix === true;
    // Without a question for the prefix, the policies decide the same for all prefixes of the message.
    const isFiltered = importChain !== null && !asksPrefix;
    const filtered = isFiltered
      ? imports.holdFiltered(used, peer, family, table.prefixes, NO_PREFIX, NO_PAYLOAD)
      : used;
    const outcome = isFiltered ? imports.outcome : 0;
    const why = isFiltered ? attributes.filteredReason(reason, used, filtered, (outcome & REJECTED) !== 0) : reason;
    let routes = 0;
    for (; reader.next(); routes++) {
      if (reader.isMalformed) this.withdrawMalformed(table, peer);
      else if (asksPrefix) table.announceFiltered(peer, reader, received, used, reason, nowSeconds);
      else table.announce(peer, reader, received, filtered, why, outcome, nowSeconds);
    }
    peer.announced[family] += routes;
    if (isFiltered) attributes.release(filtered);
  }
}
