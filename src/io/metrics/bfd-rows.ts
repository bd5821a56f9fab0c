/** The metrics of the BFD sessions with peers (RFC 5880); a peer without BFD has none of them. */
import { STATE_NAMES } from '../../bfd/packet.ts';
import type { PeerRow } from './row.ts';

export const BFD_ROWS: readonly PeerRow[] = [
  {
    name: 'peer_bfd_up',
    help: '1 while the BFD session with the peer is Up, else 0; only for peers with BFD (RFC 5880).',
    type: 'gauge',
    value: ({ bfd }) => (bfd === null ? null : Number(bfd.state === 'Up')),
  },
  {
    name: 'peer_bfd_state',
    help: 'State of the BFD session with the peer: 0 AdminDown, 1 Down, 2 Init, 3 Up (RFC 5880); absent while there is no BFD session.',
    type: 'gauge',
    value: ({ bfd }) => (bfd === null || bfd.state === 'none' ? null : STATE_NAMES.indexOf(bfd.state)),
  },
  {
    name: 'peer_bfd_detection_seconds',
    help: 'BFD detection time of the session with the peer.',
    type: 'gauge',
    value: ({ bfd }) => (bfd?.state === 'Up' && bfd.detectionMs !== null ? bfd.detectionMs / 1000 : null),
  },
  {
    name: 'peer_bfd_lost_total',
    help: 'BFD transitions from Up to Down.',
    type: 'counter',
    value: ({ bfd }) => bfd?.flaps ?? null,
  },
  {
    name: 'peer_bfd_packets_sent_total',
    help: 'BFD packets sent to the peer.',
    type: 'counter',
    value: ({ bfd }) => bfd?.packetsSent ?? null,
  },
  {
    name: 'peer_bfd_packets_received_total',
    help: 'BFD packets received from the peer.',
    type: 'counter',
    value: ({ bfd }) => bfd?.packetsReceived ?? null,
  },
];
