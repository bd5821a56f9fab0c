/** The HTTP server of the daemon for metrics and health. */
import type { Engine } from '../../engine/engine.ts';
import { engineMetrics } from '../../engine/show/metrics.ts';
import { type HealthSource, type HttpServer, openHttpServer } from '../../io/http/http.ts';
import type { EventCounter } from '../../io/metrics/event-counts.ts';
import { renderMetrics } from '../../io/metrics/exposition.ts';
import { createRegistry } from '../../io/metrics/registry.ts';
import { readTcpDrops } from '../../io/net/tcp-drops.ts';
import { LoopDelayMeter } from '../../io/system/loop-delay.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { KernelRoutes } from '../kernel/kernel.ts';
import type { Trial } from './part.ts';

type Where = RouterSpec['metrics'];

/** The part of the daemon that metrics and health read. */
interface Observed extends HealthSource {
  readonly engine: Engine;
  readonly fib: KernelRoutes;
  /** Whether the configuration was accepted when it was last read, and when (seconds since the epoch). */
  readonly configRead: { readonly lastLoadOk: boolean; readonly lastLoadSeconds: number };
  readonly options: { readonly version: string; readonly events: EventCounter };
}

/** The HTTP server, if one is configured. */
export class Observation {
  private readonly daemon: Observed;
  private http: HttpServer | null = null;

  constructor(daemon: Observed) {
    this.daemon = daemon;
  }

  /** Why the server does not listen; null: it does, or none is configured. */
  get problem(): string | null {
    return this.http?.problem ?? null;
  }

  async start(): Promise<void> {
    this.http = await openMetrics(this.daemon, this.daemon.engine.spec.metrics);
  }

  async close(): Promise<void> {
    await this.http?.close();
  }

  /** Opens another address, before the old one is closed if possible. */
  async tryMove(to: Where): Promise<Trial> {
    const running = this.http;
    const from = this.daemon.engine.spec.metrics;
    let next = await openMetrics(this.daemon, to);
    // A wildcard address conflicts with a specific address of the same port, and the other way round.
    const closedFirst = next !== null && next.problem !== null && from?.port === to?.port;
    if (closedFirst) {
      await next?.close();
      await running?.close();
      next = await openMetrics(this.daemon, to);
    }
    return {
      problems: next !== null && next.problem !== null ? [next.problem] : [],
      commit: async () => {
        if (!closedFirst) await running?.close();
        this.http = next;
        return [];
      },
      undo: async () => {
        await next?.close();
        if (closedFirst) this.http = await openMetrics(this.daemon, from);
      },
    };
  }
}

/** Opens the server at an address; null: none is configured. */
async function openMetrics(daemon: Observed, where: Where): Promise<HttpServer | null> {
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
    events: daemon.options.events,
    version,
    loopDelay: () => delay.read(),
    tcpDrops: readTcpDrops,
  });
  return openHttpServer({
    ...where,
    health: daemon,
    metrics: () => renderMetrics(registry, source, daemon.engine.spec.exposition),
    metricsType: registry.contentType,
    events: daemon.engine.events,
  });
}
