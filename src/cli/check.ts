/** `reflectord check CONFIG`: reports all errors and warnings of a configuration, as text or as JSON. */
import { readFile } from 'node:fs/promises';
import { runTests } from '../config/policy-checks/tests.ts';
import { formatProblems, type Problem } from '../config/problems/problems.ts';
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

/** What is found in a file. */
interface Findings {
  readonly text: string;
  readonly warnings: readonly Problem[];
  readonly errors: readonly Problem[];
  /** Tests of policies whose expectation does not hold, or that cannot be run. */
  readonly failedTests: readonly Problem[];
  readonly passedTests: number;
  /** null: the file has errors. */
  readonly spec: RouterSpec | null;
  /** A right that the process lacks, in a sentence; null: none. */
  readonly missingRight: string | null;
}

/**
 * Checks a file without a daemon. Errors go to `stderr`; the summary of a valid file and its warnings go to `stdout`.
 * @param asJson a JSON array on `stdout`: an item per problem, and one with the result
 * @returns the exit code: 0 if the daemon would accept the file, else 1
 */
export async function runCheck(
  path: string,
  stdout: Writer = process.stdout,
  stderr: Writer = process.stderr,
  asJson = false,
): Promise<number> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const problem = `cannot read ${path}: ${(error as Error).message}`;
    if (asJson) writeJson([{ kind: 'result', file: path, ok: false, error: problem }], stdout);
    else stderr.write(`${problem}\n`);
    return 1;
  }
  const findings = findingsIn(text, path);
  if (asJson) writeJson(itemsOf(findings, path), stdout);
  else writeText(findings, path, stdout, stderr);
  return isAccepted(findings) ? 0 : 1;
}

function findingsIn(text: string, path: string): Findings {
  const readSecret = secretReader(path);
  const result = load(text, path, readSecret, textReader(path));
  if (!result.ok) {
    return {
      ...{ text, warnings: [], errors: result.problems, failedTests: [], passedTests: 0 },
      ...{ spec: null, missingRight: null },
    };
  }
  const spec = resolve(result.config, readSecret, null, result.policies);
  const tests = runTests(result.config, result.policies.policies, textReader(path));
  return {
    text,
    warnings: result.warnings,
    errors: [],
    failedTests: result.locate([...tests.errors, ...tests.failures]),
    passedTests: tests.passed,
    spec,
    missingRight: missingRights(spec.fib.mode),
  };
}

function isAccepted({ spec, failedTests }: Findings): boolean {
  return spec !== null && failedTests.length === 0;
}

function writeText(findings: Findings, path: string, stdout: Writer, stderr: Writer): void {
  const { text, warnings, errors, failedTests, passedTests, spec, missingRight } = findings;
  if (spec === null) {
    stderr.write(`${formatProblems(errors, text)}\n\n`);
    stderr.write(`${path}: ${plural(errors.length, 'error')}\n`);
    return;
  }
  if (warnings.length > 0) stdout.write(`${formatProblems(warnings, text, 'warning')}\n\n`);
  if (failedTests.length > 0) {
    stderr.write(`${formatProblems(failedTests, text)}\n\n`);
    stderr.write(`${path}: ${plural(failedTests.length, 'failed test')}, ${passedTests} passed\n`);
    return;
  }
  if (missingRight !== null) stdout.write(`${path}: warning: ${missingRight}\n\n`);
  const count = warnings.length + (missingRight === null ? 0 : 1);
  stdout.write(`${path}: ok: ${summary(spec, count, passedTests)}\n`);
}

function itemsOf(findings: Findings, path: string): object[] {
  const { warnings, errors, failedTests, passedTests, spec, missingRight } = findings;
  const problems = (severity: string, list: readonly Problem[]) =>
    list.map(({ file, line, column, path: key, message }) => ({
      ...{ kind: 'problem', severity, file, line, column, key, message },
    }));
  const result = {
    ...{ kind: 'result', file: path, ok: isAccepted(findings), errors: errors.length, warnings: warnings.length },
    ...{ failedTests: failedTests.length, passedTests, missingRight },
  };
  const counts = spec === null ? {} : { as: spec.as, peers: spec.peers.length, ranges: spec.ranges.length };
  return [
    ...problems('error', errors),
    ...problems('warning', warnings),
    ...problems('failed-test', failedTests),
    { ...result, ...counts },
  ];
}

function writeJson(items: readonly object[], stdout: Writer): void {
  const time = new Date().toISOString();
  stdout.write(`[\n${items.map((item) => JSON.stringify({ ...item, time })).join(',\n')}\n]\n`);
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
