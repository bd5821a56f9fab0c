/** How much work tests put into looking for what is rare. */

/** `npm run test:unit`: nothing that needs root or other processes, fewer random runs, and smaller tables. */
export const isQuick = process.env.TEST_EFFORT === 'quick';

/** Random runs of a property: all of them in `npm test`, a twentieth in `npm run test:unit`, 5 at least. */
export function runs(all: number): number {
  return isQuick ? Math.max(Math.min(all, 5), Math.round(all / 20)) : all;
}

/** Entries of a large table: all of them in `npm test`, fewer in `npm run test:unit` if fewer show the same. */
export function size(all: number, quick: number): number {
  return isQuick ? quick : all;
}

/**
 * A test of what scale costs. `npm run test:unit` leaves it out, since it takes seconds, or measures the machine; other
 * tests show there that the results are right.
 */
export const testAtScale: jest.It = isQuick ? test.skip : test;
