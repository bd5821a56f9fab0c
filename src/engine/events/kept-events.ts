/** The events of the history: which ones are kept, their form in the file, and the filters of `show events`. */
import type { LogLevel } from '../../spec/router.ts';
import { type EngineEvent, type EventName, rowOf } from './events.ts';

/** An event of the history; one line of its file. Lines of an older version may have names that no longer exist. */
export interface KeptEvent {
  /** Its number: it only grows, also across restarts. `show events --after` continues behind it. */
  readonly cursor: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  readonly event: string;
  /** The sentence of the log. */
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const KEPT_LEVELS: ReadonlySet<LogLevel> = new Set(['error', 'warn', 'info']);

/** Events below `info` are not kept, whatever the level of the log is. */
export function isKept(name: EventName): boolean {
  // Messages would push out what happened.
  return name !== 'debug.message' && KEPT_LEVELS.has(rowOf(name).level);
}

const names = (...list: readonly EventName[]): ((event: KeptEvent) => boolean) => {
  const set: ReadonlySet<string> = new Set(list);
  return ({ event }) => set.has(event);
};

/** The kinds of event that an operator asks for. */
const KINDS: Readonly<Record<string, (event: KeptEvent) => boolean>> = {
  session: names(
    'peer.established',
    'peer.down',
    'peer.attempt-failed',
    'peer.connect-failed',
    'peer.open-rejected',
    'peer.reset',
    'peer.restarting',
    'peer.bfd-lost',
  ),
  /** A code is that of a NOTIFICATION, sent or received. */
  notification: ({ fields }) => typeof fields.code === 'number',
  flap: names('update.damped', 'update.undamped', 'peer.down'),
  limit: names(
    'peer.prefixes-near-limit',
    'peer.prefixes-below-limit',
    'peer.prefix-limit',
    'peer.attributes-near-limit',
    'peer.attribute-limit',
    'peer.paths-refused',
  ),
  reload: ({ event }) => event.startsWith('config.'),
  kernel: ({ event }) => event.startsWith('fib.'),
  command: names('control.action', 'control.command-failed'),
  daemon: names(
    'daemon.starting',
    'daemon.ready',
    'daemon.stopping',
    'daemon.stopped',
    'daemon.failed',
    'daemon.fault',
  ),
};

export const KIND_NAMES: readonly string[] = Object.keys(KINDS);

/** The test for a kind, the name of an event (`peer.down`), or the first word of names (`fib`); null: none of these. */
export function typeFilter(type: string, known: readonly string[]): ((event: KeptEvent) => boolean) | null {
  if (Object.hasOwn(KINDS, type)) return KINDS[type]!;
  const isName = known.some((name) => name === type || name.startsWith(`${type}.`));
  return isName ? ({ event }) => event === type || event.startsWith(`${type}.`) : null;
}

/** Whether the event concerns a peer, or a refused address: by its name, or by its description. */
export function concernsPeer({ fields }: KeptEvent, name: string): boolean {
  return fields.peer === name || fields.description === name || fields.address === name || fields.other === name;
}

/** `90s`, `30m`, `1h`, `2d` as milliseconds; null: it is none of these. */
export function parseAge(text: string): number | null {
  const found = /^(\d{1,9})(s|m|h|d)$/.exec(text);
  return found === null ? null : Number(found[1]) * UNIT_MS[found[2] as keyof typeof UNIT_MS];
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The event without its name, as fields. */
export function fieldsOf({ name: _name, ...fields }: EngineEvent): Record<string, unknown> {
  return fields;
}
