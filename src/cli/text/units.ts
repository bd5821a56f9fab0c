/** Formats durations, bytes and counts for people. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** At most two units: `42s`, `12m05s`, `3h12m`, `1d02h`, `412d`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole}s`;
  if (whole < HOUR) return twoUnits(whole, MINUTE, 'm', 1, 's');
  if (whole < DAY) return twoUnits(whole, HOUR, 'h', MINUTE, 'm');
  if (whole < 100 * DAY) return twoUnits(whole, DAY, 'd', HOUR, 'h');
  return `${Math.floor(whole / DAY)}d`;
}

function twoUnits(seconds: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${Math.floor(seconds / big)}${bigName}${String(rest).padStart(2, '0')}${smallName}`;
}

/** The time so long before now: `2026-03-01 12:00:00 UTC`. */
export function formatMoment(secondsAgo: number, nowMs = Date.now()): string {
  return `${new Date(nowMs - secondsAgo * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Three digits and a decimal unit: `0 B`, `950 B`, `1.25 kB`, `86.4 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** `1 peer`, `2 peers`, `1 entry`, `2 entries`. */
export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** A number as the command line has it; what is none goes to the daemon, which names the argument. */
export function numberOf(value: unknown): number | string | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  return /^\d+$/.test(text) ? Number(text) : text;
}
