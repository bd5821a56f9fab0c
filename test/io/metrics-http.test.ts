import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { CauseName, HealthReport } from '../../src/engine/api/health.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import { openHttpServer } from '../../src/io/http/http.ts';
import type { HttpServer } from '../../src/io/http/server.ts';
import { parseAddress } from '../../src/lib/ip.ts';
import { eventually } from '../lab/wait-for.ts';

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

/** A connection that says and reads what a test wants. */
function client(): Socket {
  const socket = connect({ port: server?.port ?? 0, host: '127.0.0.1' });
  socket.on('error', () => {});
  return socket;
}

/** All that comes until the server closes; then the connection is closed here, too. */
async function everything(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.resume();
  await once(socket, 'end');
  socket.destroy();
  return text;
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
    report = withCause('not-listening', 'the daemon listens on no address', true);
    const before = await get('/readyz');
    expect([before.status, await before.json()]).toEqual([
      503,
      { ready: false, reasons: ['the daemon listens on no address'] },
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
    const response = await get('/metrics');
    expect([response.status, await response.text()]).toEqual([500, 'the metrics cannot be rendered: a bug\n']);
    expect((await get('/healthz')).status).toBe(200);
  });

  test('answers a request that comes octet by octet, of a client that ends its side behind it', async () => {
    await open();
    const socket = client();
    socket.setNoDelay();
    for (const octet of 'GET /metrics HTTP/1.0\r\n\r\n') {
      socket.write(octet);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    expect(await everything(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n(.+\r\n)+\r\none 1\ntwo 2\n$/);
  });

  test.each([
    ['what is no text', '\u0016\u0003\u0001 TLS\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['a line without a version', 'GET /metrics\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    ['a path without an end', `GET /${'x'.repeat(100_000)}`, 'HTTP/1.1 431 Request Header Fields Too Large'],
    [
      'headers without an end',
      `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(10_000)}`,
      'HTTP/1.1 431 Request Header Fields Too Large',
    ],
    ['a path with its host', 'GET http://host/readyz?x HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK'],
  ])('answers %s', async (_what, request, first) => {
    await open();
    const socket = client();
    socket.write(request);
    expect((await everything(socket)).split('\r\n')[0]).toBe(first);
  });
});

describe('the metrics page under many requests', () => {
  /** A page of 2 MB that counts how often it is made. */
  let made = 0;
  async function* large(): AsyncGenerator<string> {
    made++;
    for (let n = 0; n < 2000; n++) yield `${made} ${'x'.repeat(1000)}\n`;
  }

  beforeEach(() => {
    made = 0;
  });

  test('is made once for all who ask at the same time', async () => {
    let finish: () => void = () => {};
    const allAsked = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await open(0, '127.0.0.1', async function* () {
      yield 'begun\n';
      await allAsked;
      yield* large();
    });
    const pages = Array.from({ length: 40 }, () => {
      const socket = client();
      socket.write('GET /metrics HTTP/1.1\r\n\r\n');
      return everything(socket);
    });
    // Connections are served in their order: the others have asked.
    expect((await get('/healthz')).status).toBe(200);
    finish();
    for (const page of await Promise.all(pages)) expect(page.length).toBeGreaterThan(2_000_000);
    expect(made).toBe(1);
  }, 30_000);

  test('is new for who asks later', async () => {
    await open(0, '127.0.0.1', large);
    expect((await (await get('/metrics')).text()).slice(0, 2)).toBe('1 ');
    await eventually('a new page', async () => expect((await (await get('/metrics')).text())[0]).not.toBe('1'));
  });

  test('is answered once to a client that sends a thousand requests at once, whole, and then closed', async () => {
    await open(0, '127.0.0.1', large);
    const socket = client();
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
    const answer = await everything(socket);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer.length).toBeGreaterThan(2_000_000);
    expect(made).toBe(1);
  });

  test('costs bounded memory where nothing of it is read, and health is answered all the while', async () => {
    await open(0, '127.0.0.1', large);
    const sockets: Socket[] = [];
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 32; n++) {
        const socket = client().pause();
        socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
        sockets.push(socket);
      }
      const startMs = performance.now();
      expect((await get('/healthz')).status).toBe(200);
      expect(performance.now() - startMs).toBeLessThan(5000);
    }
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
  }, 30_000);

  test('is taken from who reads the oldest of four', async () => {
    await open(0, '127.0.0.1', async function* () {
      made++;
      for (let n = 0; n < 20; n++) yield `${made} ${'x'.repeat(1_000_000)}\n`;
    });
    const readers: Socket[] = [];
    for (let n = 1; n <= 4; n++) {
      await eventually('a page of its own', async () => {
        const socket = client();
        socket.write('GET /metrics HTTP/1.1\r\n\r\n');
        const [chunk] = (await once(socket, 'data')) as [Buffer];
        socket.pause();
        const own = chunk.toString().includes(`\r\n\r\n${n} `);
        if (own) readers.push(socket);
        else socket.destroy();
        expect(own).toBe(true);
      });
    }
    readers[0]!.resume();
    await once(readers[0]!, 'close');
    expect(readers[0]!.bytesRead).toBeLessThan(20_000_000);
    expect((await everything(readers[3]!)).length).toBeGreaterThan(15_000_000);
    for (const socket of readers) socket.destroy();
  }, 60_000);
});

