/**
 * The default membership that the reflector itself originates (RFC 4684 4), for the peers that are configured to be asked for
 * all routes of VPNs (`default-route-target`). It has NO_ADVERTISE: these peers do not pass it on.
 */
import { FORM } from '../rib/attributes/attributes.ts';
import type { RibPeer } from '../rib/peers/peers.ts';
import type { Rib } from '../rib/rib.ts';
import type { AttributesId } from '../rib/tables/ids.ts';
import { REASON } from '../rib/tables/reasons.ts';
import type { UpdateContext } from '../wire/context.ts';
import { type FamilyId, MAX_FAMILIES } from '../wire/families.ts';
import { AFI, SAFI } from '../wire/family.ts';
import { NlriReader } from '../wire/update/nlri.ts';
import { scanUpdate, UpdateView } from '../wire/update/update.ts';

/** With the default membership, of length 0. That of the group replaces the next hop. */
const MP_REACH = [0x80, 14, 10, 0, AFI.ipv4, SAFI.routeTargets, 4, 192, 0, 0, 1, 0, 0];
/** ORIGIN, AS_PATH, LOCAL_PREF and NO_ADVERTISE. */
const ATTRIBUTES = [0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, 100, 0xc0, 8, 4, 0xff, 0xff, 0xff, 2];

export class OwnMembership {
  private peer: RibPeer | null = null;
  private readonly view = new UpdateView();
  private readonly reader = new NlriReader();
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Adds it to the tables, once. */
  originate(family: FamilyId, routerId: number, clusterId: number, nowSeconds: number): void {
    if (this.peer !== null) return;
    const { rib, reader } = this;
    const { attributes } = rib;
    const peer = this.makePeer(routerId, clusterId);
    this.peer = peer;
    const set = this.intern();
    attributes.hold(set);
    reader.open(this.view.bytes, this.view.reachNlriStart, this.view.reachNlriEnd, family, false);
    reader.next();
    rib.families[family].announce(peer, reader, set, set, REASON.usable, 0, nowSeconds);
    attributes.release(set);
  }

  private makePeer(routerId: number, clusterId: number): RibPeer {
    const role = { ebgp: false, client: true, clusterId, importAccepts: true };
    const peer = this.rib.addPeer(new Uint8Array(4), role);
    peer.name = 'this router';
    peer.routerId = routerId;
    peer.isOurs = true;
    return peer;
  }

  private intern(): AttributesId {
    const all = [...MP_REACH, ...ATTRIBUTES];
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
