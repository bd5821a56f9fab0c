/** Reads a configuration file and resolves it to a router specification. */
import { readFile } from 'node:fs/promises';
import { runTests } from '../../config/policy-checks/tests.ts';
import { formatProblems, MAX_SHOWN, moreThanShown, type Problem } from '../../config/problems/problems.ts';
import { load } from '../../config/read/load.ts';
import { type RouterIdentity, resolve } from '../../config/resolve/resolve.ts';
import { readRegular } from '../../io/system/regular-file.ts';
import { missingRights } from '../../io/system/rights.ts';
import { secretReader, textReader } from '../../io/system/secrets.ts';
import type { RouterSpec } from '../../spec/router.ts';

/** Maximum length of a configuration that a running daemon reads: a device or a log is not read into memory. */
export const MAX_OCTETS = 64 << 20;

export type ConfigRead =
  | {
      readonly ok: true;
      readonly spec: RouterSpec;
      readonly warnings: readonly ConfigWarning[];
      /** The text of the file. */
      readonly source: string;
    }
  /**
   * `count`: number of errors; `errors`: the first ones, a line each, for the log; `text`: with excerpts, for people.
   */
  | { readonly ok: false; readonly count: number; readonly errors: readonly string[]; readonly text: string };

/** A setting that is probably a mistake, with its `file:line:column`. */
interface ConfigWarning {
  readonly place: string;
  readonly warning: string;
}

/**
 * Reads, checks and resolves a file, and runs its tests; errors in it are returned, never thrown.
 * @param running the identity of the running daemon, which a reload does not change; null: no daemon runs
 */
export async function readConfig(path: string, running: RouterIdentity | null = null): Promise<ConfigRead> {
  let text: string;
  try {
    // A start may read a pipe, which is there once; a reload must never wait for one.
    text = running === null ? await readFile(path, 'utf8') : readRegular(path, MAX_OCTETS).toString('utf8');
  } catch (error) {
    const message = `cannot read ${path}: ${(error as Error).message}`;
    return { ok: false, count: 1, errors: [message], text: message };
  }
  return resolveText(text, path, running);
}

/** The same for a text that is not, or no longer, in the file `path`, from which relative paths in it start. */
export function resolveText(text: string, path: string, running: RouterIdentity | null = null): ConfigRead {
  const readSecret = secretReader(path);
  const result = load(text, path, readSecret, textReader(path));
  if (!result.ok) return wrong(result.problems, text);
  // A policy whose tests fail does not do what the operator wants: it must not run.
  const tests = runTests(result.config, result.policies.policies, textReader(path));
  const failing = result.locate([...tests.errors, ...tests.failures]);
  if (failing.length > 0) return wrong(failing, text);
  const warnings = result.warnings.map(({ line, column, path: key, message }) => ({
    place: `${path}:${line}:${column}`,
    warning: atKey(key, message),
  }));
  const spec = resolve(result.config, readSecret, running, result.policies);
  const missing = missingRights(spec.fib.mode);
  const rights = missing === null ? [] : [{ place: path, warning: missing }];
  return { ok: true, spec, warnings: [...warnings, ...rights], source: text };
}

function wrong(problems: readonly Problem[], text: string): ConfigRead {
  const shown = problems.slice(0, MAX_SHOWN);
  const errors = shown.map(({ line, column, path: key, message }) => `${line}:${column} ${atKey(key, message)}`);
  const more = moreThanShown(problems.length, 'error');
  return { ok: false, count: problems.length, errors: [...errors, ...more], text: formatProblems(problems, text) };
}

/** @param key '': the message is about the whole file */
function atKey(key: string, message: string): string {
  return key === '' ? message : `${key}: ${message}`;
}
