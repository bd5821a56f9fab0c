/** Helpers for the tests of the configuration: a valid router section, and problems on one line. */

import type { Problem } from '../../src/config/problems/problems.ts';
import { load } from '../../src/config/read/load.ts';
import { resolve } from '../../src/config/resolve/resolve.ts';
import type { Config } from '../../src/config/schema/schema.ts';
import type { RouterSpec } from '../../src/spec/router.ts';

/** The first line of most files here. */
export const ROUTER = 'router: { as: 65000, id: 10.99.0.1 }\n';

/** `line:column path: what` of all errors of a file, in its order. */
export function problemsOf(text: string): string[] {
  const result = load(text, 'test.yaml');
  return result.ok ? [] : result.problems.map(brief);
}

/** The same for the warnings; the file must be valid. */
export function warningsOf(text: string): string[] {
  return expectOk(text).warnings.map(brief);
}

/** The suggestion for the only problem of a file. */
export function suggestionFor(text: string): string | null {
  const result = load(text, 'test.yaml');
  if (result.ok || result.problems.length !== 1) throw new Error(`not one problem: ${JSON.stringify(result)}`);
  return result.problems[0]!.suggestion;
}

export function configOf(text: string): Config {
  return expectOk(text).config;
}

export function specOf(text: string): RouterSpec {
  return resolve(configOf(text));
}

function expectOk(text: string) {
  const result = load(text, 'test.yaml');
  if (!result.ok) throw new Error(result.problems.map(brief).join('\n'));
  return result;
}

function brief({ line, column, path, what }: Problem): string {
  return `${line}:${column} ${path}: ${what}`;
}
