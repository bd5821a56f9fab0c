/** The JSON Schema of a configuration, for editors, and with more about each key for the reference page. */
import { z } from 'zod';
import { configSchema } from '../schema/schema.ts';
import type { Topic } from '../settings/setting.ts';
import type { Reload, ReloadException } from '../values/reload.ts';

/** A node of the JSON Schema. The fields of `Notes` are for the reference page only. */
export interface SchemaNode extends Notes {
  readonly $ref?: string;
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

interface Notes {
  /** Valid values, in words, and in a short form for tables. */
  readonly expects?: string;
  readonly values?: string;
  /** Sentences after the description; see `settings.ts`. */
  readonly details?: readonly string[];
  readonly topic?: Topic;
  readonly defaultWords?: string;
  /** The effect of a reload; see `reload.ts`. */
  readonly reload?: Reload;
  readonly reloadExcept?: ReloadException;
}

/** The schema with the notes for the reference page. */
export function describedSchema(): SchemaNode {
  return z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;
}

/** The schema as JSON text, without the notes. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(forEditors(describedSchema()), null, 2)}\n`;
}

/** Editors read `1.10`, an AS number in asdot notation, as a fraction. */
const ASDOT = { type: 'number', exclusiveMinimum: 0, maximum: 65_536 };

function forEditors(schema: SchemaNode): SchemaNode {
  const asNumber = schema.$defs!['as-number']!;
  const $defs = { ...schema.$defs, 'as-number': { ...asNumber, anyOf: [...asNumber.anyOf!, ASDOT] } };
  return withoutNotes({ ...schema, $defs });
}

/** Details become part of the description. */
function withoutNotes({
  expects,
  values: _values,
  details = [],
  topic: _topic,
  defaultWords: _words,
  reload: _reload,
  reloadExcept: _except,
  ...rest
}: SchemaNode): SchemaNode {
  const main = rest.description ?? (rest.$ref === undefined ? expects : undefined);
  const description = main === undefined ? undefined : [main, ...details].map(plainText).join(' ');
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    ...(rest.properties ? { properties: mapValues(rest.properties) } : {}),
    ...(rest.$defs ? { $defs: mapValues(rest.$defs) } : {}),
    ...(rest.items ? { items: withoutNotes(rest.items) } : {}),
    ...(rest.anyOf ? { anyOf: rest.anyOf.map(withoutNotes) } : {}),
    ...(typeof rest.additionalProperties === 'object'
      ? { additionalProperties: withoutNotes(rest.additionalProperties) }
      : {}),
  };
}

/** A sentence without links and without the mark of a list item. */
export function plainText(sentence: string): string {
  return sentence.replace(/^- /, '').replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}

function mapValues(nodes: Readonly<Record<string, SchemaNode>>): Record<string, SchemaNode> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, withoutNotes(node)]));
}
