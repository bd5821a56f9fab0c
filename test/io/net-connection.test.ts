/** Connections, the listener and the dialer, over loopback. */
import { once } from 'node:events';
import { createServer, connect as netConnect, Server, Socket } from 'node:net';
import type { Connection } from '../../src/engine/ports.ts';
import { allConnectionsClosed, openConnections } from '../../src/io/net/connection.ts';
import { TcpDialer } from '../../src/io/net/dialer.ts';
import { type Listener, type ListenProblem, listen } from '../../src/io/net/listener.ts';
import { formatAddress, parseAddress } from '../../src/lib/ip.ts';
import { accepting, LOCAL4, LOCAL6, Recorder, text } from './net-support.ts';

afterEach(() => allConnectionsClosed());

async function pair(): Promise<{ ours: Connection; theirs: Socket; listener: Listener }> {
  const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
  const theirs = netConnect({ port: listener.bound[0].port, host: '127.0.0.1', allowHalfOpen: true });
  theirs.on('error', () => {});
  return { ours: await next(), theirs, listener };
}

describe('an accepted connection', () => {
  test('knows both of its ends', async () => {
    const { ours, theirs, listener } = await pair();
    expect(formatAddress(ours.remoteAddress)).toBe('127.0.0.1');
    expect(formatAddress(ours.localAddress)).toBe('127.0.0.1');
    expect(ours.localPort).toBe(listener.bound[0].port);
    expect(ours.remotePort).toBe(theirs.localPort);
    theirs.destroy();
    ours.close();
    await listener.close();
  });

  test('delivers what came before its handler was attached', async () => {
    const { ours, theirs, listener } = await pair();
    await new Promise((resolve) => theirs.write('early', resolve));
    const handler = new Recorder(ours);
    await handler.received(5);
    expect(handler.text).toBe('early');
    theirs.destroy();
    await handler.closed;
    await listener.close();
  });

  test('reads into the one buffer that all connections share', async () => {
    const first = await pair();
    const second = await pair();
    const buffers = new Set<Uint8Array>();
    for (const { ours, theirs } of [first, second]) {
      const handler = new Recorder(ours);
      handler.onEach = (bytes) => buffers.add(bytes);
      theirs.write('x');
      await handler.received(1);
      theirs.destroy();
      await handler.closed;
    }
    expect(buffers.size).toBe(1);
    await Promise.all([first.listener.close(), second.listener.close()]);
  });

  test('answers a write later, never from inside', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    ours.write(text('xhellox'), 1, 6);
    expect(handler.writes).toBe(0);
    await handler.written(1);
    const [bytes] = await once(theirs, 'data');
    expect(String(bytes)).toBe('hello');
    ours.close();
    theirs.end();
    await listener.close();
  });

  test('reads nothing while paused, and goes on where it stopped', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    theirs.write('a');
    await handler.received(1);
    ours.pause();
    await new Promise((resolve) => theirs.write('b', resolve));
    await turns(20);
    expect(handler.text).toBe('a');
    ours.resume();
    await handler.received(2);
    expect(handler.text).toBe('ab');
    theirs.destroy();
    await handler.closed;
    await listener.close();
  });

  test('may be paused from inside onData', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    handler.onEach = () => ours.pause();
    theirs.write('a');
    await handler.received(1);
    await new Promise((resolve) => theirs.write('b', resolve));
    await turns(20);
    expect(handler.text).toBe('a');
    ours.resume();
    await handler.received(2);
    theirs.destroy();
    ours.resume();
    await handler.closed;
    await listener.close();
  });

  test('tells an orderly end once, after the last byte', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    theirs.end('last');
    expect(await handler.closed).toBeNull();
    expect(handler.text).toBe('last');
    await allConnectionsClosed();
    expect(handler.closes).toBe(1);
    await listener.close();
  });

  test('tells a reset by its errno name, once', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    theirs.resetAndDestroy();
    expect(await handler.closed).toBe('ECONNRESET');
    await allConnectionsClosed();
    expect(handler.closes).toBe(1);
    await listener.close();
  });

  test('survives writes after the far side is gone', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    theirs.resetAndDestroy();
    ours.write(text('into the void'), 0, 13);
    await handler.closed;
    ours.write(text('again'), 0, 5);
    ours.pause();
    ours.resume();
    ours.close();
    await allConnectionsClosed();
    expect(handler.closes).toBe(1);
    await listener.close();
  });

  test('still hears our answer when it has closed its own direction', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    handler.onEach = () => {
      ours.write(text('notification'), 0, 12);
      ours.close();
    };
    theirs.end('garbage');
    expect(await readAll(theirs)).toBe('notification');
    expect(handler.closes).toBe(0);
    await listener.close();
  });
});

