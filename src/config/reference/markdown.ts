/** Pieces of Markdown that the reference page and the manual share. */
import { stringify } from 'yaml';
import type { KeyEntry } from './sections.ts';

/** The default for a table; '' for none. */
export function defaultOf({ fallback, fallbackWords }: KeyEntry): string {
  if (fallbackWords !== null) return fallbackWords;
  return fallback === undefined || isEmpty(fallback) ? '' : `\`${flow(fallback)}\``;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** The first example in a sentence; none if the key has none. */
export function inlineExample({ examples: [first] }: KeyEntry): string[] {
  return first === undefined ? [] : [`Example: \`${flow(first).replace(/^\{ (.*) \}$/, '$1')}\`.`];
}

/** A value as YAML on one line. */
function flow(value: unknown): string {
  return asdot(stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim());
}

/** A value as YAML on several lines. */
export function block(value: unknown): string {
  return asdot(stringify(value, { lineWidth: 0, flowCollectionPadding: true }).trim());
}

/** An AS number in asdot notation without quotes, as people write it. */
function asdot(text: string): string {
  return text.replaceAll(/"(\d+\.\d+)"/g, '$1');
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
