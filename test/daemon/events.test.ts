/** The history of events of a daemon that is killed: what happened before is there after the next start. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { KeptEvent } from '../../src/engine/events/kept-events.ts';
import { request } from '../../src/io/control/client.ts';
import { reflectordProgram } from '../lab/build.ts';
import { freePort } from '../lab/loopback.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { eventually } from '../lab/wait-for.ts';

jest.setTimeout(60_000);
beforeAll(() => void reflectordProgram(), 180_000);

let folder: string;
let socket: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  socket = join(folder, 'control.sock');
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<ChildProcess> {
  const file = join(folder, 'reflectord.yaml');
  writeFileSync(
    file,
    stringify({
      router: { as: 65000, id: '10.0.0.1' },
      listen: [{ address: '127.0.0.1', port: await freePort() }],
      peers: [{ address: '127.0.0.9', as: 65000, passive: true }],
      control: { socket },
      metrics: { listen: 'none' },
    }),
  );
  const env = { ...process.env, STATE_DIRECTORY: join(folder, 'state') };
  const child = spawn(process.execPath, [reflectordProgram(), 'run', '--no-warm-up', file], { stdio: 'ignore', env });
  children.push(child);
  await eventually('it answers', async () => void (await events()));
  return child;
}

async function events(): Promise<KeptEvent[]> {
  const all: KeptEvent[] = [];
  for await (const event of request(socket, 'show events', {})) all.push(event);
  return all;
}

test('commands with who gave them, and the start, survive kill -9; the page shows them', async () => {
  const first = await start();
  for await (const _ of request(socket, 'reset', { peer: '127.0.0.9' }));
  await eventually('the command is in the history', async () => {
    expect((await events()).map(({ event }) => event)).toContain('control.action');
  });
  first.kill('SIGKILL');
  await once(first, 'exit');
  const second = await start();
  const all = await events();
  const starts = all.filter(({ event }) => event === 'daemon.starting').map(({ fields }) => fields.pid);
  expect(starts).toEqual([first.pid, second.pid]);
  expect(all.map(({ cursor }) => cursor)).toEqual(all.map((_, n) => n + 1));
  const who = { command: 'reset', uid: process.getuid?.(), pid: process.pid };
  expect(all.find(({ event }) => event === 'control.action')).toMatchObject({ fields: who });
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[reflectordProgram(), '--socket', socket, 'show', 'events', '--type', 'command'],
  ]);
  expect(stdout).toMatch(/control\.action +"reset 127\.0\.0\.9" by uid \d+, pid \d+\n$/);
});
