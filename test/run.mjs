/**
 * `npm test`: runs jest, and the files that failed once more, alone. Many tests drive real daemons and the kernel
 * against real time, and a machine that is busy for a moment must not hide whether the product works. Both failures are
 * in the output; a file that fails twice, or more than a few files, fail the run.
 *
 *     node test/run.mjs [arguments of jest]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** With more failed files than this, the product is at fault, and not the moment. */
const MOST_REPEATED = 5;

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));

/** Runs jest; returns its exit code. */
function run(args) {
  const { status, error } = spawnSync(process.execPath, [jest, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  return status ?? 1;
}

/** The files that failed, from the results of jest; none if it did not come to an end. */
function failedFiles(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
      .testResults.filter(({ status }) => status === 'failed')
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

const folder = mkdtempSync(join(tmpdir(), 'reflectord-results-'));
try {
  const results = join(folder, 'results.json');
  const reporters = ['--reporters=default', `--reporters=${fileURLToPath(new URL('results.cjs', import.meta.url))}`];
  process.env.TEST_RESULTS = results;
  const code = run([...process.argv.slice(2), ...reporters]);
  const failed = code === 0 ? [] : failedFiles(results);
  if (code === 0 || failed.length === 0 || failed.length > MOST_REPEATED) process.exitCode = code;
  else {
    process.stdout.write(`\nThese files failed, and are run once more:\n${failed.map((file) => `  ${file}\n`).join('')}\n`);
    process.exitCode = run(['--runInBand', '--runTestsByPath', ...failed]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
