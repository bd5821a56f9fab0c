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
  'debug.started': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: null,
    isAskedFor: true,
    meaning: 'The command `debug` logs the messages of the peer from now on.',
    message: 'logging the messages of {peer} for {seconds} s',
    fields: { peer: 'text', seconds: 'number' },
  }),
  'debug.message': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: null,
    isAskedFor: true,
    meaning:
      'A message of a peer, decoded (`debug PEER on`). `side`: which side opened the connection; `out`: this one. Not in the history.',
    message: '{direction} {peer}: {text}',
    fields: { peer: 'text', direction: ['received', 'sent'], side: ['in', 'out'], text: 'text' },
  }),
  'debug.ended': eventRow({
    component: 'peer',
    level: 'info',
    limitBy: null,
    isAskedFor: true,
    meaning:
      'The messages of the peer are no longer logged. `skipped`: messages above the rate, which were only counted.',
    message: 'logging the messages of {peer} ended ({why}): {logged} [message|messages], {skipped} skipped',
    fields: { peer: 'text', why: 'text', logged: 'number', skipped: 'number' },
  }),
  'config.unconfirmed': eventRow({
    component: 'config',
    level: 'warn',
    limitBy: null,
    meaning:
      '`reload --confirm` applied the configuration. Without `reload --confirmed`, the one before comes back in time.',
    message: 'configuration {path} is taken back in {seconds} s unless `reload --confirmed` confirms it',
    fields: { path: 'text', seconds: 'number' },
  }),
  'config.confirmed': eventRow({
    component: 'config',
    level: 'info',
    limitBy: null,
    meaning: '`reload --confirmed` confirmed the configuration. It stays in force.',
    message: 'configuration {path} is confirmed by {by}',
    fields: { path: 'text', by: 'text' },
  }),
  'config.not-accepted': eventRow({
    component: 'config',
    level: 'warn',
    limitBy: null,
    meaning:
      'The daemon started while the file has a configuration that was not confirmed (`reload --confirm`) or was undone. The configuration before is in force, if it can be read.',
    message: 'configuration {path}: {why}',
    fields: { path: 'text', why: 'text' },
  }),
  'config.rolled-back': eventRow({
    component: 'config',
    level: 'warn',
    limitBy: null,
    meaning:
      'The configuration before the last reload is in force again, by `reload --undo` or because the reload was not confirmed. The file still has the newer one, which the next reload applies; a restart does not, unless the file is edited.',
    message: 'the configuration before is in force again, and {path} still has the newer one ({why}): {changes}',
    fields: { path: 'text', why: 'text', changes: 'text' },
  }),
} as const;
