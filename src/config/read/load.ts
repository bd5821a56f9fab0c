/**
 * From the text of a configuration to the configuration, or to everything that is wrong with it:
 *
 *   text ─► YAML ─► values with places ─► schema ─► (what is right) ─► checks across keys ─► Config, or Problem[]
 *
 * No I/O, no timers.
 */
import { LineCounter, parseDocument } from 'yaml';
import { runChecks } from '../checks/checks.ts';
import { Report } from '../checks/report.ts';
import type { Finding } from '../problems/findings.ts';
import type { Path, Problem } from '../problems/problems.ts';
import { type ReadSecret, readsNothing } from '../problems/secrets.ts';
import { type Config, type Draft, draftSchema } from '../schema/schema.ts';
import { tooDeepAt } from './depth.ts';
import { Locator } from './locate.ts';
import { type Pruned, prune } from './prune.ts';
import { checkShape } from './schema-problems.ts';
import { EMPTY, nodeAt, readSource, type SourceFault, type SourceNode } from './source.ts';
import { explainSyntax } from './syntax.ts';

export type Loaded =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  /** At least one, in the order of the file. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a configuration. Never throws.
 * @param fileName only what problems call it
 * @param readSecret gives the keys that stand elsewhere
 */
export function load(text: string, fileName: string, readSecret: ReadSecret = readsNothing): Loaded {
  const deep = tooDeepAt(text);
  if (deep !== null) return tooDeep(text, deep, fileName);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', uniqueKeys: false });
  const { root, faults } = readSource(document);
  const syntax = distinct([...document.errors, ...document.warnings].map((e) => explainSyntax(e, document, text)));
  const locate = new Locator(root, text, fileName, lines);
  const { config, findings, wrong } = checkShape(root, text);
  if (syntax.length > 0) {
    const spoilt = [...syntax.map(({ span }) => span[0]), ...document.errors.map(({ pos }) => pos[0])];
    return refused(locate, beforeFirst(spoilt, findings, locate), [...syntax, ...faults]);
  }
  const right = config === null ? draftWithout(root, wrong) : whole(config);
  const report = checkAcross(right, root, locate, readSecret);
  const errors = [...findings, ...report.errors];
  if (config === null || errors.length > 0 || faults.length > 0) return refused(locate, errors, faults);
  return { ok: true, config, warnings: locate.all(report.warnings, []) };
}

/** One slip may be several errors to the parser. */
function distinct(faults: readonly SourceFault[]): SourceFault[] {
  const first = new Map(faults.toReversed().map((fault) => [`${fault.span[0]} ${fault.what}`, fault]));
  return faults.filter((fault) => first.get(`${fault.span[0]} ${fault.what}`) === fault);
}

function tooDeep(text: string, offset: number, fileName: string): Loaded {
  const lines = new LineCounter();
  for (const { index } of text.matchAll(/^/gm)) lines.addNewLine(index);
  const right = 'what a configuration needs: a few levels';
  const fault = { path: [], span: [offset, offset + 1] as const, what: 'this is nested too deeply', right };
  return refused(new Locator(EMPTY, text, fileName, lines), [], [fault]);
}

function refused(locate: Locator, findings: readonly Finding[], faults: readonly SourceFault[]): Loaded {
  return { ok: false, problems: locate.all(findings, faults) };
}

/** What of the configuration is right, and how its paths are found in the file. */
interface RightPart {
  readonly draft: Draft | null;
  readonly original: Pruned['original'];
}

/** Runs the checks on what is right. */
function checkAcross(
  { draft, original }: RightPart,
  root: SourceNode,
  locate: Locator,
  readSecret: ReadSecret,
): Report {
  const report = new Report({
    original,
    written: (path) => nodeAt(root, path) !== null,
    lineOf: (path) => locate.lineOf(path),
  });
  if (draft !== null) runChecks(draft, report, readSecret);
  return report;
}

function whole(config: Config): RightPart {
  return { draft: config, original: (path) => path };
}

/** What is right. Where something is taken out that an element or mapping needs, it goes too, and no more than it. */
function draftWithout(root: SourceNode, wrong: readonly Path[]): RightPart {
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

/** The path, or that of its owner when nothing stands there. */
function written(value: unknown, path: Path): Path {
  let inside = value;
  for (const step of path) inside = (inside as Record<string | number, unknown> | undefined)?.[step];
  return inside === undefined ? path.slice(0, -1) : path;
}

/** After an error of syntax nothing is certain: what stands on lines before it is, except for what is missing. */
function beforeFirst(spoilt: readonly number[], findings: readonly Finding[], locate: Locator): Finding[] {
  const first = Math.min(...spoilt.map((offset) => locate.lineAt(offset)));
  return findings.filter(({ path, absent }) => !absent && locate.lineOf(path) < first);
}
