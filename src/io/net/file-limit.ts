/** The maximum number of connections under the limit of open files. */
import { readFileSync } from 'node:fs';

const OPEN_FILES = /^Max open files\s+(\d+|unlimited)/m;

/** Descriptors reserved for everything except BGP connections: workers, the control socket, metrics, files. */
const RESERVED = 128;

/** The soft limit of open files in the text of `/proc/self/limits`; Infinity if it is unlimited or missing. */
export function parseFileLimit(limits: string): number {
  const limit = Number(OPEN_FILES.exec(limits)?.[1]);
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
}

/** Maximum number of open connections: the limit of open files minus a reserve, which is at most half of it. */
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
