/** All tables together. */
import type { TimeSlice } from '../lib/clock.ts';
import { Policies } from '../policy/policies.ts';
import { destinationForm } from '../wire/families/flow-rules/destination.ts';
import { FAMILIES, type Family, type FamilyId, familyOf, IPV6_UNICAST } from '../wire/families.ts';
import { AttributesTable, type Identity } from './attributes/attributes.ts';
import { DerivedAttributes } from './attributes/derived-attributes.ts';
import { ImportChanges } from './attributes/import-changes.ts';
import { PolicyFilter } from './attributes/policy-filter.ts';
import { RouteTargetSets } from './attributes/route-target-sets.ts';
import { FamilyRib } from './family-rib.ts';
import { FlowValidation } from './flows/flow-validation.ts';
import { RibPeer } from './peers/peers.ts';
import type { NextHopId, PeerId } from './tables/ids.ts';
import { KeyTable } from './tables/keys.ts';
import { NextHopTable } from './tables/next-hops.ts';
import type { PrefixTable } from './tables/prefixes.ts';
import { Ipv4Prefixes, Ipv6Prefixes } from './tables/unicast-prefixes.ts';

/** Attribute sets and next hops examined per piece of tidying, and between two looks at the clock. */
const TIDY = 65_536;
const TIDY_STEP = 256;

export class Rib {
  readonly policies = new Policies();
  readonly nextHops = new NextHopTable();
  readonly attributes: AttributesTable;
  /** The route targets of attribute sets. */
  readonly routeTargets: RouteTargetSets;
  /** What policies make of attributes. */
  readonly filter: PolicyFilter;
  /** What the import makes of attributes as received. */
  readonly imports: ImportChanges;
  /** By family id. */
  readonly families: FamilyRib[] = [];
  /** The validation of flow specifications, by the id of their family. */
  readonly flows = new Map<FamilyId, FlowValidation>();
  /** Called when flow specifications have to be validated, which `FlowValidation.work` does. */
  onFlowsPending: () => void = () => {};
  /** By peer id; undefined for a free id. */
  readonly peers: (RibPeer | undefined)[] = [undefined];

  private sessions = 0;

  constructor(identity: Identity) {
    this.attributes = new AttributesTable(this.nextHops, identity);
    this.routeTargets = new RouteTargetSets(this.attributes);
    this.filter = new PolicyFilter(this.policies, this.attributes, this.nextHops);
    this.imports = new ImportChanges(this.attributes, new DerivedAttributes(this.attributes), this.filter);
    this.policies.onNewClasses = () => {
      for (const family of this.families) family.prefixes.forgetClasses();
    };
    this.addFamilies();
  }

  /** Makes tables for the families that were taken into use since the last call. */
  addFamilies(): void {
    const { attributes, imports, policies, peers } = this;
    for (const family of FAMILIES.slice(this.families.length)) {
      this.families.push(new FamilyRib(family.id, tableOf(family), attributes, imports, policies.rules, peers));
      this.validateFlows(family);
    }
  }

  private validateFlows({ id, afi, flowsFor }: Family): void {
    if (flowsFor === null) return;
    const family = this.families[id];
    const unicast = () => this.families[familyOf(afi, flowsFor)?.id ?? -1] ?? null;
    const flows = new FlowValidation(family, unicast, this.attributes, this.peers, destinationForm(afi, flowsFor));
    flows.onPending = () => this.onFlowsPending();
    family.reasons.flows = flows;
    this.flows.set(id, flows);
  }

  /** Adds a peer with the lowest free id. */
  addPeer(address: Uint8Array, role: ConstructorParameters<typeof RibPeer>[2]): RibPeer {
    let id = this.peers.indexOf(undefined, 1);
    if (id < 0) id = this.peers.length;
    const peer = new RibPeer(id as PeerId, address, role, FAMILIES.length);
    this.peers[id] = peer;
    this.renewSessionKey(peer);
    peer.account = this.attributes.accounts.open(peer);
    this.nextHops.addPeer(address, peer.id);
    return peer;
  }

  /** What policies know about the peer, or our address in its session, has changed: results that asked for it are invalid. */
  renewSessionKey(peer: RibPeer): void {
    peer.sessionKey = ++this.sessions;
  }

  /** Removes a peer that has no path left. */
  removePeer(peer: RibPeer): void {
    this.peers[peer.id] = undefined;
    this.attributes.accounts.close(peer.account);
    this.nextHops.removePeer(peer.address, peer.id);
  }

  /** Whether there are enough gaps between the bytes of attribute sets or next hops to close. */
  get isUntidy(): boolean {
    const { attributes, nextHops, routeTargets } = this;
    return attributes.isUntidy || nextHops.isUntidy || routeTargets.isUntidy || this.untidyFamily !== undefined;
  }

  /** Closes gaps until the slice is over. No reference to bytes of a set or a next hop may be held over this. */
  tidy(slice: TimeSlice): void {
    slice.begin();
    for (let left = TIDY; left > 0 && this.isUntidy; left -= TIDY_STEP) {
      if (this.attributes.isUntidy) this.attributes.tidy(TIDY_STEP);
      else if (this.nextHops.isUntidy) this.nextHops.tidy(TIDY_STEP);
      else if (this.routeTargets.isUntidy) this.routeTargets.tidy(TIDY_STEP);
      else this.untidyFamily?.prefixes.tidy(TIDY_STEP);
      if (slice.isOver) return;
    }
  }

  /** A family with gaps between its keys; called for every change of the tables. */
  private get untidyFamily(): FamilyRib | undefined {
    for (let id = 0; id < this.families.length; id++) if (this.families[id].prefixes.isUntidy) return this.families[id];
    return undefined;
  }

  /** The peer that has the address of a next hop; null: none. */
  ownerOf(nextHop: NextHopId): RibPeer | null {
    const noted = this.nextHops.peerOf(nextHop);
    if (noted === 0) return null;
    const peer = this.peers[noted];
    if (peer !== undefined && this.nextHops.isAt(nextHop, peer.address)) return peer;
    return this.peers[this.nextHops.lookUpPeer(nextHop)] ?? null;
  }

  get dirtyCount(): number {
    let count = 0;
    for (const family of this.families) count += family.dirtyCount;
    return count;
  }
}

function tableOf({ codec, id }: Family): PrefixTable {
  if (codec !== null) return new KeyTable(codec);
  return id === IPV6_UNICAST ? new Ipv6Prefixes() : new Ipv4Prefixes();
}
