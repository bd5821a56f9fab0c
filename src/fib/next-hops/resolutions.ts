/**
 * Resolutions of next hops, as the kernel last answered: a name is resolved once, until everything is resolved again.
 * Queries go through the port one at a time, so that an old answer never follows a new one.
 */
import type { Fib, Resolution } from '../port/ports.ts';

/** The kernel could not be queried. */
export class UnavailableError extends Error {}

export class Resolutions {
  private readonly port: Pick<Fib, 'resolve'>;
  private known = new Map<string, Resolution>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(port: Pick<Fib, 'resolve'>) {
    this.port = port;
  }

  /**
   * One answer per name, in order.
   * @throws UnavailableError
   */
  of(names: readonly string[]): Promise<readonly Resolution[]> {
    return this.exclusively(async () => {
      await this.ask(
        names.filter((name) => !this.known.has(name)),
        this.known,
      );
      return names.map((name) => this.known.get(name) as Resolution);
    });
  }

  /** The resolution of a name; undefined: not resolved yet. */
  peek(name: string): Resolution | undefined {
    return this.known.get(name);
  }

  /**
   * Resolves these names again, and removes all others.
   * @throws UnavailableError; the previous resolutions then stay
   */
  refresh(names: readonly string[]): Promise<void> {
    return this.exclusively(async () => {
      const known = new Map<string, Resolution>();
      await this.ask(names, known);
      this.known = known;
    });
  }

  private async ask(names: readonly string[], into: Map<string, Resolution>): Promise<void> {
    const distinct = [...new Set(names)];
    if (distinct.length === 0) return;
    const answers = await asking(() => this.port.resolve(distinct));
    for (const [i, name] of distinct.entries()) into.set(name, answers[i]);
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work, work);
    this.last = mine.catch(() => {});
    return mine;
  }
}

/** The answer of the port; its failure as an UnavailableError. */
export function asking<T>(question: () => Promise<T>): Promise<T> {
  return question().catch((error: Error) => {
    throw new UnavailableError(error.message);
  });
}
