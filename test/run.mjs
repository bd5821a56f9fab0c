/**
 * `npm test`: runs jest twice at once, for the tests that drive real daemons and the kernel (they mostly wait), and for all
 * others; and the files that failed once more, alone. Many tests measure real time, and a machine that is busy for a
 * moment must not hide whether the product works. Both failures are in the output; a file that fails twice, or more than
 * a few files, fail the run.
 *
 *     node test/run.mjs [arguments of jest: then one jest runs what they select]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** With more failed files than this, the product is at fault, and not the moment. */
const MAX_REPEATED = 5;
/** What needs root, daemons or other processes: it shares the network namespaces and caches of the machine. */
const OUTSIDE = ['/test/interop/', '/test/packaging/', '/test/program/'];

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const reporters = ['--reporters=default', `--reporters=${fileURLToPath(new URL('runner/results.cjs', import.meta.url))}`];

/**
 * Runs jest; returns its exit code and the files that failed (none if it did not come to an end).
 * @param stdio `pipe`: the output appears in one piece at the end, since other output appears meanwhile
 */
function run(args, results, stdio = 'inherit') {
  const env = { ...process.env, TEST_RESULTS: results };
  const child = spawn(process.execPath, [jest, ...args, ...reporters], { stdio: ['ignore', stdio, stdio], env });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => output.push(bytes));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(output));
      resolve({ code: status ?? 1, failed: status === 0 ? [] : failedFiles(results) });
    });
  });
}

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
  const args = process.argv.slice(2);
  const results = (name) => join(folder, name);
  const runs = await Promise.all(
    args.length > 0
      ? [run(args, results('selected'))]
      : [
          run(['--runInBand', '--testPathPatterns', ...OUTSIDE], results('outside')),
          run(['--runInBand', '--testPathIgnorePatterns', ...OUTSIDE], results('inside'), 'pipe'),
        ],
  );
  const failed = runs.flatMap((each) => each.failed);
  const code = Math.max(...runs.map((each) => each.code));
  const isUnclear = runs.some((each) => each.code !== 0 && each.failed.length === 0);
  if (code === 0 || isUnclear || failed.length > MAX_REPEATED) process.exitCode = code;
  else {
    process.stdout.write(`\nThese files failed, and are run once more:\n${failed.map((file) => `  ${file}\n`).join('')}\n`);
    const again = await run(['--runInBand', '--runTestsByPath', ...failed], results('again'));
    process.exitCode = again.code;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
