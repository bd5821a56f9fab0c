/** What input from outside makes a callback throw ends what it belongs to, and nothing else. */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWorker } from '../../src/io/iproute2/batch-worker.ts';
import { askIp, queryIp } from '../../src/io/iproute2/ip/ip-command.ts';
import { JsonObjects } from '../../src/io/iproute2/ip/json-objects.ts';
import { Lane } from '../../src/io/iproute2/lane.ts';
import { Monitor } from '../../src/io/iproute2/monitor.ts';
import { allConnectionsClosed } from '../../src/io/net/connection.ts';
import { reportFaultsTo } from '../../src/io/system/guard.ts';
import { loadLibc } from '../../src/io/system/libc.ts';
import { eventually } from '../lab/wait-for.ts';
import { accepting, LOCAL4, Recorder } from './net-support.ts';

let directory: string;
let faults: string[];

beforeAll(() => loadLibc());

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'reflectord-faults-'));
  faults = [];
  reportFaultsTo((where, error) => faults.push(`${where}: ${error.message}`));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A program in place of `ip`. */
function fake(script: string): string[] {
  const path = join(directory, 'ip');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return [path];
}

describe('what ip prints', () => {
  const asked = async (script: string, timeoutMs = 20_000): Promise<unknown[]> => {
    const objects: unknown[] = [];
    await queryIp({ command: fake(script), timeoutMs }, [], (object) => objects.push(object));
    return objects;
  };

  test('is read where an interface has control characters in its name, which ip does not escape', async () => {
    const names = ['a\u0001b', 'esc\u001b[31m', 'back\\slash', 'quo"te', 'del\u007f'];
    const raw = (name: string) => name.replace(/["\\]/g, '\\$&');
    const printed = `[${names.map((name) => `{"ifname":"${raw(name)}","flags":["UP"]}`).join(',\n')}]`;
    const seen: unknown[] = [];
    new JsonObjects((object) => seen.push((object as { ifname: string }).ifname)).push(printed);
    expect(seen).toEqual(names);
    const path = join(directory, 'printed');
    writeFileSync(path, printed);
    expect(await asked(`cat ${path}`)).toHaveLength(names.length);
    expect(faults).toEqual([]);
  });

  test.each([
    ['is not JSON', `echo '[{"a":1},{not json}]'; exec sleep 60`, 'ip printed invalid JSON: "{not json}"'],
    ['closes what was not opened', `echo '}}}{"a":}'; exec sleep 60`, 'ip printed invalid JSON: "{\\"a\\":}"'],
    [
      'is an object without an end',
      `printf '[{"a":"'; yes x | head -c 9000000; exec sleep 60`,
      'an object without an end',
    ],
  ])('that %s fails the question, and ends ip', async (_what, script, words) => {
    await expect(asked(script)).rejects.toThrow(words);
    expect(faults).toHaveLength(1);
  });

  test('without ever completing an object ends with the time for an answer', async () => {
    await expect(asked('while :; do echo x; sleep 0.01; done', 300)).rejects.toThrow('did not answer for 0.3 s');
  });

  test('that its reader cannot take fails the question', async () => {
    const ip = { command: fake(`echo '[{"a":null}]'`), timeoutMs: 20_000 };
    const visit = (object: unknown) => void (object as { a: string }).a.length;
    await expect(queryIp(ip, [], visit)).rejects.toThrow("Cannot read properties of null (reading 'length')");
  });

  test('that is more than was asked fails the questions', async () => {
    const ip = { command: fake(`cat > /dev/null; exec yes '{"a":1}'`), timeoutMs: 20_000 };
    await expect(askIp(ip, [], ['route get 192.0.2.1'])).rejects.toThrow('ip returned more objects than queries');
  });

  test('about a batch without end is bounded, and the worker is ended when its time is over', async () => {
    const worker = new BatchWorker({ command: fake('exec yes error >&2'), familyFlag: '', timeoutMs: 1000 });
    const before = process.memoryUsage().rss;
    const result = await worker.submit(['route add 10.0.0.0/8']);
    expect(result).toMatchObject({ kind: 'hung', words: 'ip did not answer for 1 s and was killed' });
    await worker.closed;
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(100);
  });

  test('cannot be had while no ip can be started, and can be afterwards', async () => {
    const lane = new Lane({ command: [join(directory, 'ip')], familyFlag: '', timeoutMs: 20_000 });
    expect(await lane.submit(['x'])).toMatchObject({ kind: 'unavailable' });
    fake(
      `n=0; while read -r line; do n=$((n+1)); case $line in end-of-block*) echo "Command failed -:$n" >&2;; esac; done`,
    );
    expect(await lane.submit(['x'])).toEqual({ kind: 'done', errors: [null] });
    await lane.close();
  });
});

describe('ip monitor', () => {
  async function troublesOf(script: string, onLine: (line: string) => void): Promise<(string | null)[]> {
    const troubles: (string | null)[] = [];
    const handler = { onLine, onLost: () => {}, onTrouble: (words: string | null) => troubles.push(words) };
    const monitor = new Monitor(fake(script), ['link'], handler);
    try {
      await eventually('it is started again', () => expect(troubles.length).toBeGreaterThanOrEqual(2));
    } finally {
      await monitor.close();
    }
    return troubles;
  }

  test('is started again when a line of it cannot be taken', async () => {
    const troubles = await troublesOf('echo line; exec sleep 60', () => {
      throw new TypeError('a bug');
    });
    expect(troubles.slice(0, 2)).toEqual(['a bug', null]);
    expect(faults[0]).toBe('what ip monitor prints: a bug');
  });

  test('is started again when it prints a line without an end', async () => {
    const troubles = await troublesOf(`yes | tr -d '\\n'`, () => {});
    expect(troubles.slice(0, 2)).toEqual(['it printed a line without an end', null]);
  });
});

describe('a connection', () => {
  afterEach(() => allConnectionsClosed());

  test('whose input sets off a fault is closed, and the next one is served', async () => {
    const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }]);
    const dial = () => connect({ port: listener.bound[0]!.port, host: '127.0.0.1' });
    const theirs = dial();
    theirs.on('error', () => {});
    const handler = new Recorder(await next());
    handler.onEach = () => {
      throw new RangeError('a bug');
    };
    const closed = once(theirs, 'close');
    theirs.write('x');
    expect(await handler.closed).toBe('internal fault: a bug');
    await closed;
    expect(faults).toEqual(['the connection with 127.0.0.1: a bug']);
    const second = dial();
    const served = new Recorder(await next());
    second.write('hello');
    await served.received(5);
    expect(served.text).toBe('hello');
    second.destroy();
    await served.closed;
    await listener.close();
  });

  test('whose handler fails is closed', async () => {
    let first = true;
    const { listener, next } = await accepting([{ address: LOCAL4, port: 0 }], () => {
      if (!first) return;
      first = false;
      throw new Error('a bug');
    });
    const dial = () => connect({ port: listener.bound[0]!.port, host: '127.0.0.1' }).on('error', () => {});
    const theirs = dial().resume();
    await once(theirs, 'close');
    expect(faults).toEqual(['a new connection: a bug']);
    const second = dial();
    const ours = await next();
    second.destroy();
    ours.close();
    await listener.close();
  });
});

