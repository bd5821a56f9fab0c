/** The rules of a chain that may hold for a route, by its facts, in their order. */
import type { Facts } from './facts.ts';
import type { Folded, FoldedStep } from './folded.ts';

export class Candidates {
  /** Steps that need no fact, as bits. */
  private readonly always: Uint32Array;
  /** The steps that each fact may make hold: `steps[firsts[fact]]` to `steps[firsts[fact + 1]]`. */
  private readonly firsts: Uint32Array;
  private readonly steps: Uint32Array;
  private readonly pending: Uint32Array;
  private readonly facts: Facts;

  constructor(folded: readonly FoldedStep[], facts: Facts) {
    this.facts = facts;
    this.always = new Uint32Array((folded.length + 31) >> 5);
    this.pending = new Uint32Array(this.always.length);
    const lists: number[][] = Array.from({ length: facts.count }, () => []);
    for (const [step, { test }] of folded.entries()) {
      const needed = test === null ? null : neededBy(test, facts);
      if (needed === null) this.always[step >> 5] |= 1 << (step & 31);
      else for (const fact of needed) lists[fact].push(step);
    }
    this.firsts = new Uint32Array(facts.count + 1);
    for (const [fact, list] of lists.entries()) this.firsts[fact + 1] = this.firsts[fact] + list.length;
    this.steps = Uint32Array.from(lists.flat());
  }

  /** Starts with the facts as they are now, also in the middle of a chain. */
  begin(): void {
    const { always, firsts, steps, pending } = this;
    const { found } = this.facts;
    for (let i = 0; i < pending.length; i++) pending[i] = always[i];
    for (let i = 0; i < found.length; i++) {
      for (let word = found[i]; word !== 0; word &= word - 1) {
        const fact = i * 32 + 31 - Math.clz32(word & -word);
        for (let at = firsts[fact]; at < firsts[fact + 1]; at++) pending[steps[at] >> 5] |= 1 << (steps[at] & 31);
      }
    }
  }

  /** The next step at `from` or behind it; -1: there is none. */
  next(from: number): number {
    const { pending } = this;
    let i = from >> 5;
    if (i >= pending.length) return -1;
    let word = pending[i] & (-1 << (from & 31));
    while (word === 0) {
      if (++i >= pending.length) return -1;
      word = pending[i];
    }
    return i * 32 + 31 - Math.clz32(word & -word);
  }
}

/** Facts of which a condition needs at least one; null: it may hold without any. */
function neededBy(condition: Folded, facts: Facts): readonly number[] | null {
  const fact = facts.neededBy(condition);
  if (fact >= 0) return [fact];
  if (condition.kind === 'all') {
    for (const one of condition.of) {
      const needed = neededBy(one, facts);
      if (needed !== null) return needed;
    }
    return null;
  }
  if (condition.kind !== 'any') return null;
  const all = condition.of.map((one) => neededBy(one, facts));
  return all.includes(null) ? null : [...new Set(all.flatMap((needed) => needed as readonly number[]))];
}