describe('closing', () => {
  test('delivers what was written although the far side keeps sending', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    const flood = Buffer.alloc(1 << 20, 1);
    const pour = (): void => void theirs.write(flood, (error) => !error && pour());
    pour();
    await handler.received(1);
    ours.write(text('notification'), 0, 12);
    ours.close();
    expect(await readAll(theirs)).toBe('notification');
    theirs.destroy();
    await allConnectionsClosed();
    await listener.close();
  });

  test('calls no handler any more', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    ours.write(text('x'), 0, 1);
    ours.close();
    theirs.end('unheard');
    await allConnectionsClosed();
    expect([handler.text, handler.writes, handler.closes]).toEqual(['', 0, 0]);
    await listener.close();
  });

  test('lets go of a far side that never closes, within the linger time', async () => {
    const { ours, theirs, listener } = await pair();
    new Recorder(ours);
    theirs.pause();
    const began = performance.now();
    ours.write(new Uint8Array(1 << 24), 0, 1 << 24);
    ours.close();
    await allConnectionsClosed();
    expect(performance.now() - began).toBeGreaterThan(1900);
    expect(performance.now() - began).toBeLessThan(4000);
    theirs.destroy();
    await listener.close();
  });
});

describe('the dialer', () => {
  const dialer = new TcpDialer();

  test.each([
    ['IPv4', LOCAL4],
    ['IPv6', LOCAL6],
  ])('connects over %s and exchanges bytes', async (_name, address) => {
    const { listener, next } = await accepting([{ address, port: 0 }]);
    const target = { address, port: listener.bound[0].port, localAddress: address };
    const ours = await new Promise<Connection>((resolve, reject) => {
      dialer.dial(target, resolve, (error) => reject(new Error(error)));
    });
    const theirs = await next();
    expect(ours.remoteAddress).toEqual(address);
    expect(ours.remotePort).toBe(target.port);
    expect(theirs.remotePort).toBe(ours.localPort);
    const [a, b] = [new Recorder(ours), new Recorder(theirs)];
    ours.write(text('ping'), 0, 4);
    await b.received(4);
    theirs.write(text('pong'), 0, 4);
    await a.received(4);
    expect([a.text, b.text]).toEqual(['pong', 'ping']);
    ours.close();
    expect(await b.closed).toBeNull();
    await listener.close();
  });

  test('uses the local address that it is given', async () => {
    const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
    const localAddress = parseAddress('127.0.0.77');
    dialer.dial({ address: LOCAL4, port: listener.bound[0].port, localAddress }, (ours) => ours.close(), fail);
    const theirs = await next();
    expect(formatAddress(theirs.remoteAddress)).toBe('127.0.0.77');
    theirs.close();
    await listener.close();
  });

  test('reports a refusal by its errno name, later', async () => {
    const port = await freePort();
    let returned = false;
    const error = await new Promise<string>((resolve) => {
      dialer.dial({ address: LOCAL4, port, localAddress: null }, fail, (reason) => {
        expect(returned).toBe(true);
        resolve(reason);
      });
      returned = true;
    });
    expect(error).toBe('ECONNREFUSED');
  });

  test('reports a local address that this host does not have', async () => {
    const localAddress = parseAddress('192.0.2.1');
    const error = await new Promise<string>((resolve) => {
      dialer.dial({ address: LOCAL4, port: 9, localAddress }, fail, resolve);
    });
    expect(error).toBe('EADDRNOTAVAIL');
  });

  test('says nothing once cancelled', async () => {
    const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
    const dial = dialer.dial({ address: LOCAL4, port: listener.bound[0].port, localAddress: null }, fail, fail);
    dial.cancel();
    dial.cancel();
    await allConnectionsClosed();
    // The kernel may have completed the handshake: then it shows as a connection that ends.
    const marker = netConnect(listener.bound[0].port, '127.0.0.1');
    const accepted = await next();
    marker.destroy();
    accepted.close();
    await listener.close();
  });

  test('does not take a connection to itself for a peer', async () => {
    // With one port as both ends TCP connects to itself; Node takes the local port only through its options.
    const port = await freePort();
    const connect = jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, options) {
      connect.mockRestore();
      return this.connect({ ...(options as unknown as object), localPort: port } as never);
    });
    const error = await new Promise<string>((resolve) => {
      dialer.dial({ address: LOCAL4, port, localAddress: LOCAL4 }, fail, resolve);
    });
    expect(error).toBe('ECONNREFUSED');
    await allConnectionsClosed();
  });
});

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
    await listener.update([
      { address: LOCAL4, port: b },
      { address: LOCAL6, port: b },
    ]);
    expect(listener.bound.map((bound) => bound.port)).toEqual([b, b]);
    theirs.write('still here');
    await kept.received(10);
    expect(await dialError(a)).toBe('ECONNREFUSED');
    theirs.destroy();
    await kept.closed;
    await listener.close();
    expect(await dialError(b)).toBe('ECONNREFUSED');
  });

  test('closes newcomers at the limit of open files, says so once, and serves again when there is room', async () => {
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

function fail(problem: unknown): never {
  throw new Error(`unexpected: ${JSON.stringify(problem)}`);
}

/** Lets the event loop poll its sockets `count` times. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function dialError(port: number): Promise<string> {
  return new Promise((resolve) => {
    new TcpDialer().dial({ address: LOCAL4, port, localAddress: null }, fail, resolve);
  });
}
