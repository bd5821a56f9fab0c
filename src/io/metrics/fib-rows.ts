/** The metrics of kernel routes, one row each. */
import type { FibStatus } from '../../fib/port/driver-options.ts';
import type { FibCounts } from '../../fib/port/types.ts';
import { type MetricRow, single } from './row.ts';

export const FIB_ROWS: readonly MetricRow[] = [
  fibRow('fib_wanted', 'Prefixes with a best path that should be in the kernel.', (counts) => counts.wanted),
  fibRow('fib_installed', 'Routes that the kernel has confirmed.', (counts) => counts.installed),
  fibRow('fib_adopted', 'Routes from before the start that nothing has asked for yet.', (counts) => counts.adopted),
  fibRow('fib_failed', 'Wanted routes that the kernel does not take.', (counts) => counts.failed),
  fibRow('fib_conflicts', "Wanted routes in whose place somebody else's route is.", (counts) => counts.conflicts),
  fibRow('fib_pending', 'Prefixes whose change waits or is under way.', (counts) => counts.pending),
  statusRow('fib_up', "1 while the kernel's routes can be changed, else 0.", 'gauge', (status) => (status.up ? 1 : 0)),
  statusRow(
    'fib_watched',
    '1 while changes of the kernel by others are seen at once, 0 while only comparisons find them.',
    'gauge',
    (status) => (status.watched ? 1 : 0),
  ),
  statusRow(
    'fib_objects',
    '1 where routes lead to nexthop objects, 0 where each says itself where.',
    'gauge',
    (status) => (status.objects ? 1 : 0),
  ),
  statusRow('fib_next_hops', 'Next hops, and sets of them, that routes lead to.', 'gauge', (status) => status.nextHops),
  statusRow(
    'fib_unreachable_next_hops',
    'Next hops of paths that cannot be reached.',
    'gauge',
    (status) => status.unreachable,
  ),
  statusRow(
    'fib_repaired_total',
    'Routes and nexthop objects that others changed and that were put right.',
    'counter',
    (status) => status.repaired,
  ),
  statusRow(
    'fib_comparisons_total',
    "Comparisons of all routes with the kernel's.",
    'counter',
    (status) => status.comparisons,
  ),
];

function statusRow(
  name: string,
  help: string,
  type: MetricRow['type'],
  value: (status: FibStatus) => number,
): MetricRow {
  const read: MetricRow['read'] = ({ source }) => {
    const status = source.fibStatus();
    return status === null ? [] : single(value(status));
  };
  return { name, help, type, labels: [], read };
}

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
