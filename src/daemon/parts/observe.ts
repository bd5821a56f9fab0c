/** The HTTP server of the daemon for metrics and health. */
import type { Engine } from '../../engine/engine.ts';
import { engineMetrics } from '../../engine/show/metrics.ts';
import { type HealthSource, openHttpServer } from '../../io/http/http.ts';
import type { HttpServer } from '../../io/http/server.ts';
import { LoopDelayMeter } from '../../io/loop/loop-delay.ts';
import type { EventCounter } from '../../io/metrics/event-counts.ts';
import { renderMetrics } from '../../io/metrics/exposition.ts';
import { createRegistry } from '../../io/metrics/registry.ts';
import { readTcpDrops } from '../../io/net/tcp-drops.ts';
import { readLongestTurns } from '../../lib/longest-turn.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { KernelRoutes } from '../kernel/kernel.ts';
import { HttpPart } from './http-part.ts';

type Where = NonNullable<RouterSpec['metrics']>;

/** The part of the daemon that metrics and health read. */
interface Observed extends HealthSource {
  readonly engine: Engine;
  readonly fib: KernelRoutes;
  /** Whether the configuration was accepted when it was last read, and when (seconds since the epoch). */
  readonly configRead: { readonly lastLoadOk: boolean; readonly lastLoadSeconds: number };
  readonly options: { readonly version: string; readonly events: EventCounter };
}

/** The HTTP server for metrics and health. */
export function metricsPart(daemon: Observed): HttpPart<Where> {
  return new HttpPart((where) => openMetrics(daemon, where));
}

/** Opens the server at an address. */
async function openMetrics(daemon: Observed, where: Where): Promise<Pick<HttpServer, 'problem' | 'close'>> {
  const source = {
    ...engineMetrics(daemon.engine),
    fib: () => daemon.fib.counts(),
    fibStatus: () => daemon.fib.status(),
    config: () => daemon.configRead,
    health: () => daemon.health(),
  };
  const delay = new LoopDelayMeter();
  const { turns, stop } = readLongestTurns();
  const { version } = daemon.options;
  const registry = createRegistry({
    source,
    events: daemon.options.events,
    version,
    loopDelay: () => delay.read(),
    longestTurns: () => turns.take(),
    tcpDrops: readTcpDrops,
  });
  const server = await openHttpServer({
    ...where,
    health: daemon,
    metrics: () => renderMetrics(registry, source, daemon.engine.spec.exposition),
    metricsType: registry.contentType,
    events: daemon.engine.events,
  });
  return {
    get problem() {
      return server.problem;
    },
    close: () => {
      delay.stop();
      stop();
      return server.close();
    },
  };
}
