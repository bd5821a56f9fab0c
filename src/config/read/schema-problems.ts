/** Turns schema errors into findings with clear texts, one per place. */
import type { z } from 'zod';
import type { Finding } from '../problems/findings.ts';
import { nearest } from '../problems/nearest.ts';
import type { Path } from '../problems/problems.ts';
import { isSecretKey, maskSecrets } from '../problems/secrets.ts';
import { type Config, configSchema } from '../schema/schema.ts';
import { SETTINGS } from '../settings/settings.ts';
import { hintFor } from './hints.ts';
import { describeKind, keysOf, schemaAt } from './shape.ts';
import { missingSeparator } from './slips.ts';
import { nodeAt, type SourceNode } from './source.ts';

type Issue = z.core.$ZodIssue;

/** Errors of the shape, and the paths to remove so that the rest is valid. */
interface SchemaProblems {
  /** The configuration, if its shape is valid. */
  readonly config: Config | null;
  readonly findings: Finding[];
  readonly wrong: Path[];
}

/** @param text the whole file */
export function checkShape(root: SourceNode, text: string): SchemaProblems {
  const result = configSchema.safeParse(root.value);
  const found: SchemaProblems = { config: result.data ?? null, findings: [], wrong: [] };
  for (const issue of result.error?.issues ?? []) explain(issue, [], { root, text, found });
  return found;
}

interface Context {
  readonly root: SourceNode;
  readonly text: string;
  readonly found: SchemaProblems;
}

function explain(issue: Issue, base: Path, context: Context): void {
  const path = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) unknownKey([...path, key], context);
    return;
  }
  const inside = issue.code === 'invalid_union' ? insideUnion(issue.errors, nodeAt(context.root, path)) : null;
  if (inside !== null) {
    for (const each of inside) explain(each, path, context);
    return;
  }
  if (issue.code === 'invalid_key') wrongKey(path, context);
  else if (nodeAt(context.root, path) === null) missing(path, context);
  else wrongValue(path, context);
}

