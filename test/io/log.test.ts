import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMPONENTS } from '../../src/engine/events/event-row.ts';
import { describeEvent, type EngineEvent, EVENTS, type EventName, rowOf } from '../../src/engine/events/events.ts';
import { LineWriter, type Outage } from '../../src/io/log/line-writer.ts';
import { Log, type LogDestination, usualFormat } from '../../src/io/log/log.ts';
import { BURST, WINDOW_MS } from '../../src/io/log/log-limit.ts';
import type { LogLevel } from '../../src/spec/router.ts';
import { describeAsRoot } from '../lab/requirements.ts';
import { eventually } from '../lab/wait-for.ts';

class Memory implements LogDestination {
  readonly lines: string[] = [];
  dropped = 0;
  onRestored: (outage: Outage) => void = () => {};
  problem(): string | null {
    return null;
  }
  write(line: string): void {
    this.lines.push(line);
  }
  takeDropped(): number {
    const dropped = this.dropped;
    this.dropped = 0;
    return dropped;
  }
  async flush(): Promise<void> {}
  flushSync(): void {}
  end(): void {}

  records(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

let memory: Memory;
let nowMs: number;
const clock = { nowMs: () => nowMs, wallMs: () => 0 };

function open(
  level: LogLevel,
  components: Record<string, LogLevel> = {},
  format: 'json' | 'text' | 'journal' = 'json',
): Log {
  return new Log({ spec: { level, components, format: null }, clock, destination: memory, format, color: false });
}

const down = (peer: string): EngineEvent => ({
  name: 'peer.down',
  peer,
  group: 'hosts',
  reason: 'hold timer expired',
  code: 4,
  subcode: 0,
  upSeconds: 12,
});
const slow: EngineEvent = { name: 'peer.slow', peer: '192.0.2.1', family: 'ipv4-unicast', lagBytes: 1 };
const listening: EngineEvent = { name: 'listen.open', address: '::', port: 179 };

beforeEach(() => {
  memory = new Memory();
  nowMs = 0;
});

describe('the log', () => {
  test('writes an event as one JSON line with its name, component, fields and sentence', () => {
    open('info').emit(down('2001:db8::1'));
    expect(memory.records()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        component: 'peer',
        event: 'peer.down',
        peer: '2001:db8::1',
        group: 'hosts',
        reason: 'hold timer expired',
        code: 4,
        subcode: 0,
        upSeconds: 12,
        msg: '2001:db8::1 is down after 12 s: hold timer expired',
      },
    ]);
  });

  test('leaves out what is below the level', () => {
    const log = open('warn');
    log.emit(listening);
    log.emit(slow);
    expect(memory.records().map((record) => record.event)).toEqual(['peer.slow']);
  });

  test('has a level of its own for a component', () => {
    const log = open('error', { listen: 'debug' });
    log.emit(listening);
    log.emit(slow);
    expect(memory.records().map((record) => record.event)).toEqual(['listen.open']);
    expect(log.isEnabled('peer', 'warn')).toBe(false);
    expect(log.isEnabled('listen', 'trace')).toBe(false);
  });

  test('changes its levels while it runs', () => {
    const log = open('error');
    log.emit(listening);
    log.configure({ level: 'info', components: { peer: 'error' }, format: null });
    log.emit(listening);
    log.emit(slow);
    expect(memory.records().map((record) => record.event)).toEqual(['listen.open']);
  });

  test('writes what a command asked for at any level', () => {
    const log = open('error', { peer: 'error' });
    log.emit({ name: 'debug.started', peer: '192.0.2.7', seconds: 60 });
    log.emit({ name: 'debug.message', peer: '192.0.2.7', direction: 'received', side: 'in', text: 'KEEPALIVE' });
    log.emit(slow);
    log.configure({ level: 'warn', components: {}, format: null });
    log.emit({ name: 'debug.ended', peer: '192.0.2.7', why: 'by command', logged: 1, skipped: 0 });
    expect(memory.records().map((record) => record.event)).toEqual(['debug.started', 'debug.message', 'debug.ended']);
  });

  test('says how many lines were dropped before it goes on', () => {
    const log = open('info');
    memory.dropped = 3;
    log.emit(listening);
    expect(memory.records().map((record) => [record.event, record.lines])).toEqual([
      ['log.dropped', 3],
      ['listen.open', undefined],
    ]);
  });

  test('is a line of bounded length, whatever an event holds, and says how much is left out', () => {
    const names = Array.from({ length: 5000 }, (_, n) => `192.0.2.${n}`);
    const log = open('info');
    log.emit({ name: 'peer.attempt-failed', peer: 'p', reason: 'x'.repeat(85_000), code: 6, subcode: 9 });
    log.emit({ name: 'daemon.selection-started', cause: 'timeout', missing: 5000, peers: names });
    log.emit({ name: 'daemon.failed', error: 'e'.repeat(85_000), stack: 's'.repeat(85_000) });
    for (const line of memory.lines) expect(line.length).toBeLessThan(12_000);
    expect(JSON.parse(memory.lines[0]!).reason).toBe(`${'x'.repeat(1000)}… (84000 more characters)`);
    expect(JSON.parse(memory.lines[1]!).peers.slice(19)).toEqual(['192.0.2.19', 'and 4980 more']);
  });

  test('reads as one line of text on a terminal', () => {
    open('info', {}, 'text').emit(listening);
    expect(memory.lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} INFO {2}listen {2}listening on :: port 179\n$/),
    ]);
  });

  test('has a priority in front for the journal, and one line for an event with a stack', () => {
    const log = open('trace', {}, 'journal');
    log.emit(listening);
    log.emit(down('192.0.2.1'));
    log.emit({ name: 'daemon.failed', error: 'no', stack: 'Error: no\n    at a (b.js:1)\n    at c' });
    log.emit({ name: 'peer.state', peer: '192.0.2.1', from: 'Idle', to: 'Connect' });
    expect(memory.lines).toEqual([
      '<6>listen.open: listening on :: port 179\n',
      '<4>peer.down: 192.0.2.1 is down after 12 s: hold timer expired\n',
      '<3>daemon.failed: reflectord failed: no | Error: no | at a (b.js:1) | at c\n',
      '<7>peer.state: 192.0.2.1: state changed from Idle to Connect\n',
    ]);
  });

  test('changes its format at runtime', () => {
    const log = open('info');
    for (const format of ['journal', 'json', null] as const) {
      log.configure({ level: 'info', components: {}, format });
      log.emit(listening);
    }
    expect(memory.lines.map((line) => line[0])).toEqual(['<', '{', '{']);
  });

  test('is text on a terminal, for the journal where systemd collects it, and JSON elsewhere', () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-'));
    const fd = openSync(join(folder, 'out'), 'w');
    const { dev, ino } = statSync(join(folder, 'out'));
    expect(usualFormat(true, {}, fd)).toBe('text');
    expect(usualFormat(false, { JOURNAL_STREAM: `${dev}:${ino}` }, fd)).toBe('journal');
    expect(usualFormat(false, { JOURNAL_STREAM: `${dev}:1` }, fd)).toBe('json');
    expect(usualFormat(false, {}, fd)).toBe('json');
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  test('lists every configuration error on a terminal', () => {
    open('info', {}, 'text').emit({
      name: 'config.rejected',
      path: '/etc/r.yaml',
      count: 2,
      first: 'one',
      errors: ['one', 'two'],
    });
    expect(memory.lines[0]).toMatch(
      /ERROR config {2}configuration \/etc\/r.yaml rejected with 2 errors, nothing changed: one; two\n$/,
    );
  });
});

