/** The commands for operating a running daemon: its history, and changes without an edit of the file. */
import { z } from 'zod';
import type { KeptEvent } from '../events/kept-events.ts';
import { MAX_TEXT_LENGTH, none, optionalPeer, text } from './argument-kinds.ts';
import type { ConfigView } from './config-views.ts';
import type { PlanView, ReloadView } from './daemon-views.ts';

/** Maximum number of events of one `--last`. */
const MAX_LAST = 100_000;

const message = z.string().max(MAX_TEXT_LENGTH);

/** What `doctor` found. */
export interface FindingView {
  readonly severity: 'ok' | 'warning' | 'error';
  /** What was checked: `open files`, a cause of docs/HEALTH.md, or a peer. */
  readonly subject: string;
  readonly text: string;
  /** What to do; null: the text says it, or nothing. */
  readonly remedy: string | null;
  /** `file:line` of the configuration; null: not there. */
  readonly place: string | null;
}

/** The start of the capture, messages of one write or one read, or the end. */
export type CapturedView =
  | { readonly kind: 'begin'; readonly peer: string; readonly seconds: number }
  | {
      readonly kind: 'messages';
      /** Milliseconds since the epoch. */
      readonly atMs: number;
      readonly direction: 'received' | 'sent';
      /** Which side dialed: `out`, this one. */
      readonly side: 'in' | 'out';
      readonly local: string;
      readonly localPort: number;
      readonly remote: string;
      readonly remotePort: number;
      /** Whole messages, in Base64. */
      readonly bytes: string;
    }
  | { readonly kind: 'end'; readonly why: string; readonly octets: number; readonly dropped: number };

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
  /**
   * Closes the session with Cease / Administrative Reset; it is established again. One of `peer`, `group` (of the
   * configuration) and `all`; many sessions are reset in slices. `message`: text for the operators of the peers (RFC 9003).
   */
  reset: z.strictObject({ peer: text, group: text, all: z.boolean(), message }).partial(),
  /** Closes the session with Cease / Administrative Shutdown; the peer stays down until `enable`. */
  disable: z.strictObject({ peer: text, message: message.exactOptional() }),
  enable: z.strictObject({ peer: text }),
  /** Requests the routes of the peer again (`in`), advertises all routes to it again (`out`), or both (`soft`). */
  clear: z.strictObject({
    peer: text,
    direction: z.enum(['in', 'out', 'soft'], 'must be in, out or soft'),
    family: text.exactOptional(),
  }),
  /**
   * `force`: also a change that the guard refuses; `confirm`: seconds after which the change is taken back, unless a
   * `reload` with `confirmed` comes before; `undo`: brings back the configuration before the last reload.
   */
  reload: z
    .strictObject({
      force: z.boolean(),
      confirm: z.number().int().min(5).max(86_400),
      confirmed: z.boolean(),
      undo: z.boolean(),
    })
    .partial(),
  /**
   * The messages of a peer from now on, for `seconds`, until `octets` of them are written, or until the client
   * disconnects.
   */
  capture: z.strictObject({
    peer: text,
    seconds: z.number().int().min(1).max(86_400).exactOptional(),
    octets: z.number().int().min(1000).max(1_000_000_000).exactOptional(),
  }),
  /** Checks of the host, the causes of bad health, and why each session that is down is down. */
  doctor: none,
  /** The configuration in force: all of it, or the effective settings of a peer. */
  'show config': optionalPeer,
  /** What a reload of another file would do. `file`: its absolute path, which the daemon reads. */
  plan: z.strictObject({ file: z.string().min(1).max(4096).startsWith('/', 'must be an absolute path') }),
} as const;

/** The items of the answer of each of these commands. */
export interface OperatorItems {
  'show events': KeptEvent;
  reset: DoneView;
  disable: DoneView;
  enable: DoneView;
  clear: DoneView;
  reload: ReloadView;
  capture: CapturedView;
  doctor: FindingView;
  'show config': ConfigView;
  plan: PlanView;
}

/** Those that change something. */
export const CHANGING_OPERATOR_COMMANDS = ['reset', 'disable', 'enable', 'clear', 'reload', 'capture'] as const;
