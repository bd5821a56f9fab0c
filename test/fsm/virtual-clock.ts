/** Time and chance of a simulation: the same for the same seed. */

/** Numbers in [0, 1) that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Virtual time: callbacks in order of their time, and of their making where that is equal. */
export class VirtualClock {
  nowMs = 0;
  private readonly queue: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  private order = 0;

  at(atMs: number, run: () => void): void {
    const entry = { atMs, order: this.order++, run };
    let i = this.queue.length;
    while (i > 0 && this.queue[i - 1]!.atMs > atMs) i--;
    this.queue.splice(i, 0, entry);
  }

  /** Runs everything that is due up to `untilMs`; the clock stands there afterwards. */
  run(untilMs: number): void {
    while (this.queue.length > 0 && this.queue[0]!.atMs <= untilMs) {
      const { atMs, run } = this.queue.shift()!;
      this.nowMs = atMs;
      run();
    }
    this.nowMs = untilMs;
  }
}
