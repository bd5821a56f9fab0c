/**
 * The metrics page, in pieces: the metrics of the registry, then the series of every peer. With 5,000 peers these are
 * more than 100,000 lines, so they are built a few milliseconds at a time, and BGP runs in between.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import type { FamilyMetrics, MetricsSource, PeerMetrics } from '../../engine/api/metrics-source.ts';
import { FAMILY_ROWS, INFO_ROW, PEER_ROWS, STATE_NUMBERS, STATES_ROW } from './peer-rows.ts';
import { PREFIX, type SumRow } from './row.ts';

const SLICE_MS = 3;
const BLOCK_LENGTH = 65_536;
/** Lines or peers between two readings of the clock. */
const STEPS_PER_LOOK = 64;

/** The values of a peer at this scrape, with its labels as text. */
interface Series {
  readonly peer: PeerMetrics;
  readonly labels: string;
  readonly families: readonly { readonly family: FamilyMetrics; readonly labels: string }[];
}

/** Pieces of the page in order; all values of a peer are from the same moment. */
export async function* renderMetrics(registry: Registry, source: MetricsSource): AsyncGenerator<string> {
  const pace = new Pace();
  for (const metric of registry.getMetricsAsArray()) {
    yield `${await registry.getSingleMetricAsString(metric.name)}\n\n`;
    await pace.restIfLong();
  }
  const all: Series[] = [];
  for (const peer of source.peers()) {
    all.push(seriesOf(peer));
    if (pace.isLong()) await pace.rest();
  }
  let block = '';
  for (const line of peerLines(all)) {
    block += line;
    if (block.length >= BLOCK_LENGTH) {
      yield block;
      block = '';
    }
    if (pace.isLong()) await pace.rest();
  }
  yield block;
}

function* peerLines(all: readonly Series[]): Generator<string> {
  for (const { row, lines } of SUM_ROWS) {
    yield head(row.name, row.help, row.type);
    yield* lines(all);
  }
  for (const { name, help, type, value } of PEER_ROWS) {
    yield head(name, help, type);
    for (const { peer, labels } of all) {
      const number = value(peer);
      if (number !== null) yield `${PREFIX}${name}${labels} ${number}\n`;
    }
  }
  for (const { name, help, type, value } of FAMILY_ROWS) {
    yield head(name, help, type);
    for (const { peer, families } of all) {
      for (const { family, labels } of families) {
        const number = value(family, peer);
        if (number !== null) yield `${PREFIX}${name}${labels} ${number}\n`;
      }
    }
  }
}

/** Metrics made of all peers together. */
const SUM_ROWS: readonly { readonly row: SumRow; readonly lines: (all: readonly Series[]) => Iterable<string> }[] = [
  { row: STATES_ROW, lines: stateLines },
  { row: INFO_ROW, lines: infoLines },
];

function* stateLines(all: readonly Series[]): Generator<string> {
  const counts = new Map(Object.keys(STATE_NUMBERS).map((state) => [state, 0]));
  for (const { peer } of all) counts.set(peer.state, (counts.get(peer.state) ?? 0) + 1);
  for (const [state, count] of counts) yield `${PREFIX}${STATES_ROW.name}{state="${state}"} ${count}\n`;
}

function* infoLines(all: readonly Series[]): Generator<string> {
  for (const { peer } of all) {
    const { address, group, description, role, localAs } = peer;
    const values = [address, group, description, role, peer.as ?? '', peer.routerId ?? '', localAs];
    const labels = INFO_ROW.labels.map((label, n) => `${label}="${escapeLabel(String(values[n]))}"`);
    yield `${PREFIX}${INFO_ROW.name}{${labels.join(',')}} 1\n`;
  }
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n`;
}

function seriesOf(peer: PeerMetrics): Series {
  const name = `peer="${escapeLabel(peer.address)}"`;
  const families = peer.families.map((family) => ({ family, labels: `{${name},family="${family.family}"}` }));
  return { peer, labels: `{${name}}`, families };
}

/** A label's value (Prometheus text format): backslash, quote and line feed are escaped. */
function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
}

/** Yields to the event loop when a slice of work is over. */
class Pace {
  #steps = 0;
  #start = performance.now();

  isLong(): boolean {
    return ++this.#steps % STEPS_PER_LOOK === 0 && performance.now() - this.#start >= SLICE_MS;
  }

  /** For a step that may take long by itself. */
  async restIfLong(): Promise<void> {
    if (performance.now() - this.#start >= SLICE_MS) await this.rest();
  }

  async rest(): Promise<void> {
    await nextTurn();
    this.#start = performance.now();
  }
}
