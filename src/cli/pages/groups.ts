/** `show groups`: the update groups. A group encodes a change once for all its members. */
import type { CutView, GroupView } from '../../engine/api/route-views.ts';
import type { Output } from '../text/output.ts';
import { type Column, writeTable } from '../text/table.ts';
import { formatBytes } from '../text/units.ts';

const COLUMNS: readonly Column<GroupView>[] = [
  { title: 'ID', value: (group) => String(group.id), align: 'right' },
  { title: 'NAME', value: (group) => group.name },
  { title: 'FAMILY', value: (group) => group.family },
  { title: 'ROLE', value: (group) => group.role },
  { title: 'MEMBERS', value: (group) => String(group.members.length), align: 'right' },
  {
    title: 'SLOW',
    value: (group) => String(group.slowMembers.length),
    align: 'right',
    color: (group) => (group.slowMembers.length > 0 ? 'red' : null),
  },
  { title: 'ADVERTISED', value: (group) => String(group.advertised), align: 'right' },
  {
    title: 'BLOCKED',
    value: (group) => String(group.blockedPrefixes),
    align: 'right',
    color: (group) => (group.blockedPrefixes > 0 ? 'red' : null),
  },
  { title: 'LOG', value: (group) => formatBytes(group.logBytes), align: 'right' },
  { title: 'SHARED SETTINGS', value: (group) => group.key },
];

export async function writeGroups(groups: AsyncIterable<GroupView>, output: Output): Promise<void> {
  const shown = await writeTable(COLUMNS, groups, output);
  if (shown === 0) await output.line('no update groups: no routes are advertised');
}

const CUT_COLUMNS: readonly Column<CutView>[] = [
  { title: 'PREFIX', value: ({ prefix }) => prefix },
  { title: 'PATHS', value: ({ paths }) => String(paths), align: 'right' },
  { title: 'LIMIT', value: ({ limit }) => String(limit), align: 'right' },
  { title: 'GROUP', value: ({ group }) => String(group), align: 'right' },
  { title: 'MEMBERS', value: ({ members }) => String(members), align: 'right' },
];

/** `show cut`: the prefixes of which only the best paths, up to the limit, are advertised. */
export async function writeCut(prefixes: AsyncIterable<CutView>, output: Output): Promise<void> {
  const shown = await writeTable(CUT_COLUMNS, prefixes, output);
  if (shown === 0) await output.line('all paths are advertised to every peer with ADD-PATH');
}
