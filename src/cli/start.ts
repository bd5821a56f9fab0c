/** Runs the command line with the arguments and streams of this process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPager } from './pager.ts';
import { runCli } from './program.ts';

/** Folder of the built program (`dist`); its parent is the package. */
const PROGRAM = join(import.meta.dirname, '..');

/** Runs the command that the arguments of this process name, and sets the exit code. */
export async function start(): Promise<void> {
  const text = readFileSync(join(PROGRAM, '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  let exitCode: number | null = null;
  let failure: Error | null = null;
  // A page handles its errors itself (`Output`); help and short texts are written without one.
  const report = () => {
    if (failure === null || exitCode !== 0) return;
    process.exitCode = 1;
    process.stderr.write(`reflectord: ${failure.message}\n`);
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure = error;
    report();
  });
  process.stderr.on('error', () => {});
  exitCode = await runCli(
    process.argv.slice(2),
    {
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      terminal: process.stdout.isTTY === true,
      errorTerminal: process.stderr.isTTY === true,
      openPager: () => openPager(process.env),
      version,
    },
    {
      // Loaded on demand: a command for a running daemon does not need the code of the daemon.
      run: async (configPath, warm) => (await import('../daemon/run.ts')).runDaemon(configPath, version, PROGRAM, warm),
      check: async (configPath, asJson) =>
        (await import('./check.ts')).runCheck(configPath, process.stdout, process.stderr, asJson),
      demo: async (options) => (await import('./demo/demo.ts')).runDemo(PROGRAM, options),
    },
  );
  process.exitCode = exitCode;
  report();
}
