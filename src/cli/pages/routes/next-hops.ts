/** `show nexthops`: one line per next hop. */
import type { NextHopView } from '../../../engine/api/route-views.ts';
import type { Output } from '../../text/output.ts';
import { type Column, writeTable } from '../../text/table.ts';
import { formatDuration } from '../../text/units.ts';

const COLUMNS: readonly Column<NextHopView>[] = [
  { title: 'NEXT HOP', value: ({ nextHop }) => nextHop },
  { title: 'PATHS', value: ({ paths }) => String(paths), align: 'right' },
  { title: 'SETS', value: ({ attributeSets }) => String(attributeSets), align: 'right' },
  { title: 'COST', value: ({ cost }) => String(cost), align: 'right' },
  {
    title: 'TRACKED',
    value: ({ trackedSeconds }) => (trackedSeconds === null ? '-' : formatDuration(trackedSeconds)),
    align: 'right',
  },
  { title: 'REACHED BY', value: wayOf, color: ({ unreachable }) => (unreachable === null ? null : 'red') },
];

export async function writeNextHops(views: AsyncIterable<NextHopView>, output: Output): Promise<void> {
  const shown = await writeTable(COLUMNS, views, output);
  if (shown === 0) await output.line('no next hop to show');
}

/** The reason of an unusable path starts with what the column says already. */
const SAME = /^the next hop is unreachable: /;

function wayOf(view: NextHopView): string {
  if (view.unreachable !== null) return `unreachable: ${view.unreachable.replace(SAME, '')}`;
  if (view.trackedSeconds === null) return 'not checked';
  if (view.gateway === null) return 'the kernel is not available: used as if reachable';
  const device = view.interface === null ? '' : ` on ${view.interface}`;
  return view.nextHop.split('%')[0] === view.gateway ? `direct${device}` : `${view.gateway}${device}`;
}
