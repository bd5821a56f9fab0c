/**
 * Validates flow specifications by the unicast routes to their destinations.
 *
 * RFC 8955 6, with RFC 9117 4 and RFC 8956 5: a rule is feasible if
 *   a) it has a destination prefix, without an offset;
 *   b) the most specific unicast route to it is from the same originator; or the rule is from our own AS, with an AS_PATH
 *      that is empty but for a confederation: then c) does not apply either, as in BIRD;
 *   c) no more specific unicast route within the destination is from another neighboring AS;
 *   and from another AS: its AS_PATH begins with the same AS as that of the unicast route of b (RFC 9117 4.2).
 * Only best paths count as unicast routes. For VPNs these are the routes with the same route distinguisher.
 *
 * Unicast routes are followed from the first rule on that has to be validated; before that nothing here costs anything. A changed
 * route marks the rules whose destination it covers, or is within; `work` validates these again.
 */
import { BitSet } from '../../lib/tables/bit-set.ts';
import {
  type DestinationForm,
  destinationOctets,
  flowDestination,
} from '../../wire/families/flow-rules/destination.ts';
import type { AttributesTable } from '../attributes/attributes.ts';
import type { FlowCheck } from '../paths/path-reasons.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId, PayloadId, PrefixId } from '../tables/ids.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import { REASON } from '../tables/reasons.ts';
import { DestinationOrder } from './destination-order.ts';
import { UnicastOrigins, type UnicastTables } from './unicast-origins.ts';

/** Octets of the longest NLRI. */
const LONGEST_NLRI = 4097;
/** Prefixes of a piece of the first walk over the unicast routes, and rules that are validated at a time. */
const WALK = 8192;
const RULES = 256;

/** The tables of the rules. */
interface RuleTables {
  readonly prefixes: PrefixTable;
  /** Revalidates all paths of a rule. */
  revalidateRoute(prefix: PrefixId): void;
}

export class FlowValidation implements FlowCheck {
  /** Rules that have to be validated. */
  private readonly rules: DestinationOrder;
  /** Rules that must be validated again. */
  private readonly marked = new BitSet();
  private origins: UnicastOrigins | null = null;
  /** Where the first walk over the unicast routes continues; 0: it is over. */
  private walkFrom = 0;
  private readonly nlri = new Uint8Array(LONGEST_NLRI);
  private readonly target: Uint8Array;
  private readonly tables: RuleTables;
  private readonly unicast: () => UnicastTables | null;
  private readonly attributes: AttributesTable;
  private readonly peers: readonly (RibPeer | undefined)[];
  private readonly form: DestinationForm;
  /** Called when there is work, which `work` does. */
  onPending: () => void = () => {};

  /** @param unicast the tables of the unicast routes; null: their family is not in use */
  constructor(
    tables: RuleTables,
    unicast: () => UnicastTables | null,
    attributes: AttributesTable,
    peers: readonly (RibPeer | undefined)[],
    form: DestinationForm,
  ) {
    this.tables = tables;
    this.unicast = unicast;
    this.attributes = attributes;
    this.peers = peers;
    this.form = form;
    this.target = new Uint8Array(destinationOctets(form));
    this.rules = new DestinationOrder(this.target.length, (id, out) => {
      this.destinationOf(id, out);
    });
  }

  /** Why a rule of the peer is infeasible, a value of REASON; 0: it is feasible. */
  reasonOf(rule: PrefixId, received: AttributesId, peer: RibPeer): number {
    const { target, attributes } = this;
    if (!this.destinationOf(rule, target)) return REASON.flowDestination;
    const isInside = !peer.ebgp || peer.confederation;
    if (isInside && attributes.asPathLengthOf(received) === 0) return REASON.usable;
    this.rules.add(rule);
    const origins = this.followed();
    if (this.walkFrom !== 0) return REASON.flowPending;
    const path = origins?.bestMatch(target) ?? 0;
    const tables = this.unicast();
    if (path === 0 || tables === null) return REASON.flowNoRoute;
    const best = tables.paths.receivedOf(path);
    const owner = this.peers[tables.paths.peerOf(path)];
    if (owner === undefined || !this.isSameOriginator(received, peer, best, owner)) return REASON.flowOriginator;
    const as = attributes.neighborAsOf(best);
    if (!isInside && (as === 0 || attributes.neighborAsOf(received) !== as)) return REASON.flowFirstAs;
    return origins?.hasOtherWithin(target, as) === true ? REASON.flowMoreSpecific : REASON.usable;
  }

