/**
 * The event catalogue: everything that the daemon reports to its operators, one row per event. Names are stable.
 * The log, the counters and the reference page are made from these rows.
 */
import { BFD_EVENTS } from './bfd-events.ts';
import { DAEMON_EVENTS } from './daemon-events.ts';
import type { EventRow, Fields } from './event-row.ts';
import { OPERATOR_EVENTS } from './operator-events.ts';
import { PEER_EVENTS } from './peer-events.ts';
import { ROUTE_EVENTS } from './route-events.ts';
import { SERVICE_EVENTS } from './service-events.ts';

export const EVENTS = {
  ...DAEMON_EVENTS,
  ...PEER_EVENTS,
  ...ROUTE_EVENTS,
  ...BFD_EVENTS,
  ...SERVICE_EVENTS,
  ...OPERATOR_EVENTS,
} as const;

export type EventName = keyof typeof EVENTS;

type FieldsOf<R> = R extends EventRow<infer K> ? Fields<K> : never;

/** One event of the name: `name` and the fields of its row. */
export type EventOf<N extends EventName> = { readonly name: N } & FieldsOf<(typeof EVENTS)[N]>;

/** Every event of the daemon, discriminated by `name`. */
export type EngineEvent = { [N in EventName]: EventOf<N> }[EventName];

/** Where events go. `emit` never throws and never blocks. */
export interface EventSink {
  emit(event: EngineEvent): void;
}

/** The catalogue's row of an event. */
export function rowOf(name: EventName): EventRow {
  return EVENTS[name] as unknown as EventRow;
}

/**
 * Adds the description of the peer to every event of a peer, as the field `description`: operators know the peer by it.
 */
export class DescribedEvents implements EventSink {
  private readonly next: EventSink;
  private readonly descriptionOf: (peer: string) => string;

  /** @param descriptionOf the description of a peer by its name; '': it has none */
  constructor(next: EventSink, descriptionOf: (peer: string) => string) {
    this.next = next;
    this.descriptionOf = descriptionOf;
  }

  emit(event: EngineEvent): void {
    const description = 'peer' in event && event.peer !== null ? this.descriptionOf(event.peer) : '';
    this.next.emit(description === '' ? event : Object.assign({ ...event }, { description }));
  }
}

/** In a message: `{field}`, and `[one|several]` for the last number before. */
const PLACES = /\{(\w+)\}|\[([^|\]]*)\|([^\]]*)\]/g;

/** The event as one sentence; a null field reads `unknown`, and the description follows the peer in parentheses. */
export function describeEvent(event: EngineEvent): string {
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  let number = 0;
  return rowOf(event.name).message.replace(PLACES, (_, field: string | undefined, one: string, several: string) => {
    if (field === undefined) return number === 1 ? one : several;
    const value = fields[field];
    if (typeof value === 'number') number = value;
    const text = formatField(value);
    return field === 'peer' && typeof fields.description === 'string' ? `${text} (${fields.description})` : text;
  });
}

function formatField(value: unknown): string {
  if (value === null || value === undefined) return 'unknown';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
