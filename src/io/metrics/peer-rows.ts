/** The metrics that every peer has, one row each. With thousands of peers they are most of the page. */
import { STATE_NAMES } from '../../bfd/packet.ts';
import type { StateName } from '../../fsm/types.ts';
import type { FamilyRow, PeerRow, SumRow } from './row.ts';

/** Numbers of the states as the BGP-4 MIB has them (RFC 4273, bgpPeerState). */
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

/** What does not change from scrape to scrape stands in one series. */
export const INFO_ROW: SumRow = {
  name: 'peer_info',
  help: 'Always 1; who the peer is, to be joined on the label peer.',
  type: 'gauge',
  labels: ['peer', 'group', 'description', 'role', 'as', 'router_id', 'local_as'],
};

export const PEER_ROWS: readonly PeerRow[] = [
  {
    name: 'peer_up',
    help: '1 when the session is established, else 0.',
    type: 'gauge',
    value: (peer) => (peer.state === 'Established' ? 1 : 0),
  },
  {
    name: 'peer_state',
    help: 'State of the session: 1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established (RFC 4273).',
    type: 'gauge',
    value: (peer) => STATE_NUMBERS[peer.state],
  },
  {
    name: 'peer_draining',
    help: '1 while the peer is told of routes with GRACEFUL_SHUTDOWN (the command `drain`, RFC 8326), else 0.',
    type: 'gauge',
    value: (peer) => (peer.draining ? 1 : 0),
  },
  {
    name: 'peer_state_seconds',
    help: 'How long the session has been in its state.',
    type: 'gauge',
    value: (peer) => peer.sinceSeconds,
  },
  {
    name: 'peer_connect_failures_total',
    help: 'Dials of the peer that led to no connection.',
    type: 'counter',
    value: (peer) => peer.connectFailures,
  },
  {
    name: 'peer_established_total',
    help: 'How often the session became established.',
    type: 'counter',
    value: (peer) => peer.established,
  },
  {
    name: 'peer_dropped_total',
    help: 'How often an established session ended.',
    type: 'counter',
    value: (peer) => peer.dropped,
  },
  {
    name: 'peer_held_down',
    help: '1 while a limit keeps the peer down, else 0.',
    type: 'gauge',
    value: (peer) => (peer.heldDown === null ? 0 : 1),
  },
  {
    name: 'peer_attribute_bytes',
    help: 'Memory of the attribute sets that the peer announced first, as it counts against `attribute-memory`.',
    type: 'gauge',
    value: (peer) => peer.attributeOctets,
  },
  {
    name: 'peer_attribute_limit_bytes',
    help: 'The most memory that attribute sets of the peer may take up (`attribute-memory`).',
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
    help: '1 where connections with the peer are signed with TCP MD5 (RFC 2385), else 0.',
    type: 'gauge',
    value: ({ transport }) => (transport.password === null ? 0 : 1),
  },
  {
    name: 'peer_transport_failed',
    help: '1 while the peer can have no connection because its key or another option cannot be set, else 0.',
    type: 'gauge',
    value: ({ transport }) => (transport.problem === null ? 0 : 1),
  },
  {
    name: 'peer_bfd_up',
    help: '1 while BFD with the peer is up, else 0 (of peers that have it, RFC 5880).',
    type: 'gauge',
    value: ({ bfd }) => (bfd === null ? null : Number(bfd.state === 'Up')),
  },
  {
    name: 'peer_bfd_state',
    help: 'State of BFD with the peer: 0 AdminDown, 1 Down, 2 Init, 3 Up (RFC 5880); none while it is not run.',
    type: 'gauge',
    value: ({ bfd }) => (bfd === null || bfd.state === 'none' ? null : STATE_NAMES.indexOf(bfd.state)),
  },
  {
    name: 'peer_bfd_detection_seconds',
    help: 'How long the path to the peer may be silent until BFD takes it for dead.',
    type: 'gauge',
    value: ({ bfd }) => (bfd?.state === 'Up' && bfd.detectionMs !== null ? bfd.detectionMs / 1000 : null),
  },
  {
    name: 'peer_bfd_lost_total',
    help: 'How often BFD with the peer was lost that was up.',
    type: 'counter',
    value: ({ bfd }) => bfd?.flaps ?? null,
  },
  {
    name: 'peer_bfd_packets_sent_total',
    help: 'Packets of BFD sent to the peer.',
    type: 'counter',
    value: ({ bfd }) => bfd?.packetsSent ?? null,
  },
  {
    name: 'peer_bfd_packets_received_total',
    help: 'Packets of BFD taken in from the peer.',
    type: 'counter',
    value: ({ bfd }) => bfd?.packetsReceived ?? null,
  },
  {
    name: 'peer_malformed_updates_total',
    help: 'UPDATE messages of the peer that broke the rules, whatever became of them (RFC 7606).',
    type: 'counter',
    value: ({ malformed }) => malformed.discard + malformed.withdraw + malformed.reset,
  },
  {
    name: 'peer_own_as_paths',
    help: 'Paths held from the peer that are not used: our AS number is in their AS_PATH.',
    type: 'gauge',
    value: (peer) => peer.ownAsPaths,
  },
  {
    name: 'peer_first_as_paths',
    help: "Paths held from the peer that are not used: their AS_PATH does not begin with the peer's AS number.",
    type: 'gauge',
    value: (peer) => peer.firstAsPaths,
  },
];

