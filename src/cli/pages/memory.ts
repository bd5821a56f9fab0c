/** `show memory`: the memory of the process, per table. */
import type { MemoryView } from '../../engine/api/daemon-views.ts';
import { writeFacts } from '../text/facts.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { formatBytes } from '../text/units.ts';

type TableView = MemoryView['tables'][number];

const COLUMNS: readonly Column<TableView>[] = [
  { title: 'TABLE', value: (table) => table.name },
  { title: 'ENTRIES', value: (table) => String(table.entries), align: 'right' },
  { title: 'SIZE', value: (table) => formatBytes(table.bytes), align: 'right' },
  {
    title: 'PER ENTRY',
    value: (table) => (table.entries === 0 ? '-' : formatBytes(Math.round(table.bytes / table.entries))),
    align: 'right',
  },
];

function attributes({ attributeOctets, attributeLimit, exportedOctets }: MemoryView): string {
  const of = attributeLimit === null ? '' : `, maximum ${formatBytes(attributeLimit)} (\`router.attribute-memory\`)`;
  const exported = exportedOctets === 0 ? '' : `; made by export policies: ${formatBytes(exportedOctets)}`;
  return `${formatBytes(attributeOctets)}${of}${exported}`;
}

/** Compiled code, threads, and what the allocator keeps. */
function other({ rssBytes, arrayBytes, heapPageBytes, programBytes }: MemoryView, tables: number): number {
  return Math.max(0, rssBytes - Math.max(arrayBytes, tables) - heapPageBytes - programBytes);
}

export async function writeMemory(views: AsyncIterable<MemoryView>, output: Output): Promise<void> {
  for await (const view of views) {
    const tables = view.tables.reduce((total, table) => total + table.bytes, 0);
    await writeTable(COLUMNS, view.tables, output);
    await output.line();
    await writeFacts(
      [
        ['Attribute sets', attributes(view)],
        ['Resident', formatBytes(view.rssBytes)],
        ['  tables', formatBytes(tables)],
        ['  buffers', formatBytes(Math.max(0, view.arrayBytes - tables))],
        ['  JavaScript heap', `${formatBytes(view.heapPageBytes)}, ${formatBytes(view.heapBytes)} of it in use`],
        ['  Node.js program', view.programBytes === 0 ? 'unknown' : formatBytes(view.programBytes)],
        ['  other', formatBytes(other(view, tables))],
      ],
      output,
    );
  }
}
