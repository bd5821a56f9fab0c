/** The daemon as a process: what it takes at its start, on a reload, and at its end. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ReloadView, StatusView } from '../../src/engine/api/daemon-views.ts';
import { reflectordProgram } from '../lab/build.ts';
import { freePort } from '../lab/loopback.ts';
import { Manager } from '../lab/manager.ts';
import { Speaker } from '../lab/speaker.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { eventually } from '../lab/wait-for.ts';

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function cli(...argv: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(process.execPath, [reflectordProgram(), ...argv], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

jest.setTimeout(60_000);

let folder: string;
let file: string;
let socket: string;
let port: number;
let child: ChildProcess | null = null;
let log = '';

beforeEach(async () => {
  folder = temporaryFolder();
  file = join(folder, 'reflectord.yaml');
  socket = join(folder, 'control.sock');
  port = await freePort();
  log = '';
});

afterEach(async () => {
  if (child !== null && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = null;
  rmSync(folder, { recursive: true, force: true });
});

function config(over: object = {}): object {
  return {
    router: { as: 65000, id: '10.0.0.1', 'restart-state': `${socket}.peers` },
    listen: [{ address: '127.0.0.1', port }],
    groups: { hosts: { as: 65000, 'route-reflector-client': true, dynamic: [{ range: '127.0.0.0/16' }] } },
    control: { socket },
    metrics: { listen: 'none' },
    ...over,
  };
}

function write(content: object | string): void {
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
}

function launch(environment: NodeJS.ProcessEnv = process.env): ChildProcess {
  const started = spawn(process.execPath, [reflectordProgram(), 'run', '--no-warm-up', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  for (const stream of [started.stdout, started.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  child = started;
  return started;
}

async function logged(text: string): Promise<void> {
  await eventually(`the log says ${text}`, () => {
    if (!log.includes(text)) throw new Error(log.slice(-1000));
  });
}

async function start(content: object | string = config()): Promise<ChildProcess> {
  write(content);
  const started = launch();
  await logged('"daemon.ready"');
  return started;
}

/** Nothing listens there. */
function isRefused(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port: at, host: '127.0.0.1' });
    const end = (refused: boolean) => {
      socket.destroy();
      resolve(refused);
    };
    socket
      .on('connect', () => end(false))
      .on('error', ({ code }: NodeJS.ErrnoException) => end(code === 'ECONNREFUSED'));
  });
}

async function exitOf(started: ChildProcess): Promise<number | null> {
  if (started.exitCode === null) await once(started, 'exit');
  return started.exitCode;
}

// The first call builds the program.
beforeAll(() => void reflectordProgram(), 180_000);

describe('the start', () => {
  test('a configuration with mistakes reports them all, and exits with 78', async () => {
    write(config({ metrcs: {}, router: { as: 65000, id: 'x' } }));
    expect(await exitOf(launch())).toBe(78);
    expect(log).toContain('metrcs');
    expect(log).toContain('router.id');
  });

  test('a second daemon on the same control socket does not start, and the first keeps running', async () => {
    await start();
    const first = child as ChildProcess;
    const second = launch();
    expect(await exitOf(second)).toBe(1);
    expect((await cli('--socket', socket, 'status')).code).toBe(0);
    first.kill('SIGTERM');
    expect(await exitOf(first)).toBe(0);
  });

  test.each([
    ['20 hours ago waits for the peers that still keep its routes (LLGR)', 20, 'daemon.selection-deferred'],
    ['25 hours ago does not know who keeps routes', 25, 'daemon.advertising-deferred'],
  ])('a daemon that ended %s', async (_, hours, event) => {
    writeFileSync(`${socket}.peers`, '{"version":2,"peers":[{"name":"127.0.0.9"}]}', { mode: 0o600 });
    const at = new Date(Date.now() - hours * 3_600_000);
    utimesSync(`${socket}.peers`, at, at);
    await start();
    await logged(`"${event}"`);
  });

  test('systemd is notified at once that it is ready, and of the deferral until it advertises, also after a reload', async () => {
    const name = `@reflectord-start-${process.pid}`;
    const manager = new Manager(name);
    try {
      writeFileSync(`${socket}.peers`, '{"version":2,"peers":[{"name":"127.0.0.9"}]}', { mode: 0o600 });
      const router = { ...(config() as { router: object }).router, 'restart-defer-time': 3 };
      write(config({ router }));
      const startMs = performance.now();
      launch({ ...process.env, NOTIFY_SOCKET: name });
      const deferred = /^READY=1\nSTATUS=running; advertising is deferred until 1 peer has sent its routes /;
      expect(await manager.wait()).toMatch(deferred);
      expect(log).not.toContain('daemon.selection-started');
      child!.kill('SIGHUP');
      expect(await manager.wait()).toMatch(/^RELOADING=1\n/);
      expect(await manager.wait()).toMatch(deferred);
      expect(await manager.wait()).toBe('STATUS=running');
      expect(performance.now() - startMs).toBeGreaterThan(3000);
    } finally {
      manager.close();
    }
  });

  test('after kill -9 the next one takes over the socket', async () => {
    const killed = await start();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(existsSync(socket)).toBe(true);
    log = '';
    launch();
    await logged('"daemon.ready"');
    expect((await cli('--socket', socket, 'status')).code).toBe(0);
  });
});