test('no callback for input from outside goes without a guard', () => {
  const src = join(__dirname, '..', '..', 'src');
  const files = ['io', 'daemon'].flatMap((room) =>
    readdirSync(join(src, room), { recursive: true, encoding: 'utf8' }).map((name) => `${room}/${name}`),
  );
  // A thread that fails is replaced as a whole (`bfd/service`); `readGently` guards what it reads for others.
  const contained = /^io\/(bfd\/(sockets|worker)|loop\/gentle)\.ts$/;
  const raw = files
    .filter((file) => file.endsWith('.ts') && !contained.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(src, file), 'utf8').replaceAll(/\s+/g, ' ');
      const callbacks = text.matchAll(/\.on\( ?'(data|message|connection|spawn)', (.{0,60})/g);
      return [...callbacks].map(([, event, callback]) => `${file} ${event} ${callback}`);
    })
    .filter(
      (found) =>
        !/ (guarded\(|\(socket\) => \{ guarded\(|read\)|\(text: string\) => \{ words = |\(bytes: Buffer\) => (\{ if \(!)?onread)/.test(
          found,
        ),
    );
  expect(raw).toEqual([]);
  const starters = files.filter(
    (file) => file.endsWith('.ts') && / spawn\(/.test(readFileSync(join(src, file), 'utf8')),
  );
  expect(starters).toEqual(['io/iproute2/ip/process.ts']);
});
