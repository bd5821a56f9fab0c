/**
 * `show config`: YAML that `check` reads again. What the file has stands there with its line as a comment; defaults are
 * comments as a whole, so that the output means exactly what the file means.
 */
import { stringify } from 'yaml';
import type { ConfigValueView, ConfigView } from '../../engine/api/config-views.ts';
import { printable } from '../../wire/text.ts';
import type { Output } from '../text/output.ts';

type Path = ConfigValueView['path'];

/** Sections whose values are long: one line per key, not one per value. */
const BLOCKS: ReadonlySet<unknown> = new Set(['policies', 'sets', 'tests']);

export async function writeConfig(views: AsyncIterable<ConfigView>, output: Output): Promise<void> {
  const writer = new YamlWriter();
  for await (const view of views) {
    const lines = view.kind === 'note' ? [`# note: ${printable(view.text)}`] : writer.linesOf(view);
    const isComment = view.kind === 'note' || view.source === 'default';
    for (const line of lines) await output.line(isComment ? output.paint(line, 'grey') : line);
  }
}

class YamlWriter {
  /** The mappings and lists that the last line is in. */
  private open: Path = [];
  private any = false;

  linesOf(view: ConfigValueView): string[] {
    const { path } = view;
    const common = sameStart(this.open, path.slice(0, -1));
    // An item of a list begins with a dash, in front of its first key.
    const isNewItem = (depth: number) => depth >= common && typeof path[depth] === 'number';
    const lines: string[] = [];
    const hash = view.source === 'default' ? '# ' : '';
    if (common === 0 && this.any && path.length > 0) lines.push('');
    this.any = true;
    let dashes = '';
    for (let depth = common; depth < path.length; depth++) {
      const step = path[depth]!;
      const isLast = depth === path.length - 1;
      if (isNewItem(depth) && !isLast) {
        dashes += '- ';
        continue;
      }
      const start = indentOf(depth, dashes) + hash + dashes;
      dashes = '';
      if (isLast) lines.push(...this.valueLines(view, start, depth));
      else if (step === '*') lines.push('# Defaults of groups and peers:');
      else lines.push(`${start}${keyOf(step)}:`);
    }
    this.open = path.slice(0, -1);
    return lines;
  }

  private valueLines(view: ConfigValueView, start: string, depth: number): string[] {
    const { path, value, words } = view;
    const step = path[depth]!;
    const head = typeof step === 'number' ? `${start}-` : `${start}${keyOf(step)}:`;
    if (words !== null) return [`${head}  # ${printable(words)}`];
    const comment = commentOf(view);
    if (typeof step === 'string' && BLOCKS.has(path[0]) && isMapping(value)) {
      const inside = ' '.repeat(2 * depth + 2);
      const block = stringify(value, { ...YAML, collectionStyle: 'block' })
        .trimEnd()
        .split('\n');
      return [`${head}${comment}`, ...block.map((line) => inside + line)];
    }
    return [`${head} ${inlineOf(value)}${comment}`];
  }
}

const YAML = {
  schema: 'core',
  lineWidth: 0,
  blockQuote: false,
  aliasDuplicateObjects: false,
  flowCollectionPadding: true,
} as const;

/** On one line. */
function inlineOf(value: unknown): string {
  const text = stringify(value, { ...YAML, collectionStyle: 'flow' }).trimEnd();
  return text.includes('\n') ? JSON.stringify(value) : text;
}

function keyOf(step: string | number): string {
  return inlineOf(step);
}

function commentOf({ source, place, masked, defaults, path }: ConfigValueView): string {
  const missing = Object.entries(defaults).map(([name, value]) => `${name} ${inlineOf(value)}`);
  const line = place === null ? null : `line ${place.slice(place.lastIndexOf(':') + 1)}`;
  const inherited = source === 'group' && path[0] === 'peers' ? 'group, ' : '';
  const notes = [
    line === null ? null : inherited + line,
    masked ? 'masked' : null,
    missing.length === 0 ? null : `defaults: ${missing.join(', ')}`,
  ].filter((note) => note !== null);
  return notes.length === 0 ? '' : `  # ${notes.join('; ')}`;
}

/** The place of a line: two columns for each step, of which a list item takes its own for the dash. */
function indentOf(depth: number, dashes: string): string {
  return ' '.repeat(Math.max(0, 2 * depth - dashes.length));
}

function sameStart(a: Path, b: Path): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
