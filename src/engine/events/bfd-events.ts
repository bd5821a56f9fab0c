/** The rows of the event catalogue for BFD with peers. */
import { eventRow } from './event-row.ts';

export const BFD_EVENTS = {
  'peer.bfd-up': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'BFD with the peer is up (RFC 5880). From now on, a BFD failure closes the BGP session.',
    message: '{peer}: BFD is up',
    fields: { peer: 'text' },
  }),
  'peer.bfd-lost': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'BFD with the peer went down. An established BGP session is closed.',
    message: '{peer}: BFD is down: {reason}',
    fields: { peer: 'text', reason: 'text' },
  }),
  'peer.bfd-off': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning:
      'The peer disabled BFD (AdminDown). This is not a failure of the path (RFC 5882 3.2), so the session stays up.',
    message: '{peer} disabled BFD (AdminDown); the session continues without BFD',
    fields: { peer: 'text' },
  }),
  'peer.bfd-unanswered': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'The session is established, but BFD did not come up within ten detection times (10 to 60 seconds). The session stays up. The advice names the side that has to change and what.',
    message: '{peer}: BFD did not come up: {advice}',
    fields: { peer: 'text', advice: 'text' },
  }),
  'peer.bfd-failed': eventRow({
    component: 'peer',
    level: 'error',
    limitBy: 'peer',
    meaning: 'BFD with the peer cannot start. The daemon tries again.',
    message: '{peer}: BFD cannot start: {problem}',
    fields: { peer: 'text', problem: 'text' },
  }),
} as const;
