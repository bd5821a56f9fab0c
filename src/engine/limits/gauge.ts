/**
 * The level of a number of prefixes relative to its limit, and when to report it: once per crossing, and again only
 * after it fell by a margin.
 */
import type { PrefixLimit } from '../../spec/limits.ts';

/** `near`: from the warning on; `over`: over the limit, or at the limit with blocked prefixes. */
export type LimitLevel = 'below' | 'near' | 'over';

/** The level falls when the number is below this part of the crossed threshold. */
const WARNING_MARGIN = 0.9;
const LIMIT_MARGIN = 0.95;

export class LimitGauge {
  level: LimitLevel = 'below';
  private readonly spec: PrefixLimit;

  constructor(spec: PrefixLimit) {
    this.spec = spec;
  }

  /**
   * Reads a count; true: report the new level.
   * @param blocked number of prefixes that the limit blocks
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
