/**
 * The changes of one family, through one `ip` worker at a time. A worker that dies is replaced, and its unconfirmed
 * lines are sent again: every line can be repeated safely, so nothing is lost. A line that terminates `ip` (as some
 * syntax errors do) is found by halving its block. A worker that hangs is not the fault of a line: the kernel does not
 * answer, which is reported at once.
 */
import { BatchWorker, type WorkerOptions } from './batch-worker.ts';

/** A single line is rejected after it has terminated `ip` this often. */
const DEATHS_PER_LINE = 3;

/** The outcome of lines: one entry per line, or why `ip` could not be run. */
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

  /** The process id of the worker, if one runs. */
  async pid(): Promise<number | undefined> {
    return (await this.worker)?.pid;
  }

  async submit(lines: readonly string[]): Promise<LinesResult> {
    return this.attempt(lines, 1);
  }

  /** Ends the worker after its blocks, so that the next block gets a worker that knows the current interfaces. */
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

  /** Starts a worker and waits for its first answer, so that errors of the command itself are not errors of a route. */
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
