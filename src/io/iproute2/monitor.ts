/**
 * One `ip monitor`, restarted when it ends: reports its lines, and that lines were lost. A new process may have missed
 * any change, so its start is reported as lost lines too.
 */
import type { ChildProcess } from 'node:child_process';
import { readGently } from '../loop/gentle.ts';
import { guarded } from '../system/guard.ts';
import { killIp, lastWords, startListening } from './ip/process.ts';

/** Receive buffer of the netlink socket, in bytes; the kernel reports when it overflows. */
const RECEIVE_BUFFER = 8 * 1024 * 1024;
const FIRST_RESTART_MS = 500;
const LAST_RESTART_MS = 30_000;
/** A process that ran for this long resets the restart delay. */
const SOUND_MS = 10_000;
/**
 * The kernel kills it when this process ends, even by SIGKILL: `ip monitor` reads no input, so it would notice the
 * closed pipe only with the next change. (Workers read from us and end with our end of the pipe.)
 */
const WITH_US = ['setpriv', '--pdeathsig', 'KILL'] as const;
/** Maximum characters of a line; a multipath route with a thousand next hops has about ten thousand. */
const MAX_LINE = 1024 * 1024;
/** An `ip` without support for nexthop objects rejects this word. */
const MODERN = 'nexthop';
/** The objects that next hops and routes depend on. */
export const ROUTING_OBJECTS = ['link', 'address', 'route', 'rule', MODERN] as const;

interface MonitorHandler {
  /** A line: time, `[ROUTE]` or the like, and what `ip` prints of it. */
  onLine(line: string): void;
  onLost(): void;
  /** Why it ended; null: it runs again. */
  onTrouble(words: string | null): void;
}

export class Monitor {
  private readonly command: readonly string[];
  private readonly handler: MonitorHandler;
  private child: ChildProcess | null = null;
  private timer: NodeJS.Timeout | null = null;
  private restartMs = FIRST_RESTART_MS;
  private objects: readonly string[];
  /** Prefix of the command; empty if the host does not have `setpriv`. */
  private guard: readonly string[] = WITH_US;
  private partial = '';
  /** The first and the last text on stderr. */
  private firstWords = '';
  private words = '';
  private closed = false;
  /** Why it was killed. */
  private fault: string | null = null;
  private onEnd: () => void = () => {};
  /** Why it does not run; null while it does. */
  trouble: string | null = null;

  /** @param objects the objects that `ip monitor` reports */
  constructor(command: readonly string[], objects: readonly string[], handler: MonitorHandler) {
    this.command = command;
    this.objects = objects;
    this.handler = handler;
    this.start();
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const { child } = this;
    if (child === null) return;
    const ended = new Promise<void>((resolve) => {
      this.onEnd = resolve;
    });
    killIp(child);
    await ended;
  }

  private start(): void {
    this.timer = null;
    const args = ['-rcvbuf', `${RECEIVE_BUFFER}`, '-ts', '-N', '-o', 'monitor', 'label', ...this.objects];
    const startedMs = Date.now();
    this.partial = '';
    this.words = this.firstWords = '';
    let child: ReturnType<typeof startListening>;
    try {
      child = startListening([...this.guard, ...this.command], args);
    } catch (error) {
      this.retry((error as Error).message, startedMs);
      return;
    }
    this.child = child;
    const onFault = (error: Error) => {
      this.fault = error.message;
      killIp(child);
    };
    const where = 'what ip monitor prints';
    readGently(child.stdout, where, (text) => this.read(text), onFault);
    child.stderr.setEncoding('utf8').on(
      'data',
      guarded(where, (text: string) => this.complain(text), onFault),
    );
    child.on(
      'spawn',
      guarded(where, () => this.started(), onFault),
    );
    child.on('error', (error) => this.end(child, error.message, startedMs));
    child.on('close', () => this.end(child, this.fault ?? (this.words.trim() || 'it ended'), startedMs));
  }

  private started(): void {
    if (this.trouble !== null) this.handler.onTrouble(null);
    this.trouble = null;
    this.handler.onLost();
  }

  private read(text: string): void {
    const lines = (this.partial + text).split('\n');
    this.partial = lines.pop() as string;
    if (this.partial.length > MAX_LINE) throw new Error('it printed a line without an end');
    for (const line of lines) this.handler.onLine(line);
  }

  /** `netlink receive error No buffer space available (105)`: `ip` continues, with lost lines. */
  private complain(text: string): void {
    this.firstWords ||= text;
    this.words = lastWords('', text);
    if (text.includes('netlink receive error')) this.handler.onLost();
  }

  private end(child: ChildProcess, words: string, startedMs: number): void {
    // A child that could not be started reports an error, and then closes, when another one may have taken its place.
    if (this.child !== child) return;
    this.child = null;
    this.fault = null;
    this.onEnd();
    this.retry(words, startedMs);
  }

  private retry(words: string, startedMs: number): void {
    if (this.closed) return;
    // `setpriv: ...` is an error of setpriv, `spawn setpriv ENOENT` means that it is missing: continue without it.
    if (this.guard.length > 0 && /^(spawn )?setpriv\b/.test(this.firstWords || words)) {
      this.guard = [];
      this.start();
      return;
    }
    if (words.includes(`"${MODERN}"`)) this.objects = this.objects.filter((name) => name !== MODERN);
    const before = this.trouble;
    this.trouble = words.replaceAll('\n', '; ');
    if (before === null) this.handler.onTrouble(this.trouble);
    if (Date.now() - startedMs > SOUND_MS) this.restartMs = FIRST_RESTART_MS;
    this.timer = setTimeout(() => this.start(), this.restartMs);
    this.restartMs = Math.min(this.restartMs * 2, LAST_RESTART_MS);
  }
}
