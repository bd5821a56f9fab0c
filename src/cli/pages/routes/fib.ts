/** `show fib`: the routes for the kernel table, with the state of each. */
import type { FibView } from '../../../engine/api/route-views.ts';
import type { Color, Output } from '../../text/output.ts';
import { type Column, Table } from '../../text/table.ts';
import { count } from '../../text/units.ts';

const COLORS: Readonly<Partial<Record<FibView['state'], Color>>> = {
  installed: 'green',
  failed: 'red',
  conflict: 'red',
  pending: 'yellow',
  removing: 'yellow',
};

const COLUMNS: readonly Column<FibView>[] = [
  { title: 'PREFIX', value: (route) => route.prefix },
  { title: 'NEXT HOP', value: (route) => route.nextHop || '-' },
  { title: 'STATE', value: (route) => route.state, color: (route) => COLORS[route.state] ?? null },
  { title: 'ERROR', value: (route) => route.error ?? '' },
];

export async function writeFib(routes: AsyncIterable<FibView>, output: Output): Promise<void> {
  const table = new Table(COLUMNS, output);
  const states = new Map<string, number>();
  for await (const route of routes) {
    await table.add(route);
    states.set(route.state, (states.get(route.state) ?? 0) + 1);
  }
  await table.end();
  const all = [...states.values()].reduce((total, number) => total + number, 0);
  const parts = [...states].map(([state, number]) => `${number} ${state}`);
  await output.line(all === 0 ? 'no routes' : `${count(all, 'route')}: ${parts.join(', ')}`);
}
