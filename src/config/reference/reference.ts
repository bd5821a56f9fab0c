/** The reference page of the configuration (docs/CONFIG.md), made from its schema. No I/O, no timers. */
import { stringify } from 'yaml';
import type { Reload } from '../schema/reload.ts';
import { SETTINGS } from '../schema/settings.ts';
import { describedSchema, type SchemaNode } from './json-schema.ts';

/** The whole page. */
export function renderConfigReference(): string {
  const schema = describedSchema();
  const page = new Page(schema);
  const { router, listen, groups, peers, fib, metrics, control, log } = schema.properties!;
  const group = groups!.additionalProperties as SchemaNode;
  const peer = peers!.items!;
  return [
    INTRODUCTION,
    page.section('router', router!),
    page.section('listen', listen!, listen!.items!),
    page.section(
      'groups',
      groups!,
      only(group, (name) => !(name in SETTINGS)),
    ),
    page.section(
      'peers',
      peers!,
      only(peer, (name) => !(name in SETTINGS)),
    ),
    `## Settings of groups and peers\n\n${SETTINGS_WORDS}\n\n${page.keys(only(group, (name) => name in SETTINGS))}`,
    page.section('fib', fib!),
    page.section('metrics', metrics!, metrics!.anyOf![0]!),
    page.section('control', control!),
    page.section('log', log!),
  ].join('\n');
}

const INTRODUCTION = `# Configuration

Made from the schema in the source by \`npm run generate\`; do not edit.

A configuration is a YAML file. \`reflectord check FILE\` says everything that is wrong with it, with line and column, and
what would be right; \`reflectord run FILE\` starts the daemon with it. A key that is not on this page is an error.
[\`config/\`](../config) has examples, and \`config/schema.json\` for editors:

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

- Times are whole seconds, without a unit.
- An AS number may have four octets, and may be in asdot notation: \`1.10\` is 65546.
- An address that ends in a colon needs quotes: \`"::"\`. So do an IPv6 address and port: \`"[::1]:9179"\`.
- \`yes\`, \`no\`, \`on\` and \`off\` are words in YAML 1.2; a boolean is \`true\` or \`false\`.
- Anchors, aliases and merge keys (\`<<\`) may be used.

## Reload

\`SIGHUP\` or \`reflectord reload\` reads the file again. A file with errors changes nothing. Else only what differs is
touched; "On reload" below says how:

- **live**: in force at once; no session is touched. What concerns the making of connections counts from the next one.
- **soft**: the session stays; its routes are judged anew, and what is different is sent.
- **reset**: the session of the peer ends and a new one begins, because it could not have been opened this way.
- **restart**: waits for the next start; \`reload\`, \`status\`, \`/healthz\` and the log say so until then.

A new peer is started, one that is gone is stopped, and so are the peers of a range that is gone.

What can fail (addresses to listen on, the address of the metrics, keys of sockets) is tried before anything changes.
If one of these fails, nothing changes at all: the configuration before stays in force, sockets included.

\`reflectord reload\` prints what was added, removed, changed and reset by name, what waits for a restart and what failed
(with \`--json\` as an object). Its exit code is 0 when all of the file is in force, 1 when nothing changed because of an
error, 3 when something waits for a restart, and 4 when a part failed that could not be tried beforehand.
`;

const SETTINGS_WORDS = `Each of these may stand in a group, in a peer, or in both; what the peer says goes first. A peer without a group, and a
group that leaves a key out, have the default.`;

/** A part of a mapping's keys. */
function only(node: SchemaNode, test: (name: string) => boolean): SchemaNode {
  const entries = Object.entries(node.properties!).filter(([name]) => test(name));
  return { ...node, properties: Object.fromEntries(entries) };
}

class Page {
  private readonly defs: Readonly<Record<string, SchemaNode>>;

  constructor(schema: SchemaNode) {
    this.defs = schema.$defs ?? {};
  }

  /** @param mapping what has the keys, when it is not the section itself */
  section(name: string, node: SchemaNode, mapping: SchemaNode = node): string {
    const fallback = node.default === undefined || isEmpty(node.default) ? [] : [`Default: \`${flow(node.default)}\`.`];
    return `## ${name}\n\n${[node.description, ...fallback].join(' ')}\n\n${this.keys(mapping)}`;
  }

  keys(mapping: SchemaNode): string {
    return markdownTable(['Key', 'Values', 'Default', 'On reload', 'Meaning'], this.rows(mapping, ''));
  }

  /** A row for each key, followed by those of the keys within it. */
  private rows({ properties = {}, required = [] }: SchemaNode, prefix: string, inherited?: Reload): string[][] {
    return Object.entries(properties).flatMap(([name, node]) => [
      [
        `\`${prefix}${name}\``,
        this.valuesOf(node),
        required.includes(name) ? 'required' : defaultOf(node),
        reloadWords(node, inherited),
        `${node.description ?? ''}${examplesOf(name, node)}`,
      ],
      ...this.rows(node, `${prefix}${name}.`, node.reload ?? inherited),
      ...(node.anyOf ?? []).flatMap((each) =>
        this.rows(described(each), `${prefix}${name}.`, node.reload ?? inherited),
      ),
      ...this.rows(node.items ?? {}, `${prefix}${name}[].`, node.reload ?? inherited),
    ]);
  }

  private valuesOf(node: SchemaNode): string {
    const expects = node.expects ?? this.defs[node.$ref?.split('/').at(-1) ?? '']?.expects;
    return expects ?? '';
  }
}

/** What a reload does with a changed value; a key within another does what that does. */
function reloadWords({ reload, reloadExcept }: SchemaNode, inherited: Reload | undefined): string {
  const words = reload ?? inherited ?? '';
  return reloadExcept === undefined ? words : `${words}; ${reloadExcept.effect}: ${reloadExcept.when}`;
}

/** One of several kinds of value, with the keys that need words. */
function described({ properties = {}, ...node }: SchemaNode): SchemaNode {
  const entries = Object.entries(properties).filter(([, { description }]) => description !== undefined);
  return { ...node, properties: Object.fromEntries(entries) };
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function defaultOf(node: SchemaNode): string {
  if (node.defaultWords !== undefined) return node.defaultWords;
  if (node.default === '') return 'none';
  return node.default === undefined ? '' : `\`${flow(node.default)}\``;
}

function examplesOf(name: string, { examples = [] }: SchemaNode): string {
  const shown = examples.map((example) => `\`${name}: ${flow(example)}\``);
  return shown.length === 0 ? '' : ` Example: ${shown.join(', ')}`;
}

/** A value as YAML on one line; an AS number in asdot notation as people write it. */
function flow(value: unknown): string {
  if (typeof value === 'string' && /^\d+\.\d+$/.test(value)) return value;
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`);
  return `${lines.join('\n')}\n`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
