/** `explain P`: a line per peer, with why it is not told of the prefix. */
import type { ToldView } from '../../engine/views.ts';
import type { Output } from '../output.ts';
import { type Column, writeTable } from '../table.ts';

const COLUMNS: readonly Column<ToldView>[] = [
  { title: 'PEER', value: (row) => row.peer },
  { title: 'GROUP', value: (row) => row.group },
  { title: 'TOLD', value: (row) => (row.told ? 'yes' : 'no'), colour: (row) => (row.told ? 'green' : 'red') },
  { title: 'BEST FROM', value: (row) => row.bestFrom ?? '-' },
  { title: 'WHY NOT', value: (row) => row.why ?? '' },
];

export async function writeTold(rows: AsyncIterable<ToldView>, output: Output): Promise<void> {
  const shown = await writeTable(COLUMNS, rows, output);
  if (shown === 0) await output.line('there are no peers');
}