  /** Whether unicast routes are followed: from then on it needs the changes of both families. */
  get isFollowing(): boolean {
    return this.origins !== null;
  }

  /** A unicast route was decided, and its best path may have changed. */
  onUnicast(prefix: PrefixId): void {
    const { origins, rules, target } = this;
    if (origins === null) return;
    origins.update(prefix);
    if (rules.size === 0) return;
    origins.destinationOf(prefix, target);
    rules.eachCovering(target, this.mark);
    for (let id = rules.firstWithin(target); id !== 0 && rules.isWithin(id, target); id = rules.after(id))
      this.mark(id);
  }

  /** A rule was decided: one without paths is followed no more. */
  onRule(prefix: PrefixId): void {
    if (this.tables.prefixes.head(prefix) === 0) this.rules.delete(prefix);
  }

  /** Whether rules wait for their validation. */
  get pending(): boolean {
    return this.walkFrom !== 0 || this.marked.count > 0;
  }

  /** Does one bounded piece of the work. */
  work(): void {
    if (this.walkFrom !== 0) this.walk();
    else this.revalidate();
  }

  bytes(): number {
    return this.rules.bytes() + this.marked.bytes() + (this.origins?.bytes() ?? 0);
  }

  /** The first rule that has to be validated starts the walk over the unicast routes. */
  private followed(): UnicastOrigins | null {
    if (this.origins !== null) return this.origins;
    const tables = this.unicast();
    if (tables === null) return null;
    this.origins = new UnicastOrigins(tables, this.attributes, this.form);
    this.walkFrom = tables.prefixes.limit > 1 ? 1 : 0;
    this.onPending();
    return this.origins;
  }

  private walk(): void {
    const tables = this.unicast();
    if (tables === null) return;
    const { limit } = tables.prefixes;
    const end = Math.min(limit, this.walkFrom + WALK);
    for (let id = this.walkFrom; id < end; id++)
      if (tables.prefixes.head(id as PrefixId) !== 0) this.origins?.update(id as PrefixId);
    this.walkFrom = end < limit ? end : 0;
    if (this.walkFrom === 0) this.rules.each(this.mark);
  }

  private revalidate(): void {
    let id = this.marked.nextFrom(0);
    for (let left = RULES; id >= 0 && left > 0; left--) {
      this.marked.delete(id);
      this.tables.revalidateRoute(id as PrefixId);
      id = this.marked.nextFrom(id + 1);
    }
  }

  private readonly mark = (rule: PrefixId): void => {
    this.marked.add(rule);
    if (this.marked.count === 1) this.onPending();
  };

  private destinationOf(rule: PrefixId, out: Uint8Array): boolean {
    this.tables.prefixes.write(rule, this.nlri, 0, 0 as PayloadId);
    return flowDestination(this.form, this.nlri, out);
  }

  /**
   * The originator is the ORIGINATOR_ID, or the peer that sent the route (RFC 8955 6). Sessions of one router, and what another
   * reflector passes on of it, are the same originator: its BGP identifier is unique in its AS.
   */
  private isSameOriginator(one: AttributesId, sender: RibPeer, other: AttributesId, owner: RibPeer): boolean {
    const [a, b] = [this.attributes.originatorOf(one), this.attributes.originatorOf(other)];
    if (sender === owner && a === b) return true;
    const id = a || sender.routerId;
    return id !== 0 && sender.as === owner.as && id === (b || owner.routerId);
  }
}
