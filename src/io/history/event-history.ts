/**
 * The history of events: those of level `info` and above, in a file that survives restarts, and the latest of them in
 * memory. A subject that repeats itself (a peer that flaps) is limited as in the log, so it cannot push out the others.
 */
import { describeEvent, type EngineEvent, type EventSink, rowOf } from '../../engine/events/events.ts';
import { fieldsOf, isKept, type KeptEvent } from '../../engine/events/kept-events.ts';
import type { Clock } from '../../lib/clock.ts';
import { LogLimit } from '../log/log-limit.ts';
import { boundedFields } from '../log/log-text.ts';
import { EventFile } from './event-file.ts';
import { readEvents } from './event-lines.ts';

/** Events in memory: those of a disk that fails, and those that a follower reads. */
const MAX_RECENT = 2000;
/** Until the next attempt to open a file, if none of the paths is usable. */
const REOPEN_MS = 5000;
/** A window of the limit ends at the latest this long after its last suppressed event. */
const SWEEP_MS = 10_000;

/** Possible paths of the file: beside the list of peers for the next start. */
export function historyPaths(restartStates: readonly string[]): readonly string[] {
  return restartStates.map((path) => `${path.replace(/\.peers$/, '')}.events`);
}

export class EventHistory implements EventSink {
  readonly #next: EventSink;
  readonly #clock: Clock;
  readonly #limit: LogLimit;
  readonly #recent: KeptEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #file: EventFile | null = null;
  /** Why there is no file. */
  #openProblem: string | null = null;
  #opening: NodeJS.Timeout | null = null;
  /** Events that left the memory before there was a file. */
  #lost = 0;
  #cursor = 0;
  #started = false;
  #sweeping: NodeJS.Timeout | null = null;

  /** @param next receives all events, as the log does */
  constructor(next: EventSink, clock: Clock) {
    this.#next = next;
    this.#clock = clock;
    this.#limit = new LogLimit(clock);
  }

  /**
   * Opens the first of the paths that is usable. Events from before are written then, so a second daemon that does not
   * start writes nothing.
   */
  begin(paths: readonly string[]): void {
    const problem = this.#open(paths);
    this.#started = true;
    const last = this.#file?.lastLine ?? null;
    // Without the file its last number is not known: that of the time is above all of them.
    this.#cursor = problem === null ? cursorOf(last) : this.#clock.wallMs();
    for (const event of this.#recent.splice(0)) this.#keep({ ...event, cursor: ++this.#cursor });
    if (problem === null) return;
    this.#openProblem = problem;
    this.#next.emit({ name: 'history.failed', path: paths[0] ?? '', error: problem });
    const sinceMs = this.#clock.nowMs();
    this.#opening = setInterval(() => this.#reopen(paths, sinceMs), REOPEN_MS).unref();
  }

  /** Opens the first of the paths that is usable; returns why none is, or null. */
  #open(paths: readonly string[]): string | null {
    let problem: string | null = null;
    for (const path of paths) {
      try {
        this.#file = new EventFile(path, {
          onFailed: (error) => this.#next.emit({ name: 'history.failed', path, error }),
          onRestored: ({ error, seconds, dropped }) =>
            this.emit({ name: 'history.restored', error, seconds, events: dropped }),
        });
        return null;
      } catch (error) {
        problem ??= `${path}: ${(error as Error).message}`;
      }
    }
    return problem;
  }

  /** A path may be usable by now: what is in memory is written to it. */
  #reopen(paths: readonly string[], sinceMs: number): void {
    if (this.#open(paths) !== null) return;
    this.#stopOpening();
    const error = this.#openProblem ?? '';
    this.#openProblem = null;
    for (const event of this.#recent) this.#file?.write(lineOf(event));
    const seconds = Math.round((this.#clock.nowMs() - sinceMs) / 1000);
    this.emit({ name: 'history.restored', error, seconds, events: this.#lost });
  }

  #stopOpening(): void {
    if (this.#opening !== null) clearInterval(this.#opening);
    this.#opening = null;
  }

  emit(event: EngineEvent): void {
    this.#next.emit(event);
    if (!isKept(event.name)) return;
    for (const summary of this.#limit.sweep()) this.#add(summary);
    if (this.#limit.passes(event, rowOf(event.name).limitBy)) this.#add(event);
    else this.#sweepLater();
  }

  /** Why events are not written at present, in a sentence; null: they are. */
  get problem(): string | null {
    if (this.#openProblem !== null) return `the history of events is only in memory: ${this.#openProblem}`;
    const problem = this.#file?.problem ?? null;
    return problem === null ? null : `the history of events cannot be written: ${problem}`;
  }

  /** The kept events behind a cursor, in their order. `undefined` stands for lines that are skipped. */
  async *after(cursor: number): AsyncGenerator<KeptEvent | undefined> {
    let last = cursor;
    // What is in memory needs no file, and may not be in it yet.
    if (this.#file !== null && last + 1 < (this.#recent[0]?.cursor ?? Number.POSITIVE_INFINITY)) {
      for await (const event of readEvents(this.#file.path)) {
        if (event === undefined || event.cursor <= last) yield undefined;
        else {
          last = event.cursor;
          yield event;
        }
      }
    }
    for (const event of this.#recent.filter(({ cursor: at }) => at > last)) yield event;
  }

  /** Resolves at the next event, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#waiting.add(end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  }

  /** The cursor of the latest event; 0: there is none. */
  get cursor(): number {
    return this.#cursor;
  }

  async close(): Promise<void> {
    this.#finish();
    await this.#file?.close();
  }

  /** As `close`, for a process that ends now. */
  closeSync(): void {
    this.#finish();
    this.#file?.flushSync();
  }

  #finish(): void {
    this.#stopOpening();
    if (this.#sweeping !== null) clearTimeout(this.#sweeping);
    for (const summary of this.#limit.sweep(true)) this.#add(summary);
  }

  #sweepLater(): void {
    this.#sweeping ??= setTimeout(() => {
      this.#sweeping = null;
      for (const summary of this.#limit.sweep()) this.#add(summary);
      if (this.#limit.nextEndMs() !== null) this.#sweepLater();
    }, SWEEP_MS).unref();
  }

  #add(event: EngineEvent): void {
    const bounded = boundedFields(event);
    this.#keep({
      cursor: this.#started ? ++this.#cursor : 0,
      time: new Date(this.#clock.wallMs()).toISOString(),
      level: rowOf(event.name).level,
      event: event.name,
      text: describeEvent(bounded),
      fields: fieldsOf(bounded),
    });
  }

  #keep(event: KeptEvent): void {
    this.#recent.push(event);
    if (this.#recent.length > MAX_RECENT) {
      this.#recent.splice(0, MAX_RECENT / 2);
      if (this.#file === null) this.#lost += MAX_RECENT / 2;
    }
    if (!this.#started) return;
    this.#file?.write(lineOf(event));
    for (const wake of [...this.#waiting]) wake();
  }
}

function lineOf(event: KeptEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/** The number of the last event of a file; 0: it has none. */
function cursorOf(line: string | null): number {
  if (line === null) return 0;
  try {
    const { cursor } = JSON.parse(line) as { cursor?: unknown };
    return Number.isSafeInteger(cursor) ? (cursor as number) : 0;
  } catch {
    return 0;
  }
}
