/** The commands for operating a running daemon: its history, and changes without an edit of the file. */
import { z } from 'zod';
import type { KeptEvent } from '../events/kept-events.ts';
import { text } from './argument-kinds.ts';

/** Maximum number of events of one `--last`. */
const MAX_LAST = 100_000;

/** The result of an action, in words. */
export interface DoneView {
  readonly done: string;
}

export const OPERATOR_ARGUMENTS = {
  /**
   * Events of the history. `peer`: its name or description; `since`: an age such as `1h`, or a time (ISO 8601); `type`: a
   * kind, the name of an event, or its first word; `after`: a cursor; `last`: only that many; `follow`: further events
   * as they happen, until the client disconnects.
   */
  'show events': z
    .strictObject({
      peer: text,
      since: text,
      type: text,
      after: z.number().int().min(0),
      last: z.number().int().min(0).max(MAX_LAST),
      follow: z.boolean(),
    })
    .partial(),
} as const;

/** The items of the answer of each of these commands. */
export interface OperatorItems {
  'show events': KeptEvent;
}

/** Those that change something. */
export const CHANGING_OPERATOR_COMMANDS = [] as const;
