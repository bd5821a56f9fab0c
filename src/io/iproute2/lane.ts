/**
 * The changes of one family, through one `ip` worker at a time. A worker that dies is followed by another, and what it
 * had not confirmed is done again: every line may be repeated, so nothing is lost and nothing needs to be known.
 * A line that kills `ip` (it ends at some errors of syntax) is found by halving its block. One that hangs is no fault of
 * a line: the kernel does not answer, which is said at once.
 */
import { BatchWorker, type WorkerOptions } from './batch-worker.ts';

/** A single line that `ip` dies of this often is given up. */
const DEATHS_PER_LINE = 3;

/** What became of lines: one entry per line, or why `ip` could not be asked. */
export type LinesResult =
  | { readonly kind: 'done'; readonly errors: readonly (string | null)[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

export class Lane {
  private readonly options: WorkerOptions;
  private worker: Promise<BatchWorker> | null = null;
  private closed = false;

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  /** The process id of the worker, when one runs. */
  async pid(): Promise<number | undefined> {
    return (await this.worker)?.pid;
  }

  async submit(lines: readonly string[]): Promise<LinesResult> {
    return this.attempt(lines, 1);
  }

  /** Lets the worker end after what it has, so that the next block gets one that knows the interfaces of now. */
  async renew(): Promise<void> {
    const worker = this.worker;
    this.worker = null;
    await (await worker?.catch(() => undefined))?.close();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.renew();
  }

  private async attempt(lines: readonly string[], attempt: number): Promise<LinesResult> {
    let worker: BatchWorker;
    try {
      worker = await this.usableWorker();
    } catch (error) {
      return { kind: 'unavailable', reason: (error as Error).message };
    }
    const result = await worker.submit(lines);
    if (result.kind === 'done') return result;
    if (result.kind === 'hung') return { kind: 'unavailable', reason: result.words };
    if (lines.length === 1 && attempt >= DEATHS_PER_LINE)
      return { kind: 'done', errors: [result.words || 'ip was killed'] };
    if (lines.length === 1) return this.attempt(lines, attempt + 1);
    return this.halves(lines);
  }

  private async halves(lines: readonly string[]): Promise<LinesResult> {
    const middle = lines.length >> 1;
    const left = await this.attempt(lines.slice(0, middle), 1);
    if (left.kind === 'unavailable') return left;
    const right = await this.attempt(lines.slice(middle), 1);
    return right.kind === 'unavailable' ? right : { kind: 'done', errors: [...left.errors, ...right.errors] };
  }

  private async usableWorker(): Promise<BatchWorker> {
    for (;;) {
      if (this.closed) throw new Error('closed');
      const starting = this.worker;
      if (starting === null) {
        this.worker = this.startWorker();
        continue;
      }
      const worker = await starting;
      if (worker.usable) return worker;
      if (this.worker === starting) this.worker = null;
    }
  }

  /** A worker that has answered once: what is wrong with the command itself shows here, not in a route. */
  private async startWorker(): Promise<BatchWorker> {
    try {
      const worker = new BatchWorker(this.options);
      const hello = await worker.submit([]);
      if (hello.kind === 'done') return worker;
      throw new Error(hello.words || 'ip ended at once');
    } catch (error) {
      // The next block tries again.
      this.worker = null;
      throw error;
    }
  }
}
