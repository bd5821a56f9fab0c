/** The words of the log: how long they may be, and a line for somebody who started the daemon by hand. No I/O, no timers. */
import { printable, printableLines } from '../../wire/text.ts';

/** Characters of a text, and entries of a list, that a line holds at most; peers and kernels choose how many there are. */
const LONGEST_TEXT = 1000;
const LONGEST_LIST = 20;
/** Of the stack of a fault. */
const LONGEST_STACK = 8000;

/** What `log.ts` hands to pino, as it comes out of it again. */
export interface LogRecord {
  readonly level: string;
  readonly time: string;
  readonly component: string;
  readonly event: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The fields of an event with what is too long cut, and how much that was. */
export function boundedFields<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bounded(name, value)])) as T;
}

function bounded(name: string, value: unknown): unknown {
  if (typeof value === 'string') return boundedText(value, name === 'stack' ? LONGEST_STACK : LONGEST_TEXT);
  if (!Array.isArray(value)) return value;
  const first = value.slice(0, LONGEST_LIST).map((entry) => bounded(name, entry));
  return value.length > LONGEST_LIST ? [...first, `and ${value.length - LONGEST_LIST} more`] : first;
}

/** The text, or its beginning with the number of characters left out. */
export function boundedText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}… (${text.length - longest} more characters)` : text;
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
