/**
 * The log: events as lines on standard output, as text, as JSON (pino), or for systemd's journal. The format, and the
 * levels per component, may change at runtime.
 */
import { fstatSync } from 'node:fs';
import pino from 'pino';
import { COMPONENTS, type Component } from '../../engine/events/event-row.ts';
import { describeEvent, type EngineEvent, type EventSink, rowOf } from '../../engine/events/events.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LogLevel, LogSpec } from '../../spec/router.ts';
import { LineWriter, type Outage } from './line-writer.ts';
import { LogLimit } from './log-limit.ts';
import { boundedFields, formatRecord, journalLine, type LogRecord } from './log-text.ts';

type LogFormat = NonNullable<LogSpec['format']>;

/** The destination of lines: a `LineWriter`, or the memory of a test. */
export interface LogDestination {
  write(line: string): void;
  /** Called when writing works again after an error. */
  onRestored: (outage: Outage) => void;
  /** Lines dropped since the last call, once there is room for a line that reports them. */
  takeDropped(): number;
  /** Why no lines can be written at present; null: they can. */
  problem(): string | null;
  flush(): Promise<void>;
  /** No more is written after an error. */
  end(): void;
  flushSync(): void;
}

interface LogOptions {
  readonly spec: LogSpec;
  readonly clock: Clock;
  /** The default is standard output. */
  readonly destination?: LogDestination;
  /** The format of a specification that leaves it open; the default is what the output requires. */
  readonly format?: LogFormat;
  /** Colors in `text`; the default is on for a terminal without NO_COLOR. */
  readonly color?: boolean;
}

const STDOUT = 1;

export class Log implements EventSink {
  readonly #destination: LogDestination;
  readonly #loggers: ReadonlyMap<Component, pino.Logger>;
  /** The same without a level, for events that a command asked for. */
  readonly #unleveled: ReadonlyMap<Component, pino.Logger>;
  readonly #limit: LogLimit;
  readonly #clock: Clock;
  readonly #usual: LogFormat;
  #format: LogFormat;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LogOptions) {
    this.#clock = options.clock;
    this.#destination = options.destination ?? new LineWriter(STDOUT);
    this.#limit = new LogLimit(options.clock);
    const terminal = process.stdout.isTTY === true;
    const color = options.color ?? (terminal && !process.env.NO_COLOR);
    this.#usual = options.format ?? usualFormat(terminal, process.env);
    this.#format = this.#usual;
    const root = pino(ROOT_OPTIONS, { write: (line) => this.#destination.write(this.#inFormat(line, color)) });
    const loggers = () => new Map(COMPONENTS.map((component) => [component, root.child({ component })]));
    this.#loggers = loggers();
    this.#unleveled = loggers();
    this.#destination.onRestored = ({ error, seconds, dropped }) =>
      this.#write({ name: 'log.restored', error, seconds, lines: dropped });
    this.configure(options.spec);
  }

  /** Why no lines can be written at present, for health; null: they can. */
  problem(): string | null {
    const problem = this.#destination.problem();
    return problem === null ? null : `the log cannot be written: ${problem}`;
  }

  /** Sets the format, and the levels. */
  configure(spec: LogSpec): void {
    this.#format = spec.format ?? this.#usual;
    for (const [component, logger] of this.#loggers) logger.level = spec.components[component] ?? spec.level;
  }

  emit(event: EngineEvent): void {
    const row = rowOf(event.name);
    if (row.isAskedFor !== true && !this.isEnabled(row.component, row.level)) return;
    this.#sweep();
    if (this.#limit.passes(event, row.limitBy)) this.#write(event);
    else this.#sweepLater();
  }

  /** Whether an event of this component and level would be written. */
  isEnabled(component: Component, level: LogLevel): boolean {
    return this.#loggers.get(component)?.isLevelEnabled(level) === true;
  }

  /**
   * Writes the summaries of suppressed events; resolves when every line is written, or after `withinMs`. Ends the log.
   */
  async close(withinMs = 2000): Promise<void> {
    this.#finish();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#destination.flush(), late]);
    clearTimeout(timer);
    this.#destination.end();
  }

  /** As `close`, for a process that ends now. */
  closeSync(): void {
    this.#finish();
    this.#destination.flushSync();
  }

  /** A line of pino in the format in force. */
  #inFormat(line: string, color: boolean): string {
    if (this.#format === 'json') return line;
    const record = JSON.parse(line) as LogRecord;
    return this.#format === 'journal' ? journalLine(record) : formatRecord(record, color);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const summary of this.#limit.sweep(true)) this.#write(summary);
  }

  #write(event: EngineEvent): void {
    const row = rowOf(event.name);
    const dropped = this.#destination.takeDropped();
    if (dropped > 0) this.#write({ name: 'log.dropped', lines: dropped });
    const { name, ...fields } = boundedFields(event);
    const sentence = describeEvent({ name, ...fields } as EngineEvent);
    const loggers = row.isAskedFor === true ? this.#unleveled : this.#loggers;
    loggers.get(row.component)?.[row.level]({ event: name, ...fields }, sentence);
  }

  /** Writes the summary of a window with suppressed events when it ends. */
  #sweepLater(): void {
    const endMs = this.#limit.nextEndMs();
    if (this.#timer !== undefined || endMs === null) return;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, endMs - this.#clock.nowMs()));
    this.#timer.unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#sweep();
    this.#sweepLater();
  }

  #sweep(): void {
    for (const summary of this.#limit.sweep()) this.#write(summary);
  }
}

const ROOT_OPTIONS: pino.LoggerOptions = {
  level: 'trace',
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
};

/** What the output requires: systemd names the device and inode of a stream that it collects in JOURNAL_STREAM. */
export function usualFormat(terminal: boolean, environment: NodeJS.ProcessEnv, fd = STDOUT): LogFormat {
  if (terminal) return 'text';
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return environment.JOURNAL_STREAM === `${dev}:${ino}` ? 'journal' : 'json';
  } catch {
    return 'json';
  }
}
