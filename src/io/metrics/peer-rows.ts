/** The metrics that every peer has, one row each. With thousands of peers they are most of the page. */
import type { StateName } from '../../fsm/types.ts';
import { BFD_ROWS } from './bfd-rows.ts';
import type { FamilyRow, PeerRow, SumRow } from './row.ts';

/** Numbers of the states in the BGP-4 MIB (RFC 4273, bgpPeerState). */
export const STATE_NUMBERS: Readonly<Record<StateName, number>> = {
  Idle: 1,
  Connect: 2,
  Active: 3,
  OpenSent: 4,
  OpenConfirm: 5,
  Established: 6,
};

export const STATES_ROW: SumRow = {
  name: 'peers',
  help: 'Peers by the state of their session.',
  type: 'gauge',
  labels: ['state'],
};

export const OMITTED_ROW: SumRow = {
  name: 'peers_without_series',
  help: 'Peers without metrics of their own because of `metrics.peer-detail` or `metrics.max-peers`.',
  type: 'gauge',
  labels: [],
};

/** Values that do not change from scrape to scrape, as labels of one series. */
export const INFO_ROW: SumRow = {
  name: 'peer_info',
  help: 'Always 1; describes the peer. Join on the label peer.',
  type: 'gauge',
  labels: ['peer', 'group', 'description', 'role', 'as', 'router_id', 'local_as'],
};

export const PEER_ROWS: readonly PeerRow[] = [
  {
    name: 'peer_up',
    basic: true,
    help: '1 while the session is established, else 0.',
    type: 'gauge',
    value: (peer) => (peer.state === 'Established' ? 1 : 0),
  },
  {
    name: 'peer_state',
    basic: true,
    help: 'State of the session: 1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established (RFC 4273).',
    type: 'gauge',
    value: (peer) => STATE_NUMBERS[peer.state],
  },
  {
    name: 'peer_draining',
    help: '1 while routes are advertised to the peer with GRACEFUL_SHUTDOWN (command `drain`, RFC 8326), else 0.',
    type: 'gauge',
    value: (peer) => (peer.draining ? 1 : 0),
  },
  {
    name: 'peer_state_seconds',
    help: 'Seconds since the session entered its state.',
    type: 'gauge',
    value: (peer) => peer.sinceSeconds,
  },
  {
    name: 'peer_connect_failures_total',
    help: 'Connection attempts to the peer that failed.',
    type: 'counter',
    value: (peer) => peer.connectFailures,
  },
  {
    name: 'peer_established_total',
    help: 'Transitions of the session to Established.',
    type: 'counter',
    value: (peer) => peer.established,
  },
  {
    name: 'peer_dropped_total',
    basic: true,
    help: 'Transitions of the session from Established to another state.',
    type: 'counter',
    value: (peer) => peer.dropped,
  },
  {
    name: 'peer_held_down',
    basic: true,
    help: '1 while a limit keeps the peer down, else 0.',
    type: 'gauge',
    value: (peer) => (peer.heldDown === null ? 0 : 1),
  },
  {
    name: 'peer_attribute_bytes',
    help: 'Memory of the attribute sets that were first received from this peer, as counted for `attribute-memory`.',
    type: 'gauge',
    value: (peer) => peer.attributeOctets,
  },
  {
    name: 'peer_attribute_limit_bytes',
    help: 'Maximum memory of the attribute sets of the peer (`attribute-memory`).',
    type: 'gauge',
    value: (peer) => peer.attributeLimit,
  },
  {
    name: 'peer_messages_received_total',
    help: 'BGP messages received from the peer.',
    type: 'counter',
    value: (peer) => peer.messagesIn,
  },
  {
    name: 'peer_messages_sent_total',
    help: 'BGP messages sent to the peer.',
    type: 'counter',
    value: (peer) => peer.messagesOut,
  },
  {
    name: 'peer_updates_received_total',
    help: 'UPDATE messages received from the peer.',
    type: 'counter',
    value: (peer) => peer.updatesIn,
  },
  {
    name: 'peer_updates_sent_total',
    help: 'UPDATE messages sent to the peer.',
    type: 'counter',
    value: (peer) => peer.updatesOut,
  },
  {
    name: 'peer_received_bytes_total',
    help: 'Bytes of BGP messages received from the peer.',
    type: 'counter',
    value: (peer) => peer.bytesIn,
  },
  {
    name: 'peer_sent_bytes_total',
    help: 'Bytes of BGP messages sent to the peer.',
    type: 'counter',
    value: (peer) => peer.bytesOut,
  },
  {
    name: 'peer_md5',
    help: '1 if connections with the peer use TCP MD5 (RFC 2385), else 0.',
    type: 'gauge',
    value: ({ transport }) => (transport.password === null ? 0 : 1),
  },
  {
    name: 'peer_transport_failed',
    help: '1 while no connection with the peer is possible because a key or another socket option cannot be set, else 0.',
    type: 'gauge',
    value: ({ transport }) => (transport.problem === null ? 0 : 1),
  },
  ...BFD_ROWS,
  {
    name: 'peer_malformed_updates_total',
    basic: true,
    help: 'Malformed UPDATE messages from the peer, for any error handling (RFC 7606).',
    type: 'counter',
    value: ({ malformed }) => malformed.discard + malformed.withdraw + malformed.reset,
  },
  {
    name: 'peer_own_as_paths',
    help: 'Paths from the peer that are unusable because their AS_PATH contains our AS number.',
    type: 'gauge',
    value: (peer) => peer.ownAsPaths,
  },
  {
    name: 'peer_first_as_paths',
    help: 'Paths from the peer that are unusable because their AS_PATH does not begin with the AS number of the peer.',
    type: 'gauge',
    value: (peer) => peer.firstAsPaths,
  },
  {
    name: 'peer_infeasible_flows',
    help: 'Flow specifications from the peer that `flowspec-validation` makes unusable, or that wait for it (RFC 8955 6).',
    type: 'gauge',
    value: (peer) => peer.infeasiblePaths,
  },
];

