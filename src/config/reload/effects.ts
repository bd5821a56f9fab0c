/** Which key of the configuration a field of a specification comes from, and what a change of it costs. */
import type { Reload } from '../values/reload.ts';
import { reloadOf } from './reload-table.ts';
import { same } from './same.ts';

/** The effect of a change of a peer; see `reload.ts`. No setting of a peer needs a restart of the daemon. */
export type How = Exclude<Reload, 'restart'>;

/**
 * The key that a field of a specification comes from. The schema alone defines the effect of a change of a key.
 * A function is used if the effect depends on the values, or on more than one key.
 */
type Row<Value> = string | ((before: Value, after: Value) => Effect);

export type Rows<T> = { readonly [Field in keyof T]: Row<T[Field]> };

export interface Effect {
  readonly key: string;
  readonly how: How;
}

/** A field that the running router keeps until a restart. */
export const settled = (key: string) => (): Effect => ({ key, how: 'live' });
export const always = (key: string, how: How) => (): Effect => ({ key, how });

export interface Change {
  readonly how: How;
  readonly keys: readonly string[];
}

/** Comparisons of parts that many peers share (`SharedSettings`). */
const compared = new WeakMap<object, WeakMap<object, readonly Effect[]>>();

export function partEffects<T extends object, U extends T>(before: U, after: U, rows: Rows<T>): readonly Effect[] {
  const known = compared.get(before) ?? new WeakMap<object, readonly Effect[]>();
  compared.set(before, known);
  const effects = known.get(after) ?? effectsOf(before, after, rows);
  known.set(after, effects);
  return effects;
}

export function effectsOf<T extends object, U extends T>(before: U, after: U, rows: Rows<T>): Effect[] {
  const fields = Object.keys(rows) as (keyof T & string)[];
  return fields
    .filter((field) => !same(before[field], after[field]))
    .map((field) => {
      const row = rows[field];
      return typeof row === 'string' ? { key: row, how: plainHow(row) } : row(before[field], after[field]);
    });
}

/** The effect of a key of peers according to the schema. */
export function plainHow(key: string): How {
  const reload = reloadOf(key);
  if (reload === 'restart') throw new Error(`${key} of a peer cannot need a restart`);
  return reload;
}

const STRENGTH: Readonly<Record<How, number>> = { live: 0, soft: 1, reset: 2 };

export function strongest(effects: readonly Effect[]): Change | null {
  const [first, ...rest] = [...effects].sort((a, b) => STRENGTH[b.how] - STRENGTH[a.how]);
  if (first === undefined) return null;
  return { how: first.how, keys: [...new Set([first, ...rest].map(({ key }) => key))] };
}
