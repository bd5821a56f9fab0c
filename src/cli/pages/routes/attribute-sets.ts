/** `show attributes`: counts of attribute sets, then the largest and the most used ones. */
import type { AttributeSetsView } from '../../../engine/api/route-views.ts';
import { type Fact, writeFacts } from '../../text/facts.ts';
import type { Output } from '../../text/output.ts';
import { type Column, writeTable } from '../../text/table.ts';
import { formatBytes } from '../../text/units.ts';

type SetView = Extract<AttributeSetsView, { readonly kind: 'set' }>;

const COLUMNS: readonly Column<SetView>[] = [
  { title: 'OCTETS', value: ({ octets }) => String(octets), align: 'right' },
  { title: 'PATHS', value: ({ paths }) => String(paths), align: 'right' },
  { title: 'CHARGED TO', value: ({ from }) => from ?? '-' },
  { title: 'NEXT HOP', value: ({ attributes }) => attributes.nextHop },
  { title: 'AS PATH', value: ({ attributes }) => attributes.asPath },
];

const TITLES = { largest: 'Largest sets', 'most-used': 'Most used sets' } as const;

export async function writeAttributeSets(views: AsyncIterable<AttributeSetsView>, output: Output): Promise<void> {
  const sets: SetView[] = [];
  for await (const view of views) {
    if (view.kind === 'set') sets.push(view);
    else await writeFacts(factsOf(view), output);
  }
  for (const list of ['largest', 'most-used'] as const) {
    const rows = sets.filter((set) => set.list === list);
    if (rows.length === 0) continue;
    await output.line();
    await output.line(output.paint(TITLES[list], 'bold'));
    await writeTable(COLUMNS, rows, output, '  ');
  }
}

function factsOf(view: Exclude<AttributeSetsView, SetView>): Fact[] {
  const { sets, octets, paths, allSets, tableBytes } = view;
  return [
    ['Sets of paths', `${sets}, ${formatBytes(octets)}`],
    ['Paths', sets === 0 ? '0' : `${paths}, ${(paths / sets).toFixed(1)} per set`],
    ['All sets', `${allSets}, with those as received and as advertised; table ${formatBytes(tableBytes)}`],
  ];
}
