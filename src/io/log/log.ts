/**
 * The log: events of the catalogue as JSON lines (pino) on standard output, where systemd's journal takes them.
 * A terminal gets readable lines instead. Levels are set per component and may change while running.
 */
import pino from 'pino';
import { COMPONENTS, type Component } from '../../engine/events/event-row.ts';
import { describeEvent, type EngineEvent, type EventSink, rowOf } from '../../engine/events/events.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LogLevel, RouterSpec } from '../../spec/router.ts';
import { LineWriter, type Outage } from './line-writer.ts';
import { LogLimit } from './log-limit.ts';
import { boundedFields, formatRecord, type LogRecord } from './log-text.ts';

export type LogSpec = RouterSpec['log'];

/** Where lines go: a `LineWriter`, or what a test reads. */
export interface LogDestination {
  write(line: string): void;
  /** Called once lines leave again after an error. */
  onRestored: (outage: Outage) => void;
  /** Lines dropped since the last call, once there is room for a line that says so. */
  takeDropped(): number;
  /** Why lines do not leave at present, in a sentence; null: they do. */
  problem(): string | null;
  flush(): Promise<void>;
  /** No more is written after an error. */
  end(): void;
  flushSync(): void;
}

export interface LogOptions {
  readonly spec: LogSpec;
  readonly clock: Clock;
  /** Default: standard output. */
  readonly destination?: LogDestination;
  /** Default: `text` on a terminal, else `json`. */
  readonly format?: 'json' | 'text';
  /** Colors in `text`; default: on a terminal without NO_COLOR. */
  readonly color?: boolean;
}

const STDOUT = 1;

export class Log implements EventSink {
  readonly #destination: LogDestination;
  readonly #loggers: ReadonlyMap<Component, pino.Logger>;
  readonly #limit: LogLimit;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LogOptions) {
    this.#clock = options.clock;
    this.#destination = options.destination ?? new LineWriter(STDOUT);
    this.#limit = new LogLimit(options.clock);
    const terminal = process.stdout.isTTY === true;
    const text = (options.format ?? (terminal ? 'text' : 'json')) === 'text';
    const color = options.color ?? (terminal && !process.env.NO_COLOR);
    const root = pino(ROOT_OPTIONS, text ? textStream(this.#destination, color) : this.#destination);
    this.#loggers = new Map(COMPONENTS.map((component) => [component, root.child({ component })]));
    this.#destination.onRestored = ({ error, seconds, dropped }) =>
      this.#write({ name: 'log.restored', error, seconds, lines: dropped });
    this.configure(options.spec);
  }

  /** Why nothing is written at present, for health; null: lines are written. */
  problem(): string | null {
    return this.#destination.problem();
  }

  /** Puts other levels in force. */
  configure(spec: LogSpec): void {
    for (const [component, logger] of this.#loggers) logger.level = spec.components[component] ?? spec.level;
  }

  emit(event: EngineEvent): void {
    const row = rowOf(event.name);
    if (!this.isEnabled(row.component, row.level)) return;
    this.#sweep();
    if (this.#limit.passes(event, row.limitBy)) this.#write(event);
    else this.#sweepLater();
  }

  /** Whether an event of this component and level would be written. */
  isEnabled(component: Component, level: LogLevel): boolean {
    return this.#loggers.get(component)?.isLevelEnabled(level) === true;
  }

  /** Tells what is still held back; resolves when every line has left, or after `withinMs`. Then the log is at its end. */
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

  /** As `close` for a process that ends now. */
  closeSync(): void {
    this.#finish();
    this.#destination.flushSync();
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
    this.#loggers.get(row.component)?.[row.level]({ event: name, ...fields }, sentence);
  }

  /** A window that held something back tells it at its end. */
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

function textStream(destination: LogDestination, color: boolean): { write(line: string): void } {
  return { write: (line) => destination.write(formatRecord(JSON.parse(line) as LogRecord, color)) };
}
