#!/usr/bin/env node
/** The program: one executable for the daemon and its command line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCheck } from './cli/check.ts';
import { runCli } from './cli/program.ts';
import { runDaemon } from './daemon/run.ts';

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
    run: (configPath) => runDaemon(configPath, version),
    check: (configPath) => runCheck(configPath, process.stdout, process.stderr),
    demo: async () => (await import('./demo/demo.ts')).runDemo(),
  },
);
