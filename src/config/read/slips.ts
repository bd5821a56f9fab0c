/**
 * Typing mistakes that YAML reports in a misleading way: a key that is indented too deeply, a missing colon, or a missing
 * space after it. Each is looked for on the line of the error.
 */
import { reloadTable } from '../reload/reload-table.ts';
import type { SourceFault } from './source.ts';

/** A text without the colon or the space between key and value, or null. */
export function missingSeparator(text: string): { readonly what: string; readonly expected: string } | null {
  const joined = /^([a-z][\w-]*):(\S.*)$/i.exec(text);
  if (joined !== null && isKey(joined[1]!)) {
    const expected = `\`${joined[1]}: ${joined[2]!.trim()}\``;
    return { what: `\`${text.trim()}\` has no space after the colon`, expected };
  }
  const apart = /^([a-z][\w-]*)\s+([^\s:].*)$/i.exec(text);
  if (apart === null || !isKey(apart[1]!)) return null;
  return { what: `\`${text.trim()}\` has no colon`, expected: `\`${apart[1]}: ${apart[2]!.trim()}\`` };
}

/** The mistake on the line of an error at `offset`, or on the next line; null if there is none. */
export function slipAt(text: string, offset: number): SourceFault | null {
  const lines = [lineAt(text, offset)];
  const next = lineAfter(text, lines[0]!.end);
  const own = withoutSeparator(lines[0]!);
  return own ?? (next === null ? null : tooDeep(lines[0]!, next));
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** Column of the first character of the key, after the dash of a list and its spaces. */
  readonly column: number;
  /** The line from there, without its comment. */
  readonly rest: string;
}

function withoutSeparator({ start, column, rest }: Line): SourceFault | null {
  const words = missingSeparator(rest);
  const from = start + column;
  return words === null ? null : { path: [], span: [from, from + Math.max(1, rest.trimEnd().length)], ...words };
}

/** `as: 64512` with a deeper key on the next line: a mapping cannot begin after a value. */
function tooDeep(above: Line, below: Line): SourceFault | null {
  const [, owner] = /^([\w-]+):\s+[^\s|>{["'&*].*$/.exec(above.rest) ?? [];
  const [, key] = /^([\w-]+):(\s|$)/.exec(below.rest) ?? [];
  if (owner === undefined || key === undefined || below.column <= above.column) return null;
  const from = below.start + below.column;
  return {
    path: [],
    span: [from, from + key.length],
    what: `\`${key}\` is indented deeper than \`${owner}\` above it, which already has a value`,
    expected: `\`${key}\` exactly below \`${owner}\`, after ${above.column} spaces`,
  };
}

function lineAt(text: string, offset: number): Line {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const found = text.indexOf('\n', Math.max(start, offset));
  const end = found < 0 ? text.length : found;
  const whole = text.slice(start, end).replace(/\r$/, '');
  const column = /^\s*(?:-\s+)*/.exec(whole)![0].length;
  return { start, end, column, rest: whole.slice(column).replace(/\s+#.*$/, '') };
}

/** The next line that is not blank and not a comment. */
function lineAfter(text: string, end: number): Line | null {
  const rest = /^(?:\n[ \t\r]*(?:#[^\n]*)?)*\n(?=[ \t]*[^\s#])/.exec(text.slice(end, end + 10_000));
  return rest === null ? null : lineAt(text, end + rest[0].length);
}

let keys: Set<string> | null = null;

/** Whether a key of the configuration has this name. */
function isKey(name: string): boolean {
  keys ??= new Set([...reloadTable().keys()].map((path) => path.split('.').at(-1)!.replace('[]', '')));
  return keys.has(name);
}
