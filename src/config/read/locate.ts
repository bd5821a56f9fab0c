/** Finds the place of a problem in the file. */
import type { LineCounter } from 'yaml';
import type { Finding } from '../problems/findings.ts';
import { formatPath, messageOf, type Path, type Problem } from '../problems/problems.ts';
import { keySpanAt, nodeAt, type SourceFault, type SourceNode, type Span } from './source.ts';

export class Locator {
  private readonly root: SourceNode;
  private readonly file: string;
  private readonly lines: LineCounter;
  private readonly sources: readonly string[];

  constructor(root: SourceNode, text: string, file: string, lines: LineCounter) {
    this.root = root;
    this.file = file;
    this.lines = lines;
    this.sources = text.split(/\r?\n/);
  }

  /** All problems in the order of the file; a problem that an alias repeats appears once. */
  all(findings: readonly Finding[], faults: readonly SourceFault[]): Problem[] {
    const faulty = faults.map((fault) => this.problem(fault, fault.span));
    const places = new Set(faulty.map(placeOf));
    // A syntax error hides other findings in its place.
    const found = findings
      .map((finding) => this.problem(finding, this.spanOf(finding.path, finding.at ?? 'value')))
      .filter((problem) => !places.has(placeOf(problem)));
    const all = [...faulty, ...found].sort((a, b) => a.line - b.line || a.column - b.column);
    const seen = new Set<string>();
    return all.filter((problem) => {
      const key = `${placeOf(problem)} ${problem.what}`;
      return !seen.has(key) && seen.add(key);
    });
  }

  /** Line of an offset, from 1. */
  lineAt(offset: number): number {
    return this.lines.linePos(offset).line || 1;
  }

  lineOf(path: Path): number {
    return this.lineAt(this.spanOf(path, 'value')[0]);
  }

  /** The place of a path; if it is not written, that of its nearest parent. */
  private spanOf(path: Path, at: 'key' | 'value'): Span {
    const key = at === 'key' ? keySpanAt(this.root, path) : null;
    if (key !== null) return key;
    const node = nodeAt(this.root, path);
    const [first] = at === 'key' ? (node?.entries?.values() ?? []) : [];
    if (node !== null) return first?.keySpan ?? node.span;
    return path.length === 0 ? [0, 1] : this.spanOf(path.slice(0, -1), 'key');
  }

  private problem(found: Finding | SourceFault, [start, end]: Span): Problem {
    const { line, col } = this.lines.linePos(start);
    const source = this.sources[line - 1] ?? '';
    const column = Math.max(1, col);
    const width = Math.max(1, Math.min(end - start, source.length - column + 1));
    const { path, what, expected } = found;
    const suggestion = 'suggestion' in found ? (found.suggestion ?? null) : null;
    const place = { file: this.file, line: Math.max(1, line), column, width, path: formatPath(path) };
    return { ...place, what, expected, suggestion, message: messageOf({ what, expected, suggestion }) };
  }
}

function placeOf({ line, column }: Problem): string {
  return `${line}:${column}`;
}
