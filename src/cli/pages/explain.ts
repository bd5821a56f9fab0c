/** `explain P`: a line per peer, with why it is not told of the prefix. */
import type { ToldView } from '../../engine/views.ts';
import type { Output } from '../output.ts';
import { type Column, writeTable } from '../table.ts';

const COLUMNS: readonly Column<ToldView>[] = [
  { title: 'PEER', value: (row) => row.peer },
  { title: 'GROUP', value: (row) => row.group },
  { title: 'TOLD', value: toldOf, colour: (row) => (row.told ? 'green' : 'red') },
  { title: 'BEST FROM', value: (row) => row.bestFrom ?? '-' },
  { title: 'WHY NOT', value: whyNot },
];

export async function writeTold(rows: AsyncIterable<ToldView>, output: Output): Promise<void> {
  const shown = await writeTable(COLUMNS, rows, output);
  if (shown === 0) await output.line('there are no peers');
}

/** With ADD-PATH: of how many paths. */
function toldOf({ told, most, paths }: ToldView): string {
  if (!told || most === 1) return told ? 'yes' : 'no';
  return `${paths.filter((path) => path.told).length} of ${paths.length}`;
}

/** Of several paths those that are left out, each with where it is from. */
function whyNot({ why, told, most, paths }: ToldView): string {
  if (!told || most === 1) return why ?? '';
  const left = paths.filter((path) => !path.told);
  return left.map(({ from, pathId, why: words }) => `${from}${pathId === 0 ? '' : ` #${pathId}`}: ${words}`).join('; ');
}
