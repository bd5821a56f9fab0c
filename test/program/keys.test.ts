/**
 * Two daemons with a TCP MD5 key between them, over loopback: what a reload does with it, and what it takes to start.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ReloadView } from '../../src/engine/api/daemon-views.ts';
import type { PeerView } from '../../src/engine/api/peer-views.ts';
import { reflectordProgram } from '../lab/build.ts';
import { Reflectord } from '../lab/hosts/reflectord.ts';
import { freePort } from '../lab/loopback.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { waitFor } from '../lab/wait-for.ts';

const HOLD_SECONDS = 9;

let folder: string;
let port: number;
let left: Reflectord;
let right: Reflectord;

jest.setTimeout(60_000);

beforeEach(async () => {
  folder = temporaryFolder();
  port = await freePort();
  [left, right] = ['left', 'right'].map((name) => {
    mkdirSync(join(folder, name));
    return new Reflectord(join(folder, name));
  }) as [Reflectord, Reflectord];
  writeKeys('the first');
});

afterEach(async () => {
  await Promise.all([left.kill(), right.kill()]);
  rmSync(folder, { recursive: true, force: true });
});

function writeKeys(key: string): void {
  for (const name of ['left', 'right']) writeFileSync(join(folder, name, 'key'), `${key}\n`);
}

/** 127.0.0.1 dials 127.0.0.2. */
function configuration(name: 'left' | 'right', over: object = {}): object {
  const [ours, theirs] = name === 'left' ? ['127.0.0.1', '127.0.0.2'] : ['127.0.0.2', '127.0.0.1'];
  const settings = { as: 65000, 'hold-time': HOLD_SECONDS, 'connect-retry-time': 1, 'idle-hold-time': 0 };
  const peer = { address: theirs, port, 'local-address': ours, password: { file: 'key' }, 'ttl-security': 1, ...over };
  return {
    router: { as: 65000, id: name === 'left' ? '10.0.0.1' : '10.0.0.2' },
    listen: [{ address: ours, port }],
    peers: [{ ...settings, ...peer, passive: name === 'right' }],
    metrics: 'none',
  };
}

async function peerOf(daemon: Reflectord): Promise<PeerView> {
  return (await daemon.ask('show peers', {}))[0]!;
}

function isUp(daemon: Reflectord): Promise<PeerView> {
  return waitFor(
    'the session is up',
    () => peerOf(daemon),
    ({ state }) => state === 'Established',
  );
}

async function start(): Promise<void> {
  await Promise.all([left.start(configuration('left')), right.start(configuration('right'))]);
  await Promise.all([left, right].map(isUp));
}

test('a reload reads the file of a key again, and the session goes on with the new one', async () => {
  await start();
  writeKeys('the second');
  await left.ask('reload', {});
  await right.ask('reload', {});
  const { messagesIn } = await peerOf(left);
  const later = await waitFor(
    'keepalives come over both signatures, for longer than the hold time',
    () => peerOf(left),
    ({ messagesIn: now, sinceSeconds }) => now > messagesIn + 3 && sinceSeconds > HOLD_SECONDS + 2,
  );
  expect([later.state, later.established, later.dropped]).toEqual(['Established', 1, 0]);
  await left.ask('reset', { peer: '127.0.0.2' });
  await waitFor(
    'a session of the new key is up',
    () => peerOf(left),
    ({ state, established }) => state === 'Established' && established === 2,
  );
  for (const daemon of [left, right]) expect(daemon.log()).not.toContain('the second');
});

test('a reload without the file changes nothing, and says at which line it is missed', async () => {
  await start();
  rmSync(join(folder, 'left', 'key'));
  const [{ outcome, failed }] = (await left.ask('reload', {})) as [ReloadView];
  expect([outcome, failed.join()]).toEqual([
    'refused',
    expect.stringMatching(
      /reflectord\.yaml:\d+:\d+: error: peers\[0\]\.password: cannot read the key from the file key: it does not exist/,
    ),
  ]);
  const { state, transport, dropped } = await peerOf(left);
  expect([state, transport.password, dropped]).toEqual(['Established', 'the file key', 0]);
});

test('a first key on both sides, and none any more, begin the session anew with it and without', async () => {
  await start();
  for (const [password, source] of [
    [false, null],
    ['inline', 'the configuration'],
  ] as const) {
    for (const [daemon, name] of [
      [right, 'right'],
      [left, 'left'],
    ] as const) {
      const control = { socket: daemon.socket };
      writeFileSync(daemon.configuration, stringify({ ...configuration(name, { password }), control }));
      await daemon.ask('reload', {});
    }
    const peer = await isUp(left);
    expect(peer.transport.password).toBe(source);
  }
});

test('a variable that is not set ends the start with 78, and the line', async () => {
  const file = join(folder, 'left', 'reflectord.yaml');
  writeFileSync(file, stringify(configuration('left', { password: { env: 'NO_SUCH_KEY' } })));
  const started = spawn(process.execPath, [reflectordProgram(), 'run', '--no-warm-up', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  started.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const [code] = await once(started, 'close');
  expect(code).toBe(78);
  expect(text).toMatch(
    /peers\[0\]\.password: cannot read the key from the environment variable NO_SUCH_KEY: it is not set/,
  );
});
