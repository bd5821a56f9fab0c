/** The reference page of the configuration (docs/CONFIG.md), made from its schema. */
import { block, defaultOf, inlineExample, markdownTable } from './markdown.ts';
import { configSections, type KeyEntry, type Section } from './sections.ts';

export const INTRODUCTION = `# Configuration

Made from the schema in the source by \`npm run generate\`; do not edit.

The configuration is one YAML file. \`reflectord check FILE\` reports every error with its line, its column and the expected
value. \`reflectord run FILE\` starts the daemon with it. A key that is not on this page is an error.

\`\`\`yaml
# yaml-language-server: $schema=./schema.json
router:
  as: 64512
  id: 10.99.0.1
groups:
  nodes:
    as: internal
    route-reflector-client: true
    dynamic:
      - range: 10.99.0.0/16
\`\`\`

[\`config/\`](../config) has more examples, and \`config/schema.json\` for editors.

- Times are whole seconds without a unit.
- AS numbers have up to four octets. Asdot notation is accepted: \`1.10\` is 65546.
- Quote an address that ends in a colon (\`"::"\`), and an IPv6 address with a port (\`"[::1]:9179"\`).
- Booleans are \`true\` and \`false\`. In YAML 1.2, \`yes\`, \`no\`, \`on\` and \`off\` are plain words.
- Anchors, aliases and merge keys (\`<<\`) are supported.

A setting can stand in a group, in a peer, or in both. The value of the peer overrides that of its group; a missing setting
has its default.

## Reload

\`SIGHUP\` or \`reflectord reload\` reads the file again. A file with errors changes nothing. Otherwise only the differences are
applied. The column "On reload" shows how a change of a key is applied:

- **live**: at once, and no session is touched. A setting of new connections applies to the next connection.
- **soft**: the session stays up. Its routes are re-evaluated, and the differences are sent.
- **reset**: the session of the peer is closed and established again, because the change affects how it opens.
- **restart**: at the next start of the daemon. Until then \`reload\`, \`status\`, \`/healthz\` and the log report it.

New peers are started. Removed peers are stopped, and so are the peers of a removed range.

A reload is applied as a whole or not at all. Whatever can fail (listen addresses, the address of the metrics, TCP MD5 keys)
is tried first. If one of them fails, the previous configuration stays in force, sockets included.

\`reflectord reload\` lists what it added, removed, changed and reset, what needs a restart, and what failed (\`--json\` for
scripts). Its exit status is:

- **0**: the whole file is in force.
- **1**: an error; nothing changed.
- **3**: the guard refused it; nothing changed.
- **4**: a part failed that cannot be tried first.
- **6**: in force, but for changes that need a restart.

\`plan\` exits with 5 if the reload would close established sessions, and with 6 if changes need a restart.
`;

/** The whole page. */
export function renderConfigReference(): string {
  const sections = configSections();
  const contents = ['Reload', ...sections.map(({ title }) => title)].map((title) => `- [${title}](#${anchor(title)})`);
  const [head, reload] = INTRODUCTION.split(/(?=^## Reload$)/m);
  return [head!.trimEnd(), `## Contents\n\n${contents.join('\n')}`, reload!.trimEnd(), ...sections.map(sectionText)]
    .join('\n\n')
    .concat('\n');
}

/** The anchor that GitHub gives a heading. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}

function sectionText({ title, introduction, keys }: Section): string {
  const rows = keys.flatMap((key) => tableRows(key, key));
  const table = markdownTable(['Key', 'Values', 'Default', 'On reload'], rows);
  return [`## ${title}`, introduction, table.trimEnd(), ...keys.map(keyText)].join('\n\n');
}

/** A row per key. A nested key links to the heading of the key that it belongs to. */
function tableRows(entry: KeyEntry, top: KeyEntry): string[][] {
  const { name, values, reload, reloadExcept, nested } = entry;
  const effect = reloadExcept === null ? (reload ?? '') : `${reload}, ${reloadExcept.effect}`;
  const row = [`[\`${name}\`](#${anchor(top.path)})`, values, defaultOf(entry), effect];
  return [row, ...nested.flatMap((key) => tableRows(key, top))];
}

function keyText(entry: KeyEntry): string {
  const { path, description, details, examples, nested } = entry;
  const example = examples.map(block).join('\n# or\n');
  return [
    `### ${path}`,
    ...paragraphs([description, ...details]),
    ...notes(entry),
    ...(nested.length === 0 ? [] : [nested.flatMap(nestedItems).join('\n')]),
    ...(example === '' ? [] : [`\`\`\`yaml\n${example}\n\`\`\``]),
  ].join('\n\n');
}

/** Sentences as paragraphs; those that begin with `- ` are the items of a list. */
function paragraphs(sentences: readonly string[]): string[] {
  const texts: string[] = [];
  let wasItem: boolean | null = null;
  for (const sentence of sentences) {
    const isItem = sentence.startsWith('- ');
    texts.push(isItem === wasItem ? `${texts.pop()}${isItem ? '\n' : ' '}${sentence}` : sentence);
    wasItem = isItem;
  }
  return texts;
}

/** What the table has no room for. */
function notes({ values, expects, reload, reloadExcept }: KeyEntry): string[] {
  const isVague = /^(IP address|prefix|text.*|path|name|dotted quad)$/.test(values);
  return [
    ...(isVague ? [`Value: ${expects}.`] : []),
    ...(reloadExcept === null ? [] : [`On reload: ${reload}; ${reloadExcept.effect} ${reloadExcept.when}.`]),
  ];
}

function nestedItems(entry: KeyEntry): string[] {
  const { name, description, details, nested } = entry;
  const texts = [
    description,
    ...details.map((one) => one.replace(/^- /, '')),
    ...notes(entry),
    ...inlineExample(entry),
  ];
  const text = texts.join(' ');
  return [`- **${name}**: ${text}`, ...nested.flatMap(nestedItems)];
}
