/**
 * Revalidates all paths after a change that may make them usable or unusable: the reachability or cost of next hops,
 * our identifiers in loop checks, a peer's import policy or what its import changes. Walks in slices, one walk for all
 * such changes.
 */
import { type Clock, TimeSlice } from '../lib/clock.ts';
import type { Rib } from './rib.ts';
import { WALK, WALK_MS, WALK_STEP } from './sweeper.ts';

export class Revalidation {
  private again = false;
  private isHeld = false;
  private walking = false;
  private family = 0;
  private from = 1;
  private readonly rib: Rib;
  private readonly slice: TimeSlice;

  constructor(rib: Rib, clock: Clock) {
    this.rib = rib;
    this.slice = new TimeSlice(clock, WALK_MS);
  }

  /** Something changed: every path is revalidated. */
  request(): void {
    this.again = true;
  }

  get pending(): boolean {
    return this.walking || this.again;
  }

  /** Whether `work` may be called: no walk starts while further changes are being made. */
  get isReady(): boolean {
    return this.walking || (this.again && !this.isHeld);
  }

  /** The next walk waits for further changes, so that there is one for all of them. */
  hold(on: boolean): void {
    this.isHeld = on;
  }

  /** Does one bounded piece of the work. */
  work(): void {
    if (!this.walking) this.begin();
    const family = this.rib.families[this.family];
    this.slice.begin();
    for (let left = WALK; left > 0 && this.from !== 0; left -= WALK_STEP) {
      this.from = family.revalidateFrom(this.from, WALK_STEP);
      if (this.slice.isOver) break;
    }
    if (this.from !== 0) return;
    this.from = 1;
    this.walking = ++this.family < this.rib.families.length;
  }

  private begin(): void {
    this.again = false;
    this.walking = true;
    this.family = 0;
    this.from = 1;
    this.rib.nextHops.beginWalk();
    for (const peer of this.rib.peers) peer?.beginWalk();
  }
}
