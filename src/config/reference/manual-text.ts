/** The reference of the configuration as Markdown for the manual: one table per section, with everything about a key. */
import { plainText } from './json-schema.ts';
import { defaultOf, inlineExample, markdownTable } from './markdown.ts';
import { INTRODUCTION } from './reference.ts';
import { configSections, type KeyEntry, type Section } from './sections.ts';

export function renderConfigOutline(): string {
  return [INTRODUCTION, ...configSections().map(sectionText)].join('\n');
}

function sectionText({ title, introduction, keys }: Section): string {
  const rows = keys.flatMap((key) => [key, ...flatten(key)]).map(row);
  return `## ${title}\n\n${introduction}\n\n${markdownTable(['Key', 'Values', 'Default', 'On reload', 'Meaning'], rows)}`;
}

function flatten({ nested }: KeyEntry): KeyEntry[] {
  return nested.flatMap((key) => [key, ...flatten(key)]);
}

function row(entry: KeyEntry): string[] {
  const { name, expects, values, description, details, reload, reloadExcept } = entry;
  const effect = reloadExcept === null ? (reload ?? '') : `${reload}; ${reloadExcept.effect} ${reloadExcept.when}`;
  return [
    `\`${name}\``,
    expects === '' ? values : expects,
    defaultOf(entry),
    effect,
    [description, ...details.map(plainText), ...inlineExample(entry)].join(' '),
  ];
}
