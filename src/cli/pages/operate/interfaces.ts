/** `show interfaces`: one line per interface. */
import type { InterfaceView } from '../../../engine/api/watch-commands.ts';
import type { Color, Output } from '../../text/output.ts';
import { type Column, writeTable } from '../../text/table.ts';

const COLORS: Readonly<Record<InterfaceView['state'], Color>> = {
  up: 'green',
  down: 'red',
  'no-carrier': 'red',
  unknown: 'grey',
};
/** Peers of an interface that are named; `--json` has all. */
const MAX_PEERS = 5;

const COLUMNS: readonly Column<InterfaceView>[] = [
  { title: 'INTERFACE', value: ({ name }) => name },
  { title: 'STATE', value: ({ state }) => state, color: ({ state }) => COLORS[state] },
  { title: 'MTU', value: ({ mtu }) => (mtu === 0 ? '-' : String(mtu)), align: 'right' },
  { title: 'ADDRESSES', value: ({ addresses }) => addresses.join(' ') || '-' },
  { title: 'PEERS', value: ({ peers }) => peersOf(peers) },
  {
    title: 'TRACKED FOR',
    value: ({ tracking }) => tracking.join(', ') || '-',
    color: ({ problem }) => (problem === null ? null : 'red'),
  },
  { title: 'NOTE', value: ({ problem }) => problem ?? '' },
];

export async function writeInterfaces(interfaces: AsyncIterable<InterfaceView>, output: Output): Promise<void> {
  await writeTable(COLUMNS, interfaces, output);
}

function peersOf(peers: readonly string[]): string {
  if (peers.length === 0) return '-';
  const more = peers.length > MAX_PEERS ? ` and ${peers.length - MAX_PEERS} more` : '';
  return `${peers.slice(0, MAX_PEERS).join(' ')}${more}`;
}
