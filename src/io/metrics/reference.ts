/** The reference page of metrics and events (docs/METRICS.md), generated from their tables. */
import { EVENTS, type EventName, rowOf } from '../../engine/events/events.ts';
import { FAMILY_ROWS, INFO_ROW, PEER_ROWS, STATES_ROW } from './peer-rows.ts';
import { PREFIX } from './row.ts';
import { METRIC_ROWS } from './rows.ts';

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** Every metric in a Markdown table. */
export function renderMetricsReference(): string {
  const entries: Entry[] = [
    ...METRIC_ROWS,
    STATES_ROW,
    INFO_ROW,
    ...PEER_ROWS.map((row) => ({ ...row, labels: ['peer'] })),
    ...FAMILY_ROWS.map((row) => ({ ...row, labels: ['peer', 'family'] })),
  ];
  const rows = entries.map(({ name, type, labels, help }) => [
    code(PREFIX + name),
    type,
    labels.map(code).join(' '),
    help,
  ]);
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

${renderMetricsReference()}
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
