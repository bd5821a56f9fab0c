/**
 * Which of many sets of numbers have a number: all at once, by one binary search. The ranges of the sets are cut into intervals
 * in which no set begins or ends, and each interval has the list of its sets.
 */
import type { Numbers } from '../../spec/policy.ts';

/** Maximum entries of all lists: sets that overlap in very many intervals are better compared one by one. */
const MAX_ENTRIES = 1 << 18;

export class RangeIndex {
  /** The first number of each interval, ascending; the last interval has no end. */
  private readonly starts: Float64Array;
  /** Where the list of each interval begins in `sets`. */
  private readonly firsts: Uint32Array;
  private readonly sets: Uint32Array;

  private constructor(starts: readonly number[], firsts: readonly number[], sets: readonly number[]) {
    this.starts = Float64Array.from(starts);
    this.firsts = Uint32Array.from([...firsts, sets.length]);
    this.sets = Uint32Array.from(sets);
  }

  /** @param all the number of each set, and its ranges as `ordered` makes them. @returns null: they overlap too much */
  static of(all: readonly { readonly set: number; readonly ranges: Numbers }[]): RangeIndex | null {
    const edges = all.flatMap(({ set, ranges }) =>
      ranges.flatMap(({ low, high }) => [
        { at: low, set, opens: true },
        { at: high + 1, set, opens: false },
      ]),
    );
    edges.sort((a, b) => a.at - b.at);
    const open = new Set<number>();
    const [starts, firsts, sets]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < edges.length; ) {
      const { at } = edges[i];
      for (; i < edges.length && edges[i].at === at; i++) {
        if (edges[i].opens) open.add(edges[i].set);
        else open.delete(edges[i].set);
      }
      starts.push(at);
      firsts.push(sets.length);
      if (sets.length + open.size > MAX_ENTRIES) return null;
      for (const set of open) sets.push(set);
    }
    return new RangeIndex(starts, firsts, sets);
  }

  /** Sets the bits of the sets that have the number. */
  mark(number: number, bits: Uint32Array): void {
    const { starts, firsts, sets } = this;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= number) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return;
    for (let at = firsts[low - 1]; at < firsts[low]; at++) bits[sets[at] >> 5] |= 1 << (sets[at] & 31);
  }
}
