/** Sets of numbers as ranges in ascending order. */
import type { NumberRange, Numbers } from '../../spec/policy.ts';

/** Up to so many ranges are compared one after another. */
const FEW = 6;

/** Whether a number is in one of the ranges, which `ordered` has put in order. */
export function includes(ranges: Numbers, value: number): boolean {
  if (ranges.length <= FEW) {
    for (let i = 0; i < ranges.length; i++) if (value >= ranges[i].low && value <= ranges[i].high) return true;
    return false;
  }
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle].high < value) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && ranges[low].low <= value;
}

/** The same numbers as ranges that are in ascending order and do not overlap. */
export function ordered(ranges: Numbers): NumberRange[] {
  const out: NumberRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.low - b.low)) {
    const last = out.at(-1);
    if (last === undefined || range.low > last.high + 1) out.push(range);
    else out[out.length - 1] = { low: last.low, high: Math.max(last.high, range.high) };
  }
  return out;
}
