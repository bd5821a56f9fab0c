/**
 * Memberships of route targets (RFC 4684): follows the routes of SAFI 132, and changes what peers are sent.
 *
 *   route of SAFI 132 decided ─► noted in the `Membership` of each peer that sent it ─► applied: the tags that it concerns
 *     ─► each member of the peer becomes slow, and is owed the prefixes with these tags
 *
 * A membership that is received counts whether its path is the best or not, and whatever its next hop is: it says what the
 * neighbor that sent it wants (3.2). A loop, or a path that a policy rejects, does not count.
 */
import type { Clock } from '../lib/clock.ts';
import type { BitSet } from '../lib/tables/bit-set.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { AttributesId, PayloadId, PrefixId } from '../rib/tables/ids.ts';
import { REASON } from '../rib/tables/reasons.ts';
import { type FamilyId, familyOf } from '../wire/families.ts';
import { AFI, SAFI } from '../wire/family.ts';
import { eachWith } from './advertise/advertised.ts';
import { Membership } from './advertise/membership.ts';
import type { ChangeFeed, ChangeSubscriber } from './change-feed.ts';
import type { GroupMember } from './group.ts';
import { OwnMembership } from './own-membership.ts';

/** Octets of the longest NLRI. */
const LONGEST = 13;
/** Prefixes that are compared at a time. */
const PIECE = 65_536;
const NONE: ReadonlySet<Membership> = new Set();

/** What the reflector says about itself. */
interface OwnTerms {
  readonly routerId: number;
  readonly clusterId: number;
}

export class Memberships implements ChangeSubscriber {
  readonly name = 'route target membership';
  private readonly byPeer = new WeakMap<RibPeer, Membership>();
  /** Who asks for what, by prefix of SAFI 132. */
  private readonly askers = new Map<PrefixId, ReadonlySet<Membership>>();
  private readonly changed = new Set<Membership>();
  private readonly scratch = new Uint8Array(LONGEST);
  private family = -1;
  private readonly ownMembership: OwnMembership;
  private readonly rib: Rib;
  private readonly changes: ChangeFeed;
  private readonly clock: Clock;
  /** Runs a task in a turn of its own. */
  private readonly later: (task: () => void) => void;

  constructor(rib: Rib, changes: ChangeFeed, clock: Clock, later: (task: () => void) => void) {
    this.rib = rib;
    this.clock = clock;
    this.ownMembership = new OwnMembership(rib);
    this.changes = changes;
    this.later = later;
  }

  /** A peer negotiated SAFI 132: from now on its routes are followed, and our own one exists. */
  follow(own: OwnTerms): void {
    this.family = routeTargetFamily();
    this.changes.add(this);
    const nowSeconds = Math.floor(this.clock.nowMs() / 1000);
    this.ownMembership.originate(this.family as FamilyId, own.routerId, own.clusterId, nowSeconds);
  }

  /** What such a peer asks for; nothing before its first membership. */
  of(peer: RibPeer): Membership {
    const found = this.byPeer.get(peer);
    if (found !== undefined) return found;
    const made = new Membership(this.rib.routeTargets);
    this.byPeer.set(peer, made);
    return made;
  }

  /** The peer is sent all routes from now on, until its session ends. */
  askForAll(peer: RibPeer): void {
    this.note(this.of(peer), Uint8Array.of(0), true);
  }

  onDecided(family: FamilyId, prefix: PrefixId): void {
    if (family !== this.family) return;
    const { paths, prefixes } = this.rib.families[family];
    const before = this.askers.get(prefix) ?? NONE;
    const after = new Set<Membership>();
    for (let path = prefixes.head(prefix); path !== 0; path = paths.nextOf(path)) {
      const peer = this.rib.peers[paths.peerOf(path)];
      if (peer !== undefined && !peer.gone && counts(paths.reasonOf(path))) after.add(this.of(peer));
    }
    if (after.size > 0) this.askers.set(prefix, after);
    else this.askers.delete(prefix);
    const length = prefixes.write(prefix, this.scratch, 0, 0 as PayloadId);
    const nlri = this.scratch.subarray(0, length);
    for (const one of after) if (!before.has(one)) this.note(one, nlri, true);
    for (const one of before) if (!after.has(one)) this.note(one, nlri, false);
  }

  private note(membership: Membership, nlri: Uint8Array, isAsked: boolean): void {
    membership.note(nlri, isAsked);
    if (this.changed.size === 0) this.later(() => this.applyAll());
    this.changed.add(membership);
  }

  private applyAll(): void {
    const all = [...this.changed];
    this.changed.clear();
    for (const membership of all) this.apply(membership);
  }

  /** Applies what was noted, once nothing of an earlier change and no move to another group is on its way. */
  private apply(membership: Membership): void {
    const members = [...membership.members] as GroupMember[];
    if (members.some(({ origin, isComparing }) => origin !== null || isComparing)) {
      this.later(() => this.apply(membership));
      return;
    }
    const tags = membership.apply();
    if (tags === null) return;
    for (const member of members) this.refilter(member, membership, tags, 1);
  }

  /** Sends a member what it asks for otherwise, piece by piece: it is slow, and not in the log before all is compared. */
  private refilter(member: GroupMember, membership: Membership, tags: BitSet, from: number): void {
    if (!membership.members.has(member)) return;
    const { rib, advertised, slow } = member.group;
    const { limit } = rib.prefixes;
    const end = Math.min(limit, from + PIECE);
    if (!member.isSlow) slow.park([member]);
    member.isComparing = end < limit;
    const isMeant = (set: AttributesId) => membership.mayHaveChanged(tags, set);
    eachWith(advertised, from, end, isMeant, (prefix) => member.owe(prefix));
    if (end < limit) this.later(() => this.refilter(member, membership, tags, end));
    else member.owner.wake();
  }
}

/** The family of memberships; -1: it is not in use. */
export function routeTargetFamily(): number {
  return familyOf(AFI.ipv4, SAFI.routeTargets)?.id ?? -1;
}

function counts(reason: number): boolean {
  return reason === REASON.usable || reason === REASON.ownNextHop || reason === REASON.unreachableNextHop;
}
