/**
 * The default membership that the reflector itself originates (RFC 4684 4): it keeps all routes of VPNs, and so asks its
 * clients for all of them. It asks peers outside its clusters, too, while a peer that did not negotiate SAFI 132 is sent
 * everything: that peer cannot ask.
 */
import { FORM } from '../rib/attributes/attributes.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { AttributesId } from '../rib/tables/ids.ts';
import { REASON } from '../rib/tables/reasons.ts';
import type { UpdateContext } from '../wire/context.ts';
import { FAMILIES, type FamilyId, MAX_FAMILIES } from '../wire/families.ts';
import { AFI, SAFI } from '../wire/family.ts';
import { NlriReader } from '../wire/update/nlri.ts';
import { scanUpdate, UpdateView } from '../wire/update/update.ts';

/** With the default membership, of length 0. That of the group replaces the next hop. */
const MP_REACH = [0x80, 14, 10, 0, AFI.ipv4, SAFI.routeTargets, 4, 192, 0, 0, 1, 0, 0];
const ATTRIBUTES = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100];
/** NO_EXPORT: it is for our clients, and not for other AS. */
const NO_EXPORT = [0xc0, 8, 4, 0xff, 0xff, 0xff, 1];

export class OwnMembership {
  private peer: RibPeer | null = null;
  private readonly view = new UpdateView();
  private readonly reader = new NlriReader();
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Asks for all routes. @param isForAll from all peers; false: from our clients */
  ask(family: FamilyId, routerId: number, clusterId: number, isForAll: boolean, nowSeconds: number): void {
    const { rib, reader } = this;
    const { attributes } = rib;
    this.peer ??= this.makePeer(routerId, clusterId);
    const { peer } = this;
    peer.widen(FAMILIES.length);
    if (peer.client !== isForAll) attributes.keysChanged();
    // A path of a non-client is for clients, one of a client for all (RFC 4456 6).
    peer.client = isForAll;
    const set = this.intern(isForAll);
    attributes.hold(set);
    reader.open(this.view.bytes, this.view.reachNlriStart, this.view.reachNlriEnd, family, false);
    reader.next();
    rib.families[family].announce(peer, reader, set, set, REASON.usable, 0, nowSeconds);
    attributes.release(set);
  }

  private makePeer(routerId: number, clusterId: number): RibPeer {
    const role = { ebgp: false, client: false, clusterId, importAccepts: true };
    const peer = this.rib.addPeer(new Uint8Array(4), role);
    peer.name = 'this router';
    peer.routerId = routerId;
    return peer;
  }

  private intern(isForAll: boolean): AttributesId {
    const all = [...MP_REACH, ...ATTRIBUTES, ...(isForAll ? [] : NO_EXPORT)];
    const bytes = Uint8Array.from([...new Array(16).fill(255), 0, 23 + all.length, 2, 0, 0, 0, all.length, ...all]);
    const context: UpdateContext = {
      as4: true,
      ebgp: false,
      addPath: new Uint8Array(MAX_FAMILIES),
      families: new Uint8Array(MAX_FAMILIES).fill(1),
      extendedNextHop: false,
    };
    scanUpdate(bytes, 0, bytes.length, context, this.view);
    // A next hop without an address is always reachable, and never our own.
    this.view.reachNextHopLength = 0;
    return this.rib.attributes.intern(this.view, FORM.mp, context);
  }
}
