/** Connections under load and foul play. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect as netConnect, type Socket } from 'node:net';
import koffi from 'koffi';
import type { Connection } from '../../src/engine/ports/ports.ts';
import { allConnectionsClosed, type TcpConnection } from '../../src/io/net/connection.ts';
import { type ListenProblem, listen } from '../../src/io/net/listener.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { testAtScale } from '../lab/effort.ts';
import { accepting, LOCAL4, Recorder } from './net-support.ts';

beforeAll(() => loadLibc());

const CHUNK = new Uint8Array(64 * 1024);

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  return allConnectionsClosed();
});

testAtScale(
  '1,000 peers that connect at once fit into the queue and are all served, with less than three seconds of CPU time',
  async () => {
    const before = process.cpuUsage();
    const accepted: Connection[] = [];
    const hello = new Uint8Array(29).fill(7);
    const listener = await listen(
      [{ address: LOCAL4, port: 0 }],
      (connection) => {
        accepted.push(connection);
        new Recorder(connection);
        connection.write(hello, 0, hello.length);
      },
      (problem) => {
        throw new Error(problem.message);
      },
    );
    const { port } = listener.bound[0];
    const peers: Socket[] = [];
    try {
      expect(queueLength(port)).toBeGreaterThanOrEqual(1000);
      for (let i = 0; i < 1000; i++) peers.push(netConnect(port, '127.0.0.1'));
      const greetings = await Promise.all(peers.map(async (peer) => (await once(peer, 'data'))[0] as Buffer));
      expect(greetings.every((bytes) => bytes.equals(hello))).toBe(true);
      expect(new Set(accepted.map((connection) => connection.remotePort)).size).toBe(1000);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(3000);
    } finally {
      for (const peer of peers) peer.destroy();
      await listener.close();
    }
  },
);

/** Connections that wait at a listening socket before the kernel drops further ones, which are repeated after a second. */
function queueLength(port: number): number {
  const [line] = execFileSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' }).split('\n');
  return Number(line!.trim().split(/\s+/)[2]);
}

/** Writes chunk after chunk, each when the one before has left, up to `count`. */
class Pump extends Recorder {
  left: number;
  private readonly connection: Connection;

  constructor(connection: Connection, count: number) {
    super(connection);
    this.connection = connection;
    this.left = count;
    this.next();
  }

  override onWritten(): void {
    super.onWritten();
    this.next();
  }

  private next(): void {
    if (this.left-- > 0) this.connection.write(CHUNK, 0, CHUNK.length);
  }
}

test('a peer that does not read costs one chunk and delays no other peer', async () => {
  const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
  const { port } = listener.bound[0];
  const stuckPeer = netConnect(port, '127.0.0.1').pause();
  stuckPeer.on('error', () => {});
  const stuck = (await next()) as TcpConnection;
  const endless = new Pump(stuck, Number.POSITIVE_INFINITY);
  const readers: Promise<number>[] = [];
  for (let i = 0; i < 8; i++) {
    readers.push(countBytes(netConnect(port, '127.0.0.1')));
    const connection = await next();
    new Pump(connection, 64).written(64).then(() => connection.close());
  }
  expect(await Promise.all(readers)).toEqual(Array(8).fill(64 * CHUNK.length));
  expect(stuck.socket.writableLength).toBe(CHUNK.length);
  const writes = endless.writes;
  await new Promise((resolve) => setImmediate(resolve));
  expect(endless.writes).toBe(writes);
  stuckPeer.resetAndDestroy();
  expect(await endless.closed).toMatch(/^(ECONNRESET|EPIPE)$/);
  await listener.close();
});

test('a peer that is killed in mid-write ends its connection once, and the write is not answered', async () => {
  const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
  const { peer } = await otherProcess(`require('net').connect(${listener.bound[0].port}, '127.0.0.1').pause()`);
  const connection = await next();
  const handler = new Recorder(connection);
  const bytes = new Uint8Array(1 << 24);
  connection.write(bytes, 0, bytes.length);
  peer.kill('SIGKILL');
  expect(await handler.closed).toMatch(/^(ECONNRESET|EPIPE)$/);
  await allConnectionsClosed();
  expect([handler.writes, handler.closes]).toEqual([0, 1]);
  await listener.close();
});

test('a process without file descriptors left refuses connections, and accepts again when it has some', async () => {
  const problems: ListenProblem[] = [];
  const accepted: Connection[] = [];
  let arrived: () => void = () => {};
  const listener = await listen(
    [{ address: LOCAL4, port: 0 }],
    (connection) => {
      accepted.push(connection);
      arrived();
    },
    (problem) => problems.push(problem),
    { maxConnections: Number.POSITIVE_INFINITY },
  );
  const { peer, lines } = await otherProcess(`
    const net = require('net');
    const dial = (name) => net.connect(${listener.bound[0].port}, '127.0.0.1')
      .on('error', () => {}).on('close', () => console.log(name + ' closed')).resume();
    console.log('ready');
    require('readline').createInterface(process.stdin).on('line', dial);
  `);
  await lines('ready');
  const before = fileLimit();
  setFileLimit(readdirSync('/proc/self/fd').length + 1);
  try {
    for (let i = 0; i < 40; i++) peer.stdin?.write(`peer${i}\n`);
    await lines('closed');
  } finally {
    setFileLimit(before);
  }
  const count = accepted.length;
  const another = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  peer.stdin?.write('late\n');
  await another;
  expect(accepted.length).toBeGreaterThan(count);
  expect(problems.filter((problem) => problem.kind === 'listen')).toEqual([]);
  for (const connection of accepted) connection.close();
  await listener.close();
});

async function countBytes(socket: Socket): Promise<number> {
  let bytes = 0;
  for await (const part of socket) bytes += (part as Buffer).length;
  return bytes;
}

interface OtherProcess {
  readonly peer: ChildProcess;
  /** Resolves once a line with the words was printed. */
  lines(words: string): Promise<void>;
}

async function otherProcess(script: string): Promise<OtherProcess> {
  const peer = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(peer);
  let printed = '';
  peer.stdout.on('data', (bytes) => {
    printed += String(bytes);
  });
  const lines = async (words: string): Promise<void> => {
    while (!printed.includes(words)) await once(peer.stdout, 'data');
  };
  return { peer, lines };
}

const RLIMIT_NOFILE = 7;
const libc = koffi.load(null);
const getrlimit = libc.func('int getrlimit(int resource, _Out_ uint64_t *limits)');
const setrlimit = libc.func('int setrlimit(int resource, const uint64_t *limits)');

function fileLimit(): number {
  const limits = new BigUint64Array(2);
  getrlimit(RLIMIT_NOFILE, limits);
  return Number(limits[0]);
}

function setFileLimit(soft: number): void {
  const limits = new BigUint64Array(2);
  getrlimit(RLIMIT_NOFILE, limits);
  limits[0] = BigInt(soft);
  expect(setrlimit(RLIMIT_NOFILE, limits)).toBe(0);
}
