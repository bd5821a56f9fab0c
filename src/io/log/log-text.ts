/** Log texts: limits of their length, and the lines for people. */
import { printable } from '../../wire/text.ts';

/** Maximum characters of a text, and entries of a list, in a line: peers and kernels choose how long they are. */
const MAX_TEXT = 1000;
const MAX_LIST = 20;
/** Maximum characters of the stack of a fault. */
const MAX_STACK = 8000;

/** A record that pino has written, parsed again. */
export interface LogRecord {
  readonly level: string;
  readonly time: string;
  readonly component: string;
  readonly event: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The fields of an event; values that are too long are cut, with the length of the rest. */
export function boundedFields<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bounded(name, value)])) as T;
}

function bounded(name: string, value: unknown): unknown {
  if (typeof value === 'string') return boundedText(value, name === 'stack' ? MAX_STACK : MAX_TEXT);
  if (!Array.isArray(value)) return value;
  const first = value.slice(0, MAX_LIST).map((entry) => bounded(name, entry));
  return value.length > MAX_LIST ? [...first, `and ${value.length - MAX_LIST} more`] : first;
}

/** The text, or its beginning with the number of characters left out. */
function boundedText(text: string, maximum: number): string {
  return text.length > maximum ? `${text.slice(0, maximum)}… (${text.length - maximum} more characters)` : text;
}

const COLORS: Readonly<Record<string, string>> = { error: '31', warn: '33', info: '32', debug: '36', trace: '90' };

/** `12:00:01.250 WARN  peer    192.0.2.1 is down after 12 s: …` */
export function formatRecord(record: LogRecord, color: boolean): string {
  const level = record.level.toUpperCase().padEnd(5);
  const shown = color ? `\u001b[${COLORS[record.level] ?? '0'}m${level}\u001b[0m` : level;
  return `${localTime(record.time)} ${shown} ${record.component.padEnd(7)} ${sentence(record)}\n`;
}

/** Priorities of syslog, as sd-daemon(3) has them. */
const PRIORITIES: Readonly<Record<string, number>> = { error: 3, warn: 4, info: 6, debug: 7, trace: 7 };

/** `<4>peer.down: 192.0.2.1 is down after 12 s: …`; the journal has the time, and takes the priority off. */
export function journalLine(record: LogRecord): string {
  return `<${PRIORITIES[record.level] ?? 6}>${record.event}: ${sentence(record)}\n`;
}

/** The whole event on one line: also all errors of a configuration, and the stack of a fault. */
function sentence({ msg, errors, stack }: LogRecord): string {
  const list = Array.isArray(errors) ? errors.slice(1).map((error) => `; ${String(error)}`) : [];
  const calls = typeof stack === 'string' ? [` | ${stack.split(/\s*\n\s*/).join(' | ')}`] : [];
  return printable([msg, ...list, ...calls].join(''));
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
