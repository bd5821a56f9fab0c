/**
 * Where a number of prefixes stands against its limit, and when that is worth a word: once per crossing, and again only
 * after it has gone down by a margin.
 */
import type { PrefixLimit } from '../../spec/limits.ts';

/** `near`: from the warning on; `over`: beyond the limit, or as many as are allowed while more would come. */
export type LimitLevel = 'below' | 'near' | 'over';

/** It counts as less again once it is below this part of what it had passed. */
const WARNING_MARGIN = 0.9;
const LIMIT_MARGIN = 0.95;

export class LimitGauge {
  level: LimitLevel = 'below';
  private readonly spec: PrefixLimit;

  constructor(spec: PrefixLimit) {
    this.spec = spec;
  }

  /**
   * Takes a count; true when the operator is to be told of the new level.
   * @param blocked how many more there would be, where the limit keeps them out
   */
  read(count: number, blocked: number): boolean {
    const { limit, warnAt } = this.spec;
    if (count > limit || (blocked > 0 && count === limit)) return this.rise('over');
    if (this.level === 'over' && count < limit * LIMIT_MARGIN) this.level = 'near';
    if (count >= warnAt) return this.rise('near');
    return this.fall(count < warnAt * WARNING_MARGIN);
  }

  private rise(to: 'near' | 'over'): boolean {
    if (this.level === to || this.level === 'over') return false;
    this.level = to;
    return true;
  }

  private fall(isFar: boolean): boolean {
    if (this.level !== 'near' || !isFar) return false;
    this.level = 'below';
    return true;
  }
}
