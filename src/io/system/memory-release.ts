/**
 * Returns memory to the system after much of it was freed. Otherwise two things keep it: V8 does not collect garbage
 * while nothing is allocated, and the tables are outside its heap; and glibc keeps freed memory below the end of its
 * heap. So when the process is idle and uses far more than its tables, it collects garbage once (some tens of
 * milliseconds) and lets libc return free pages (in another thread).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { libc } from './libc.ts';

const CHECK_MS = 3000;
/** Number of consecutive checks that must find the process idle. */
const QUIET_CHECKS = 2;
/** Minimum growth since the last release that is worth another one. */
const WORTH_BYTES = 12 << 20;

/** The memory functions of the process; tests have their own. */
interface ProcessMemory {
  rssBytes(): number;
  /** Collects all garbage. */
  collect(): void;
  /** Returns free pages to the system. */
  trim(): void;
}

/** The user of the memory. */
interface MemoryUser {
  /** Bytes of the tables by their own count. */
  tableBytes(): number;
  /** Whether there is work to do. */
  isBusy(): boolean;
}

export class MemoryRelease {
  private readonly user: MemoryUser;
  private readonly memory: ProcessMemory;
  private timer: NodeJS.Timeout | null = null;
  /** Minimum of the memory outside the tables, or its value after the last release. */
  private floor = Number.POSITIVE_INFINITY;
  private quiet = 0;
  /** Garbage was collected; V8 frees memory outside its heap a little later, and then it is returned to the system. */
  private collected = false;
  private released = false;

  constructor(user: MemoryUser, memory: ProcessMemory = THIS_PROCESS) {
    this.user = user;
    this.memory = memory;
  }

  /** Begins with the garbage of the start: the text of the configuration and of its files, and the routes of the warm-up. */
  start(): void {
    this.memory.collect();
    this.collected = true;
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** One check; called every few seconds. */
  check(): void {
    if (this.collected) {
      this.collected = false;
      this.released = true;
      this.memory.trim();
      return;
    }
    const unexplained = this.memory.rssBytes() - this.user.tableBytes();
    this.floor = this.released ? unexplained : Math.min(this.floor, unexplained);
    this.released = false;
    this.quiet = this.user.isBusy() ? 0 : this.quiet + 1;
    if (this.quiet < QUIET_CHECKS || unexplained - this.floor < WORTH_BYTES) return;
    this.memory.collect();
    this.collected = true;
    this.quiet = 0;
  }
}

let gc: (() => void) | null = null;

/** The collector is a function of V8 that Node exposes only with a flag; a new context then has it. */
function collect(): void {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  gc();
}

const THIS_PROCESS: ProcessMemory = {
  rssBytes: () => process.memoryUsage.rss(),
  collect,
  trim: () => libc()?.trim?.(),
};
