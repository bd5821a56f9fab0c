/** How much work tests put into looking for what is rare. */

/** `npm run test:unit`: nothing that needs root or other daemons, and fewer random runs, for a quick answer. */
export const isQuick = process.env.TEST_EFFORT === 'quick';

/** Random runs of a property: all of them in `npm test`, a tenth in `npm run test:unit`, 10 at least. */
export function runs(all: number): number {
  return isQuick ? Math.max(Math.min(all, 10), Math.round(all / 10)) : all;
}
