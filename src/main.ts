#!/usr/bin/env node
/** The program: one executable for the daemon and its command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './cli/program.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
  version: string;
};

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
    run: async (configPath) => (await import('./daemon/run.ts')).runDaemon(configPath, version, import.meta.dirname),
    check: async (configPath) => (await import('./cli/check.ts')).runCheck(configPath, process.stdout, process.stderr),
    demo: async (options) => (await import('./demo/demo.ts')).runDemo(import.meta.dirname, options),
  },
);
