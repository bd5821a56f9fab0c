/**
 * An established session: stores UPDATEs in the tables; the peer is a member of one update group per family.
 */
import type { Negotiated } from '../../fsm/types.ts';
import type { Membership } from '../../reflect/advertise/membership.ts';
import { type GroupKey, type Role, sameKey } from '../../reflect/encode/group-key.ts';
import type { GroupMember } from '../../reflect/group.ts';
import { routeTargetFamily } from '../../reflect/memberships.ts';
import { sameAsRules } from '../../rib/peers/as-rules.ts';
import { sameOtcRule } from '../../rib/peers/otc.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import type { PeerSettings } from '../../spec/peer.ts';
import { VERDICT } from '../../wire/attributes/attribute-table.ts';
import type { UpdateContext } from '../../wire/context.ts';
import { FAMILIES, type FamilyId, MAX_FAMILIES } from '../../wire/families.ts';
import { scanUpdate, UpdateView } from '../../wire/update/update.ts';
import type { PeerConnection } from '../connection/peer-connection.ts';
import type { MalformedUpdate } from '../events/malformed.ts';
import { type LimitHost, SessionLimits } from '../limits/session-limits.ts';
import type { LimitChecks, OwnRestart, Reporting, Tables, Timing, Turns } from '../ports/core.ts';
import { MembershipWait } from './membership-wait.ts';
import { groupKeyOf, roleOf } from './session-group.ts';
import { importTermsOf, setFacts } from './session-policy.ts';
import { makeContext, nextHopScope, roleIn } from './session-terms.ts';

/** UPDATEs are decoded one at a time: all sessions share it. */
const view = new UpdateView();

/** What a session uses. */
export type SessionCore = Timing & Reporting & Turns & Tables & LimitChecks & Pick<OwnRestart, 'deferral'>;

/** The owner of a session. */
export interface SessionUser extends LimitHost {
  /** Routes are advertised to it with GRACEFUL_SHUTDOWN (RFC 8326). */
  readonly isDraining: boolean;
}

/** Sets the import settings of a peer, also for stale paths. After a change they are applied to its paths in the tables. */
export function reimport(
  core: Pick<Tables, 'rib' | 'revalidatePaths'>,
  ribPeer: RibPeer,
  settings: PeerSettings,
): void {
  const terms = importTermsOf(core.rib.policies, ribPeer, settings);
  const { importAccepts, importChain, keepsRejected, asRules, otc, validatesFlows } = terms;
  const isKept = importChain === ribPeer.importChain && keepsRejected === ribPeer.keepsRejected;
  const isSame = sameAsRules(ribPeer.asRules, asRules) && sameOtcRule(ribPeer.otc, otc) && isKept;
  if (ribPeer.importAccepts === importAccepts && ribPeer.validatesFlows === validatesFlows && isSame) return;
  Object.assign(ribPeer, terms);
  // The tables have nothing of a new session.
  if (!ribPeer.received.some((paths) => paths > 0)) return;
  ribPeer.importChanged ||= !isSame;
  core.revalidatePaths();
}

export class Session {
  readonly negotiated: Negotiated;
  readonly connection: PeerConnection;
  readonly ribPeer: RibPeer;
  readonly sinceMs: number;
  /** By family id; null for a family that was not negotiated, and while advertising is deferred. */
  readonly members: (GroupMember | null)[];
  /** Families whose End-of-RIB was received, by family id. */
  readonly endOfRibReceived = new Uint8Array(MAX_FAMILIES);
  /** Families that are disabled until the session ends, because the peer sent NLRI that cannot be read (RFC 4760 7). */
  readonly disabled = new Set<FamilyId>();
  /** Called for every received End-of-RIB. */
  whenEndOfRib: (family: FamilyId) => void = () => {};
  /** The limits of the session. */
  readonly limits: SessionLimits;
  private readonly host: SessionUser;
  private readonly context: UpdateContext;
  private readonly core: SessionCore;
  private readonly wait: MembershipWait;
  private settings: PeerSettings;
  private joined = false;
  private closed = false;

  /**
   * @param host the owner, which handles exceeded limits
   * @param kept the entry of the previous session in the tables, which this one takes over (RFC 4724); null: none
   */
  constructor(
    core: SessionCore,
    host: SessionUser,
    settings: PeerSettings,
    address: Uint8Array,
    connection: PeerConnection,
    negotiated: Negotiated,
    kept: RibPeer | null,
  ) {
    this.core = core;
    this.host = host;
    this.connection = connection;
    this.negotiated = negotiated;
    this.sinceMs = core.clock.nowMs();
    const role = roleIn(settings, negotiated);
    this.ribPeer = kept ?? core.rib.addPeer(address, role);
    this.ribPeer.widen(FAMILIES.length);
    this.ribPeer.name = host.name;
    this.ribPeer.as = role.as;
    this.ribPeer.routerId = role.routerId;
    this.ribPeer.selfAddress = connection.tcp.localAddress;
    // A peer that is back may have connected to another address of ours.
    if (kept !== null) core.rib.renewSessionKey(kept);
    setFacts(core, this.ribPeer, settings);
    reimport(core, this.ribPeer, settings);
    this.context = makeContext(negotiated, role, settings.exchange, nextHopScope(connection));
    this.members = FAMILIES.map(() => null);
    this.limits = new SessionLimits(core, host, this, settings);
    this.settings = settings;
    this.wait = new MembershipWait(core, negotiated, settings, () => {
      for (const family of this.wait.families) this.joinGroup(this.settings, family);
    });
    if (core.deferral?.holdsBack(settings.session, negotiated) !== true) this.joinGroups(settings);
  }

  get role(): Role {
    return roleOf(this.ribPeer);
  }

