import { expect, it } from '@jest/globals';
import { warmUp } from '../../src/daemon/warm-up.ts';
import { RealClock } from '../../src/io/system/loop.ts';

it('advertises what a scratch client announces, changes and withdraws to three others, in both families', () => {
  // One round at least. 2 families x 100 UPDATEs of more than 80 octets, announced, changed and (shorter) withdrawn.
  expect(warmUp(new RealClock(), 1)).toBeGreaterThan(3 * 2 * 100 * (80 + 80 + 40));
});
