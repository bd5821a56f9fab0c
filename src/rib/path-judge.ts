/**
 * Judges all paths anew after what their usability depends on has changed: next hops that were lost, found or cost more or less, what counts
 * as a loop, what a peer's import policy says. In slices, all such changes in one walk. No I/O, no timers.
 */
import type { Rib } from './rib.ts';

/** Path ids looked at per step. */
const STEP = 16_384;

export class PathJudge {
  private again = false;
  private walking = false;
  private family = 0;
  private from = 1;
  private readonly rib: Rib;

  constructor(rib: Rib) {
    this.rib = rib;
  }

  /** Something changed: every path is looked at once more. */
  request(): void {
    this.again = true;
  }

  get pending(): boolean {
    return this.walking || this.again;
  }

  /** Does one bounded piece of the work. */
  work(): void {
    if (!this.walking) this.begin();
    this.from = this.rib.families[this.family].judge(this.from, STEP);
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
  }
}
