/** Log texts: limits of their length, and the readable line for a terminal. */
import { printable, printableLines } from '../../wire/text.ts';

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
  const stack = typeof record.stack === 'string' ? `\n${printableLines(record.stack)}` : '';
  const list = Array.isArray(record.errors)
    ? record.errors.map((error) => `\n    ${printable(String(error))}`).join('')
    : '';
  return `${localTime(record.time)} ${shown} ${record.component.padEnd(7)} ${printable(record.msg)}${list}${stack}\n`;
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
