/** The pages of the daemon for machines: metrics, health, readiness. */
import { type HealthReport, notReadyReasons, problemsOf } from '../../engine/api/health.ts';
import type { EventSink } from '../../engine/events/events.ts';
import { HttpServer, json, type ServerOptions, text } from './server.ts';
import { SharedPage } from './shared-page.ts';

/** The source of `/healthz` and `/readyz`. */
export interface HealthSource {
  health(): HealthReport;
}

interface HttpOptions {
  readonly address: Uint8Array;
  /** 0: any free port (`HttpServer.port` has its number). */
  readonly port: number;
  readonly health: HealthSource;
  /** Renders the current metrics page in pieces. */
  readonly metrics: () => AsyncIterable<string>;
  readonly metricsType: string;
  readonly events: EventSink;
}

/** Listens as soon as the address can be bound; resolves after the first attempt. */
export async function openHttpServer({ address, port, events, ...pages }: HttpOptions): Promise<HttpServer> {
  const server = new HttpServer({ address, port, events, purpose: 'metrics', routes: routesOf(pages) });
  await server.listen();
  return server;
}

function routesOf({
  health,
  metrics,
  metricsType,
}: Pick<HttpOptions, 'health' | 'metrics' | 'metricsType'>): ServerOptions['routes'] {
  const page = new SharedPage(metrics);
  return {
    '/': () => ({ status: 200, type: 'text/html; charset=utf-8', body: [Buffer.from(INDEX)] }),
    '/metrics': async (_request, asker) => {
      try {
        const { pieces, release } = await page.lease(() => asker.destroy());
        return { status: 200, type: metricsType, body: pieces, release };
      } catch (error) {
        return text(500, `the metrics cannot be rendered: ${(error as Error).message}\n`);
      }
    },
    '/healthz': () => {
      const report = health.health();
      return json(200, { ...report, problems: problemsOf(report) });
    },
    '/readyz': () => {
      const report = health.health();
      return json(report.ready ? 200 : 503, { ready: report.ready, reasons: notReadyReasons(report) });
    },
  };
}

const INDEX = `<!doctype html>
<title>reflectord</title>
<h1>reflectord</h1>
<ul>
<li><a href="/metrics">/metrics</a>: metrics for Prometheus
<li><a href="/healthz">/healthz</a>: 200 while the daemon runs, with its problems
<li><a href="/readyz">/readyz</a>: 200 while the daemon is ready, else 503 with the reasons
</ul>
`;
