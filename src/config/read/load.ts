/**
 * Reads the text of a configuration and returns the configuration, or all of its errors:
 *
 *   text ─► YAML ─► values with places ─► schema ─► valid part ─► checks across keys ─► Config, or Problem[]
 */
import { runChecks } from '../checks/checks.ts';
import { checkContext } from '../checks/context.ts';
import { Report } from '../checks/report.ts';
import { type PolicyFile, readPolicies } from '../policy/policies.ts';
import type { ReadText } from '../policy/sets.ts';
import { checkPolicies } from '../policy-checks/chains.ts';
import type { Finding } from '../problems/findings.ts';
import type { Path, Problem } from '../problems/problems.ts';
import { type ReadSecret, readsNothing } from '../problems/secrets.ts';
import { type Config, type Draft, draftSchema } from '../schema/schema.ts';
import { Locator } from './locate.ts';
import { type Pruned, prune } from './prune.ts';
import { checkShape } from './schema-problems.ts';
import { EMPTY, nodeAt, type SourceFault, type SourceNode } from './source.ts';
import { linesOf, readYaml } from './yaml.ts';

type Loaded =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly policies: PolicyFile;
      readonly warnings: readonly Problem[];
      /** The places of further findings, such as failed tests. */
      readonly locate: (findings: readonly Finding[]) => Problem[];
    }
  /** At least one, in the order of the file. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a configuration. Never throws.
 * @param fileName used in problems only
 * @param readSecret reads keys from files and the environment
 * @param readText reads files of prefixes
 */
export function load(
  text: string,
  fileName: string,
  readSecret: ReadSecret = readsNothing,
  readText: ReadText = () => ({ problem: 'files are not read here' }),
): Loaded {
  const yaml = readYaml(text);
  if ('deep' in yaml) return tooDeep(text, yaml.deep, fileName);
  const { root, faults, lines, syntax } = yaml;
  const locate = new Locator(root, text, fileName, lines);
  const { config, findings, wrong } = checkShape(root, text);
  if (syntax.length > 0) {
    return rejected(locate, beforeFirst(yaml.spoilt, findings, locate), [...syntax, ...faults]);
  }
  const valid = config === null ? draftWithout(root, wrong) : whole(config);
  const place = (path: Path) => `${fileName}:${locate.lineOf(valid.original(path))}`;
  const policies = readPolicies(valid.draft ?? {}, readText, place);
  const report = checkAcross(valid, root, locate, readSecret, policies);
  const errors = [...findings, ...report.errors];
  if (config === null || errors.length > 0 || faults.length > 0) return rejected(locate, errors, faults);
  return {
    ok: true,
    config,
    policies,
    warnings: locate.all(report.warnings, []),
    locate: (found) => locate.all(found, []),
  };
}

function tooDeep(text: string, offset: number, fileName: string): Loaded {
  const expected = 'a few levels, as a configuration needs';
  const fault = { path: [], span: [offset, offset + 1] as const, what: 'this is nested too deeply', expected };
  return rejected(new Locator(EMPTY, text, fileName, linesOf(text)), [], [fault]);
}

function rejected(locate: Locator, findings: readonly Finding[], faults: readonly SourceFault[]): Loaded {
  return { ok: false, problems: locate.all(findings, faults) };
}

/** The valid part of the configuration, and the paths of the file for its paths. */
interface ValidPart {
  readonly draft: Draft | null;
  readonly original: Pruned['original'];
}

/** Runs the checks on the valid part. */
function checkAcross(
  { draft, original }: ValidPart,
  root: SourceNode,
  locate: Locator,
  readSecret: ReadSecret,
  policies: PolicyFile,
): Report {
  const report = new Report({
    original,
    written: (path) => nodeAt(root, path) !== null,
    lineOf: (path) => locate.lineOf(path),
  });
  if (draft !== null) {
    const context = checkContext(draft, report, readSecret, policies);
    runChecks(context);
    checkPolicies(context);
  }
  return report;
}

function whole(config: Config): ValidPart {
  return { draft: config, original: (path) => path };
}

/** The valid part. An element or mapping that lacks a required key after the removal is removed as well. */
function draftWithout(root: SourceNode, wrong: readonly Path[]): ValidPart {
  const gone = [...wrong];
  for (;;) {
    const { value, original } = prune(root.value, gone);
    const result = draftSchema.safeParse(value);
    if (result.success) return { draft: result.data, original };
    const next = result.error.issues.map(({ path }) => original(written(value, path as Path)));
    gone.push(...next);
    if (next.some((path) => path.length === 0)) return { draft: null, original };
  }
}

/** The path, or that of its parent if nothing is written there. */
function written(value: unknown, path: Path): Path {
  let inside = value;
  for (const step of path) inside = (inside as Record<string | number, unknown> | undefined)?.[step];
  return inside === undefined ? path.slice(0, -1) : path;
}

/** After a syntax error only findings on earlier lines are certain, except for missing keys. */
function beforeFirst(spoilt: readonly number[], findings: readonly Finding[], locate: Locator): Finding[] {
  const first = Math.min(...spoilt.map((offset) => locate.lineAt(offset)));
  return findings.filter(({ path, absent }) => !absent && locate.lineOf(path) < first);
}
