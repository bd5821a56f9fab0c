/** The metrics of kernel routes, one row each. */
import type { FibStatus } from '../../fib/port/driver-options.ts';
import type { FibCounts } from '../../fib/port/types.ts';
import { type MetricRow, single } from './row.ts';

export const FIB_ROWS: readonly MetricRow[] = [
  fibRow('fib_wanted', 'Prefixes with a best path to install in the kernel.', (counts) => counts.wanted),
  fibRow('fib_installed', 'Routes installed in the kernel.', (counts) => counts.installed),
  fibRow(
    'fib_adopted',
    'Routes installed before the start that no best path has confirmed yet.',
    (counts) => counts.adopted,
  ),
  fibRow('fib_failed', 'Routes that the kernel rejected.', (counts) => counts.failed),
  fibRow(
    'fib_conflicts',
    'Routes that cannot be installed because the kernel has a route of another owner with the same prefix and metric.',
    (counts) => counts.conflicts,
  ),
  fibRow('fib_pending', 'Prefixes with a pending change of the kernel route.', (counts) => counts.pending),
  statusRow('fib_up', '1 while kernel routes can be changed, else 0.', 'gauge', (status) => (status.up ? 1 : 0)),
  statusRow(
    'fib_watched',
    '1 while changes by other programs are seen at once (ip monitor), 0 while only comparisons find them.',
    'gauge',
    (status) => (status.watched ? 1 : 0),
  ),
  statusRow(
    'fib_objects',
    '1 if routes use nexthop objects, 0 if each route has its own next hop.',
    'gauge',
    (status) => (status.objects ? 1 : 0),
  ),
  statusRow(
    'fib_next_hops',
    'Next hops, and next hop groups, of the kernel routes.',
    'gauge',
    (status) => status.nextHops,
  ),
  statusRow('fib_unreachable_next_hops', 'Unreachable next hops of paths.', 'gauge', (status) => status.unreachable),
  statusRow(
    'fib_repaired_total',
    'Routes and nexthop objects that other programs changed and reflectord repaired.',
    'counter',
    (status) => status.repaired,
  ),
  statusRow(
    'fib_comparisons_total',
    'Comparisons of all routes with the kernel table.',
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
