import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Caller,
  CommandError,
  type CommandName,
  type CommandTable,
  readArguments,
} from '../../src/engine/api/commands.ts';
import type { EngineEvent } from '../../src/engine/events/events.ts';
import { request, requestJson } from '../../src/io/control/client.ts';
import { MAX_REQUEST_LENGTH } from '../../src/io/control/protocol.ts';
import { type ControlServer, openControlServer } from '../../src/io/control/server.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { size } from '../lab/effort.ts';
import { watchTurns } from '../lab/turns.ts';

const ROWS = size(1_000_000, 100_000);
let directory: string;
let path: string;
let server: ControlServer | null = null;
let events: EngineEvent[] = [];
let stopped: string[] = [];

function* numbers(count: number): Generator<unknown> {
  try {
    for (let n = 0; n < count; n++) yield { prefix: `10.0.0.0/${n}`, paths: [{ peer: '192.0.2.1', best: true }] };
  } finally {
    stopped.push('numbers');
  }
}

const commands: CommandTable = {
  echo: { run: (args) => [args] },
  many: { run: (args) => numbers(Number(args.count)) },
  wrong: {
    run: () => {
      throw new CommandError('no peer 192.0.2.9; see show peers');
    },
  },
  late: {
    *run() {
      yield 1;
      throw new TypeError('a bug');
    },
  },
  watch: {
    async *run(_args, signal) {
      yield 'first';
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      stopped.push('watch');
    },
  },
};

test('a command that changes something is logged before it runs, with the process that gave it', async () => {
  await loadLibc();
  let caller: Caller | null = null;
  const reset = {
    run: (_args: object, _signal: AbortSignal, by: Caller | null) => {
      caller = by;
      return [];
    },
  };
  const options = {
    path,
    commands: { ...commands, reset },
    events: { emit: (event: EngineEvent) => events.push(event) },
  };
  server = await openControlServer(options);
  const { stdout } = await promisify(execFile)(process.execPath, [
    '-e',
    `const s = require('net').connect(${JSON.stringify(path)}, () => s.end('{"command":"reset","arguments":{"peer":"192.0.2.1"}}\\n'));
     s.resume().on('close', () => console.log(process.pid));`,
  ]);
  const who = { uid: process.getuid?.(), pid: Number(stdout) };
  expect(caller).toEqual(who);
  expect(events.find(({ name }) => name === 'control.action')).toEqual({
    name: 'control.action',
    command: 'reset',
    text: 'reset 192.0.2.1',
    ...who,
  });
  await talk('{"command":"echo","arguments":{}}\n');
  expect(events.filter(({ name }) => name === 'control.action')).toHaveLength(1);
});

async function open(): Promise<void> {
  server = await openControlServer({ path, commands, events: { emit: (event) => events.push(event) } });
}

/** Sends `text` and gives everything that comes back until the server hangs up. */
async function talk(text: string, end = true): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.write(text);
  if (end) socket.end();
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  socket.destroy();
  return answer;
}

async function collect(command: string, args: object = {}): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const batch of requestJson(path, command, args)) items.push(...batch.map((json) => JSON.parse(json)));
  return items;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reflectord-control-'));
  path = join(directory, 'run', 'control.sock');
  events = [];
  stopped = [];
});

afterEach(async () => {
  await server?.close();
  server = null;
  rmSync(directory, { recursive: true, force: true });
});

