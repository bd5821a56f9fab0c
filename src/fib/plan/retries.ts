/**
 * Changes that the kernel refused, and when to retry: a back-off that doubles from one second to one minute.
 * Prefixes wait in buckets of time, so a full table costs an integer per refused route.
 */
import type { Refusal } from '../port/ports.ts';

const FIRST_MS = 1000;
const LAST_MS = 60_000;
const BUCKET_MS = 250;

/** A change that was refused. */
interface Failure {
  /** The refused next hop; 0: a refused removal. */
  readonly nextHop: number;
  readonly refusal: Refusal;
  /** Refusals in a row. */
  readonly attempts: number;
  /** Time of the next attempt. */
  dueMs: number;
}

export class Retries {
  private readonly failures = new Map<number, Failure>();
  /** Number of refusals by the kernel's words. */
  readonly countByWords = new Map<string, number>();
  /** Prefixes by the bucket of their retry; may contain some that have succeeded since. */
  private readonly buckets = new Map<number, number[]>();

  /** Refusals because of a route of another program. */
  conflicts = 0;

  get count(): number {
    return this.failures.size;
  }

  /** When `due` must be called; Infinity when nothing waits. */
  get nextMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const bucket of this.buckets.keys()) if (bucket < first) first = bucket;
    return first * BUCKET_MS;
  }

  get(prefix: number): Failure | undefined {
    return this.failures.get(prefix);
  }

  /** Records another refusal of `nextHop` for the prefix. */
  add(prefix: number, nextHop: number, refusal: Refusal, nowMs: number): void {
    const before = this.failures.get(prefix);
    this.tally(before, -1);
    this.tally({ refusal }, 1);
    const attempts = before !== undefined && before.nextHop === nextHop ? before.attempts + 1 : 1;
    const failure = { nextHop, refusal, attempts, dueMs: nowMs + Math.min(FIRST_MS * 2 ** (attempts - 1), LAST_MS) };
    this.failures.set(prefix, failure);
    this.wait(prefix, failure.dueMs);
  }

  delete(prefix: number): void {
    this.tally(this.failures.get(prefix), -1);
    this.failures.delete(prefix);
  }

  /** Calls `retry` for every prefix that is due. */
  due(nowMs: number, retry: (prefix: number) => void): void {
    for (const [bucket, prefixes] of this.buckets) {
      if (bucket * BUCKET_MS > nowMs) continue;
      this.buckets.delete(bucket);
      for (const prefix of prefixes) {
        const failure = this.failures.get(prefix);
        if (failure !== undefined && failure.dueMs <= nowMs) retry(prefix);
      }
    }
  }

  /** The kernel's state has changed: everything may be retried at once, and keeps its back-off. */
  hasten(nowMs: number): void {
    for (const [prefix, failure] of this.failures) {
      if (failure.dueMs <= nowMs) continue;
      failure.dueMs = nowMs;
      this.wait(prefix, nowMs);
    }
  }

  /** The words of a conflict name the other route, so they differ for each prefix and are not counted. */
  private tally(failure: Pick<Failure, 'refusal'> | undefined, by: number): void {
    if (failure === undefined) return;
    const { kind, words } = failure.refusal;
    if (kind === 'conflict') {
      this.conflicts += by;
      return;
    }
    const count = (this.countByWords.get(words) ?? 0) + by;
    if (count === 0) this.countByWords.delete(words);
    else this.countByWords.set(words, count);
  }

  private wait(prefix: number, dueMs: number): void {
    const bucket = Math.ceil(dueMs / BUCKET_MS);
    const prefixes = this.buckets.get(bucket);
    if (prefixes === undefined) this.buckets.set(bucket, [prefix]);
    else prefixes.push(prefix);
  }
}
