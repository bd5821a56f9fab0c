/** The history of events of a daemon that is killed: what happened before is there after the next start. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { reflectordProgram } from '../lab/build.ts';
import { eventually } from '../lab/wait-for.ts';
import { KilledDaemon } from './killed.ts';

jest.setTimeout(60_000);
beforeAll(() => void reflectordProgram(), 180_000);

const daemon = new KilledDaemon();

afterEach(() => daemon.end());

const events = () => daemon.ask('show events', {});

test('commands with who gave them, and the start, survive kill -9; the page shows them', async () => {
  await daemon.configure();
  const first = await daemon.start();
  await daemon.ask('reset', { peer: '127.0.0.9' });
  await eventually('the command is in the history', async () => {
    expect((await events()).map(({ event }) => event)).toContain('control.action');
  });
  await daemon.kill();
  const second = await daemon.start();
  const all = await events();
  const starts = all.filter(({ event }) => event === 'daemon.starting').map(({ fields }) => fields.pid);
  expect(starts).toEqual([first, second]);
  expect(all.map(({ cursor }) => cursor)).toEqual(all.map((_, n) => n + 1));
  const who = { command: 'reset', uid: process.getuid?.(), pid: process.pid };
  expect(all.find(({ event }) => event === 'control.action')).toMatchObject({ fields: who });
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[reflectordProgram(), '--socket', daemon.socket, 'show', 'events', '--type', 'command'],
  ]);
  expect(stdout).toMatch(/control\.action +"reset 127\.0\.0\.9" by uid \d+, pid \d+\n$/);
});
