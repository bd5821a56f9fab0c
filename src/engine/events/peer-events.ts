/** The rows of the event catalogue for peers and their sessions. */
import { eventRow } from './event-row.ts';

/** Why a connection was refused before its OPEN was read. */
export const REFUSALS = [
  'unknown-address',
  'range-limit',
  'too-often',
  'shutdown',
  'collision',
  'idle-hold',
  'prefix-limit',
  'attribute-limit',
  'stopping',
  'too-many-connections',
  'transport',
] as const;

export const PEER_EVENTS = {
  'peer.added': eventRow({
    component: 'peer',
    level: 'debug',
    limitBy: 'peer',
    meaning: 'A peer was added: from the configuration, or for a connection from a dynamic range.',
    message: '{peer} added to group {group}',
    fields: { peer: 'text', group: 'text', dynamic: 'boolean' },
  }),
  'peer.no-policy': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'A session with an eBGP peer without a policy was established: nothing is imported, or exported (RFC 8212).',
    message: '{peer}: no {lacking} policy, so routes are not exchanged that way with an eBGP peer (RFC 8212)',
    fields: { peer: 'text', lacking: ['import', 'export', 'import and export'] },
  }),
  'peer.removed': eventRow({
    component: 'peer',
    level: 'debug',
    limitBy: 'peer',
    meaning: 'A peer was removed: from the configuration, or because a dynamic peer expired. The reason is given.',
    message: '{peer} removed: {reason}',
    fields: { peer: 'text', dynamic: 'boolean', reason: 'text' },
  }),
  'peer.state': eventRow({
    component: 'peer',
    level: 'trace',
    limitBy: 'peer',
    meaning: 'The state machine changed its state (RFC 4271 section 8).',
    message: '{peer}: state changed from {from} to {to}',
    fields: { peer: 'text', from: 'text', to: 'text' },
  }),
  'peer.refreshed': eventRow({
    component: 'peer',
    level: 'debug',
    limitBy: 'peer',
    meaning:
      'The peer completed an enhanced route refresh (RFC 7313). Routes that it did not announce again were removed.',
    message:
      '{peer} completed the route refresh of {family}; removed {paths} [path|paths] that it did not announce again',
    fields: { peer: 'text', family: 'text', paths: 'number' },
  }),
  'peer.refresh-unfinished': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'The peer started an enhanced route refresh and did not send the End-of-RR in time (RFC 7313 4).',
    message:
      '{peer} did not complete the route refresh of {family}; removed {paths} [path|paths] that it did not announce again',
    fields: { peer: 'text', family: 'text', paths: 'number' },
  }),
  'peer.orf-ignored': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'The peer requested routes with outbound route filters (ORF, RFC 5291) that were not negotiated.',
    message:
      '{peer} requested {family} routes with filters (ORF), which were not negotiated; all routes are sent: turn ORF off at the peer',
    fields: { peer: 'text', family: 'text' },
  }),
  'peer.neighbor-found': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'A router advertised itself on the interface of a peer (RFC 4861 4.2).',
    message: '{peer}: the neighbor is {address}',
    fields: { peer: 'text', address: 'text', interface: 'text' },
  }),
  'peer.neighbors-several': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'More than one router advertises itself on the interface of a peer, which has one session. The daemon connects to them in turn, the newest first.',
    message:
      '{peer}: several routers are on {interface}: {addresses}; configure each as its own peer with `interface` and `address`, or let only one of them send Router Advertisements there',
    fields: { peer: 'text', addresses: 'texts', interface: 'text' },
  }),
  'peer.neighbor-missing': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'The daemon cannot connect to the peer of an interface: the interface is down, or no router was found there.',
    message: 'cannot connect to {peer}: {problem}',
    fields: { peer: 'text', problem: 'text' },
  }),
  'peer.located': eventRow({
    component: 'peer',
    level: 'debug',
    limitBy: 'peer',
    meaning:
      'The address of the peer on an interface changed: the daemon connects to the new one, or the peer connected from it.',
    message: '{peer} is at {address}',
    fields: { peer: 'text', address: 'text' },
  }),
  'peer.connect-failed': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning:
      'The TCP connection to the peer failed. The daemon tries again. Logged for the first failure, when the error changes, and otherwise every ten minutes.',
    message: 'connecting to {peer} port {port} failed: {error}',
    fields: { peer: 'text', port: 'number', error: 'text' },
  }),
  'peer.transport-failed': eventRow({
    component: 'peer',
    level: 'error',
    limitBy: 'peer',
    meaning:
      'The options that the session of the peer needs (key, TTL, interface) could not be set on a connection. There is no session without them.',
    message: 'no session with {peer} is possible: {problem}',
    fields: { peer: 'text', problem: 'text' },
  }),
  'peer.refused': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'name',
    meaning: 'A connection was refused before its OPEN: no peer is configured for the address, or a limit is reached.',
    message: 'connection from {address} refused: {reason} ({detail})',
    fields: { address: 'text', reason: REFUSALS, detail: 'text' },
  }),
  'peer.open-rejected': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: "The peer's OPEN does not match the configuration. The reason names the side that has to change and what.",
    message: '{peer}: OPEN rejected with {notification}: {reason}',
    fields: { peer: 'text', notification: 'text', code: 'number', subcode: 'number', reason: 'text' },
  }),
  'peer.established': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'The session is established.',
    message: '{peer} is established: AS {as}, router id {routerId}, hold time {holdSeconds} s, {families}',
    fields: {
      peer: 'text',
      group: 'text',
      as: 'number',
      routerId: 'text',
      holdSeconds: 'number',
      families: 'texts',
      dialed: 'boolean',
    },
  }),
  'peer.no-extended-next-hop': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'IPv6 next hops of IPv4 routes (RFC 8950) are configured here, but the peer does not offer them. Routes that need them are neither accepted from the peer nor sent to it.',
    message:
      '{peer} does not offer extended next hops (RFC 8950): IPv4 routes with IPv6 next hops are not sent to it; enable the capability at the peer, or turn `extended-next-hop` off here',
    fields: { peer: 'text' },
  }),
  'peer.down': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'An established session went down.',
    message: '{peer} is down after {upSeconds} s: {reason}',
    fields: { peer: 'text', group: 'text', reason: 'text', code: 'number?', subcode: 'number?', upSeconds: 'number' },
  }),
  'peer.attempt-failed': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'An attempt to establish a session failed.',
    message: '{peer} was not established: {reason}',
    fields: { peer: 'text', reason: 'text', code: 'number?', subcode: 'number?' },
  }),
  'peer.duplicate-router-id': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'Two peers with different addresses use the same router id and AS. Both sessions stay up.',
    message: '{peer} and {other} both use router id {routerId}; both sessions stay up',
    fields: { peer: 'text', other: 'text', routerId: 'text' },
  }),
  'peer.shared-cluster': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'A reflector with our cluster id sends routes of routers that have no session here. They are rejected (RFC 4456 8), so our clients do not receive them. Reported after 15 s in which no such router connected, at most 120 s.',
    message:
      'routes are missing: {peer} sends {paths} [path|paths] with our cluster id from routers without a session here ({originators}); ' +
      'give each reflector its own cluster-id, or every client a session with both',
    fields: { peer: 'text', paths: 'number', originators: 'texts' },
  }),
  'peer.shared-cluster-over': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'No route is missing any more because of a shared cluster id.',
    message:
      'no routes are missing any more: those that {peer} sends with our cluster id were learned from their routers, or are accepted',
    fields: { peer: 'text' },
  }),
  'peer.restarting': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'The session was lost and the peer may be restarting. Its routes are kept as stale (RFC 4724).',
    message: '{peer} may be restarting: keeping {paths} stale [path|paths] for up to {seconds} s',
    fields: { peer: 'text', paths: 'number', seconds: 'number' },
  }),
  'peer.long-lived': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning:
      'The peer did not come back within its restart time. Its routes are kept as a last resort (long-lived stale, RFC 9494).',
    message: '{peer}: keeping {paths} [path|paths] of {family} as long-lived stale for up to {seconds} s more',
    fields: { peer: 'text', family: 'text', paths: 'number', seconds: 'number' },
  }),
  'peer.stale-removed': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning:
      'Stale routes of a restarted peer were removed: the peer did not announce them again, did not preserve its forwarding state, did not come back in time, or BFD went down.',
    message: '{peer}: removed {paths} stale [path|paths] of {family} ({cause})',
    fields: {
      peer: 'text',
      family: 'text',
      paths: 'number',
      cause: ['end-of-rib', 'not-kept', 'restart-time', 'stale-time', 'long-lived-time', 'bfd'],
    },
  }),
  'peer.slow': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'The peer reads too slowly and left the update log of its group. It will receive only the current state.',
    message:
      '{peer} is slow for {family}: {lagBytes} [byte|bytes] behind; it will receive the current state when it reads again',
    fields: { peer: 'text', family: 'text', lagBytes: 'number' },
  }),
  'peer.caught-up': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'A slow peer has received all routes and follows the update log again.',
    message: '{peer} has caught up for {family} after {slowSeconds} s',
    fields: { peer: 'text', family: 'text', slowSeconds: 'number' },
  }),
  'peer.refresh-requested': eventRow({
    component: 'peer',
    level: 'debug',
    limitBy: 'peer',
    meaning: 'The peer requested a route refresh (RFC 2918).',
    message: '{peer} requested a route refresh of {family}',
    fields: { peer: 'text', family: 'text' },
  }),
  'peer.reset': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'The operator or a changed configuration resets the session. It will be established again.',
    message: '{peer} is reset: {reason}',
    fields: { peer: 'text', reason: 'text' },
  }),
} as const;
