/** The types of the rows of the metrics tables. */
import type { FamilyMetrics, MetricsSource, PeerMetrics } from '../../engine/api/metrics-source.ts';
import type { TurnWork } from '../../lib/longest-turn.ts';
import type { LoopDelay } from '../loop/loop-delay.ts';
import type { TcpDrops } from '../net/tcp-drops.ts';
import type { EventCounter } from './event-counts.ts';

/** The sources that a scrape reads. */
export interface Readings {
  readonly source: MetricsSource;
  readonly events: EventCounter;
  readonly version: string;
  readonly loopDelay: () => LoopDelay;
  /** Milliseconds by kind of work. */
  readonly longestTurns: () => Readonly<Record<TurnWork, number>>;
  readonly tcpDrops: () => TcpDrops;
}

type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** For a histogram: `_bucket`, `_sum` or `_count`. */
  readonly suffix?: string;
}

interface RowHead {
  /** Without the common prefix `reflectord_`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
}

/** A metric of the whole daemon, with any number of samples. */
export interface MetricRow extends RowHead {
  readonly labels: readonly string[];
  readonly read: (readings: Readings) => Iterable<Sample>;
}

/** A metric of every peer. */
interface DetailRow extends RowHead {
  /** Also with `peer-detail: basic`: the alerts that come with reflectord need no others. */
  readonly basic?: true;
}

/** A metric with one number per peer, or null if a peer has none; labels: `peer`. */
export interface PeerRow extends DetailRow {
  readonly value: (peer: PeerMetrics) => number | null;
}

/** A metric with one number per peer and family; labels: `peer`, `family`. */
export interface FamilyRow extends DetailRow {
  readonly value: (family: FamilyMetrics, peer: PeerMetrics) => number | null;
}

/** A metric that is computed over all peers. */
export interface SumRow extends RowHead {
  readonly labels: readonly string[];
}

export const PREFIX = 'reflectord_';

/** One sample without labels. */
export function single(value: number): Sample[] {
  return [{ labels: {}, value }];
}
