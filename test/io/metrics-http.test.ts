import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { EngineEvent } from '../../src/engine/events.ts';
import type { CauseName, HealthReport } from '../../src/engine/health.ts';
import { type HttpServer, openHttpServer } from '../../src/io/http.ts';
import { parseAddress } from '../../src/lib/ip.ts';

const HEALTHY: HealthReport = { status: 'healthy', ready: true, causes: [] };

let server: HttpServer | null = null;
let events: EngineEvent[] = [];
let report: HealthReport = HEALTHY;

async function* pieces(): AsyncGenerator<string> {
  yield 'one 1\n';
  yield 'two 2\n';
}

async function open(
  port = 0,
  address = '127.0.0.1',
  metrics: () => AsyncIterable<string> = pieces,
): Promise<HttpServer> {
  server = await openHttpServer({
    address: parseAddress(address) ?? new Uint8Array(4),
    port,
    metrics,
    metricsType: 'text/plain; version=0.0.4; charset=utf-8',
    health: { health: () => report },
    events: { emit: (event) => events.push(event) },
  });
  return server;
}

function withCause(cause: CauseName, text: string, blocksReady: boolean): HealthReport {
  const causes = [{ cause, severity: 'degraded', blocksReady, count: 1, details: [text], remedy: '' }] as const;
  return { status: 'degraded', ready: !blocksReady, causes };
}

async function get(path: string, method = 'GET'): Promise<Response> {
  return fetch(`http://127.0.0.1:${server?.port}${path}`, { method });
}

beforeEach(() => {
  events = [];
  report = HEALTHY;
});

afterEach(async () => {
  await server?.close();
  server = null;
});

describe('the HTTP page', () => {
  test('serves the metrics in their pieces', async () => {
    await open();
    const response = await get('/metrics?x=1');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await response.text()).toBe('one 1\ntwo 2\n');
  });

  test('is healthy while the loop turns, and says what is degraded', async () => {
    await open();
    expect(await (await get('/healthz')).json()).toEqual({ ...HEALTHY, problems: [] });
    report = withCause('kernel-unreachable', 'no ip', false);
    const response = await get('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...report, problems: ['no ip'] });
  });

  test('is ready only when nothing is missing', async () => {
    await open();
    report = withCause('not-listening', 'no address is listened on', true);
    const before = await get('/readyz');
    expect([before.status, await before.json()]).toEqual([
      503,
      { ready: false, reasons: ['no address is listened on'] },
    ]);
    report = HEALTHY;
    const after = await get('/readyz');
    expect([after.status, await after.json()]).toEqual([200, { ready: true, reasons: [] }]);
  });

  test('has an index that leads to the others', async () => {
    await open();
    const text = await (await get('/')).text();
    for (const path of ['/metrics', '/healthz', '/readyz']) expect(text).toContain(`href="${path}"`);
  });

  test('answers HEAD without a body', async () => {
    await open();
    for (const path of ['/metrics', '/healthz']) {
      const response = await get(path, 'HEAD');
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });

  test('knows no other page and no other method', async () => {
    await open();
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/constructor')).status).toBe(404);
    const posted = await get('/metrics', 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('does not pass off half a page as a whole one', async () => {
    await open(0, '127.0.0.1', async function* () {
      yield 'one 1\n';
      throw new Error('a bug');
    });
    await expect(get('/metrics').then((response) => response.text())).rejects.toThrow();
    expect((await get('/healthz')).status).toBe(200);
  });

  test('stops making a page that nobody reads any more', async () => {
    let ended: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    await open(0, '127.0.0.1', async function* () {
      try {
        for (;;) yield 'x'.repeat(100_000);
      } finally {
        ended();
      }
    });
    const abort = new AbortController();
    await fetch(`http://127.0.0.1:${server?.port}/metrics`, { signal: abort.signal });
    abort.abort();
    await end;
  });
});

describe('the address of the page', () => {
  test('is told when it is open, IPv6 in brackets', async () => {
    await open(0, '::1');
    expect(events).toEqual([{ name: 'http.open', address: `[::1]:${server?.port}` }]);
  });

  test('that is taken is told, and tried until it can be had', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.on('listening', resolve));
    const { port } = other.address() as AddressInfo;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const http = await open(port);
      expect(events).toEqual([
        { name: 'http.failed', address: `127.0.0.1:${port}`, error: 'the address is in use by another process' },
      ]);
      expect(http.problem).toContain('the address is in use');
      await new Promise((resolve) => other.close(resolve));
      jest.advanceTimersByTime(10_000);
      while (http.problem !== null) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      jest.useRealTimers();
    }
    expect(events[1]).toEqual({ name: 'http.open', address: `127.0.0.1:${port}` });
    expect((await get('/healthz')).status).toBe(200);
  });

  test('that is not ours is told in words', async () => {
    await open(0, '192.0.2.1');
    expect(events).toEqual([
      expect.objectContaining({ name: 'http.failed', error: 'the address is not one of this machine' }),
    ]);
  });
});
