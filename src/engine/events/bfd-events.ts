/** The rows of the event catalogue that speak of BFD with peers. No I/O, no timers. */
import { eventRow } from './event-row.ts';

export const BFD_EVENTS = {
  'peer.bfd-up': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'BFD with the peer is up (RFC 5880): from now on its loss ends the session.',
    message: '{peer}: BFD is up',
    fields: { peer: 'text' },
  }),
  'peer.bfd-lost': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning: 'BFD has found the path to the peer dead; the session ends, if there is one.',
    message: '{peer}: BFD is down: {reason}',
    fields: { peer: 'text', reason: 'text' },
  }),
  'peer.bfd-off': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: 'peer',
    meaning: 'The peer has switched its BFD off (AdminDown), which says nothing of the path (RFC 5882 3.2).',
    message: '{peer} has switched BFD off; the session goes on without',
    fields: { peer: 'text' },
  }),
  'peer.bfd-unanswered': eventRow({
    component: 'peer',
    level: 'warn',
    limitBy: 'peer',
    meaning:
      'The session is established, and BFD did not come up within ten detection times (10 to 60 seconds); the session stays. Says which side has to change what.',
    message: '{peer}: BFD does not come up: {advice}',
    fields: { peer: 'text', advice: 'text' },
  }),
  'peer.bfd-failed': eventRow({
    component: 'peer',
    level: 'error',
    limitBy: 'peer',
    meaning: 'There can be no BFD with the peer now; it is tried again.',
    message: '{peer} can have no BFD: {problem}',
    fields: { peer: 'text', problem: 'text' },
  }),
} as const;
