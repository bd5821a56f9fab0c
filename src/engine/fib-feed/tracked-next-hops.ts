/** The next hops of the tables, updated with their reachability from the kernel. */
import type { TrackedNextHops, Via } from '../../fib/port/ports.ts';
import type { NextHopId } from '../../rib/tables/ids.ts';
import type { Engine } from '../engine.ts';

/** How the kernel reaches a next hop. */
interface Tracked {
  /** Its id may be that of another next hop later. */
  readonly name: string;
  /** When it came into use, in milliseconds of the clock. */
  readonly sinceMs: number;
  /** null: not resolved, or unreachable. */
  readonly via: Via | null;
}

export class RibNextHops implements TrackedNextHops {
  private readonly engine: Pick<Engine, 'rib' | 'clock' | 'revalidatePaths'>;
  /** By id; an id that is used again replaces the entry. */
  private readonly tracked = new Map<number, Tracked>();

  constructor(engine: Pick<Engine, 'rib' | 'clock' | 'revalidatePaths'>) {
    this.engine = engine;
  }

  watch(onNew: (nextHop: number) => void): void {
    this.engine.rib.nextHops.watch((nextHop) => {
      this.tracked.set(nextHop, { name: this.nameOf(nextHop), sinceMs: this.engine.clock.nowMs(), via: null });
      onNew(nextHop);
    });
  }

  isUsed(nextHop: number): boolean {
    return this.engine.rib.nextHops.isHeld(nextHop as NextHopId);
  }

  nameOf(nextHop: number): string {
    return this.engine.rib.nextHops.nameOf(nextHop as NextHopId);
  }

  setReach(nextHop: number, words: string | null, cost: number, via: Via | null = null): boolean {
    const known = this.tracked.get(nextHop);
    if (known !== undefined) this.tracked.set(nextHop, { ...known, via });
    return this.engine.rib.nextHops.setReach(nextHop as NextHopId, words, cost);
  }

  changed(): void {
    this.engine.revalidatePaths();
  }

  /** As last resolved; undefined: it is not tracked. */
  trackedOf(nextHop: number): Tracked | undefined {
    const known = this.tracked.get(nextHop);
    return known?.name === this.nameOf(nextHop) ? known : undefined;
  }
}
