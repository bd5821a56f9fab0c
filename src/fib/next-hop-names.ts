/**
 * Next hops of routes that were in the kernel before us, by name: a few names stand for many routes, so a route
 * costs an integer and a comparison of two strings is made once per pair. No I/O, no timers.
 */
import type { BestRoutes } from './ports.ts';

export class NextHopNames {
  private readonly names: (string | null)[] = ['']; // index 0 is none
  private readonly byName = new Map<string | null, number>();

  /** The index of a name, from 1 up. */
  intern(name: string | null): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    this.byName.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  name(index: number): string {
    return this.names[index] ?? '?';
  }

  /** Whether the name is that of the next-hop id. */
  matches(index: number, nextHop: number, best: BestRoutes): boolean {
    const name = this.names[index];
    return name !== null && best.formatNextHop(nextHop) === name;
  }
}
