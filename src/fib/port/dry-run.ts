/** A kernel that accepts everything and does nothing: `fib.mode: dry-run`. */
import type { ApplyResult, Fib } from './ports.ts';
import { parseVia } from './targets.ts';

const done = async (changes: readonly unknown[]): Promise<ApplyResult> => ({
  kind: 'done',
  refusals: changes.map(() => null),
});

export const dryRunFib: Fib = {
  hasObjects: async () => false,
  apply: (_family, changes) => done(changes),
  applyObjects: done,
  read: async () => {},
  readSome: async () => {},
  readObjects: async () => [],
  resolve: async (names) => names.map((name) => ({ kind: 'reachable', via: parseVia(name), cost: 0 })),
  watch: () => {},
  health: () => [],
  close: async () => {},
};
