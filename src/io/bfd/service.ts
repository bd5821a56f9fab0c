/**
 * The `BfdService` port: BFD in a separate thread, which starts with the first session. A thread that fails is replaced
 * by one that continues its sessions in their state, before their peers detect a failure.
 *
 *   engine ─ begin, configure, end ─► BfdThread ─ orders ─► worker: sockets, timers, sessions
 *   engine ◄─ onStatus, onProblem ─── BfdThread ◄─ news ──── worker
 */
import { Worker } from 'node:worker_threads';
import type { BfdSpec, BfdStatus } from '../../bfd/spec.ts';
import type { BfdEndpoints, BfdHandle, BfdListener, BfdService } from '../../engine/ports/ports.ts';
import { guarded } from '../system/guard.ts';
import type { News, Order } from './messages.ts';

/** A thread that fails is replaced at once; if it fails again soon, after a growing delay. */
const FIRST_RESTART_MS = 20;
const LAST_RESTART_MS = 10_000;
/** A thread that ran for this long resets the delay. */
const SOUND_MS = 60_000;
/** Time for the sessions to send AdminDown to their peers when the service closes. */
const FAREWELL_MS = 1000;
/** Memory limit: the thread has nothing but its sessions. */
const MEMORY_MB = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };

type Packets = BfdHandle['packets'];

const NO_PACKETS: Packets = { sent: 0, received: 0 };

interface Entry {
  readonly endpoints: BfdEndpoints;
  spec: BfdSpec;
  readonly listener: BfdListener;
  /** The last known status; null: it never started. */
  status: BfdStatus | null;
  ended: boolean;
  readonly portChoice: number;
  packets: Packets;
  /** Packets of earlier threads. */
  earlier: Packets;
}

export class BfdThread implements BfdService {
  private readonly workerPath: string;
  private readonly onFailed: (error: string) => void;
  private readonly entries = new Map<string, Entry>();
  private worker: Worker | null = null;
  private startedMs = 0;
  private restartMs = FIRST_RESTART_MS;
  private restart: NodeJS.Timeout | null = null;
  private closed = false;
  private numbers = 0;
  private onEmpty: () => void = () => {};

  /**
   * @param workerPath of the built `worker` beside this file
   * @param onFailed called when the thread has failed; it is replaced
   */
  constructor(workerPath: string, onFailed: (error: string) => void) {
    this.workerPath = workerPath;
    this.onFailed = onFailed;
  }

  begin(endpoints: BfdEndpoints, spec: BfdSpec, listener: BfdListener): BfdHandle {
    const id = String(++this.numbers);
    const common = { endpoints, spec, portChoice: Math.random() };
    const entry: Entry = { ...common, listener, status: null, ended: false, packets: NO_PACKETS, earlier: NO_PACKETS };
    this.entries.set(id, entry);
    if (this.worker === null && this.restart === null) this.start();
    else this.order({ kind: 'begin', id, ...common, before: null });
    return {
      configure: (other) => {
        entry.spec = other;
        this.order({ kind: 'configure', id, spec: other });
      },
      end: () => this.end(id, entry),
      get packets() {
        return entry.packets;
      },
    };
  }

  /** Ends all sessions, and then the thread, after the sessions have sent AdminDown to their peers. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.restart !== null) clearTimeout(this.restart);
    for (const [id, entry] of this.entries) this.end(id, entry);
    if (this.worker === null) return;
    if (this.entries.size > 0) {
      await new Promise<void>((resolve) => {
        this.onEmpty = resolve;
        setTimeout(resolve, FAREWELL_MS).unref();
      });
    }
    await this.worker.terminate();
  }

  private end(id: string, entry: Entry): void {
    if (entry.ended) return;
    entry.ended = true;
    this.order({ kind: 'end', id });
  }

  private order(order: Order): void {
    this.worker?.postMessage(order);
  }

  private start(): void {
    this.restart = null;
    this.startedMs = performance.now();
    const worker = new Worker(this.workerPath, { resourceLimits: MEMORY_MB, execArgv: [] });
    this.worker = worker;
    let failure = 'it ended';
    worker.on(
      'message',
      guarded('a message of the BFD thread', (news: News) => this.onNews(news)),
    );
    worker.on('error', (error: Error) => {
      failure = error.message;
    });
    worker.on('exit', () => this.onExit(failure));
    for (const [id, entry] of this.entries) {
      const { endpoints, spec, status, portChoice } = entry;
      entry.earlier = entry.packets;
      this.order({ kind: 'begin', id, endpoints, spec, before: status, portChoice });
      // Its peer has not received AdminDown yet.
      if (entry.ended) this.order({ kind: 'end', id });
    }
  }

  private onExit(failure: string): void {
    this.worker = null;
    if (this.closed) return;
    this.onFailed(failure);
    if (performance.now() - this.startedMs > SOUND_MS) this.restartMs = FIRST_RESTART_MS;
    const again = guarded(
      'the start of the BFD thread',
      () => this.start(),
      (error) => this.onExit(error.message),
    );
    this.restart = setTimeout(again, this.restartMs);
    this.restartMs = Math.min(this.restartMs * 2, LAST_RESTART_MS);
    // With a longer delay, their peers have detected a failure.
    if (this.restartMs <= 8 * FIRST_RESTART_MS) return;
    for (const { ended, listener } of this.entries.values()) {
      if (!ended) listener.onProblem(`the BFD thread fails repeatedly: ${failure}`);
    }
  }

  private onNews(news: News): void {
    if (news.kind === 'packets') {
      for (const [id, sent, received] of news.counts) {
        const entry = this.entries.get(id);
        if (entry === undefined) continue;
        const { earlier } = entry;
        entry.packets = { sent: earlier.sent + sent, received: earlier.received + received };
      }
      return;
    }
    const entry = this.entries.get(news.id);
    if (entry === undefined) return;
    if (news.kind === 'gone') {
      this.entries.delete(news.id);
      if (this.entries.size === 0) this.onEmpty();
    } else if (entry.ended) {
      return;
    } else if (news.kind === 'status') {
      entry.status = news.status;
      entry.listener.onStatus(news.status);
    } else {
      entry.listener.onProblem(news.problem);
    }
  }
}