describe('a flapping peer', () => {
  test('is logged ten times, then counted, and summarized once when the window ends', () => {
    const log = open('info');
    for (let n = 0; n < BURST + 7; n++) log.emit(down('192.0.2.1'));
    expect(memory.lines).toHaveLength(BURST);
    nowMs = WINDOW_MS;
    log.emit(down('192.0.2.1'));
    expect(memory.records().slice(BURST)).toEqual([
      expect.objectContaining({
        event: 'log.suppressed',
        subject: '192.0.2.1',
        suppressedEvent: 'peer.down',
        suppressed: 7,
        windowSeconds: 60,
      }),
      expect.objectContaining({ event: 'peer.down' }),
    ]);
  });

  test('does not silence another one', () => {
    const log = open('info');
    for (let n = 0; n < 2 * BURST; n++) log.emit(down('192.0.2.1'));
    log.emit(down('192.0.2.2'));
    expect(memory.records().at(-1)).toMatchObject({ event: 'peer.down', peer: '192.0.2.2' });
  });

  test('is summarized by a timer when nothing else is logged', () => {
    jest.useFakeTimers();
    try {
      const log = open('info');
      for (let n = 0; n < BURST + 1; n++) log.emit(down('192.0.2.1'));
      nowMs = WINDOW_MS;
      jest.advanceTimersByTime(WINDOW_MS);
      expect(memory.records().at(-1)).toMatchObject({ event: 'log.suppressed', suppressed: 1 });
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('is summarized at the end of the log', async () => {
    const log = open('info');
    for (let n = 0; n < BURST + 2; n++) log.emit(down('192.0.2.1'));
    await log.close();
    expect(memory.records().at(-1)).toMatchObject({ event: 'log.suppressed', suppressed: 2 });
  });

  test('that is below the level counts for nothing', () => {
    const log = open('error');
    for (let n = 0; n < BURST + 2; n++) log.emit(down('192.0.2.1'));
    log.closeSync();
    expect(memory.lines).toEqual([]);
  });
});

test('many refused addresses share one count', () => {
  const log = open('info');
  for (let n = 0; n < 100; n++) {
    log.emit({ name: 'peer.refused', address: `192.0.2.${n}`, reason: 'unknown-address', detail: 'nobody there' });
  }
  log.closeSync();
  expect(memory.lines).toHaveLength(BURST + 1);
  expect(memory.records().at(-1)).toMatchObject({ suppressed: 100 - BURST, subject: 'all' });
});

describe('the event catalogue', () => {
  const names = Object.keys(EVENTS) as EventName[];

  test.each(names)('%s has a component, a meaning, and a sentence of its own fields', (name) => {
    const row = rowOf(name);
    expect(COMPONENTS).toContain(row.component);
    expect(row.meaning).toMatch(/\.$/);
    const used = [...row.message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(Object.keys(row.fields)).toEqual(expect.arrayContaining(used));
    if (row.limitBy !== null && row.limitBy !== 'name') expect(Object.keys(row.fields)).toContain(row.limitBy);
    for (const field of Object.keys(row.fields)) expect(['name', 'event', 'level', 'time', 'msg']).not.toContain(field);
  });

  test('is said in one sentence', () => {
    const text = describeEvent({
      name: 'update.malformed',
      peer: 'p',
      verdict: 'withdraw',
      attribute: null,
      attributeCode: null,
      part: 'the prefixes',
      problem: 'x',
    });
    expect(text).toBe('p sent a malformed UPDATE, error in the prefixes: x; verdict withdraw');
  });
});

describe('the line writer', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'reflectord-log-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('writes lines in order and reports when they are written', async () => {
    const path = join(directory, 'log');
    const fd = openSync(path, 'w');
    const writer = new LineWriter(fd);
    const lines = Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`);
    for (const line of lines) writer.write(line);
    await writer.flush();
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
  });

  test('loses nothing when the process ends at once', () => {
    const path = join(directory, 'log');
    const fd = openSync(path, 'a');
    const writer = new LineWriter(fd);
    writer.write('a\n');
    writer.write('b\n');
    writer.flushSync();
    expect(readFileSync(path, 'utf8')).toContain('b\n');
    writer.end();
    closeSync(fd);
  });

  test('drops and counts lines when the reader stalls, without waiting for it', async () => {
    const reader = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] });
    try {
      const fd = (reader.stdin as unknown as { _handle: { fd: number } })._handle.fd;
      const writer = new LineWriter(fd);
      const line = `${'x'.repeat(64 * 1024)}\n`;
      for (let n = 0; n < 400; n++) writer.write(line);
      expect(writer.dropped).toBeGreaterThan(100);
      // There is no room yet for a line that says so.
      expect(writer.takeDropped()).toBe(0);
      const flushed = writer.flush();
      reader.kill();
      await flushed;
      writer.end();
    } finally {
      reader.kill();
    }
  });

  test('continues without a reader, counts the lost lines, and reports why', async () => {
    const writer = new LineWriter(9999);
    writer.write('kept\n');
    await writer.flush();
    expect(writer.problem()).toMatch(/^EBADF.*; lines are queued$/);
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
    for (let n = 0; n < 12; n++) writer.write(line);
    await writer.flush();
    expect(writer.dropped).toBe(4);
    expect(writer.problem()).toContain('4 lines are lost so far');
    writer.end();
  });

  describeAsRoot([], 'and the log on it, after an error', () => {
    const outages: Outage[] = [];

    function logOn(fd: number): Log {
      const destination = new LineWriter(fd);
      const log = new Log({
        spec: { level: 'info', components: {}, format: null },
        clock,
        destination,
        format: 'json',
      });
      const tell = destination.onRestored;
      destination.onRestored = (outage) => {
        outages.push(outage);
        tell(outage);
      };
      return log;
    }

    const long = (n: number): EngineEvent => ({ name: 'control.failed', path: `${n}`, error: 'x'.repeat(900) });

    beforeEach(() => outages.splice(0));

    test('of a full disk write what was kept, and how much was not, once there is room', async () => {
      const mount = mkdtempSync(join(tmpdir(), 'reflectord-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', mount]);
      const path = join(mount, 'log');
      const fd = openSync(path, 'a');
      try {
        const log = logOn(fd);
        for (let n = 0; n < 12_000; n++) log.emit(long(n));
        await eventually('the disk is full', () => expect(log.problem()).toContain('ENOSPC'));
        expect(log.problem()).toContain('no space left on the disk');
        expect(statSync(path).size).toBe(64 * 1024);
        execFileSync('mount', ['-o', 'remount,size=64m', mount]);
        await eventually('the log goes on', () => expect(outages).toHaveLength(1));
        await log.close();
        expect(log.problem()).toBeNull();
        const records = readFileSync(path, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
        const kept = records.filter(({ event }) => event === 'control.failed').map((record) => Number(record.path));
        expect(kept).toEqual(kept.map((_, n) => n));
        const told = records.at(-1);
        expect(told).toMatchObject({ event: 'log.restored', level: 'error', lines: 12_000 - kept.length });
        expect(kept.length).toBeGreaterThan(4000);
        expect(kept.length).toBeLessThan(12_000);
      } finally {
        closeSync(fd);
        execFileSync('umount', [mount]);
        rmSync(mount, { recursive: true });
      }
    });

    test('of a pipe whose reader died write whole lines to the next one', async () => {
      const path = join(directory, 'fifo');
      execFileSync('mkfifo', [path]);
      const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      const buffer = Buffer.alloc(65_536);
      const log = logOn(fd);
      log.emit(long(0));
      await eventually('the first line is there', () => expect(readSync(first, buffer)).toBeGreaterThan(900));
      closeSync(first);
      for (let n = 1; n < 5; n++) log.emit(long(n));
      await eventually('the reader is missed', () => expect(log.problem()).toContain('EPIPE'));
      const second = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        await eventually('the log goes on', () => expect(outages).toHaveLength(1));
        await log.close();
        const text = buffer.toString('utf8', 0, readSync(second, buffer));
        const records = text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
        expect(records.map(({ event, path: n }) => n ?? event)).toEqual(['1', '2', '3', '4', 'log.restored']);
        expect(outages[0]).toMatchObject({ error: 'the program that reads the log has ended (EPIPE)', dropped: 0 });
      } finally {
        closeSync(fd);
        closeSync(second);
      }
    });
  });
});