describe('a reload', () => {
  test('with mistakes leaves the running configuration in force, and reports it', async () => {
    await start();
    const speaker = await Speaker.establish({ port, localAddress: '127.0.0.7' });
    write(config({ groups: 5 }));
    const answer = await cli('--socket', socket, 'reload');
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain('stays in force');
    await logged('"config.rejected"');
    expect(speaker.closed).toBe(false);
    expect((await cli('--socket', socket, 'status')).stdout).toContain('the previous configuration is in force');
    write(config());
    expect((await cli('--socket', socket, 'reload')).code).toBe(0);
    expect(speaker.closed).toBe(false);
    expect((await cli('--socket', socket, 'status')).stdout).toContain('healthy, ready');
  });

  test('by SIGHUP adds and removes peers, and leaves the others alone', async () => {
    const started = await start(config({ peers: [{ address: '127.2.0.1', group: 'hosts', passive: true }] }));
    const stays = await Speaker.establish({ port, localAddress: '127.0.0.7' });
    const goes = await Speaker.establish({ port, localAddress: '127.2.0.1' });
    write(config({ peers: [{ address: '127.2.0.2', group: 'hosts', passive: true }] }));
    started.kill('SIGHUP');
    await logged('"config.reloaded"');
    expect(await goes.notification()).toBe('0603');
    await Speaker.establish({ port, localAddress: '127.2.0.2' });
    expect(stays.closed).toBe(false);
  });

  test('that changes the export policy withdraws advertised routes, and advertises them again', async () => {
    const exporting = (policy: string) =>
      config({ peers: [{ address: '127.2.0.1', group: 'hosts', passive: true, export: policy }] });
    await start(exporting('accept'));
    const { announce } = await import('../lab/bgp-bytes.ts');
    const source = await Speaker.establish({ port, localAddress: '127.0.0.7' });
    const peer = await Speaker.establish({ port, localAddress: '127.2.0.1' });
    source.send(announce('192.0.2.7', '10.1.0.0/16'));
    const holds = (count: number) =>
      eventually(`the peer holds ${count}`, () => {
        if (peer.routes.size !== count) throw new Error([...peer.routes].join());
      });
    await holds(1);
    write(exporting('reject'));
    expect((await cli('--socket', socket, 'reload')).code).toBe(0);
    await holds(0);
    write(exporting('accept'));
    expect((await cli('--socket', socket, 'reload')).code).toBe(0);
    await holds(1);
    expect(peer.closed).toBe(false);
  });

  /** What `reload --json` says, with its exit code. */
  async function reload(): Promise<{ code: number; view: ReloadView }> {
    const { code, stdout } = await cli('--socket', socket, 'reload', '--json');
    return { code, view: (JSON.parse(stdout) as ReloadView[])[0]! };
  }

  async function health(): Promise<string[]> {
    const { stdout } = await cli('--socket', socket, 'status', '--json');
    return (JSON.parse(stdout) as StatusView[])[0]!.health.causes.map(({ cause }) => cause);
  }

  test('to an address that the host does not have changes nothing, and the log, the command and the health report it', async () => {
    await start();
    const speaker = await Speaker.establish({ port, localAddress: '127.0.0.7' });
    const other = await freePort();
    const peers = [{ address: '127.2.0.2', group: 'hosts', passive: true }];
    write(
      config({
        peers,
        listen: [
          { address: '203.0.113.9', port },
          { address: '127.0.0.1', port: other },
        ],
      }),
    );
    const { code, view } = await reload();
    expect([code, view.outcome]).toEqual([1, 'refused']);
    expect(view.failed).toEqual([
      `cannot listen on 203.0.113.9:${port}: no interface of this host has the address (EADDRNOTAVAIL)`,
    ]);
    const answer = await cli('--socket', socket, 'reload');
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('nothing changed')]);
    await logged('"config.reload-failed"');
    expect(await health()).toEqual(['config-rejected']);
    await Speaker.establish({ port, localAddress: '127.0.0.8' });
    expect(await isRefused(other)).toBe(true);
    expect((await cli('--socket', socket, 'show', 'peers')).stdout).not.toContain('127.2.0.2');
    expect(speaker.closed).toBe(false);
    write(config());
    expect([(await reload()).code, await health()]).toEqual([0, []]);
  });

  test('to a metrics address that is taken changes nothing, what was opened meanwhile is closed again', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const metrics = await freePort();
    await start(config({ metrics: { listen: `127.0.0.1:${metrics}` } }));
    const before = port;
    port = await freePort();
    write(config({ metrics: { listen: `127.0.0.1:${(taken.address() as AddressInfo).port}` } }));
    const { code, view } = await reload();
    taken.close();
    expect([code, view.outcome, view.failed]).toEqual([1, 'refused', [expect.stringContaining('in use')]]);
    await Speaker.establish({ port: before, localAddress: '127.0.0.7' });
    expect(await isRefused(port)).toBe(true);
    expect((await fetch(`http://127.0.0.1:${metrics}/readyz`)).status).toBe(200);
  });

  test('names what changed, and what waits for a restart until that is taken back', async () => {
    const peers = [
      { address: '127.2.0.1', group: 'hosts', passive: true, description: 'leaf 1' },
      { address: '127.2.0.2', group: 'hosts', passive: true },
    ];
    await start(config({ peers, metrics: { listen: `127.0.0.1:${await freePort()}` } }));
    const speaker = await Speaker.establish({ port, localAddress: '127.2.0.1' });
    const metrics = await freePort();
    const changed = {
      peers: [
        { ...peers[0], 'hold-time': 30 },
        { address: '127.2.0.3', group: 'hosts', passive: true },
      ],
      router: { ...(config() as { router: object }).router, 'next-hop-check': true },
      metrics: { listen: `127.0.0.1:${metrics}` },
      fib: { table: 100 },
    };
    write(config(changed));
    const { code, stdout } = await cli('--socket', socket, 'reload');
    expect(code).toBe(6);
    expect(stdout).toBe(
      [
        'added: 127.2.0.3',
        'removed: 127.2.0.2',
        'reset (hold-time): 127.2.0.1 (leaf 1)',
        'in force: metrics.listen',
        'waits for a restart: fib.table, router.next-hop-check',
        '',
      ].join('\n'),
    );
    expect(await speaker.notification()).toBe('0606');
    expect(log).toMatch(/"config.reloaded".*reset \(hold-time\): 127\.2\.0\.1 \(leaf 1\)/);
    expect((await fetch(`http://127.0.0.1:${metrics}/readyz`)).status).toBe(200);
    // A second reload of the same file changes nothing, and still waits.
    const again = await reload();
    expect([again.code, again.view.peers.changed, again.view.restart]).toEqual([
      6,
      [],
      ['fib.table', 'router.next-hop-check'],
    ]);
    expect(await health()).toEqual(['restart-pending']);
    write(config({ peers: changed.peers, metrics: changed.metrics }));
    expect([(await reload()).code, await health()]).toEqual([0, []]);
  });

  test('moves the listener while sessions that came through the old one go on', async () => {
    await start();
    const speaker = await Speaker.establish({ port, localAddress: '127.0.0.7' });
    const before = port;
    port = await freePort();
    write(config());
    expect((await reload()).code).toBe(0);
    expect(await isRefused(before)).toBe(true);
    await Speaker.establish({ port, localAddress: '127.0.0.9' });
    expect(speaker.closed).toBe(false);
  });

  test('moves the listener to another port', async () => {
    await start();
    port = await freePort();
    write(config());
    expect((await cli('--socket', socket, 'reload')).code).toBe(0);
    await Speaker.establish({ port, localAddress: '127.0.0.9' });
  });
});

describe('the end', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it in order, with its sessions closed and its socket gone',
    async (signal) => {
      const started = await start();
      const speaker = await Speaker.establish({ port, localAddress: '127.0.0.7' });
      started.kill(signal);
      expect(await exitOf(started)).toBe(0);
      await speaker.notification();
      expect(existsSync(socket)).toBe(false);
      expect(log).toContain('"daemon.stopped"');
    },
  );

  test('the stop command does the same', async () => {
    const started = await start();
    expect((await cli('--socket', socket, 'stop')).code).toBe(0);
    expect(await exitOf(started)).toBe(0);
  });

  test('the log is whole: every line is JSON with an event', async () => {
    const started = await start();
    started.kill('SIGTERM');
    await exitOf(started);
    const events = log
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events[0]).toBe('daemon.starting');
    expect(events.at(-1)).toBe('daemon.stopped');
    expect(readFileSync(file, 'utf8')).toContain('65000');
  });
});
