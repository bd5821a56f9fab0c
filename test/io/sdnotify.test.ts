/** Notifications to systemd, received on a unix datagram socket as systemd would. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLibc } from '../../src/io/system/libc.ts';
import { createNotifier, type Notifier, watchdogIntervalMs } from '../../src/io/system/sdnotify.ts';
import { Manager } from '../lab/manager.ts';

const unexpected = (message: string): never => {
  throw new Error(message);
};

describe.each([
  ['a path', join(tmpdir(), `reflectord-notify-${process.pid}`)],
  ['an abstract name', `@reflectord-notify-${process.pid}`],
])('with %s in NOTIFY_SOCKET', (_name, name) => {
  let manager: Manager;
  let notifier: Notifier;

  beforeEach(async () => {
    manager = new Manager(name);
    notifier = await createNotifier({ NOTIFY_SOCKET: name }, unexpected);
  });

  afterEach(() => {
    notifier.close();
    manager.close();
    if (!name.startsWith('@')) rmSync(name);
  });

  test('readiness comes with a status of one line', () => {
    notifier.ready('3 peers\nand more');
    expect(manager.take()).toBe('READY=1\nSTATUS=3 peers and more');
  });

  test('a reload is bracketed, with the time at which it began', () => {
    const before = process.hrtime.bigint() / 1000n;
    notifier.reloading();
    const match = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(manager.take() ?? '');
    const began = BigInt(match?.[1] ?? 0);
    expect(began >= before && began <= process.hrtime.bigint() / 1000n).toBe(true);
    notifier.ready('reloaded');
    expect(manager.take()).toBe('READY=1\nSTATUS=reloaded');
  });

  test('status and stopping', () => {
    notifier.status('größer');
    notifier.stopping('bye');
    expect([manager.take(), manager.take(), manager.take()]).toEqual(['STATUS=größer', 'STOPPING=1\nSTATUS=bye', null]);
  });
});

describe('the watchdog', () => {
  const name = `@reflectord-watchdog-${process.pid}`;

  test('is pinged from the event loop at half its time', async () => {
    const manager = new Manager(name);
    const environment = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '20000', WATCHDOG_PID: String(process.pid) };
    const notifier = await createNotifier(environment, unexpected);
    expect(environment).toEqual({});
    expect(await manager.wait()).toBe('WATCHDOG=1');
    const began = performance.now();
    expect(await manager.wait()).toBe('WATCHDOG=1');
    expect(performance.now() - began).toBeGreaterThan(5);
    notifier.close();
    while (manager.take() !== null);
    manager.close();
  });

  test('of another process is not pinged', async () => {
    const set = jest.spyOn(global, 'setInterval');
    const environment = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' };
    const notifier = await createNotifier(environment, unexpected);
    expect(set).not.toHaveBeenCalled();
    set.mockRestore();
    notifier.close();
  });

  test.each([
    ['30000000', 15000],
    ['1', 1],
    ['0', 0],
    ['-5', 0],
    ['soon', 0],
    [undefined, 0],
  ])('of %s microseconds means a ping every %d ms', (us, ms) => {
    expect(watchdogIntervalMs(us)).toBe(ms);
  });
});

describe('without systemd', () => {
  test('nothing is opened and nothing is said', async () => {
    const notifier = await createNotifier({ WATCHDOG_USEC: '20000' }, unexpected);
    notifier.ready('up');
    notifier.reloading();
    notifier.stopping('down');
    notifier.close();
  });

  test('a socket of another kind is warned about, and then left alone', async () => {
    const warnings: string[] = [];
    const notifier = await createNotifier({ NOTIFY_SOCKET: 'vsock:2:1234' }, (message) => warnings.push(message));
    notifier.ready('up');
    expect(warnings).toEqual(['systemd is not notified: NOTIFY_SOCKET vsock:2:1234 is not a unix socket']);
  });

  test('an unbound socket is warned about once', async () => {
    const warnings: string[] = [];
    const environment = { NOTIFY_SOCKET: `@reflectord-nobody-${process.pid}` };
    const notifier = await createNotifier(environment, (message) => warnings.push(message));
    notifier.ready('up');
    notifier.status('still up');
    expect(warnings).toEqual(['systemd does not accept notifications']);
    notifier.close();
  });

  test('a path that does not fit a socket address is warned about', async () => {
    const warnings: string[] = [];
    await createNotifier({ NOTIFY_SOCKET: `/${'x'.repeat(107)}` }, (message) => warnings.push(message));
    expect(warnings[0]).toMatch(/is too long$/);
  });

  test('a koffi that cannot be loaded is warned about, and the daemon goes on', async () => {
    await loadLibc(() => Promise.reject(new Error('no prebuilt binary')));
    const warnings: string[] = [];
    const notifier = await createNotifier({ NOTIFY_SOCKET: '@x' }, (message) => warnings.push(message));
    notifier.ready('up');
    await loadLibc(() => import('koffi'));
    expect(warnings).toEqual(['systemd is not notified: koffi cannot be loaded: no prebuilt binary']);
  });
});
