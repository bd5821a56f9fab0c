/**
 * Applies chains of policies to attribute sets. A result depends on the set, the class of the prefix and the session
 * only as far as the chain asks for them, and is kept by these, so that a chain runs once for each distinct case.
 */
import { ASKS, type Chain, type Tracer } from '../../policy/chain.ts';
import { Memo } from '../../policy/memo.ts';
import type { Policies } from '../../policy/policies.ts';
import { Route } from '../../policy/route/route.ts';
import { outcomeOf, REJECTED, ruleIn, weightIn } from '../../policy/rule-ids.ts';
import type { FamilyId } from '../../wire/families.ts';
import type { RibPeer } from '../peers/peers.ts';
import type { AttributesId, PayloadId, PrefixId } from '../tables/ids.ts';
import type { NextHopTable } from '../tables/next-hops.ts';
import type { PrefixTable } from '../tables/prefixes.ts';
import { EXPORTS } from './attribute-accounts.ts';
import { type AttributesTable, LONGEST } from './attributes.ts';

export class PolicyFilter {
  /** The rule that decided in the last call, with REJECTED. */
  rule = 0;
  /** The weight that the rules of the last call have set. */
  weight = 0;
  /** Chains that were run: the results that were not known. */
  evaluations = 0;
  /** The route of the last chain that was run. */
  readonly route = new Route();
  private readonly memo = new Memo();
  /** What `route` was opened with, and its version then. */
  private opened = 0 as AttributesId;
  private openedSerial = 0;
  private openedVersion = -1;
  /** The session of the last `find`, as far as the chain asks for it. */
  private session = 0;
  /** The policies in force, whose classes the tables keep. */
  private readonly policies: Policies;
  private readonly attributes: AttributesTable;
  private readonly nextHops: NextHopTable;

  constructor(policies: Policies, attributes: AttributesTable, nextHops: NextHopTable) {
    this.policies = policies;
    this.attributes = attributes;
    this.nextHops = nextHops;
  }

  /** Identifies the prefix in results of a chain: its class, its family, or 0 if the chain asks for neither. */
  classOf(chain: Chain, family: FamilyId, prefixes: PrefixTable, prefix: PrefixId, payload: PayloadId): number {
    if (!chain.asksPrefix) return chain.asksFamily ? family + 1 : 0;
    const { classes } = this.policies;
    if (chain.classes === classes) return prefixes.classOf(prefix, family, classes, payload);
    // A group that peers are about to leave still has the chain of before the reload.
    return chain.classes === null ? 0 : prefixes.lookUpClass(prefix, family, chain.classes, payload);
  }

  /** Whether a chain accepts a route with these attributes. */
  accepts(chain: Chain, set: AttributesId, prefixClass: number, family: FamilyId, source: RibPeer): boolean {
    if (!this.find(chain, set, prefixClass, source)) {
      this.evaluate(chain, set, prefixClass, family, source);
      chain.count(this.rule);
    }
    return (this.rule & REJECTED) === 0;
  }

  /**
   * The attributes that a chain makes of a set; the set itself if it changes nothing, or rejects the route (`rule`). A
   * new set has no holder.
   */
  apply(chain: Chain, set: AttributesId, prefixClass: number, family: FamilyId, source: RibPeer): AttributesId {
    const { memo, attributes } = this;
    const isKnown = this.find(chain, set, prefixClass, source);
    if (isKnown) {
      const used = memo.used as AttributesId;
      if (used !== 0 && attributes.serialOf(used) === memo.usedSerial) return used;
    }
    this.evaluate(chain, set, prefixClass, family, source);
    if (!isKnown) chain.count(this.rule);
    const used = (this.rule & REJECTED) !== 0 || !this.route.isChanged ? set : this.intern(set, chain);
    memo.setUsed(used, attributes.serialOf(used));
    return used;
  }

  /** Runs a chain on attributes of a route, without any memory of it. */
  run(
    chain: Chain,
    set: AttributesId,
    prefixClass: number,
    family: FamilyId,
    source: RibPeer,
    tracer: Tracer | null = null,
  ): number {
    const { route } = this;
    this.open(set);
    route.family = family;
    route.prefixClass = prefixClass;
    route.source = source.facts;
    route.peerAddress = source.address;
    route.selfAddress = chain.terms.selfAddress ?? source.selfAddress;
    return chain.run(route, tracer);
  }

  /** Makes `route` one with the attributes of a set. */
  open(set: AttributesId): void {
    const { route, attributes, nextHops } = this;
    const start = attributes.startOf(set);
    const page = attributes.pageOf(set);
    const serial = attributes.serialOf(set);
    // Prefixes of one message may have different classes: the attributes are read once.
    const isOpen = this.opened === set && this.openedSerial === serial && this.openedVersion === route.version;
    const localPref = attributes.localPrefOf(set);
    if (!isOpen || !route.isAt(page, start) || route.localPref !== localPref) {
      route.open(page, start, start + attributes.lengthOf(set), localPref);
      this.opened = set;
      this.openedSerial = serial;
      this.openedVersion = route.version;
    }
    const nextHop = attributes.nextHopOf(set);
    route.nextHop = nextHops.pageOf(nextHop);
    route.nextHopStart = nextHops.startOf(nextHop);
    route.nextHopLength = nextHops.lengthOf(nextHop);
  }

  bytes(): number {
    return this.memo.bytes() + this.policies.bytes();
  }

  private find(chain: Chain, set: AttributesId, prefixClass: number, source: RibPeer): boolean {
    const { memo, attributes } = this;
    const { asksSession } = chain;
    const session = asksSession === ASKS.nothing ? 0 : asksSession === ASKS.facts ? source.factsKey : source.sessionKey;
    this.session = session;
    if (!memo.find(chain.id, set, attributes.serialOf(set), prefixClass, session)) {
      return false;
    }
    this.rule = ruleIn(memo.outcome);
    this.weight = weightIn(memo.outcome);
    return true;
  }

  private evaluate(chain: Chain, set: AttributesId, prefixClass: number, family: FamilyId, source: RibPeer): void {
    this.evaluations++;
    this.rule = this.run(chain, set, prefixClass, family, source);
    if (this.route.isChanged && this.isTooLong()) this.rule |= REJECTED;
    const serial = this.attributes.serialOf(set);
    this.weight = (this.rule & REJECTED) === 0 ? this.route.weight : 0;
    this.memo.put(chain.id, set, serial, prefixClass, this.session, outcomeOf(this.rule, this.weight));
    // A changed set is made when it is asked for (`apply`).
    if ((this.rule & REJECTED) !== 0 || !this.route.isChanged) this.memo.setUsed(set, serial);
  }

  /** Whether the changed attributes exceed the maximum length of a set: such a route is rejected. */
  private isTooLong(): boolean {
    const { route } = this;
    if (route.overflows) return true;
    return route.maxLength > LONGEST && this.write() > LONGEST;
  }

  private write(): number {
    const { normalized } = this.attributes;
    normalized.begin(this.route.maxLength);
    normalized.length = this.route.write(normalized.bytes);
    return normalized.length;
  }

  /** The set of the changed route. */
  private intern(set: AttributesId, { terms: { direction } }: Chain): AttributesId {
    const { route, attributes } = this;
    const account = direction === 'export' ? EXPORTS : attributes.accounts.owners.get(set);
    this.write();
    if (route.newNextHop !== null) return attributes.internVia(route.newNextHop, account);
    return attributes.internLike(set, account);
  }
}
