/** The metrics of kernel routes, one row each. */
import type { FibCounts } from '../../fib/types.ts';
import type { MetricRow } from './row.ts';

export const FIB_ROWS: readonly MetricRow[] = [
  fibRow('fib_wanted', 'Prefixes with a best path that should be in the kernel.', (counts) => counts.wanted),
  fibRow('fib_installed', 'Routes that the kernel has confirmed.', (counts) => counts.installed),
  fibRow('fib_adopted', 'Routes from before the start that nothing has asked for yet.', (counts) => counts.adopted),
  fibRow('fib_failed', 'Wanted routes that the kernel does not take.', (counts) => counts.failed),
  fibRow('fib_conflicts', "Wanted routes in whose place somebody else's route is.", (counts) => counts.conflicts),
  fibRow('fib_pending', 'Prefixes whose change waits or is under way.', (counts) => counts.pending),
];

function fibRow(name: string, help: string, value: (counts: FibCounts) => number): MetricRow {
  return {
    name,
    help,
    type: 'gauge',
    labels: ['family'],
    read: ({ source }) =>
      Array.from(source.fib(), ([family, counts]) => ({ labels: { family }, value: value(counts) })),
  };
}
