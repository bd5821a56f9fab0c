/** Connections over loopback. */
import { once } from 'node:events';
import { connect as netConnect, type Socket } from 'node:net';
import type { Connection } from '../../src/engine/ports/ports.ts';
import { allConnectionsClosed } from '../../src/io/net/connection.ts';
import type { Listener } from '../../src/io/net/listener.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { formatAddress } from '../../src/lib/ip.ts';
import { accepting, LOCAL4, Recorder, text } from './net-support.ts';

beforeAll(() => loadLibc());

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

  test('that is flooded lets the rest of the process have its turn after a few milliseconds', async () => {
    const { ours, theirs, listener } = await pair();
    theirs.write(Buffer.alloc(4 << 20));
    const handler = new Recorder(ours);
    let turn = 0;
    const readsByTurn = new Map<number, number>();
    const count = () => {
      turn++;
      if (handler.bytes < 4 << 20) setImmediate(count);
    };
    handler.onEach = () => {
      readsByTurn.set(turn, (readsByTurn.get(turn) ?? 0) + 1);
      const endMs = performance.now() + 5;
      while (performance.now() < endMs); // as much work as a turn may have
    };
    setImmediate(count);
    await handler.received(4 << 20);
    expect([...readsByTurn.values()].reduce((sum, reads) => sum + reads, 0)).toBeGreaterThan(8);
    expect(Math.max(...readsByTurn.values())).toBeLessThanOrEqual(2);
    theirs.destroy();
    await handler.closed;
    await listener.close();
  });

  test('that is paused while its turn ends stays paused', async () => {
    const { ours, theirs, listener } = await pair();
    theirs.write(Buffer.alloc(4 << 20));
    const handler = new Recorder(ours);
    let reads = 0;
    handler.onEach = () => {
      const endMs = performance.now() + 5;
      while (performance.now() < endMs);
      if (++reads === 2) ours.pause();
    };
    await handler.received(1);
    for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));
    expect(reads).toBe(2);
    handler.onEach = () => {};
    ours.resume();
    await handler.received(4 << 20);
    theirs.destroy();
    await handler.closed;
    await listener.close();
  });

  test('hands out in later turns, and in order, what there was no time for', async () => {
    const { ours, theirs, listener } = await pair();
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
    theirs.end(sent);
    const handler = new Recorder(ours);
    const got: number[] = [];
    handler.takes = 10_000;
    const { onData } = handler;
    let turn = 0;
    const turnsUsed = new Set<number>();
    const count = () => {
      turn++;
      if (handler.closes === 0) setImmediate(count);
    };
    setImmediate(count);
    handler.onData = (bytes: Uint8Array, start: number, end: number) => {
      const stop = onData.call(handler, bytes, start, end);
      for (let i = start; i < stop; i++) got.push(bytes[i]);
      turnsUsed.add(turn);
      return stop;
    };
    await handler.closed;
    expect(Buffer.compare(Buffer.from(got), sent)).toBe(0);
    expect(turnsUsed.size).toBeGreaterThanOrEqual(10);
    await listener.close();
  });

  test('says that it is behind until all is handed out, and while paused hands out nothing', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    handler.takes = 3;
    handler.onEach = () => ours.pause();
    theirs.write('abcdef');
    await handler.received(3);
    await turns(20);
    expect([handler.text, ours.isBehind]).toEqual(['abc', true]);
    handler.onEach = () => {};
    ours.resume();
    expect(handler.text).toBe('abc');
    await handler.received(6);
    await turns(2);
    expect([handler.text, ours.isBehind]).toEqual(['abcdef', false]);
    theirs.destroy();
    await handler.closed;
    await listener.close();
  });

  test('hands out what has arrived before it says that the connection is lost', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    handler.takes = 3;
    handler.onEach = () => ours.pause();
    theirs.write('abcdef');
    await handler.received(3);
    handler.takes = Number.POSITIVE_INFINITY;
    theirs.resetAndDestroy();
    ours.write(text('late'), 0, 4);
    await handler.closed;
    expect(handler.text).toBe('abcdef');
    await listener.close();
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

  test('reports an orderly close once, after the last byte', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    theirs.end('last');
    expect(await handler.closed).toBeNull();
    expect(handler.text).toBe('last');
    await allConnectionsClosed();
    expect(handler.closes).toBe(1);
    await listener.close();
  });

  test('reports a reset by its errno name, once', async () => {
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

  test('still delivers our answer to a peer that has closed its own direction', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    handler.onEach = () => {
      ours.write(text('notification'), 0, 12);
      ours.close();
    };
    theirs.end('garbage');
    expect(await readAll(theirs)).toBe('notification');
    await allConnectionsClosed();
    expect(handler.closes).toBe(0);
    await listener.close();
  });
});

describe('closing', () => {
  test('delivers what was written, and resets nothing although the far side keeps sending', async () => {
    const { ours, theirs, listener } = await pair();
    const handler = new Recorder(ours);
    const errors: Error[] = [];
    theirs.on('error', (error) => errors.push(error));
    const ended = new Promise((resolve) => theirs.on('close', resolve));
    const flood = Buffer.alloc(1 << 20, 1);
    let pouring = true;
    const pour = (): unknown => (pouring ? theirs.write(flood, pour) : theirs.end());
    pour();
    await handler.received(1);
    ours.pause();
    ours.write(text('notification'), 0, 12);
    ours.close();
    expect(await readAll(theirs)).toBe('notification');
    pouring = false;
    await ended;
    expect(errors).toEqual([]);
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
    expect(performance.now() - began).toBeLessThan(10_000);
    theirs.destroy();
    await listener.close();
  });
});

/** Lets the event loop poll its sockets `count` times. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What comes until the orderly end. */
async function readAll(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(part));
  await once(socket, 'end');
  return Buffer.concat(parts).toString();
}
