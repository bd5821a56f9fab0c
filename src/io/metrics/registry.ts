/** A prom-client registry whose metrics are read when it is: the daemon's own rows, and those of the process. */
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { type MetricRow, PREFIX, type Readings } from './row.ts';
import { METRIC_ROWS } from './rows.ts';

/** Gauges of prom-client with the name of a counter; the same by type stand beside them without the `_total`. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** @param processMetrics false leaves out prom-client's metrics of the process and of Node */
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
 * A row as the registry reads it. prom-client's own classes hold values that are set beforehand; ours has none but
 * what the tables say at that moment.
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
