/** A kernel that takes everything and does nothing: `fib.mode: dry-run`. No I/O, no timers. */
import type { Fib } from './ports.ts';

export const dryRunFib: Fib = {
  apply: async (_family, changes) => ({ kind: 'done', refusals: changes.map(() => null) }),
  read: async () => {},
  close: async () => {},
};
