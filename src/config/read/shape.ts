/** Looks up the kind of value at a path of the schema, and its description. */
import { z } from 'zod';
import type { Path } from '../problems/problems.ts';

/** The name of a kind of value, and its valid values. */
interface Words {
  readonly title: string;
  readonly expected: string;
}

/** The kind at a path below `schema`, or null. */
export function schemaAt(schema: z.ZodType, path: Path): z.ZodType | null {
  let found: z.ZodType | null = schema;
  for (const step of path) found = found === null ? null : childOf(found, step);
  return found;
}

function childOf(schema: z.ZodType, step: string | number): z.ZodType | null {
  for (const kind of alternatives(schema)) {
    if (kind instanceof z.ZodObject && typeof step === 'string' && Object.hasOwn(kind.shape, step)) {
      return kind.shape[step] as z.ZodType;
    }
    if (kind instanceof z.ZodRecord) return kind.valueType as z.ZodType;
    if (kind instanceof z.ZodArray && typeof step === 'number') return kind.element as z.ZodType;
  }
  return null;
}

/** The schema without optional and default wrappers; the parts of a union. */
export function alternatives(schema: z.ZodType): z.ZodType[] {
  const kind = unwrap(schema);
  if (kind instanceof z.ZodUnion) return kind.options.flatMap((option) => alternatives(option as z.ZodType));
  return [kind];
}

function unwrap(schema: z.ZodType): z.ZodType {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

/** Keys of the mapping that a schema describes. */
export function keysOf(schema: z.ZodType): string[] {
  return alternatives(schema).flatMap((kind) => (kind instanceof z.ZodObject ? Object.keys(kind.shape) : []));
}

/** The words that are valid values. */
export function wordsOf(schema: z.ZodType): string[] {
  return alternatives(schema).flatMap((kind) => {
    if (kind instanceof z.ZodEnum) return kind.options.map(String);
    return kind instanceof z.ZodLiteral ? [...kind.values].filter((value) => typeof value === 'string') : [];
  });
}

/** The name and the valid values of a schema. */
export function describeKind(schema: z.ZodType): Words {
  const inner = unwrap(schema);
  const { title, expects } = { ...inner.meta(), ...schema.meta() };
  return { title: title ?? 'value', expected: String(expects ?? `a mapping with ${keysOf(inner).join(', ')}`) };
}