/** The issues of the alternative whose kind (list or mapping) matches the value; else null. */
function insideUnion(errors: readonly (readonly Issue[])[], node: SourceNode | null): readonly Issue[] | null {
  if (node?.items === undefined && node?.entries === undefined) return null;
  return (
    errors.find((issues) => issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys')) ?? null
  );
}

function wrongValue(path: Path, { root, text, found }: Context): void {
  const schema = schemaAt(configSchema, path) ?? configSchema;
  const node = nodeAt(root, path)!;
  const { title, expected } = describeKind(schema);
  found.wrong.push(path);
  if (node.value === null) {
    const suggestion = schema.safeParse(undefined).success ? 'remove the key to use its default' : null;
    found.findings.push({ path, what: 'the value is missing', expected, suggestion });
    return;
  }
  const slip = typeof node.value === 'string' && !node.quoted ? missingSeparator(firstLine(node, text)) : null;
  if (slip !== null && keysOf(schema).length > 0) {
    found.findings.push({ path, ...slip });
    return;
  }
  const written = textOf(node, text);
  const secret = isSecretKey(path.at(-1)) && node.entries === undefined && node.items === undefined;
  const suggestion = secret
    ? secretHint(node)
    : hintFor({ node, text: node.quoted ? String(node.value) : written, schema, title });
  const value = secret ? 'this value' : shown(node, maskSecrets(written));
  found.findings.push({ path, what: `${value} is not ${withArticle(title)}`, expected, suggestion });
}

/** A hint for a wrong secret, without showing it. */
function secretHint(node: SourceNode): string | null {
  return typeof node.value === 'string' ? null : 'write it in quotes';
}

function wrongKey(path: Path, { found }: Context): void {
  const name = String(path.at(-1));
  const expected = 'a letter, then up to 63 letters, digits, dots, dashes or underscores';
  found.findings.push({ path, at: 'key', what: `"${name}" is not a group name`, expected });
  found.wrong.push(path);
}

function missing(path: Path, { found }: Context): void {
  const schema = schemaAt(configSchema, path) ?? configSchema;
  const { expected } = describeKind(schema);
  const owner = path.slice(0, -1);
  found.findings.push({ path: owner, at: 'key', absent: true, what: `\`${path.at(-1)}\` is missing`, expected });
  // The router section stays: the rest can be checked without its AS number.
  if (owner[0] !== 'router') found.wrong.push(owner);
}

function unknownKey(path: Path, context: Context): void {
  const { found } = context;
  const key = String(path.at(-1));
  const owner = path.slice(0, -1);
  const known = keysOf(schemaAt(configSchema, owner) ?? configSchema);
  const slip = missingSeparator(key);
  if (slip !== null) {
    found.findings.push({ path, at: 'key', ...slip });
    found.wrong.push(path);
    return;
  }
  if (known.includes(key)) {
    excluded(path, known, context);
    return;
  }
  const meant = meantKey(key, known);
  const expected = meant === null ? `one of ${known.join(', ')}` : `\`${meant}\``;
  const suggestion = meant === null ? placeOf(key) : `did you mean \`${meant}\`?`;
  const what = `unknown key \`${key}\``;
  found.findings.push({ path, at: 'key', what, expected, suggestion });
  found.wrong.push(path);
}

/** A key that is valid here, but not together with another key. */
function excluded(path: Path, known: readonly string[], { root, found }: Context): void {
  const owner = path.slice(0, -1);
  const key = String(path.at(-1));
  const others = [...(nodeAt(root, owner)?.entries?.keys() ?? [])].filter(
    (name) => name !== key && known.includes(name),
  );
  const names = others.map((name) => `\`${name}\``).join(', ');
  const what = `\`${key}\` cannot be combined with ${names}`;
  found.findings.push({ path, at: 'key', what, expected: `one of ${[`\`${key}\``, names].join(', ')}` });
  found.wrong.push(owner);
}

/** Names of our keys in other routing daemons. */
const SYNONYMS: Readonly<Record<string, string>> = {
  asn: 'as',
  'remote-as': 'as',
  'peer-as': 'as',
  'local-as': 'as',
  'router-id': 'id',
  neighbor: 'address',
  neighbors: 'peers',
  'peer-group': 'group',
  'peer-groups': 'groups',
  'rr-client': 'route-reflector-client',
  holdtime: 'hold-time',
  'address-families': 'families',
  'afi-safi': 'families',
  'update-source': 'local-address',
  'source-address': 'local-address',
  'connect-retry': 'connect-retry-time',
  prefix: 'range',
  'listen-range': 'range',
};

/** The valid key that was probably meant. */
function meantKey(key: string, known: readonly string[]): string | null {
  const synonym = SYNONYMS[normal(key)];
  return synonym !== undefined && known.includes(synonym) ? synonym : nearest(key, known);
}

/** The section of a misplaced key, or null if no section has the key. */
function placeOf(key: string): string | null {
  if (Object.hasOwn(SETTINGS, normal(key))) return `\`${normal(key)}\` belongs to a group or a peer`;
  const sections = Object.entries(configSchema.shape);
  const section = sections.find(([, schema]) => keysOf(schema).includes(normal(key)));
  return section === undefined ? null : `\`${normal(key)}\` belongs to \`${section[0]}\``;
}

function normal(key: string): string {
  return key.toLowerCase().replaceAll('_', '-');
}

/** The first line of a plain value. */
function firstLine(node: SourceNode, text: string): string {
  return text.slice(node.span[0], node.span[1]).split('\n', 1)[0]!.trim();
}

function textOf(node: SourceNode, text: string): string {
  return text.slice(node.span[0], node.span[1]).replaceAll(/\s+/g, ' ').trim();
}

const MAX_SHOWN_LENGTH = 40;

/** A value as written in the file, truncated if it is long. */
function shown(node: SourceNode, written: string): string {
  if (node.entries !== undefined) return 'a mapping';
  if (node.items !== undefined) return node.items.length === 0 ? 'an empty list' : 'a list';
  return written.length > MAX_SHOWN_LENGTH ? `${written.slice(0, MAX_SHOWN_LENGTH)}…` : written;
}

function withArticle(title: string): string {
  return `${/^([aeio]|AS\b|IP)/i.test(title) ? 'an' : 'a'} ${title}`;
}
