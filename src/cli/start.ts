/** Starts the command line on this process: its arguments, its streams, the folder of the built program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './program.ts';

/** Folder of the built program (`dist`); its parent is the package. */
const PROGRAM = join(import.meta.dirname, '..');

/** Runs what the arguments of this process ask for, and sets its exit code. */
export async function start(): Promise<void> {
  const text = readFileSync(join(PROGRAM, '..', 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  process.exitCode = await runCli(
    process.argv.slice(2),
    {
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      terminal: process.stdout.isTTY === true,
      version,
    },
    {
      // Loaded when asked for: a question to a running daemon should not have to load another one.
      run: async (configPath) => (await import('../daemon/run.ts')).runDaemon(configPath, version, PROGRAM),
      check: async (configPath) => (await import('./check.ts')).runCheck(configPath, process.stdout, process.stderr),
      demo: async (options) => (await import('../demo/demo.ts')).runDemo(PROGRAM, options),
    },
  );
}
