/**
 * Gives memory back to the system after much of it was freed. Two things keep it otherwise: V8 collects nothing while
 * nothing is allocated, and the pages of the tables lie outside its heap; and glibc keeps what is freed below the end of its
 * heap. So when the process is quiet and holds far more than its tables explain, it collects garbage once (some tens of
 * milliseconds, when nobody waits) and has libc return free pages (in another thread).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { libc } from './libc.ts';

const CHECK_MS = 3000;
/** So many checks must find it quiet, one after the other. */
const QUIET_CHECKS = 2;
/** More than this beyond what there was after the last time is worth it. */
const WORTH_BYTES = 12 << 20;

/** What is asked and done; tests have their own. */
export interface ProcessMemory {
  rssBytes(): number;
  /** Collects all garbage. */
  collect(): void;
  /** Returns free pages to the system. */
  trim(): void;
}

/** Whose memory it is. */
export interface MemoryUser {
  /** Bytes that the tables hold by their own account. */
  tableBytes(): number;
  /** There is work to be done. */
  isBusy(): boolean;
}

export class MemoryRelease {
  private readonly user: MemoryUser;
  private readonly memory: ProcessMemory;
  private timer: NodeJS.Timeout | null = null;
  /** What the tables did not explain when that was least, or after the last release; that cannot be helped. */
  private floor = Number.POSITIVE_INFINITY;
  private quiet = 0;
  /** Garbage was collected; V8 frees what lies outside its heap a little later, and then that is to be returned. */
  private collected = false;
  private released = false;

  constructor(user: MemoryUser, memory: ProcessMemory = THIS_PROCESS) {
    this.user = user;
    this.memory = memory;
  }

  start(): void {
    this.timer = setInterval(() => this.check(), CHECK_MS).unref();
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** One look; called every few seconds. */
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

/** The collector is a function of V8 that Node shows on request alone; a new context has it. */
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
