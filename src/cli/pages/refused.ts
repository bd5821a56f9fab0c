/** `show refused`: one line per address whose connections were refused. */
import type { RefusedView } from '../../engine/api/daemon-views.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { formatDuration } from '../text/units.ts';

const COLUMNS: readonly Column<RefusedView>[] = [
  { title: 'ADDRESS', value: (refused) => refused.address },
  { title: 'TIMES', value: (refused) => String(refused.count), align: 'right' },
  { title: 'FIRST', value: (refused) => formatDuration(refused.firstSecondsAgo), align: 'right' },
  { title: 'LAST', value: (refused) => formatDuration(refused.lastSecondsAgo), align: 'right' },
  { title: 'REASON', value: (refused) => refused.reason },
  { title: 'DETAIL', value: (refused) => refused.detail },
];

export async function writeRefused(refused: AsyncIterable<RefusedView>, output: Output): Promise<void> {
  const shown = await writeTable(COLUMNS, refused, output);
  if (shown === 0) await output.line('no connection was refused');
}
