/** Counts all events on their way to the log, including those below the log level. */
import type { EngineEvent, EventName, EventSink } from '../../engine/events/events.ts';

export class EventCounter implements EventSink {
  readonly counts = new Map<EventName, number>();
  /** Refused connections, by reason. */
  readonly refusals = new Map<string, number>();
  readonly #next: EventSink;

  /** @param next receives the events after they are counted */
  constructor(next: EventSink) {
    this.#next = next;
  }

  emit(event: EngineEvent): void {
    add(this.counts, event.name);
    if (event.name === 'peer.refused') add(this.refusals, event.reason);
    this.#next.emit(event);
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