describe('a client that does nothing', () => {
  const idle = async (): Promise<Socket> => {
    const socket = client().resume();
    await once(socket, 'connect');
    return socket;
  };

  test('makes room for a newcomer, the oldest first', async () => {
    await open();
    const sockets: Socket[] = [];
    for (let n = 0; n < 64; n++) {
      sockets.push(await idle());
      if (n % 2 === 1) sockets[n]!.write('GET /metrics HT');
    }
    const gone = once(sockets[0]!, 'close');
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(200);
    await gone;
    expect(sockets.filter((socket) => !socket.destroyed).length).toBeGreaterThanOrEqual(62);
    for (const socket of sockets) socket.destroy();
  });

  test('loses its connection after some seconds: without a whole request, without reading the answer', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
    try {
      await open(0, '127.0.0.1', async function* () {
        for (let n = 0; n < 20; n++) yield 'x'.repeat(1_000_000);
      });
      const [silent, half, deaf] = [await idle(), await idle(), await idle()];
      half.write('GET /healthz HTTP/1.1\r\nHost:');
      deaf.write('GET /metrics HTTP/1.1\r\n\r\n');
      await once(deaf, 'data');
      deaf.pause();
      expect((await get('/healthz')).status).toBe(200);
      const gone = Promise.all([once(silent, 'close'), once(half, 'close')]);
      jest.advanceTimersByTime(5000);
      await gone;
      expect(deaf.destroyed).toBe(false);
      jest.advanceTimersByTime(30_000);
      deaf.resume();
      await once(deaf, 'close');
      expect(deaf.bytesRead).toBeLessThan(20_000_000);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('the address of the page', () => {
  test('is reported when it is open, IPv6 in brackets', async () => {
    await open(0, '::1');
    expect(events).toEqual([{ name: 'http.open', purpose: 'metrics', address: `[::1]:${server?.port}` }]);
  });

  test('that is in use is reported, and retried until it can be bound', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.on('listening', resolve));
    const { port } = other.address() as AddressInfo;
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const http = await open(port);
      expect(events).toEqual([
        {
          name: 'http.failed',
          purpose: 'metrics',
          address: `127.0.0.1:${port}`,
          error: 'the address is in use by another process',
        },
      ]);
      expect(http.problem).toContain('the address is in use');
      await new Promise((resolve) => other.close(resolve));
      jest.advanceTimersByTime(10_000);
      while (http.problem !== null) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      jest.useRealTimers();
    }
    expect(events[1]).toEqual({ name: 'http.open', purpose: 'metrics', address: `127.0.0.1:${port}` });
    expect((await get('/healthz')).status).toBe(200);
  });

  test('that is not ours is reported in words', async () => {
    await open(0, '192.0.2.1');
    expect(events).toEqual([
      expect.objectContaining({ name: 'http.failed', error: 'the address is not one of this machine' }),
    ]);
  });
});