  /** Routes are advertised to it with GRACEFUL_SHUTDOWN (RFC 8326). */
  get isDraining(): boolean {
    return this.host.isDraining;
  }

  /** Advertising to it is still deferred. */
  get isHeldBack(): boolean {
    return !this.joined;
  }

  /** Starts advertising routes to the peer; no effect after the session is closed, or a second time. */
  joinGroups(settings: PeerSettings): void {
    if (this.joined || this.closed) return;
    this.joined = true;
    const { families } = this.negotiated;
    for (const family of families) if (!this.wait.holds(family)) this.joinGroup(settings, family);
    this.wait.begin(this.endOfRibReceived[routeTargetFamily()] === 1);
  }

  /** The routes of a family wait for the route targets that the peer asks for (RFC 4684 6). */
  awaitsMembership(family: FamilyId): boolean {
    return this.joined && this.wait.holds(family);
  }

  /** The route targets that the peer asks for in a family; null: it is sent all routes. */
  membershipOf(family: FamilyId): Membership | null {
    return this.wait.families.includes(family) ? this.core.reflector.memberships.of(this.ribPeer) : null;
  }

  private joinGroup(settings: PeerSettings, family: FamilyId): void {
    const member = this.join(settings, family);
    this.members[family] = member;
    this.connection.outbox.addMember(member);
  }

  /** Processes an UPDATE; null: it was well-formed. The bytes are not needed after the return. */
  update(bytes: Uint8Array, start: number, end: number): MalformedUpdate | null {
    const { core, context, ribPeer } = this;
    if (scanUpdate(bytes, start, end, context, view) === VERDICT.reset) {
      return { verdict: VERDICT.reset, error: view.notification() };
    }
    if (view.unreadableReach >= 0) this.disable(view.unreadableReach as FamilyId);
    if (view.unreadableUnreach >= 0) this.disable(view.unreadableUnreach as FamilyId);
    if (view.isEndOfRib >= 0) {
      this.onEndOfRib(view.isEndOfRib as FamilyId);
      return null;
    }
    const verdict = core.ingest.ingest(view, ribPeer, context, core.nowSeconds());
    return verdict === VERDICT.ok ? null : { verdict, error: core.ingest.error(view) };
  }

  /** The peer requested a route refresh (RFC 2918). */
  refresh(family: FamilyId): boolean {
    const member = this.members[family] ?? null;
    member?.refresh();
    return member !== null;
  }

  /** Leaves the groups; received paths stay until they are swept. */
  close(): void {
    this.closed = true;
    this.wait.end();
    this.limits.close();
    this.connection.outbox.dropMembers();
    for (const member of this.members) if (member !== null) this.core.reflector.leave(member);
    this.members.fill(null);
  }

  /** Applies changed settings: the groups are selected again, in the following turns. See `reimport` for its paths. */
  adopt(settings: PeerSettings): void {
    this.settings = settings;
    this.limits.adopt(settings);
    for (const family of this.negotiated.families) {
      const member = this.members[family];
      // All members of a group that a reload concerns are known before the first one is moved.
      if (member !== null) member.wanted = this.key(settings, family);
      this.core.reflector.later(() => this.regroup(family));
    }
  }

  /** Moves the member to the group of the settings as they are now, which may be newer than those that asked for it. */
  private regroup(family: FamilyId): void {
    const member = this.members[family];
    if (member === null) return;
    if (member.origin !== null || member.isComparing) {
      this.core.reflector.later(() => this.regroup(family));
      return;
    }
    const key = this.key(this.settings, family);
    if (sameKey(key, member.group.key)) {
      member.wanted = null;
      return;
    }
    if (this.core.reflector.rechain(member.group)) return;
    const moved = this.core.reflector.move(member, key);
    this.members[family] = moved;
    this.connection.outbox.replaceMember(member, moved);
  }

  /**
   * AFI/SAFI disable (RFC 4760 7, RFC 7606 2): the paths of the family are removed, and further routes of it are ignored
   * until the session ends. Nothing waits for its End-of-RIB any more.
   */
  private disable(family: FamilyId): void {
    const { core, ribPeer, context } = this;
    context.families[family] = 0;
    this.disabled.add(family);
    const [peer, name, paths] = [ribPeer.name, FAMILIES[family].name, ribPeer.received[family]];
    core.events.emit({ name: 'family.disabled', peer, family: name, paths });
    ribPeer.retain(family);
    ribPeer.release(family);
    core.sweeper.sweepStale();
    core.schedule();
    if (family === routeTargetFamily()) {
      // What the peer asks for is unknown from now on.
      core.reflector.memberships.askForAll(ribPeer);
      this.wait.onEndOfRib();
    }
    if (this.endOfRibReceived[family] !== 0) return;
    this.endOfRibReceived[family] = 1;
    this.whenEndOfRib(family);
  }

  private onEndOfRib(family: FamilyId): void {
    this.endOfRibReceived[family] = 1;
    this.core.events.emit({
      name: 'family.end-of-rib',
      peer: this.ribPeer.name,
      family: FAMILIES[family].name,
      direction: 'received',
      prefixes: this.ribPeer.received[family],
    });
    if (family === routeTargetFamily()) this.wait.onEndOfRib();
    this.whenEndOfRib(family);
  }

  private join(settings: PeerSettings, family: FamilyId): GroupMember {
    const key = this.key(settings, family);
    const { outbox } = this.connection;
    const member = this.core.reflector.join(key, this.ribPeer, outbox, this.membershipOf(family));
    member.refreshMarks.isSupported = this.negotiated.enhancedRefresh;
    return member;
  }

  /** The group that the session belongs to with these settings. */
  private key(settings: PeerSettings, family: FamilyId): GroupKey {
    return groupKeyOf(this.core.rib.policies, this, this.ribPeer, settings, family);
  }
}
