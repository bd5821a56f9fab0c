/** The next hops of the tables, updated with their reachability from the kernel. */
import type { TrackedNextHops } from '../../fib/port/ports.ts';
import type { NextHopId } from '../../rib/tables/ids.ts';
import type { Engine } from '../engine.ts';

export class RibNextHops implements TrackedNextHops {
  private readonly engine: Pick<Engine, 'rib' | 'revalidatePaths'>;

  constructor(engine: Pick<Engine, 'rib' | 'revalidatePaths'>) {
    this.engine = engine;
  }

  watch(onNew: (nextHop: number) => void): void {
    this.engine.rib.nextHops.watch(onNew);
  }

  isUsed(nextHop: number): boolean {
    return this.engine.rib.nextHops.isHeld(nextHop as NextHopId);
  }

  nameOf(nextHop: number): string {
    return this.engine.rib.nextHops.nameOf(nextHop as NextHopId);
  }

  setReach(nextHop: number, words: string | null, cost: number): boolean {
    return this.engine.rib.nextHops.setReach(nextHop as NextHopId, words, cost);
  }

  changed(): void {
    this.engine.revalidatePaths();
  }
}
