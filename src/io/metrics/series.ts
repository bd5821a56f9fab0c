/** Series of peers on the metrics page: their labels as text, and the type of rows under the names of other programs. */
import type { FamilyMetrics, MetricsSource, PeerMetrics } from '../../engine/api/metrics-source.ts';

/** A peer at this scrape, or a family of it, with the labels of its samples. */
export interface AliasSeries {
  readonly peer: PeerMetrics;
  /** null: the session is down and keeps no routes of the family. */
  readonly family: FamilyMetrics | null;
  /** In braces. */
  readonly labels: string;
}

/** A metric of another program's exporter, with one number per series. */
export interface AliasRow {
  /** The whole name. */
  readonly name: string;
  readonly help: string;
  /** `untyped`: the name is not one that Prometheus recommends for its type. */
  readonly type: 'gauge' | 'counter' | 'untyped';
  /** Labels beside those of the series. */
  readonly more?: { readonly label: string; readonly of: (peer: PeerMetrics) => string };
  readonly value: (series: AliasSeries) => number | null;
}

/** Series of one kind: they have the same labels. */
interface AliasTable {
  readonly labels: readonly string[];
  readonly rows: readonly AliasRow[];
  /** Series of all peers. Yields null after each peer, so that the caller can look at the clock. */
  readonly series: (peers: readonly PeerMetrics[], source: MetricsSource) => Iterable<AliasSeries | null>;
}

/** A metric of another program's exporter that no peer has. */
export interface AliasTotal {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'untyped';
  readonly labels: readonly string[];
  /** Label values in the order of `labels`, and the number. */
  readonly read: (
    peers: readonly PeerMetrics[],
    source: MetricsSource,
  ) => Iterable<readonly [values: readonly (string | number)[], value: number]>;
}

/** The metrics of another program's exporter that reflectord can have. */
export interface Alias {
  readonly name: 'frr' | 'bird';
  readonly totals: readonly AliasTotal[];
  readonly tables: readonly AliasTable[];
}

/** The routes of a family of a peer, if it has any. */
export function familyOf(peer: PeerMetrics, name: string): FamilyMetrics | null {
  return peer.families.find(({ family }) => family === name) ?? null;
}

/** `{a="1",b="2"}`; '' without labels. */
export function labelText(names: readonly string[], values: readonly (string | number)[]): string {
  if (names.length === 0) return '';
  return `{${names.map((name, n) => `${name}="${escapeLabel(String(values[n]))}"`).join(',')}}`;
}

/** A label's value (Prometheus text format): backslash, quote and line feed are escaped. */
export function escapeLabel(text: string): string {
  return /[\\"\n]/.test(text) ? text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`)) : text;
}
