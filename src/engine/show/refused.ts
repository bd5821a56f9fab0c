/** `show refused`. */

import type { RefusedView } from '../api/daemon-views.ts';
import type { Engine } from '../engine.ts';

/** The last refused addresses, the newest first. */
export function viewRefused({ refusals, clock }: Engine): RefusedView[] {
  const ago = (ms: number) => Math.round((clock.nowMs() - ms) / 1000);
  return refusals.latest.map(({ firstMs, lastMs, ...refusal }) => ({
    ...refusal,
    firstSecondsAgo: ago(firstMs),
    lastSecondsAgo: ago(lastMs),
  }));
}
