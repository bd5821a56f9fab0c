/** The listener over loopback. */
import { once } from 'node:events';
import { createServer, connect as netConnect, Server } from 'node:net';
import type { Connection } from '../../src/engine/ports/ports.ts';
import { allConnectionsClosed, openConnections } from '../../src/io/net/connection.ts';
import { TcpDialer } from '../../src/io/net/dialer.ts';
import { connectionLimit, parseFileLimit } from '../../src/io/net/file-limit.ts';
import { type ListenProblem, listen } from '../../src/io/net/listener.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { formatAddress, parseAddress } from '../../src/lib/ip.ts';
import { accepting, fail, freePort, LOCAL4, LOCAL6, PLAIN, Recorder } from './net-support.ts';

beforeAll(() => loadLibc());

afterEach(() => allConnectionsClosed());

describe('the listener', () => {
  test('serves 0.0.0.0 and :: on one port, IPv4 as IPv4', async () => {
    const port = await freePort();
    const { listener, next } = await accepting([
      { address: parseAddress('0.0.0.0')!, port },
      { address: parseAddress('::')!, port },
    ]);
    expect(listener.bound.map((b) => `${formatAddress(b.address)} ${b.port}`)).toEqual([
      `0.0.0.0 ${port}`,
      `:: ${port}`,
    ]);
    for (const host of ['127.0.0.1', '::1']) {
      const theirs = netConnect(port, host);
      const ours = await next();
      expect(formatAddress(ours.remoteAddress)).toBe(host);
      theirs.destroy();
      ours.close();
    }
    await listener.close();
  });

  test('says what is wrong with an address, and serves the others', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = (taken.address() as { port: number }).port;
    const problems: ListenProblem[] = [];
    const listener = await listen(
      [
        { address: LOCAL4, port },
        { address: parseAddress('192.0.2.1')!, port: 0 },
        { address: LOCAL4, port: 0 },
      ],
      fail,
      (problem) => problems.push(problem),
    );
    expect(problems.map((p) => [p.kind, p.code]).sort()).toEqual([
      ['listen', 'EADDRINUSE'],
      ['listen', 'EADDRNOTAVAIL'],
    ]);
    expect(problems[0].message).toMatch(/^cannot listen on 127\.0\.0\.1:\d+: another process listens there/);
    expect(listener.bound).toHaveLength(1);
    taken.close();
    await listener.close();
  });

  test('names the capability when a low port is forbidden', async () => {
    const spy = jest.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      queueMicrotask(() => this.emit('error', Object.assign(new Error('no'), { code: 'EACCES' })));
      return this;
    });
    const problems: ListenProblem[] = [];
    await listen([{ address: LOCAL6, port: 179 }], fail, (problem) => problems.push(problem));
    spy.mockRestore();
    expect(problems[0].message).toMatch(/^cannot listen on \[::1\]:179: .*CAP_NET_BIND_SERVICE.*\(EACCES\)$/);
  });

  test('changes its addresses and keeps those that stay', async () => {
    const [a, b] = [await freePort(), await freePort()];
    const { listener, next } = await accepting([{ address: LOCAL4, port: a }]);
    const theirs = netConnect(a, '127.0.0.1');
    const kept = new Recorder(await next());
    const change = await listener.prepare([
      { address: LOCAL4, port: b },
      { address: LOCAL6, port: b },
    ]);
    change.commit();
    expect(listener.bound.map((bound) => bound.port)).toEqual([b, b]);
    theirs.write('still here');
    await kept.received(10);
    expect(await dialError(a)).toBe('ECONNREFUSED');
    theirs.destroy();
    await kept.closed;
    await listener.close();
    expect(await dialError(b)).toBe('ECONNREFUSED');
  });

  test('a change that fails leaves everything as it was, also where an address had to make room', async () => {
    const port = await freePort();
    const any = new Uint8Array(4);
    const { listener, next } = await accepting([{ address: any, port }]);
    const change = await listener.prepare([
      { address: LOCAL4, port },
      { address: Uint8Array.of(203, 0, 113, 9), port },
    ]);
    expect(change.problems.map(({ code }) => code)).toEqual(['EADDRNOTAVAIL']);
    await change.undo();
    expect(listener.bound).toEqual([{ address: any, port }]);
    const theirs = netConnect(port, '127.0.0.1');
    const connection = await next();
    theirs.destroy();
    connection.close();
    const second = await listener.prepare([{ address: LOCAL4, port }]);
    expect(second.problems).toEqual([]);
    second.commit();
    expect(listener.bound).toEqual([{ address: LOCAL4, port }]);
    await listener.close();
  });

  test('closes new connections at the limit of open files, reports it once, and accepts again when there is room', async () => {
    const accepted: Connection[] = [];
    const problems: ListenProblem[] = [];
    let arrived = (): void => {};
    const listener = await listen(
      [{ address: LOCAL4, port: 0 }],
      (connection) => {
        accepted.push(connection);
        arrived();
      },
      (problem) => problems.push(problem),
      { maxConnections: openConnections() + 2 },
    );
    const sockets = Array.from({ length: 5 }, () => netConnect(listener.bound[0].port, '127.0.0.1'));
    await Promise.all(
      sockets.slice(2).map((socket) =>
        once(
          socket.resume().on('error', () => {}),
          'close',
        ),
      ),
    );
    expect(accepted).toHaveLength(2);
    expect(problems.map((p) => [p.kind, p.code])).toEqual([['accept', 'EMFILE']]);
    for (const connection of accepted) connection.close();
    for (const socket of sockets) socket.destroy();
    await allConnectionsClosed();
    const again = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const late = netConnect(listener.bound[0].port, '127.0.0.1');
    await again;
    expect(accepted).toHaveLength(3);
    late.destroy();
    accepted[2].close();
    await listener.close();
  });
});

test('the limit of open files leaves a reserve, or half of a small one', () => {
  const text =
    'Max processes             7 7 processes\nMax open files            131072               262144               files\n';
  expect(parseFileLimit(text)).toBe(131072);
  expect(parseFileLimit('Max open files            unlimited            unlimited            files')).toBe(Infinity);
  expect(parseFileLimit('')).toBe(Infinity);
  expect([connectionLimit(131072), connectionLimit(100), connectionLimit(Infinity)]).toEqual([130944, 50, Infinity]);
  expect(connectionLimit()).toBeGreaterThan(100);
});

function dialError(port: number): Promise<string> {
  return new Promise((resolve) => {
    new TcpDialer().dial(
      { address: LOCAL4, port, localAddress: null, interfaceName: null, transport: PLAIN },
      fail,
      ({ error }) => resolve(error),
    );
  });
}
