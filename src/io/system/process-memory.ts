/** What the resident memory of this process consists of. */
import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

/** Bytes of resident memory, and of its parts. */
interface ProcessMemory {
  readonly rss: number;
  /** Pages of the program and its libraries, read from their files; 0 where the system does not say. */
  readonly program: number;
  /** The heap of V8, including free room in its pages. */
  readonly heap: number;
  /** What objects in the heap take. */
  readonly heapUsed: number;
  /** Arrays outside of the heap: tables, and buffers of connections. */
  readonly arrays: number;
}

/** @param readStatus the text of /proc/self/status; throws where the system has none */
export function processMemory(readStatus = () => readFileSync('/proc/self/status', 'latin1')): ProcessMemory {
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    rss,
    heapUsed,
    program: programBytes(readStatus),
    heap: getHeapStatistics().total_physical_size,
    arrays: external,
  };
}

function programBytes(readStatus: () => string): number {
  try {
    return Number(/^RssFile:\s+(\d+) kB$/m.exec(readStatus())?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
