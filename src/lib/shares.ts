/** Small whole numbers in proportion to large ones: weights for the kernel. */

/** Maximum relative error of a share: one in fifty. */
const TOLERANCE = 0.02;

/**
 * The smallest whole numbers from 1 to `max` that are in proportion to the amounts, within two percent if possible.
 * Amounts are not negative; if all are 0, the shares are equal.
 */
export function sharesOf(amounts: readonly number[], max: number): number[] {
  const largest = Math.max(...amounts);
  if (!(largest > 0)) return amounts.map(() => 1);
  for (let top = 1; top <= max; top++) {
    const exact = amounts.map((amount) => (amount / largest) * top);
    const close = exact.every((share) => Math.abs(Math.round(share) - share) <= share * TOLERANCE);
    if (close) return exact.map((share) => Math.max(1, Math.round(share)));
  }
  return amounts.map((amount) => Math.max(1, Math.round((amount / largest) * max)));
}
