/** The events for an established session: its terms, and what is probably a mistake in them. */
import { lacksExtendedNextHop } from '../../fsm/negotiate.ts';
import { formatIpv4 } from '../../lib/ip.ts';
import { FAMILIES } from '../../wire/families.ts';
import type { EventSink } from '../events/events.ts';
import type { Peer } from '../peer/peer.ts';
import type { Session } from '../session/session.ts';
import type { RouterIds } from './router-ids.ts';

export function reportEstablished(peer: Peer, session: Session, routerIds: RouterIds, events: EventSink): void {
  const { negotiated, connection } = session;
  events.emit({
    name: 'peer.established',
    peer: peer.name,
    group: peer.spec.group,
    as: negotiated.peerAs,
    routerId: formatIpv4(negotiated.peerRouterId),
    holdSeconds: negotiated.holdMs / 1000,
    families: negotiated.families.map((family) => FAMILIES[family].name),
    dialed: connection.side === 'out',
  });
  if (lacksExtendedNextHop(peer.spec.session, negotiated)) {
    events.emit({ name: 'peer.no-extended-next-hop', peer: peer.name });
  }
  reportNoPolicy(peer, events);
  const other = routerIds.note(peer);
  if (other === null) return;
  const routerId = formatIpv4(negotiated.peerRouterId);
  events.emit({ name: 'peer.duplicate-router-id', peer: peer.name, other: other.name, routerId });
}

/** RFC 8212: nothing is exchanged with an eBGP peer in a direction without a policy. */
function reportNoPolicy({ name: peer, spec: { exchange } }: Peer, events: EventSink): void {
  const { lacksImport, lacksExport } = exchange.chains;
  if (!lacksImport && !lacksExport) return;
  const lacking = lacksImport && lacksExport ? 'import and export' : lacksImport ? 'import' : 'export';
  events.emit({ name: 'peer.no-policy', peer, lacking });
}
