/** What peers report, and what follows from it: the deferral of the start, joining of groups, admission, limits. */
import { adviceOn, describeLimitReached } from '../../fsm/describe.ts';
import { formatAddress } from '../../lib/ip.ts';
import type { RibPeer } from '../../rib/peers/peers.ts';
import { ATTRIBUTE_RESTART_MS, type AttributeLimitHost } from '../limits/attribute-limits.ts';
import type { Peer, PeerOwner } from '../peer/peer.ts';
import type { Reporting, Timing } from '../ports/core.ts';
import type { Deferral } from '../session/deferral.ts';
import type { Admission } from './admission.ts';
import { reportEstablished } from './established-report.ts';
import { RouterIds } from './router-ids.ts';

/** What is affected by reports. */
interface Affected extends Timing, Reporting {
  readonly peers: ReadonlyMap<string, Peer>;
  readonly admission: Admission;
  readonly deferral: Deferral | null;
}

export class PeerReports implements PeerOwner, AttributeLimitHost {
  private readonly routerIds = new RouterIds();
  private readonly affected: Affected;

  constructor(affected: Affected) {
    this.affected = affected;
  }

  onEstablished(peer: Peer): void {
    const { session } = peer;
    if (session === null) return;
    const { events, deferral } = this.affected;
    reportEstablished(peer, session, this.routerIds, events);
    deferral?.onEstablished(peer.name, session);
    this.affected.rearm();
  }

  onLocated({ name, spec }: Peer): void {
    this.affected.events.emit({ name: 'peer.located', peer: name, address: formatAddress(spec.address) });
  }

  onHeldDown(peer: Peer): void {
    this.affected.deferral?.forget(peer.name);
  }

  onEndOfRib({ name, session }: Peer): void {
    const { deferral } = this.affected;
    if (session === null || deferral === null) return;
    deferral.onEndOfRib(name, session);
    this.affected.rearm();
  }

  onPeerIdle(peer: Peer): void {
    this.affected.admission.onPeerIdle(peer);
  }

  /** The peer was removed. */
  onRemoved(peer: Peer): void {
    this.affected.deferral?.forget(peer.name);
    this.routerIds.forget(peer);
    this.affected.admission.removed(peer);
    this.affected.rearm();
  }

  onNear({ name }: RibPeer, octets: number, limit: number): void {
    this.affected.events.emit({ name: 'peer.attributes-near-limit', peer: name, octets, limit });
  }

  onOver(ribPeer: RibPeer, scope: 'peer' | 'total', octets: number, limit: number): void {
    const peer = this.affected.peers.get(ribPeer.name);
    // Attribute sets of an earlier session, which are kept in case its peer comes back.
    if (peer?.session?.ribPeer !== ribPeer) {
      peer?.dropKept();
      return;
    }
    const reached = { kind: 'attributes', scope, octets, limit, restartMs: ATTRIBUTE_RESTART_MS } as const;
    const [reason, remedy] = [describeLimitReached(reached), adviceOn(reached)];
    this.affected.events.emit({ name: 'peer.attribute-limit', peer: peer.name, scope, octets, limit, reason, remedy });
    peer.onLimitReached(reached);
  }
}
