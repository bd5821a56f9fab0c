/**
 * How next hops are reached, as the kernel last said: a name is asked about once, until everything is asked anew.
 * Asks through the port, one question at a time, so that an old answer never follows a new one.
 */
import type { Fib, Resolution } from '../port/ports.ts';

/** The kernel could not be asked. */
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

  /** What is known of a name; undefined: nobody has asked. */
  peek(name: string): Resolution | undefined {
    return this.known.get(name);
  }

  /**
   * Asks about these names anew, and forgets all others.
   * @throws UnavailableError; what was known before stays so
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

/** What the port answers, its failure as an outage. */
export function asking<T>(question: () => Promise<T>): Promise<T> {
  return question().catch((error: Error) => {
    throw new UnavailableError(error.message);
  });
}
