/** A configuration file, from its path to what the daemon runs. */
import { readFile } from 'node:fs/promises';
import { formatProblems, MAX_SHOWN, moreThanShown } from '../../config/problems/problems.ts';
import { load } from '../../config/read/load.ts';
import { type RouterIdentity, resolve } from '../../config/resolve/resolve.ts';
import { missingRights } from '../../io/system/rights.ts';
import { secretReader } from '../../io/system/secrets.ts';
import type { RouterSpec } from '../../spec/router.ts';

export type ConfigRead =
  | { readonly ok: true; readonly spec: RouterSpec; readonly warnings: readonly ConfigWarning[] }
  /** How many errors; `errors` the first of them, a line each, for the log; `text` with excerpts, for people. */
  | { readonly ok: false; readonly count: number; readonly errors: readonly string[]; readonly text: string };

/** Something that is probably not meant, and `file:line:column` of it. */
export interface ConfigWarning {
  readonly place: string;
  readonly warning: string;
}

/**
 * Reads, checks and resolves a file; what is wrong with it is an answer, never thrown.
 * @param running what the running daemon is, which a reload does not change; null: nothing runs
 */
export async function readConfig(path: string, running: RouterIdentity | null = null): Promise<ConfigRead> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const message = `cannot read ${path}: ${(error as Error).message}`;
    return { ok: false, count: 1, errors: [message], text: message };
  }
  const readSecret = secretReader(path);
  const result = load(text, path, readSecret);
  if (result.ok) {
    const warnings = result.warnings.map(({ line, column, path: key, message }) => ({
      place: `${path}:${line}:${column}`,
      warning: `${key}: ${message}`,
    }));
    const spec = resolve(result.config, readSecret, running);
    const missing = missingRights(spec.fib.mode);
    const rights = missing === null ? [] : [{ place: path, warning: missing }];
    return { ok: true, spec, warnings: [...warnings, ...rights] };
  }
  const { problems } = result;
  const shown = problems.slice(0, MAX_SHOWN);
  const errors = shown.map(({ line, column, path: key, message }) => `${line}:${column} ${key}: ${message}`);
  const more = moreThanShown(problems.length, 'error');
  return { ok: false, count: problems.length, errors: [...errors, ...more], text: formatProblems(problems, text) };
}
