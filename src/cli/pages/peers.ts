/** `show peers`: one line per peer, and the totals. */
import type { FamilyView, PeerView } from '../../engine/api/peer-views.ts';
import type { Color, Output } from '../text/output.ts';
import { type Column, Table } from '../text/table.ts';
import { count, formatBytes, formatDuration } from '../text/units.ts';
import { bfdNote } from './bfd.ts';

const COLUMNS: readonly Column<PeerView>[] = [
  { title: 'PEER', value: (peer) => peer.address },
  { title: 'AS', value: (peer) => (peer.as === null ? '-' : String(peer.as)), align: 'right' },
  { title: 'ROLE', value: (peer) => peer.role },
  { title: 'GROUP', value: (peer) => peer.group || '-' },
  { title: 'STATE', value: stateName, color: stateColor },
  { title: 'SINCE', value: (peer) => formatDuration(peer.sinceSeconds), align: 'right' },
  { title: 'RECEIVED', value: (peer) => sum(peer, 'received'), align: 'right' },
  { title: 'ACCEPTED', value: (peer) => sum(peer, 'accepted'), align: 'right' },
  { title: 'ADVERTISED', value: (peer) => sum(peer, 'advertised'), align: 'right' },
  { title: 'DESCRIPTION', value: (peer) => labelOf(peer) || '-' },
  { title: 'NOTE', value: (peer) => reasonOf(peer) ?? '' },
];

export async function writePeers(peers: AsyncIterable<PeerView>, output: Output): Promise<void> {
  const table = new Table(COLUMNS, output);
  let all = 0;
  let established = 0;
  for await (const peer of peers) {
    all++;
    if (peer.state === 'Established') established++;
    await table.add(peer);
  }
  await table.end();
  await output.line(all === 0 ? 'no peers' : `${count(all, 'peer')}, ${established} established`);
}

/** State of the session, or that it is administratively down. */
export function stateName(peer: PeerView): string {
  return peer.shutdown ? 'Shutdown' : peer.state;
}

export function stateColor(peer: PeerView): Color {
  if (peer.shutdown) return 'grey';
  if (peer.state === 'Established') return 'green';
  return peer.lastDown === null ? 'yellow' : 'red';
}

function sum(peer: PeerView, field: 'received' | 'accepted' | 'advertised'): string {
  if (peer.state !== 'Established') return '-';
  return String(peer.families.reduce((total, family) => total + family[field], 0));
}

/** The description, and the host name that the peer sends, if it says more. */
export function labelOf({ description, hostName }: PeerView): string {
  if (hostName === null || hostName === description) return description;
  return description === '' ? hostName : `${description} (${hostName})`;
}

/** What an operator asks next: why the session is down, or what it waits for. */
function reasonOf(peer: PeerView): string | null {
  if (peer.heldDown !== null) return peer.heldDown.reason;
  if (peer.state !== 'Established') return peer.obstacle;
  const waiting = peer.families.filter((family) => family.sending === 'slow' || family.sending === 'snapshot');
  if (waiting.length > 0) return waiting.map(sendingNote).join(', ');
  return bfdNote(peer.bfd);
}

function sendingNote(family: FamilyView): string {
  const what = family.sending === 'slow' ? 'slow' : 'sending table';
  return `${what} (${family.family}, ${formatBytes(family.lagBytes)})`;
}
