/** The reference page of metrics and events (docs/METRICS.md), generated from their tables. */
import { EVENTS, type EventName, rowOf } from '../../engine/events/events.ts';
import { BIRD } from './bird-names.ts';
import { FRR } from './frr-names.ts';
import { FAMILY_ROWS, INFO_ROW, OMITTED_ROW, PEER_ROWS, STATES_ROW } from './peer-rows.ts';
import { PREFIX } from './row.ts';
import { METRIC_ROWS } from './rows.ts';
import type { Alias } from './series.ts';

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
  readonly basic?: boolean;
}

/** Every metric in a Markdown table. */
export function renderMetricsReference(): string {
  const entries: Entry[] = [
    ...METRIC_ROWS,
    STATES_ROW,
    OMITTED_ROW,
    { ...INFO_ROW, basic: true },
    ...PEER_ROWS.map((row) => ({ ...row, labels: ['peer'] })),
    ...FAMILY_ROWS.map((row) => ({ ...row, labels: ['peer', 'family'] })),
  ];
  const rows = entries.map(({ name, type, labels, help, basic }) => [
    code(PREFIX + name),
    type,
    labels.map(code).join(' '),
    basic === true ? `${help} (basic)` : help,
  ]);
  return markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows);
}

/** The metrics of an exporter of another program in a Markdown table. */
export function renderAliasReference({ totals, tables }: Alias): string {
  const entries = [
    ...totals,
    ...tables.flatMap(({ labels, rows }) =>
      rows.map((row) => ({ ...row, labels: row.more === undefined ? labels : [...labels, row.more.label] })),
    ),
  ];
  const rows = entries.map(({ name, type, labels, help }) => [code(name), type, labels.map(code).join(' '), help]);
  return markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows);
}

/** Every event in a Markdown table. */
export function renderEventsReference(): string {
  const rows = (Object.keys(EVENTS) as EventName[]).map((name) => {
    const { component, level, meaning, fields } = rowOf(name);
    return [code(name), component, level, Object.keys(fields).map(code).join(' '), meaning];
  });
  return markdownTable(['Event', 'Component', 'Level', 'Fields', 'Meaning'], rows);
}

/** The whole page. */
export function renderObservabilityPage(): string {
  return `# Metrics and events

Generated from the source by \`npm run generate\`; do not edit.

## Metrics

\`/metrics\` on the address of \`metrics.listen\`, in the text format of Prometheus. The values are read at each scrape.
The page also has the process metrics of prom-client (\`process_*\`, \`nodejs_*\`).

Peers have most of the series. [\`metrics.peer-detail: basic\`](CONFIG.md#metricspeer-detail) leaves those that are marked *(basic)*,
about a quarter; the alerts of config/prometheus-rules.yaml need no others. \`none\` leaves none of them.
[\`metrics.max-peers\`](CONFIG.md#metricsmax-peers) limits the number of peers with series.

${renderMetricsReference()}
## Names of frr_exporter and bird_exporter

[\`metrics.names\`](CONFIG.md#metricsnames) adds the metrics of these exporters, with their labels, so that dashboards and alerts that
were made for them work without a change. The values are those of the table above.

\`frr\`: \`vrf\` is always \`default\`, \`afi\` and \`safi\` are those of IPv4 and IPv6 unicast and of EVPN. \`peer_desc\` is the
\`description\`, as with \`--collector.bgp.peer-descriptions\`. The memory of tables and peers and \`frr_bgp_peer_types_up\` are missing.

${renderAliasReference(FRR)}
\`bird\`: \`name\` is the \`description\` if only one peer has it, else the address; \`proto\` is always \`BGP\`. A session with two families
has two series, as a protocol of BIRD 2 with two channels. Filtered routes are all unusable ones, not only those that the import
policy rejects. Of \`bird_protocol_changes_*\` there are the received ones; \`bird_protocol_prefix_preferred_count\` is missing.

${renderAliasReference(BIRD)}
## Events

With \`log.format: json\` each log line is a JSON object with \`level\`, \`time\`, \`component\`, \`event\` (the name below), the fields of the event,
and \`msg\`, a sentence for people. \`log.level\` sets the level for all components, or for each one. Repeated events of
one subject (a peer that flaps) are written ten times per minute and then only counted; \`log.suppressed\` has the count.

${renderEventsReference()}`;
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function code(text: string): string {
  return `\`${text}\``;
}