export const FAMILY_ROWS: readonly FamilyRow[] = [
  {
    name: 'peer_prefixes_received',
    help: 'Paths held from the peer, usable or not.',
    type: 'gauge',
    value: (family) => family.received,
  },
  {
    name: 'peer_prefixes_accepted',
    help: 'Paths held from the peer that the decision may use.',
    type: 'gauge',
    value: (family) => family.accepted,
  },
  {
    name: 'peer_prefixes_stale',
    help: 'Paths held from the peer that it has not announced again since its last session was lost (RFC 4724).',
    type: 'gauge',
    value: (family) => family.stale,
  },
  {
    name: 'peer_prefixes_damped',
    help: 'Paths held from the peer that are suppressed because they flap (RFC 2439).',
    type: 'gauge',
    value: (family) => family.damped,
  },
  {
    name: 'peer_prefixes_advertised',
    help: 'Prefixes advertised to the peer.',
    type: 'gauge',
    value: (family) => family.advertised,
  },
  {
    name: 'peer_paths_refused',
    help: 'Announcements not held since the peer was last asked for its routes: it has more paths of a prefix than `max-paths-per-prefix`.',
    type: 'gauge',
    value: (family) => family.pathsRefused,
  },
  {
    name: 'peer_prefix_limit',
    help: 'The most prefixes that the peer may announce (`max-prefix`).',
    type: 'gauge',
    value: ({ maxPrefix }) => maxPrefix?.limit ?? null,
  },
  {
    name: 'peer_prefixes_blocked',
    help: 'Announcements of the peer that `max-prefix` turned away, or paths of it that it keeps from being used.',
    type: 'gauge',
    value: ({ maxPrefix }) => maxPrefix?.blocked ?? null,
  },
  {
    name: 'peer_prefix_limit_out',
    help: 'The most prefixes that the peer may be told of (`max-prefix-out`).',
    type: 'gauge',
    value: ({ maxPrefixOut }) => maxPrefixOut?.limit ?? null,
  },
  {
    name: 'peer_extended_next_hop',
    help: '1 where prefixes may have next hops of the other IP version on the session (RFC 8950), else 0.',
    type: 'gauge',
    value: (family) => (family.extendedNextHop ? 1 : 0),
  },
  {
    name: 'peer_lag_bytes',
    help: 'Bytes that are encoded and wait for the peer to read.',
    type: 'gauge',
    value: (family) => family.lagBytes,
  },
  {
    name: 'peer_slow',
    help: '1 while the peer reads so slowly that it left the log of its update group, else 0.',
    type: 'gauge',
    value: (family) => (family.sending === 'slow' ? 1 : 0),
  },
  {
    name: 'peer_end_of_rib_received',
    help: '1 when the peer has sent End-of-RIB in this session, else 0.',
    type: 'gauge',
    value: (family) => (family.endOfRibReceived ? 1 : 0),
  },
];
