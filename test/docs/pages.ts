/** The pages of the documentation, and what in them can be run or parsed: fenced snippets, commands and tables. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../lab/paths.ts';

/** A fenced block. */
export interface Snippet {
  readonly page: string;
  /** Line of the fence in the page. */
  readonly line: number;
  /** Words behind the fence: the language, and what it is for. */
  readonly words: readonly string[];
  readonly text: string;
}

/** README.md and all of docs/. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(REPOSITORY, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function readPage(page: string): string {
  return readFileSync(join(REPOSITORY, page), 'utf8');
}

/** The fenced blocks of a page, in its order; those in lists lose their indentation. */
export function snippetsOf(page: string): Snippet[] {
  const text = readPage(page);
  return [...text.matchAll(/^( *)```(\S[^\n]*)?\n([\s\S]*?)^ *```$/gm)].map(
    ({ index, 1: indent, 2: words, 3: body }) => ({
      page,
      line: text.slice(0, index).split('\n').length,
      words: (words ?? '').split(' ').filter((word) => word !== ''),
      text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );
}

/** The page without its fenced blocks. */
export function proseOf(page: string): string {
  return readPage(page).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** Contents of the code spans of a text. */
export function spansOf(text: string): string[] {
  return [...text.matchAll(/(`+)(.+?)\1/g)].map(([, , content]) => content!.trim());
}

/** The rows of all tables of a text, as cells, without heads and rules. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n');
  const isRow = (line: string | undefined) => line?.startsWith('|') === true;
  return lines
    .filter((line, i) => isRow(line) && !isRule(line) && !isRule(lines[i + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line);
}
