/** Metrics and health of the daemon over HTTP. */
import { engineMetrics } from '../engine/show/metrics.ts';
import { type HttpServer, openHttpServer } from '../io/http.ts';
import { LoopDelayMeter } from '../io/loop-delay.ts';
import { renderMetrics } from '../io/metrics/exposition.ts';
import { createRegistry } from '../io/metrics/registry.ts';
import { readTcpDrops } from '../io/net/tcp-drops.ts';
import type { Daemon } from './daemon.ts';

/** Serves metrics and health where the configuration says; null when it says nowhere. */
export async function openMetrics(daemon: Daemon): Promise<HttpServer | null> {
  const { metrics: where } = daemon.engine.spec;
  if (where === null) return null;
  const source = {
    ...engineMetrics(daemon.engine),
    fib: () => daemon.fib.counts(),
    fibStatus: () => daemon.fib.status(),
    config: () => daemon.configRead,
    health: () => daemon.health(),
  };
  const delay = new LoopDelayMeter();
  const { version } = daemon.options;
  const registry = createRegistry({
    source,
    events: daemon.eventCounts,
    version,
    loopDelay: () => delay.read(),
    tcpDrops: readTcpDrops,
  });
  return openHttpServer({
    ...where,
    health: daemon,
    metrics: () => renderMetrics(registry, source),
    metricsType: registry.contentType,
    events: daemon.engine.events,
  });
}
