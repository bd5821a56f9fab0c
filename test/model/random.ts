/** Numbers that depend on a seed alone (mulberry32), so that a seed names a run on every machine. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  }

  /** From 0 to `below` - 1. */
  below(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** One to `most` different entries, in the order of the list. */
  some<T>(list: readonly T[], most: number): T[] {
    const count = 1 + this.below(Math.min(most, list.length));
    const left = [...list.keys()];
    const chosen = Array.from({ length: count }, () => left.splice(this.below(left.length), 1)[0] as number);
    return chosen.sort((a, b) => a - b).map((at) => list[at] as T);
  }

  weighted<T>(rows: readonly (readonly [number, T])[]): T {
    let left = this.below(rows.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of rows) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new Error('no row');
  }
}
