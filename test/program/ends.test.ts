/** How the program ends early: by a signal while it warms up, and when the reader of its output has left. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { reflectordProgram } from '../lab/build.ts';
import { freePort } from '../lab/loopback.ts';
import { temporaryFolder } from '../lab/temporary.ts';
import { eventually } from '../lab/wait-for.ts';

jest.setTimeout(60_000);
beforeAll(() => void reflectordProgram(), 180_000);

test('a signal to stop that arrives while the daemon warms up ends it at once, in order', async () => {
  const folder = temporaryFolder();
  const [file, socket] = [join(folder, 'reflectord.yaml'), join(folder, 'control.sock')];
  const listen = [{ address: '127.0.0.1', port: await freePort() }];
  const config = { router: { as: 65000, id: '10.0.0.1' }, listen, control: { socket }, metrics: { listen: 'none' } };
  writeFileSync(file, stringify(config));
  const child = spawn(process.execPath, [reflectordProgram(), 'run', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, STATE_DIRECTORY: folder },
  });
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = once(child, 'close');
  await eventually('the daemon starts', () => {
    if (!log.includes('"daemon.starting"')) throw new Error(log);
  });
  child.kill('SIGTERM');
  expect((await ended)[0]).toBe(0);
  expect(log).toContain('"daemon.stopped"');
  expect(log).not.toContain('"daemon.ready"');
  expect(existsSync(socket)).toBe(false);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command line with this standard output; the exit code, and what it wrote to standard error. */
async function run(stdout: 'pipe' | number, ...argv: readonly string[]): Promise<[number, string]> {
  const child = spawn(process.execPath, [reflectordProgram(), ...argv], { stdio: ['ignore', stdout, 'pipe'] });
  // As `| head` that has seen enough.
  child.stdout?.destroy();
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return [code, errors];
}

test.each([[['--help']], [['show', 'rib', '--help']], [['--version']]])(
  '%j into a pipe whose reader has left is no error',
  async (argv) => {
    expect(await run('pipe', ...argv)).toEqual([0, '']);
  },
);

test('help that cannot be written is an error', async () => {
  const [code, errors] = await run(openSync('/dev/full', 'w'), '--help');
  expect([code, errors]).toEqual([1, expect.stringMatching(/^reflectord: .*no space left/)]);
});
