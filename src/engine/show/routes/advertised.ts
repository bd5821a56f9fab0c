/**
 * `show peer X advertised`: the routes that a peer has been sent, with the attributes of the messages that they are sent
 * in. What the update group advertises is read from its tables and encoded once more, without the routes that the log of
 * the group leaves out for this member: its own, and those that do not fit a message.
 */
import { Rewriter, type Rooms } from '../../../reflect/encode/rewriter.ts';
import type { GroupMember } from '../../../reflect/group.ts';
import type { FamilyRib } from '../../../rib/family-rib.ts';
import type { AttributesId, PayloadId, PeerId, PrefixId } from '../../../rib/tables/ids.ts';
import { nextHopText } from '../../../rib/tables/next-hop-octets.ts';
import { FAMILIES, type FamilyId } from '../../../wire/families.ts';
import { describeAttributes } from '../../../wire/update/normalize.ts';
import { CommandError } from '../../api/commands.ts';
import type { AdvertisedView, AttributesView, RouteCountView } from '../../api/route-views.ts';
import type { Engine } from '../../engine.ts';
import type { Peer } from '../../peer/peer.ts';
import type { Session } from '../../session/session.ts';
import { type RouteQuery, RouteSelection } from '../search/selection.ts';
import { SetCache } from './attribute-views.ts';
import { Queued } from './queued.ts';
import { RouteCounts } from './rib.ts';

/** The routes advertised to a peer, in order; `undefined` where the caller may pause. @throws CommandError */
export function* viewAdvertised(engine: Engine, peer: Peer, query: RouteQuery): Iterable<AdvertisedView | undefined> {
  const tables = new AdvertisedTables(engine, peer, query);
  for (const found of tables.selection.prefixes((rib, prefix) => tables.has(rib, prefix))) {
    if (found === undefined) yield undefined;
    else yield* tables.routes(...found);
  }
}

/** How many routes of the query are advertised to a peer, by family. */
export function* countAdvertised(engine: Engine, peer: Peer, query: RouteQuery): Iterable<RouteCountView | undefined> {
  const tables = new AdvertisedTables(engine, peer, query);
  const counts = new RouteCounts();
  const count = (rib: FamilyRib, prefix: PrefixId) => {
    const paths = tables.has(rib, prefix) ? tables.routes(rib, prefix).length : 0;
    if (paths > 0) counts.add(FAMILIES[rib.family].name, paths);
    return false;
  };
  for (const found of tables.selection.prefixes(count)) if (found === undefined) yield undefined;
  yield* counts.views();
}

/** One member of an update group, with what encodes for it. */
interface Sender {
  readonly member: GroupMember;
  readonly rewriter: Rewriter;
  /** Writes 4-octet AS numbers, whatever the peer supports: AS_PATH and AS4_PATH together say the same (RFC 6793). */
  readonly readable: Rewriter;
  readonly queued: Queued;
  readonly rooms: SetCache<Rooms>;
  /** What is sent with all attributes, and what without the one that the family can do without. */
  readonly whole: SetCache<Sent | null>;
  readonly reduced: SetCache<Sent | null>;
}

/** Attributes as sent. */
interface Sent {
  readonly attributes: Uint8Array;
  readonly nextHop: Uint8Array;
  readonly view: AttributesView;
}

class AdvertisedTables {
  readonly selection: RouteSelection;
  private readonly engine: Engine;
  private readonly peer: Peer;
  private readonly session: Session;
  private readonly senders: (Sender | null)[] = [];

  constructor(engine: Engine, peer: Peer, query: RouteQuery) {
    this.engine = engine;
    this.peer = peer;
    if (peer.session === null) throw new CommandError(`the session with ${peer.name} is not established`);
    this.session = peer.session;
    this.selection = new RouteSelection(engine, query);
  }

  has({ family }: FamilyRib, prefix: PrefixId): boolean {
    return this.senderOf(family)?.member.group.advertised.has(prefix) === true;
  }

  /** The routes of a prefix that the peer is sent. */
  routes(rib: FamilyRib, prefix: PrefixId): AdvertisedView[] {
    const sender = this.senderOf(rib.family);
    const views: AdvertisedView[] = [];
    sender?.member.group.advertised.each(prefix, (set, source, identifier, payload) => {
      this.selection.work++;
      const view = this.view(sender, prefix, set, source, identifier, payload);
      if (view !== null) views.push(view);
    });
    return views;
  }

  private view(
    sender: Sender,
    prefix: PrefixId,
    set: AttributesId,
    source: PeerId,
    pathId: number,
    payload: PayloadId,
  ): AdvertisedView | null {
    const { group, peer } = sender.member;
    const { selection, engine } = this;
    if (source === peer.id || group.exclusions.excludes(peer, set, source)) return null;
    if (sender.member.membership?.wantsSet(set) === false) return null;
    const sent = this.sent(sender, set, source, sender.rewriter.octetsOf(prefix, payload));
    if (sent === null || !this.passes(sent, set)) return null;
    const { prefixes, family } = group.rib;
    const nlri = prefixes.fieldsOf(prefix, payload);
    if (!selection.passesFields(nlri, () => sent.view.extendedCommunities)) return null;
    return {
      family: FAMILIES[family].name,
      prefix: prefixes.format(prefix),
      pathId,
      from: engine.rib.peers[source]?.name ?? '',
      ...sent.view,
      ...(nlri === null ? {} : { nlri }),
      queued: sender.queued.has(prefix),
    };
  }

  /** The attributes of a set from a source as they are sent with NLRI of `octets`; null: no message has room for them. */
  private sent(sender: Sender, set: AttributesId, source: PeerId, octets: number): Sent | null {
    const { rewriter, readable } = sender;
    const rooms = sender.rooms.get(set, source, () => rewriter.roomsOf(set, source));
    if (octets > rooms.reduced) return null;
    const isWhole = octets <= rooms.whole;
    return (isWhole ? sender.whole : sender.reduced).get(set, source, () => {
      const encoded = readable.preview(set, source, !isWhole);
      if (encoded === null) return null;
      const [attributes, nextHop] = [encoded.attributes.slice(), encoded.nextHop.slice()];
      const described = describeAttributes(attributes, 0, attributes.length);
      return { attributes, nextHop, view: { nextHop: nextHopText(nextHop, 0, nextHop.length), ...described } };
    });
  }

  private passes({ attributes, nextHop }: Sent, set: AttributesId): boolean {
    const { route } = this.selection;
    route.open(attributes, 0, attributes.length, this.engine.rib.attributes.localPrefOf(set));
    route.nextHop = nextHop;
    route.nextHopStart = 0;
    route.nextHopLength = nextHop.length;
    return this.selection.holds();
  }

  /** The member for a family; null: not negotiated, or nothing is advertised yet. @throws CommandError */
  private senderOf(family: FamilyId): Sender | null {
    if (this.peer.session !== this.session)
      throw new CommandError(`the session with ${this.peer.name} was closed while its routes were listed`);
    const member = this.session.members[family] ?? null;
    const known = this.senders[family] ?? null;
    if (known?.member === member || member === null) return member === null ? null : known;
    const { key } = member.group;
    const rewriter = new Rewriter(key, this.engine.rib);
    const readable = key.as4 ? rewriter : new Rewriter({ ...key, as4: true }, this.engine.rib);
    const sender = {
      member,
      rewriter,
      readable,
      queued: new Queued(member),
      rooms: new SetCache<Rooms>(this.engine),
      whole: new SetCache<Sent | null>(this.engine),
      reduced: new SetCache<Sent | null>(this.engine),
    };
    this.senders[family] = sender;
    return sender;
  }
}
