/** A log line for somebody who started the daemon by hand: time, level, component, sentence. No I/O, no timers. */

/** What `log.ts` hands to pino, as it comes out of it again. */
export interface LogRecord {
  readonly level: string;
  readonly time: string;
  readonly component: string;
  readonly event: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const COLOURS: Readonly<Record<string, string>> = { error: '31', warn: '33', info: '32', debug: '36', trace: '90' };

/** `12:00:01.250 WARN  peer    192.0.2.1 is down after 12 s: …` */
export function formatRecord(record: LogRecord, colour: boolean): string {
  const level = record.level.toUpperCase().padEnd(5);
  const shown = colour ? `\u001b[${COLOURS[record.level] ?? '0'}m${level}\u001b[0m` : level;
  const stack = typeof record.stack === 'string' ? `\n${record.stack}` : '';
  const list = Array.isArray(record.errors) ? record.errors.map((error) => `\n    ${String(error)}`).join('') : '';
  return `${localTime(record.time)} ${shown} ${record.component.padEnd(7)} ${record.msg}${list}${stack}\n`;
}

function localTime(iso: string): string {
  const time = new Date(iso);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${parts.join(':')}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
