/** The JSON Schema of a configuration, for editors and for the reference page. No I/O, no timers. */
import { z } from 'zod';
import type { Reload, ReloadException } from '../schema/reload.ts';
import { configSchema } from '../schema/schema.ts';

/** A node of the JSON Schema, with what only the reference page says. */
export interface SchemaNode {
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
  /** What is right, the default in words, and what a reload does; see `reload.ts`. */
  readonly expects?: string;
  readonly defaultWords?: string;
  readonly reload?: Reload;
  readonly reloadExcept?: ReloadException;
}

/** The schema with what the reference page needs. */
export function describedSchema(): SchemaNode {
  return z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode;
}

/** The schema as JSON text, without what no editor knows. */
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

function withoutNotes({
  expects,
  defaultWords: _words,
  reload: _reload,
  reloadExcept: _except,
  ...rest
}: SchemaNode): SchemaNode {
  const description = rest.description ?? (rest.$ref === undefined ? expects : undefined);
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

function mapValues(nodes: Readonly<Record<string, SchemaNode>>): Record<string, SchemaNode> {
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, withoutNotes(node)]));
}