export const FAMILY_ROWS: readonly FamilyRow[] = [
  {
    name: 'peer_prefixes_received',
    basic: true,
    help: 'Paths received from the peer, usable or not.',
    type: 'gauge',
    value: (family) => family.received,
  },
  {
    name: 'peer_prefixes_accepted',
    basic: true,
    help: 'Paths received from the peer that are usable for the decision process.',
    type: 'gauge',
    value: (family) => family.accepted,
  },
  {
    name: 'peer_prefixes_stale',
    help: 'Stale paths: kept from the last session, and not advertised again by the peer (RFC 4724).',
    type: 'gauge',
    value: (family) => family.stale,
  },
  {
    name: 'peer_prefixes_damped',
    help: 'Paths from the peer that are suppressed by route damping (RFC 2439).',
    type: 'gauge',
    value: (family) => family.damped,
  },
  {
    name: 'peer_prefixes_advertised',
    basic: true,
    help: 'Prefixes advertised to the peer.',
    type: 'gauge',
    value: (family) => family.advertised,
  },
  {
    name: 'peer_paths_refused',
    help: 'Paths rejected because of `max-paths-per-prefix`, since the last ROUTE-REFRESH to the peer.',
    type: 'gauge',
    value: (family) => family.pathsRefused,
  },
  {
    name: 'peer_prefix_limit',
    basic: true,
    help: 'Maximum number of prefixes from the peer (`max-prefix`).',
    type: 'gauge',
    value: ({ maxPrefix }) => maxPrefix?.limit ?? null,
  },
  {
    name: 'peer_prefixes_blocked',
    help: 'Paths from the peer that `max-prefix` rejects or makes unusable.',
    type: 'gauge',
    value: ({ maxPrefix }) => maxPrefix?.blocked ?? null,
  },
  {
    name: 'peer_prefix_limit_out',
    help: 'Maximum number of prefixes advertised to the peer (`max-prefix-out`).',
    type: 'gauge',
    value: ({ maxPrefixOut }) => maxPrefixOut?.limit ?? null,
  },
  {
    name: 'peer_extended_next_hop',
    help: '1 if IPv4 prefixes may have IPv6 next hops on the session (RFC 8950), else 0.',
    type: 'gauge',
    value: (family) => (family.extendedNextHop ? 1 : 0),
  },
  {
    name: 'peer_lag_bytes',
    basic: true,
    help: 'Encoded bytes that are queued for the peer.',
    type: 'gauge',
    value: (family) => family.lagBytes,
  },
  {
    name: 'peer_slow',
    basic: true,
    help: '1 while the peer reads too slowly to follow the log of its update group, else 0.',
    type: 'gauge',
    value: (family) => (family.sending === 'slow' ? 1 : 0),
  },
  {
    name: 'peer_end_of_rib_received',
    help: '1 if End-of-RIB was received from the peer in this session, else 0.',
    type: 'gauge',
    value: (family) => (family.endOfRibReceived ? 1 : 0),
  },
  {
    name: 'peer_family_disabled',
    help: '1 if the family is disabled in this session because the peer sent routes that cannot be read (RFC 4760 7), else 0.',
    type: 'gauge',
    value: (family) => (family.disabled ? 1 : 0),
  },
];
