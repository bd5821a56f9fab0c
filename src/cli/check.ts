/** `reflectord check CONFIG`: reports all errors and warnings of a configuration. */
import { readFile } from 'node:fs/promises';
import { runTests } from '../config/policy-checks/tests.ts';
import { formatProblems } from '../config/problems/problems.ts';
import { load } from '../config/read/load.ts';
import { resolve } from '../config/resolve/resolve.ts';
import { missingRights } from '../io/system/rights.ts';
import { secretReader, textReader } from '../io/system/secrets.ts';
import { formatIpv4 } from '../lib/ip.ts';
import type { RouterSpec } from '../spec/router.ts';

/** A stream that text is written to. */
interface Writer {
  write(text: string): unknown;
}

/**
 * Checks a file without a daemon. Errors go to `stderr`; the summary of a valid file and its warnings go to `stdout`.
 * @returns the exit code: 0 if the daemon would accept the file, else 1
 */
export async function runCheck(
  path: string,
  stdout: Writer = process.stdout,
  stderr: Writer = process.stderr,
): Promise<number> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    stderr.write(`cannot read ${path}: ${(error as Error).message}\n`);
    return 1;
  }
  const readSecret = secretReader(path);
  const result = load(text, path, readSecret, textReader(path));
  if (!result.ok) {
    const { problems } = result;
    stderr.write(`${formatProblems(problems, text)}\n\n`);
    stderr.write(`${path}: ${plural(problems.length, 'error')}\n`);
    return 1;
  }
  const { warnings } = result;
  if (warnings.length > 0) stdout.write(`${formatProblems(warnings, text, 'warning')}\n\n`);
  const spec = resolve(result.config, readSecret, null, result.policies);
  const tests = runTests(result.config, result.policies.policies, textReader(path));
  const wrong = result.locate([...tests.errors, ...tests.failures]);
  if (wrong.length > 0) {
    stderr.write(`${formatProblems(wrong, text)}\n\n`);
    stderr.write(`${path}: ${plural(wrong.length, 'failed test')}, ${tests.passed} passed\n`);
    return 1;
  }
  const missing = missingRights(spec.fib.mode);
  if (missing !== null) stdout.write(`${path}: warning: ${missing}\n\n`);
  stdout.write(`${path}: ok: ${summary(spec, warnings.length + (missing === null ? 0 : 1), tests.passed)}\n`);
  return 0;
}

function summary({ as, routerId, peers, ranges }: RouterSpec, warnings: number, tests: number): string {
  const parts = [
    `AS ${as}`,
    `router id ${formatIpv4(routerId)}`,
    plural(peers.length, 'peer'),
    plural(ranges.length, 'dynamic range'),
    plural(warnings, 'warning'),
    ...(tests === 0 ? [] : [plural(tests, 'passed test')]),
  ];
  return parts.join(', ');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
