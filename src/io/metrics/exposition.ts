/**
 * The metrics page, in pieces: the metrics of the registry, then the series of every peer. With 5,000 peers these are
 * more than 100,000 lines, so they are built a few milliseconds at a time, and BGP runs in between.
 */

import type { Registry } from 'prom-client';
import type { FamilyMetrics, MetricsSource, PeerMetrics } from '../../engine/api/metrics-source.ts';
import type { ExpositionSpec } from '../../spec/router.ts';
import { Pace } from '../loop/pace.ts';
import { BIRD } from './bird-names.ts';
import { FRR } from './frr-names.ts';
import { FAMILY_ROWS, INFO_ROW, OMITTED_ROW, PEER_ROWS, STATE_NUMBERS, STATES_ROW } from './peer-rows.ts';
import { PREFIX, type SumRow } from './row.ts';
import { type Alias, type AliasSeries, escapeLabel, labelText } from './series.ts';

const BLOCK_LENGTH = 65_536;
/** Lines that are made at once; peers or pieces of lines between two readings of the clock. */
const LINES_AT_ONCE = 64;
const PEERS_PER_LOOK = 32;

/** The values of a peer, or of a family of it, at this scrape, with its labels as text. */
interface Series {
  readonly peer: PeerMetrics;
  readonly labels: string;
}
interface FamilySeries extends Series {
  readonly family: FamilyMetrics;
}

const ALIASES: readonly Alias[] = [FRR, BIRD];

/** Pieces of the page in order; all values of a peer are from the same moment. */
export async function* renderMetrics(
  registry: Registry,
  source: MetricsSource,
  spec: ExpositionSpec,
): AsyncGenerator<string> {
  const pace = new Pace('page');
  const hasOurs = spec.names.includes('reflectord');
  for (const metric of registry.getMetricsAsArray()) {
    if (!hasOurs && metric.name.startsWith(PREFIX)) continue;
    pace.end();
    yield `${await registry.getSingleMetricAsString(metric.name)}\n\n`;
    pace.resume();
    await pace.restIfOver();
  }
  const peers: PeerMetrics[] = [];
  for (const peer of source.peers()) {
    peers.push(peer);
    if (peers.length % PEERS_PER_LOOK === 0) await pace.restIfOver();
  }
  let block = '';
  for (const lines of linesOf(peers, source, spec)) {
    block += lines;
    if (block.length >= BLOCK_LENGTH) {
      pace.end();
      yield block;
      pace.resume();
      block = '';
    }
    await pace.restIfOver();
  }
  pace.end();
  yield block;
  pace.resume();
}

/** The lines that are made of peers, some at a time; '' where only time has passed. */
function* linesOf(
  peers: readonly PeerMetrics[],
  source: MetricsSource,
  { names, peerDetail, maxPeers }: ExpositionSpec,
): Generator<string> {
  const shown = peerDetail === 'none' ? [] : firstOf(peers, maxPeers);
  if (names.includes('reflectord')) {
    yield* stateLines(peers);
    yield* omittedLines(peers.length - shown.length);
    yield* peerLines(shown, peerDetail === 'basic');
  }
  for (const alias of ALIASES) if (names.includes(alias.name)) yield* aliasLines(alias, peers, shown, source);
}

/** Configured peers first: hosts of a range must not displace them. */
function firstOf(peers: readonly PeerMetrics[], max: number): readonly PeerMetrics[] {
  if (peers.length <= max) return peers;
  const configured = peers.filter(({ dynamic }) => !dynamic);
  return [...configured, ...peers.filter(({ dynamic }) => dynamic)].slice(0, max);
}

function* peerLines(peers: readonly PeerMetrics[], isBasic: boolean): Generator<string> {
  const all: Series[] = [];
  const families: FamilySeries[] = [];
  for (const peer of peers) {
    const name = `peer="${escapeLabel(peer.address)}"`;
    all.push({ peer, labels: `{${name}}` });
    for (const family of peer.families) families.push({ peer, family, labels: `{${name},family="${family.family}"}` });
    if (all.length % PEERS_PER_LOOK === 0) yield '';
  }
  yield* infoLines(all);
  for (const { name, help, type, value, basic } of PEER_ROWS) {
    if (isBasic && !basic) continue;
    yield head(PREFIX + name, help, type);
    yield* inPieces(all, ({ peer, labels }) => sample(PREFIX + name, labels, value(peer)));
  }
  for (const { name, help, type, value, basic } of FAMILY_ROWS) {
    if (isBasic && !basic) continue;
    yield head(PREFIX + name, help, type);
    yield* inPieces(families, ({ family, peer, labels }) => sample(PREFIX + name, labels, value(family, peer)));
  }
}

/** The lines of all items, some at a time. */
function* inPieces<T>(items: readonly T[], line: (item: T) => string): Generator<string> {
  for (let start = 0; start < items.length; start += LINES_AT_ONCE) {
    const end = Math.min(start + LINES_AT_ONCE, items.length);
    let lines = '';
    for (let n = start; n < end; n++) lines += line(items[n]!);
    yield lines;
  }
}

/** A line; '' without a number. */
function sample(name: string, labels: string, number: number | null): string {
  return number === null ? '' : `${name}${labels} ${number}\n`;
}

/** @param peers all peers, for sums; @param shown those that have series */
function* aliasLines(
  { totals, tables }: Alias,
  peers: readonly PeerMetrics[],
  shown: readonly PeerMetrics[],
  source: MetricsSource,
): Generator<string> {
  for (const { name, help, type, labels, read } of totals) {
    yield head(name, help, type);
    for (const [values, value] of read(peers, source)) yield `${name}${labelText(labels, values)} ${value}\n`;
  }
  for (const { series, rows } of tables) {
    const all: AliasSeries[] = [];
    for (const one of series(shown, source)) {
      if (one !== null) all.push(one);
      else if (all.length % PEERS_PER_LOOK === 0) yield '';
    }
    for (const { name, help, type, more, value } of rows) {
      yield head(name, help, type);
      yield* inPieces(all, (one) => {
        const labels =
          more === undefined ? one.labels : `${one.labels.slice(0, -1)},${more.label}="${more.of(one.peer)}"}`;
        return sample(name, labels, value(one));
      });
    }
  }
}

function* stateLines(peers: readonly PeerMetrics[]): Generator<string> {
  const counts = new Map(Object.keys(STATE_NUMBERS).map((state) => [state, 0]));
  for (const peer of peers) counts.set(peer.state, (counts.get(peer.state) ?? 0) + 1);
  yield headOf(STATES_ROW);
  for (const [state, count] of counts) yield `${PREFIX}${STATES_ROW.name}{state="${state}"} ${count}\n`;
}

function* omittedLines(count: number): Generator<string> {
  yield headOf(OMITTED_ROW);
  yield `${PREFIX}${OMITTED_ROW.name} ${count}\n`;
}

function* infoLines(all: readonly Series[]): Generator<string> {
  yield headOf(INFO_ROW);
  yield* inPieces(all, ({ peer }) => {
    const { address, group, description, role, localAs } = peer;
    const values = [address, group, description, role, peer.as ?? '', peer.routerId ?? '', localAs];
    return sample(PREFIX + INFO_ROW.name, labelText(INFO_ROW.labels, values), 1);
  });
}

function headOf({ name, help, type }: SumRow): string {
  return head(PREFIX + name, help, type);
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}
