/** A prom-client registry that reads its values at each scrape: the daemon's own rows, and the process metrics. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { type MetricRow, PREFIX, type Readings } from './row.ts';
import { METRIC_ROWS } from './rows.ts';

/** Gauges of prom-client that are named like counters; the metrics by type without `_total` have the same values. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** @param processMetrics false: without prom-client's metrics of the process and of Node.js */
export function createRegistry(readings: Readings, processMetrics = true): Registry {
  const registry = new Registry();
  for (const row of METRIC_ROWS) registry.registerMetric(metricOf(row, readings));
  if (processMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
  }
  return registry;
}

/**
 * A row as a metric of the registry. prom-client's own classes hold values that are set beforehand; this one reads
 * the tables at each scrape.
 */
function metricOf(row: MetricRow, readings: Readings): Metric<string> {
  const name = PREFIX + row.name;
  const metric = {
    name,
    get: async () => ({
      name,
      help: row.help,
      type: row.type,
      aggregator: 'sum',
      values: Array.from(row.read(readings), ({ labels, value, suffix }) => ({
        labels,
        value,
        ...(suffix === undefined ? {} : { metricName: name + suffix }),
      })),
    }),
    reset: () => {},
  };
  return metric as unknown as Metric<string>;
}