describe('the control socket answers', () => {
  test('items, one a line, and an end', async () => {
    await open();
    expect(await talk('{"command":"echo","arguments":{"a":"ü\\n"}}\n')).toBe('{"item":{"a":"ü\\n"}}\n{"end":true}\n');
    expect(events).toContainEqual(expect.objectContaining({ name: 'control.command', command: 'echo', items: 1 }));
  });

  test('requests of one connection in their order, empty lines left out', async () => {
    await open();
    const answer = await talk('{"command":"echo","arguments":{"n":1}}\n\n{"command":"wrong"}\n{"command":"echo"}\n');
    expect(answer.split('\n').slice(0, -1)).toEqual([
      '{"item":{"n":1}}',
      '{"end":true}',
      '{"error":"no peer 192.0.2.9; see show peers"}',
      '{"item":{}}',
      '{"end":true}',
    ]);
  });

  test('a request that arrives byte by byte', async () => {
    await open();
    const socket = connect(path);
    socket.setNoDelay();
    for (const byte of '{"command":"echo"}\n') {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toBe('{"item":{}}\n{"end":true}\n');
  });

  test('an error after items when the command fails in the middle', async () => {
    await open();
    const items: unknown[] = [];
    const run = async () => {
      for await (const batch of requestJson(path, 'late', {})) items.push(...batch);
    };
    await expect(run()).rejects.toThrow('internal error: a bug');
    expect(items).toEqual(['1']);
  });

  test.each([
    ['not json\n', 'the request is not a JSON object on one line'],
    ['[1]\n', 'the request is not a JSON object on one line'],
    ['{"order":"echo"}\n', 'the request has no \\"command\\" (a text)'],
    ['{"command":"echo","arguments":[]}\n', '\\"arguments\\" of the request is not an object'],
    ['{"command":"toString"}\n', 'unknown command \\"toString\\"; the commands are: echo, late, many, watch, wrong'],
    ['\u0000\u0001\n', 'the request is not a JSON object on one line'],
  ])('garbage %j with what is wrong', async (text, error) => {
    await open();
    expect(await talk(text)).toBe(`{"error":"${error}"}\n`);
    expect(await collect('echo')).toEqual([{}]);
  });

  test('an endless line with an error, and closes', async () => {
    await open();
    const answer = await talk('x'.repeat(MAX_REQUEST_LENGTH + 1), false);
    expect(answer).toBe(`{"error":"the request is longer than ${MAX_REQUEST_LENGTH} characters"}\n`);
  });

  test('a flood of requests with an error, and closes', async () => {
    await open();
    expect(await talk('{"command":"echo"}\n'.repeat(1000), false)).toContain('more than 64 requests at once');
  });

  test('what comes in its own time at once, and aborts the command when the client leaves', async () => {
    await open();
    for await (const batch of requestJson(path, 'watch', {})) {
      expect(batch).toEqual(['"first"']);
      break;
    }
    await until(() => stopped.includes('watch'));
  });

  test('very many items without stopping the event loop', async () => {
    await open();
    const turns = watchTurns();
    // A plain reader in the same process: what it costs is little beside what the server does.
    const socket = connect(path);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.end(`{"command":"many","arguments":{"count":${ROWS}}}\n`);
    await new Promise((resolve) => socket.on('close', resolve));
    turns.stop();
    expect(bytes).toBeGreaterThan(ROWS * 70);
    expect(events).toContainEqual(expect.objectContaining({ name: 'control.command', items: ROWS }));
    expect(turns.count).toBeGreaterThan(50);
    expect(turns.cpuMs).toBeLessThan(50);
  }, 60_000);

  test('items that need some milliseconds each, with a turn of the event loop between two', async () => {
    const ITEMS = 12;
    let turns = 0;
    const turnsAt: number[] = [];
    const slow: CommandTable = {
      slow: {
        *run() {
          for (let n = 0; n < ITEMS; n++) {
            const untilMs = performance.now() + 4;
            while (performance.now() < untilMs);
            turnsAt.push(turns);
            yield n % 2 === 0 ? n : undefined;
          }
        },
      },
    };
    server = await openControlServer({ path, commands: slow, events: { emit: () => {} } });
    let running = true;
    const count = () => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    await talk('{"command":"slow"}\n');
    running = false;
    expect(new Set(turnsAt).size).toBe(ITEMS);
  });

  test('no more than the asker reads', async () => {
    let made = 0;
    const endless: CommandTable = {
      endless: {
        *run() {
          for (;;) yield 'x'.repeat(1000 + (made++ % 2));
        },
      },
    };
    server = await openControlServer({ path, commands: endless, events: { emit: () => {} } });
    const socket = connect(path);
    socket.write('{"command":"endless"}\n');
    socket.pause();
    await until(() => made > 0);
    let before = -1;
    // The server has come to rest when many turns bring nothing new.
    while (before !== made) {
      before = made;
      for (let turn = 0; turn < 1000; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(made).toBeLessThan(5000);
    socket.destroy();
  });

  test('others when an asker leaves in the middle of an answer', async () => {
    await open();
    const socket = connect(path);
    socket.write(`{"command":"many","arguments":{"count":${ROWS}}}\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await until(() => stopped.includes('numbers'));
    expect(await collect('echo', { still: 'here' })).toEqual([{ still: 'here' }]);
  });
});

describe('of sixty-four connections', () => {
  async function connections(request = ''): Promise<Socket[]> {
    const sockets: Socket[] = [];
    for (let n = 0; n < 64; n++) {
      const socket = connect(path);
      sockets.push(socket);
      await once(socket, 'connect');
      if (request !== '') socket.write(request);
      // In the order of their activity.
      if (request !== '') await once(socket, 'readable');
    }
    return sockets;
  }

  function everything(socket: Socket): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('close', () => resolve(text));
    });
  }

  test('the one that is idle for longest makes room for the next, and reads why', async () => {
    await open();
    const sockets = await connections();
    const why = everything(sockets[0]!);
    expect(await collect('echo', { still: 'here' })).toEqual([{ still: 'here' }]);
    expect(await why).toBe('{"error":"closed to make room for another control connection"}\n');
    sockets[1]!.write('{"command":"echo"}\n');
    expect(String((await once(sockets[1]!, 'data'))[0])).toBe('{"item":{}}\n{"end":true}\n');
    for (const socket of sockets) socket.destroy();
  });

  test('those at work stay, and the next reads that all are', async () => {
    await open();
    const sockets = await connections('{"command":"watch"}\n');
    for (let n = 0; n < 200; n++) {
      await expect(collect('echo')).rejects.toThrow('all 64 control connections are busy; try again in a moment');
    }
    for (const socket of sockets) {
      expect(socket.destroyed).toBe(false);
      socket.destroy();
    }
    await until(() => stopped.length === 64);
    expect(await collect('echo')).toEqual([{}]);
  });

  test('one that has not read its answer for long makes room for the next', async () => {
    await open();
    const sockets = await connections('{"command":"many","arguments":{"count":1000000}}\n');
    const refused = await collect('echo').catch((error: Error) => error.message);
    expect(refused).toContain('are busy');
    const now = performance.now.bind(performance);
    const spy = jest.spyOn(performance, 'now').mockImplementation(() => now() + 10_000);
    try {
      expect(await collect('echo')).toEqual([{}]);
    } finally {
      spy.mockRestore();
    }
    await until(() => stopped.includes('numbers'));
    for (const socket of sockets) socket.destroy();
    await until(() => stopped.length === 64);
  });
});

describe('a search through what is not asked for', () => {
  test('lets the event loop turn, and is not answered for', async () => {
    let turns = 0;
    const vain: CommandTable = {
      vain: {
        *run() {
          for (let n = 0; n < 3_000_000; n++) yield undefined;
          yield 'found';
        },
      },
    };
    server = await openControlServer({ path, commands: vain, events: { emit: (event) => events.push(event) } });
    const timer = setInterval(() => turns++, 1);
    expect(await collect('vain')).toEqual(['found']);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
    expect(events).toContainEqual(expect.objectContaining({ name: 'control.command', items: 1 }));
  });
});

describe('arguments', () => {
  const read = (command: string, args: object) => () => readArguments(command as CommandName, args);

  test.each<[string, object, string]>([
    ['show peer', { peer: 5 }, '"peer" of "show peer" must be text'],
    ['show peer', {}, '"peer" of "show peer" must be text'],
    ['show peer', { peer: '' }, '"peer" of "show peer" must not be empty'],
    ['show peer', { peer: 'x'.repeat(1025) }, '"peer" of "show peer" must have at most 1024 characters'],
    ['show rib', { target: null }, '"target" of "show rib" must be text'],
    ['show rib', { prefix: '10.0.0.0/8' }, '"show rib" has no argument "prefix"; it accepts "target", "family", '],
    ['status', { peer: 'x' }, '"status" has no argument "peer"; it accepts no arguments'],
    ['stop', { final: 'yes' }, '"final" of "stop" must be true or false'],
    ['reload', { confirm: 'x' }, '"confirm" of "reload" must be a number'],
    ['reload', { confirm: 1.5 }, '"confirm" of "reload" must be a whole number'],
    ['reload', { confirm: 4 }, '"confirm" of "reload" must be at least 5'],
    ['reload', { confirm: 86_401 }, '"confirm" of "reload" must be at most 86400'],
    ['reset', { peer: 'x', message: ['x'] }, '"message" of "reset" must be text'],
  ])('of "%s" that are wrong are refused, case %#', (command, args, error) => {
    expect(read(command, args)).toThrow(CommandError);
    expect(read(command, args)).toThrow(error);
  });

  test('of every command that is what it takes are taken', () => {
    expect(readArguments('show rib', { target: '10.0.0.0/8' })).toEqual({ target: '10.0.0.0/8' });
    expect(readArguments('stop', { final: true, message: '' })).toEqual({ final: true, message: '' });
    expect(readArguments('reload', {})).toEqual({});
  });
});

describe('the place of the control socket', () => {
  test('is made with its directory, for owner and group only, and removed at the end', async () => {
    await open();
    expect(statSync(path).mode & 0o777).toBe(0o660);
    await server?.close();
    server = null;
    expect(existsSync(path)).toBe(false);
  });

  test('is taken over from a dead daemon', async () => {
    await open();
    // A socket file without a listener, as after a kill.
    const dead = join(directory, 'dead.sock');
    const other = createServer().listen(dead);
    await new Promise((resolve) => other.on('listening', resolve));
    const kept = join(directory, 'kept.sock');
    renameSync(dead, kept);
    await new Promise((resolve) => other.close(resolve));
    expect(existsSync(kept)).toBe(true);

    const successor = await openControlServer({ path: kept, commands, events: { emit: () => {} } });
    await successor.close();
    expect(existsSync(kept)).toBe(false);
  });

  test('is refused while another daemon answers there, which goes on', async () => {
    await open();
    await expect(openControlServer({ path, commands, events: { emit: () => {} } })).rejects.toThrow(
      `another reflectord answers on ${path}`,
    );
    expect(await collect('echo')).toEqual([{}]);
  });

  test('is refused where a file lies that is no socket', async () => {
    path = join(directory, 'file');
    writeFileSync(path, 'precious');
    await expect(open()).rejects.toThrow('exists and is not a socket');
  });

  test('is refused when its name is too long for the system', async () => {
    path = join(directory, 'x'.repeat(120));
    await expect(open()).rejects.toThrow('longer than 107 bytes');
  });

  test('is refused in words when its directory cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '');
    path = join(directory, 'file', 'control.sock');
    await expect(open()).rejects.toThrow(`cannot create the control socket ${path}`);
  });
});

describe('the client', () => {
  test('gives the items parsed', async () => {
    const table: CommandTable = { 'show memory': { run: () => [{ rssBytes: 1, heapBytes: 2, tables: [] }] } };
    server = await openControlServer({ path, commands: table, events: { emit: () => {} } });
    for await (const item of request(path, 'show memory', {})) expect(item.heapBytes).toBe(2);
  });

  test('says what to do when no daemon runs', async () => {
    await expect(collect('echo')).rejects.toThrow(/no reflectord answers on .*control\.sock.*--socket PATH/);
  });

  test('says who may ask when it has no permission', async () => {
    await open();
    chmodSync(path, 0);
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      await expect(collect('echo')).rejects.toThrow(
        `no permission for ${path}: run this as root or as a member of the group`,
      );
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  test('says when the answer was cut short', async () => {
    path = join(directory, 'cut.sock');
    const other = createServer((socket) => socket.resume().end('{"item":1}\n')).listen(path);
    await new Promise((resolve) => other.on('listening', resolve));
    await expect(collect('echo')).rejects.toThrow('closed the connection before its answer was complete');
    await new Promise((resolve) => other.close(resolve));
  });

  test('says when something else answers', async () => {
    path = join(directory, 'other.sock');
    const other = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(path);
    await new Promise((resolve) => other.on('listening', resolve));
    await expect(collect('echo')).rejects.toThrow('not from reflectord');
    await new Promise((resolve) => other.close(resolve));
  });
});

test('a stop lets the answer that it interrupts end', async () => {
  const stopping: CommandTable = {
    stop: {
      run: () => {
        setImmediate(() => void server?.close());
        return [{ done: 'stopping' }];
      },
    },
  };
  server = await openControlServer({ path, commands: stopping, events: { emit: () => {} } });
  expect(await collect('stop')).toEqual([{ done: 'stopping' }]);
});
