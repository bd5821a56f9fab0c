/** `show damped`: one line per prefix and peer that has flapped. */
import type { DampedView } from '../../../engine/api/route-views.ts';
import type { Output } from '../../text/output.ts';
import { type Column, writeTable } from '../../text/table.ts';
import { formatDuration } from '../../text/units.ts';

const COLUMNS: readonly Column<DampedView>[] = [
  { title: 'PREFIX', value: (damped) => damped.prefix },
  { title: 'FROM', value: (damped) => damped.peer },
  { title: 'FLAPS', value: (damped) => String(damped.flaps), align: 'right' },
  { title: 'PENALTY', value: (damped) => String(damped.penalty), align: 'right' },
  {
    title: 'STATE',
    value: (damped) => (damped.suppressed ? 'suppressed' : 'used'),
    color: (damped) => (damped.suppressed ? 'red' : null),
  },
  {
    title: 'REUSE IN',
    value: (damped) => (damped.suppressed ? formatDuration(damped.reuseSeconds) : '-'),
    align: 'right',
  },
];

export async function writeDamped(damped: AsyncIterable<DampedView>, output: Output): Promise<void> {
  const shown = await writeTable(COLUMNS, damped, output);
  if (shown === 0) await output.line('no prefix has flapped, or route damping is not configured');
}
