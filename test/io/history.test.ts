/** The history of events: what is kept, what survives, and what a full file or a failing disk costs. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { showEvents } from '../../src/daemon/operate/events.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import type { KeptEvent } from '../../src/engine/events/kept-events.ts';
import { EventFile } from '../../src/io/history/event-file.ts';
import { EventHistory, historyPaths } from '../../src/io/history/event-history.ts';
import { BURST, WINDOW_MS } from '../../src/io/log/log-limit.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

let folder: string;
let path: string;
let passedOn: EngineEvent[];
let wallMs: number;
const log = { emit: (event: EngineEvent) => passedOn.push(event) };
const clock = { nowMs: () => wallMs, wallMs: () => wallMs };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
  path = join(folder, 'state', 'r.events');
  passedOn = [];
  wallMs = Date.parse('2026-03-01T12:00:00Z');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const down = (peer: string, code: number | null = null): EngineEvent => ({
  name: 'peer.down',
  peer,
  group: 'hosts',
  reason: 'hold timer expired',
  code,
  subcode: code === null ? null : 0,
  upSeconds: 12,
});
const stopping: EngineEvent = { name: 'daemon.stopping', reason: 'SIGTERM' };
const unkept: EngineEvent = { name: 'peer.state', peer: '192.0.2.1', from: 'Idle', to: 'Connect' };

function begun(): EventHistory {
  const history = new EventHistory(log, clock);
  history.begin([path]);
  return history;
}

async function allOf(events: AsyncIterable<KeptEvent | undefined>): Promise<KeptEvent[]> {
  const all: KeptEvent[] = [];
  for await (const event of events) if (event !== undefined) all.push(event);
  return all;
}

const never = new AbortController().signal;
const show = (history: EventHistory, query: Parameters<typeof showEvents>[1]) =>
  allOf(showEvents(history, query, wallMs, never));

describe('the history', () => {
  test('keeps events of level info and above, and passes all of them on', async () => {
    const history = begun();
    for (const event of [down('192.0.2.1'), unkept, stopping]) history.emit(event);
    await history.close();
    expect(passedOn).toEqual([down('192.0.2.1'), unkept, stopping]);
    expect(await allOf(history.after(0))).toMatchObject([
      { cursor: 1, time: '2026-03-01T12:00:00.000Z', level: 'warn', event: 'peer.down', fields: { peer: '192.0.2.1' } },
      { cursor: 2, event: 'daemon.stopping', text: 'stopping: SIGTERM' },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('continues after a restart, also after one in the middle of a line, and the cursor goes on', async () => {
    const first = begun();
    first.emit(down('192.0.2.1'));
    await first.close();
    writeFileSync(path, '{"cursor":2,"time":"cut', { flag: 'a' });
    const second = begun();
    second.emit(stopping);
    await second.close();
    const events = await allOf(second.after(0));
    expect(events.map(({ cursor, event }) => [cursor, event])).toEqual([
      [1, 'peer.down'],
      [2, 'daemon.stopping'],
    ]);
    expect((await allOf(second.after(1))).map(({ cursor }) => cursor)).toEqual([2]);
  });

  test('writes what happened before the start was certain, and nothing if there was no start', async () => {
    const history = new EventHistory(log, clock);
    history.emit(stopping);
    expect(existsSync(path)).toBe(false);
    history.begin([path]);
    await history.close();
    expect((await allOf(history.after(0))).map(({ cursor }) => cursor)).toEqual([1]);
  });

  test('a peer that flaps cannot push out the others: it is counted', async () => {
    const history = begun();
    for (let n = 0; n < 1000; n++) history.emit(down('192.0.2.1'));
    wallMs += WINDOW_MS;
    history.emit(down('192.0.2.2'));
    await history.close();
    const events = await allOf(history.after(0));
    expect(events).toHaveLength(BURST + 2);
    expect(events.at(-2)).toMatchObject({ event: 'log.suppressed', fields: { suppressed: 1000 - BURST } });
  });

  test('without a usable directory it is in memory, and health and the log name the reason', async () => {
    writeFileSync(join(folder, 'state'), 'a file');
    const history = begun();
    history.emit(stopping);
    expect(history.problem).toMatch(/only in memory.*r\.events/);
    expect(passedOn[0]).toMatchObject({ name: 'history.failed' });
    expect((await allOf(history.after(0))).map(({ event }) => event)).toEqual(['daemon.stopping']);
    await history.close();
  });

  test('is written as soon as a directory is usable, with the events from before and numbers above those of the file', async () => {
    const earlier = begun();
    earlier.emit(down('192.0.2.1'));
    await earlier.close();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] });
    const aside = join(folder, 'aside');
    renameSync(join(folder, 'state'), aside);
    writeFileSync(join(folder, 'state'), 'a file');
    const history = begun();
    history.emit(stopping);
    const [{ cursor }] = await allOf(history.after(0));
    jest.advanceTimersByTime(5000);
    expect(history.problem).not.toBeNull();
    rmSync(join(folder, 'state'));
    renameSync(aside, join(folder, 'state'));
    jest.advanceTimersByTime(5000);
    jest.useRealTimers();
    expect(history.problem).toBeNull();
    await history.close();
    const after = begun();
    const all = await allOf(after.after(0));
    expect(all.map(({ event }) => event)).toEqual(['peer.down', 'daemon.stopping', 'history.restored']);
    expect(all.map((event) => event.cursor)).toEqual([1, cursor, cursor + 1]);
    expect(passedOn.filter(({ name }) => name === 'history.failed')).toHaveLength(1);
    await after.close();
  });

  test('does not follow a symbolic link, and takes the next path', async () => {
    mkdirSync(join(folder, 'state'));
    symlinkSync(join(folder, 'victim'), path);
    const history = new EventHistory(log, clock);
    history.begin([path, join(folder, 'second.events')]);
    history.emit(stopping);
    await history.close();
    expect(existsSync(join(folder, 'victim'))).toBe(false);
    expect(readFileSync(join(folder, 'second.events'), 'utf8')).toContain('SIGTERM');
  });

  test('stands beside the list of peers', () => {
    expect(historyPaths(['/var/lib/reflectord/run-r.sock.peers', '/tmp/state'])).toEqual([
      '/var/lib/reflectord/run-r.sock.events',
      '/tmp/state.events',
    ]);
  });
});

describe('the file', () => {
  const restored: number[] = [];
  const failed: string[] = [];
  const watcher = {
    onFailed: (error: string) => failed.push(error),
    onRestored: ({ dropped }: { dropped: number }) => restored.push(dropped),
  };

  beforeEach(() => {
    restored.length = 0;
    failed.length = 0;
  });

  test('has a maximum size together with the one before, and loses no line while it is renamed', async () => {
    const file = new EventFile(path, watcher, 10_000);
    const line = (n: number) => `{"cursor":${n},"text":"${'x'.repeat(80)}"}\n`;
    for (let n = 1; n <= 1000; n++) {
      file.write(line(n));
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually('the last line is in the file', () => {
      expect(readFileSync(path, 'utf8')).toContain(line(1000));
    });
    await file.close();
    const text = readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8');
    const cursors = [...text.matchAll(/"cursor":(\d+)/g)].map(([, n]) => Number(n));
    expect(cursors).toEqual(Array.from(cursors, (_, n) => 1001 - cursors.length + n));
    // Lines that are written at once may exceed the size before the rename.
    expect(statSync(path).size).toBeLessThan(120_000);
  });

  test('a directory that takes no new file holds the lines, and they are written when it does', async () => {
    const file = new EventFile(path, watcher, 100, 20);
    mkdirSync(join(`${path}.1`, 'full'), { recursive: true });
    file.write(`{"n":1,"text":"${'x'.repeat(100)}"}\n`);
    await eventually('the failure is known', () => expect(failed).toHaveLength(1));
    file.write('{"n":2}\n');
    expect(file.problem).not.toBeNull();
    rmSync(`${path}.1`, { recursive: true });
    await eventually('the second line is written', () => expect(readFileSync(path, 'utf8')).toBe('{"n":2}\n'));
    expect(file.problem).toBeNull();
    expect(restored).toEqual([0]);
    await file.close();
  });
});

describeAsRoot([], 'on a full disk', () => {
  test('nothing else is lost: health and the log report it, and the events are written once there is room', async () => {
    const mount = join(folder, 'full');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', mount]);
    try {
      writeFileSync(join(mount, 'others'), Buffer.alloc(56 * 1024));
      const history = new EventHistory(log, clock);
      history.begin([join(mount, 'r.events')]);
      for (let n = 0; n < 60; n++) history.emit({ ...stopping, reason: `${n} ${'x'.repeat(900)}` });
      await eventually('the disk is full', () => expect(history.problem).toContain('no space left'));
      await eventually('the log reports it', () =>
        expect(passedOn).toContainEqual(expect.objectContaining({ name: 'history.failed' })),
      );
      expect(passedOn.filter(({ name }) => name === 'daemon.stopping')).toHaveLength(60);
      expect((await allOf(history.after(0))).filter(({ event }) => event === 'daemon.stopping')).toHaveLength(60);
      rmSync(join(mount, 'others'));
      execFileSync('mount', ['-o', 'remount,size=4m', mount]);
      await eventually('it is written', () => expect(history.problem).toBeNull());
      await history.close();
      const written = readFileSync(join(mount, 'r.events'), 'utf8')
        .split('\n')
        .filter((line) => line !== '');
      expect(written.map((line) => (JSON.parse(line) as KeptEvent).cursor)).toEqual(written.map((_, n) => n + 1));
      expect(written.at(-1)).toContain('history.restored');
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });

  test('that has room again just before the end, the events that were queued are written', async () => {
    const mount = join(folder, 'full');
    mkdirSync(mount);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', mount]);
    try {
      writeFileSync(join(mount, 'others'), Buffer.alloc(64 * 1024));
      const history = new EventHistory(log, clock);
      history.begin([join(mount, 'r.events')]);
      history.emit({ ...stopping, reason: 'kept' });
      await eventually('the disk is full', () => expect(history.problem).toContain('no space left'));
      rmSync(join(mount, 'others'));
      await history.close();
      expect(readFileSync(join(mount, 'r.events'), 'utf8')).toContain('kept');
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});

describe('show events', () => {
  let history: EventHistory;

  beforeEach(() => {
    history = begun();
    history.emit(down('192.0.2.1', 4));
    wallMs += 3_600_000;
    history.emit(down('192.0.2.2'));
    history.emit({ name: 'control.action', command: 'reset', text: 'reset 192.0.2.2', uid: 0, pid: 7 });
    history.emit({ name: 'fib.restored' });
  });

  afterEach(() => history.close());

  const cursors = async (query: Parameters<typeof showEvents>[1]) =>
    (await show(history, query)).map(({ cursor }) => cursor);

  test.each([
    [{ peer: '192.0.2.2' }, [2]],
    [{ since: '10m' }, [2, 3, 4]],
    [{ since: '2026-03-01T12:30:00Z' }, [2, 3, 4]],
    [{ type: 'session' }, [1, 2]],
    [{ type: 'notification' }, [1]],
    [{ type: 'command' }, [3]],
    [{ type: 'kernel' }, [4]],
    [{ type: 'fib' }, [4]],
    [{ type: 'peer.down', last: 1 }, [2]],
    [{ last: 0 }, []],
    [{ after: 2 }, [3, 4]],
  ])('%j', async (query, expected) => {
    expect(await cursors(query)).toEqual(expected);
  });

  test('a query that cannot be read is an error with the valid values', () => {
    expect(() => showEvents(history, { type: 'sesion' }, wallMs, never)).toThrow(/session, notification/);
    expect(() => showEvents(history, { since: 'yesterday' }, wallMs, never)).toThrow(/1h/);
  });

  test('a follower receives each later event once, until it leaves, and there is a maximum of followers', async () => {
    const leaving = new AbortController();
    const seen: number[] = [];
    const followed = (async () => {
      const events = showEvents(history, { last: 1, follow: true }, wallMs, leaving.signal);
      for await (const event of events) if (event !== undefined) seen.push(event.cursor);
    })();
    await eventually('the past is there', () => expect(seen).toEqual([4]));
    for (let n = 0; n < 3; n++) history.emit(stopping);
    await eventually('they are there', () => expect(seen).toEqual([4, 5, 6, 7]));
    const others = Array.from({ length: 15 }, () => {
      const events = showEvents(history, { last: 0, follow: true }, wallMs, leaving.signal)[Symbol.asyncIterator]();
      void events.next().then(() => events.next());
      return events;
    });
    const one = showEvents(history, { follow: true }, wallMs, leaving.signal)[Symbol.asyncIterator]();
    await expect(one.next()).rejects.toThrow(/16 clients/);
    leaving.abort();
    await followed;
    for (const events of others) await events.return?.(undefined);
  });
});
