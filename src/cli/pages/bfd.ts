/** `show bfd`: one line per peer with BFD; and the BFD lines of `show peer X`. */
import type { BfdRemoteView, BfdSessionView, BfdView } from '../../engine/api/bfd-views.ts';
import type { Fact } from '../text/facts.ts';
import type { Color, Output } from '../text/output.ts';
import { type Column, Table } from '../text/table.ts';
import { count, formatDuration } from '../text/units.ts';

const COLUMNS: readonly Column<BfdSessionView>[] = [
  { title: 'PEER', value: ({ peer }) => peer },
  { title: 'HOPS', value: hops },
  { title: 'STATE', value: ({ state }) => (state === 'none' ? '-' : state), color: stateColor },
  { title: 'SINCE', value: (view) => duration(view.sinceSeconds), align: 'right' },
  { title: 'REMOTE', value: ({ remote }) => remote?.state ?? '-' },
  { title: 'INTERVAL', value: ({ transmitMs }) => milliseconds(transmitMs), align: 'right' },
  { title: 'DETECTION', value: ({ detectionMs }) => milliseconds(detectionMs), align: 'right' },
  { title: 'SENT', value: ({ packetsSent }) => String(packetsSent), align: 'right' },
  { title: 'RECEIVED', value: ({ packetsReceived }) => String(packetsReceived), align: 'right' },
  { title: 'FLAPS', value: ({ flaps }) => String(flaps), align: 'right' },
  { title: 'NOTE', value: note },
];

export async function writeBfd(sessions: AsyncIterable<BfdSessionView>, output: Output): Promise<void> {
  const table = new Table(COLUMNS, output);
  let [all, up] = [0, 0];
  for await (const session of sessions) {
    all++;
    if (session.state === 'Up') up++;
    await table.add(session);
  }
  await table.end();
  await output.line(all === 0 ? 'no peer has BFD' : `${count(all, 'peer')} with BFD, ${up} up`);
}

/** The lines of `show peer X`. */
export function bfdFacts(bfd: BfdView | null, output: Output): Fact[] {
  if (bfd === null) return [];
  return [
    ['BFD', output.paint(stateText(bfd), stateColor(bfd))],
    ['BFD timers', timers(bfd)],
    ['BFD remote', remote(bfd.remote)],
    ['BFD history', history(bfd)],
  ];
}

/** Why BFD of an established session is not Up; null: it is Up, or not configured. */
export function bfdNote(bfd: BfdView | null): string | null {
  return bfd === null || bfd.state === 'Up' ? null : `BFD ${stateWords(bfd)}`;
}

function stateText(bfd: BfdView): string {
  if (bfd.state === 'none' && bfd.problem === null) return 'starts when the session is established';
  const from = bfd.localAddress === null ? '' : `, from ${bfd.localAddress}`;
  const since = bfd.sinceSeconds === null || bfd.problem !== null ? '' : ` for ${formatDuration(bfd.sinceSeconds)}`;
  return `${stateWords(bfd)}${since}, ${hops(bfd)}${from}`;
}

/** `Up`, or the reason for another state. */
function stateWords({ state, diag, remote: far, problem }: BfdView): string {
  if (problem !== null) return `cannot run: ${problem}`;
  if (state === 'Up' || state === 'none') return state;
  const reason = diag === null || diag === 'no diagnostic' ? '' : ` (${diag})`;
  const answer = far === null ? ', no answer' : far.state === 'AdminDown' ? ' (the peer is AdminDown)' : '';
  return `${state}${reason}${answer}`;
}

function stateColor({ state, problem }: BfdView): Color | null {
  if (problem !== null) return 'red';
  if (state === 'Up') return 'green';
  return state === 'none' ? null : 'yellow';
}

function timers(bfd: BfdView): string {
  const { transmitMs, detectionMs, intervalMs, minRxMs, multiplier, minTtl, multihop } = bfd;
  const configured = `configured: interval ${intervalMs} ms, min-rx ${minRxMs} ms, multiplier ${multiplier}`;
  const least = multihop === true && minTtl !== null && minTtl > 1 ? `; minimum TTL ${minTtl}` : '';
  if (transmitMs === null) return `${configured}${least}`;
  const detection = detectionMs === null ? '' : `, detection time ${detectionMs} ms`;
  return `transmit interval ${transmitMs} ms${detection}; ${configured}${least}`;
}

function remote(far: BfdRemoteView | null): string | null {
  if (far === null) return null;
  const reason = far.diag === 'no diagnostic' ? '' : ` (${far.diag})`;
  const fate = far.independent ? 'control plane independent' : 'not control plane independent';
  const demand = far.demand ? ', demand mode' : '';
  return `${far.state}${reason}, discriminator ${far.discriminator}, interval ${far.intervalMs} ms, min-rx ${far.minRxMs} ms, multiplier ${far.multiplier}; ${fate}${demand}`;
}

function history({ flaps, lastLoss, lastLossSecondsAgo, packetsSent, packetsReceived }: BfdView): string {
  const last = lastLoss === null ? '' : `, ${duration(lastLossSecondsAgo)} ago: ${lastLoss}`;
  return `${count(flaps, 'flap')}${last}; ${count(packetsSent, 'packet')} sent, ${packetsReceived} received`;
}

/** The description of the peer, and why BFD is not Up. */
function note(bfd: BfdSessionView): string {
  return [bfd.description, reasonOf(bfd)].filter((text) => text !== '').join(': ');
}

function reasonOf(bfd: BfdSessionView): string {
  if (bfd.state === 'Up') return '';
  if (bfd.state === 'none' && bfd.problem === null) return `the session is ${bfd.session}`;
  return stateWords(bfd);
}

function hops({ multihop }: BfdView): string {
  if (multihop === null) return '-';
  return multihop ? 'multihop' : 'single hop';
}

function duration(seconds: number | null): string {
  return seconds === null ? '-' : formatDuration(seconds);
}

function milliseconds(ms: number | null): string {
  return ms === null ? '-' : `${ms} ms`;
}
