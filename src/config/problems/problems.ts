/** An error or warning of a configuration, with its place and the expected value. */
import { isSecretKey, maskSecrets } from './secrets.ts';

/** Keys and list positions from the root of the file. */
export type Path = readonly (string | number)[];

export interface Problem {
  readonly file: string;
  /** From 1; of the first wrong character. */
  readonly line: number;
  readonly column: number;
  /** Number of wrong characters of the line, at least 1. */
  readonly width: number;
  /** `groups.hosts.hold-time`, `peers[2].address`; '' for the file as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly what: string;
  /** What is expected instead. */
  readonly expected: string;
  /** The probable intention, or null: `did you mean …?` or `write …`. */
  readonly suggestion: string | null;
  /** All of it in one sentence. */
  readonly message: string;
}

/** `groups.hosts.hold-time`, `peers[2].address`, `groups["a.b"].as`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[\w-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A problem in one sentence. */
export function messageOf({ what, expected, suggestion }: Pick<Problem, 'what' | 'expected' | 'suggestion'>): string {
  return `${what}; expected: ${expected}${suggestion === null ? '' : ` (${suggestion})`}`;
}

/** The problem for a terminal: `file:line:column`, the line of `text` (the file) with carets, and what is expected. */
export function formatProblem(problem: Problem, text: string, kind: 'error' | 'warning' = 'error'): string {
  const { file, line, column, width, path, what, expected, suggestion } = problem;
  const source = shownLine(text.split(/\r?\n/, line)[line - 1] ?? '', problem);
  const gutter = String(line).padStart(5);
  const blank = ' '.repeat(gutter.length);
  const lines = [
    `${file}:${line}:${column}: ${kind}: ${path === '' ? '' : `${path}: `}${what}`,
    `${gutter} | ${source}`,
    `${blank} | ${indentLike(source, column - 1)}${'^'.repeat(width)}`,
    `${blank}   expected: ${expected}`,
  ];
  if (suggestion !== null) lines.push(`${blank}   ${suggestion}`);
  return lines.join('\n');
}

/** Maximum number of problems that are shown at once; the first ones often cause the others. */
export const MAX_SHOWN = 20;

/** The first problems for a terminal, and the number of the others. */
export function formatProblems(
  problems: readonly Problem[],
  text: string,
  kind: 'error' | 'warning' = 'error',
): string {
  const shown = problems.slice(0, MAX_SHOWN).map((problem) => formatProblem(problem, text, kind));
  return [...shown, ...moreThanShown(problems.length, kind)].join('\n\n');
}

/** `and 5 more errors`, or nothing. */
export function moreThanShown(count: number, kind: 'error' | 'warning'): string[] {
  const more = count - MAX_SHOWN;
  return more <= 0 ? [] : [`and ${more} more ${kind}${more === 1 ? '' : 's'}`];
}

/** A line of the file with its secrets masked. */
function shownLine(source: string, { path, column, width }: Problem): string {
  const masked = maskSecrets(source);
  if (!isSecretKey(path.split('.').at(-1)) || source[column - 1] === '{') return masked;
  // The value is on its own line.
  const start = column - 1;
  const isKey = masked.slice(start, start + width) === path.split('.').at(-1);
  return isKey ? masked : masked.slice(0, start) + '*'.repeat(width) + masked.slice(start + width);
}

/** White space as wide as the first `length` characters of a line, tabs kept. */
function indentLike(line: string, length: number): string {
  return [...line.slice(0, length).padEnd(length)].map((char) => (char === '\t' ? char : ' ')).join('');
}
