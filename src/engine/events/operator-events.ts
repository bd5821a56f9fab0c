/** The rows of the event catalogue for what operators do by commands. */
import { eventRow } from './event-row.ts';

export const OPERATOR_EVENTS = {
  'peer.disabled': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: null,
    meaning:
      'A command disabled the peer. It has no session until `enable`, also after a reload and after a restart of the daemon.',
    message: '{peer} is disabled by {by}',
    fields: { peer: 'text', by: 'text', message: 'text' },
  }),
  'peer.enabled': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: null,
    meaning: 'A command ended the effect of `disable`. The session is established again.',
    message: '{peer} is enabled by {by}',
    fields: { peer: 'text', by: 'text' },
  }),
  'peer.disabled-unsaved': eventRow({
    component: 'peer',
    level: 'error',
    limitBy: 'name',
    meaning:
      'The list of peers that commands have disabled cannot be read or written: the next start enables peers that are disabled now.',
    message: 'the list of disabled peers, {path}, is not usable: {error}',
    fields: { path: 'text', error: 'text' },
  }),
} as const;
