/** Details of a peer: its transport options, its name for itself, its messages by type, its timers. */
import { MESSAGE } from '../../wire/message.ts';
import { CAPABILITY, describeCapability } from '../../wire/open/capabilities.ts';
import type { DecodedField } from '../api/metrics-source.ts';
import type { MessageCounts, PeerView, TransportView } from '../api/peer-views.ts';
import type { Peer } from '../peer/peer.ts';

/** The transport options. */
export function viewTransport({ spec, transportProblem }: Peer): TransportView {
  const { password, userTimeoutMs, ...rest } = spec.transport;
  return {
    ...rest,
    password: password?.source ?? null,
    userTimeoutSeconds: userTimeoutMs / 1000,
    problem: transportProblem,
  };
}

/** What only the page of the peer needs. */
export function viewDetails(peer: Peer, nowMs: number): Pick<PeerView, DecodedField> {
  const { typesIn, typesOut } = peer.counters.total(peer.connection);
  const timers = [...peer.actions.timersLeft(nowMs)];
  return {
    hostName: textOf(peer, CAPABILITY.fqdn),
    softwareVersion: textOf(peer, CAPABILITY.softwareVersion),
    messages: { received: viewCounts(typesIn), sent: viewCounts(typesOut) },
    timers: timers.map(([name, ms]) => ({ name, remainingSeconds: Math.round(ms / 1000) })),
  };
}

/** The text of a capability that the peer has sent. */
function textOf({ session }: Peer, code: number): string | null {
  const capability = session?.negotiated.peerCapabilities.find((one) => one.code === code);
  return capability === undefined ? null : describeCapability(capability) || null;
}

function viewCounts(types: Float64Array): MessageCounts {
  return {
    open: types[MESSAGE.open]!,
    update: types[MESSAGE.update]!,
    notification: types[MESSAGE.notification]!,
    keepalive: types[MESSAGE.keepalive]!,
    routeRefresh: types[MESSAGE.routeRefresh]!,
  };
}
