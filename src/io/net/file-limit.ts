/** How many connections the limit of open files leaves room for. */
import { readFileSync } from 'node:fs';

const OPEN_FILES = /^Max open files\s+(\d+|unlimited)/m;

/** Descriptors kept for everything that is no BGP connection: workers, the control socket, metrics, files. */
const RESERVED = 128;

/** The soft limit of open files in the text of `/proc/self/limits`; Infinity when it says unlimited or nothing. */
export function parseFileLimit(limits: string): number {
  const limit = Number(OPEN_FILES.exec(limits)?.[1]);
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
}

/** How many connections may be open at once: the limit of open files but a reserve, which is at most half of it. */
export function connectionLimit(fileLimit: number = parseFileLimit(readLimits())): number {
  return fileLimit - Math.min(RESERVED, Math.floor(fileLimit / 2));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}
