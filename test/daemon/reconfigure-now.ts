/** Applies a difference at once, where a test has no turns. */
import { reconfigure } from '../../src/daemon/reload/reconfigure.ts';

export function reconfigureNow(...args: Parameters<typeof reconfigure>) {
  const steps = reconfigure(...args);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
