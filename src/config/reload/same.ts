/** Whether two specifications, or parts of them, are the same. */
import { Secret } from '../../lib/secret.ts';

/** Equality of plain data, bytes included. The order of keys does not matter, the order of lists does. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Secret && b instanceof Secret) return a.equals(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((octet, at) => octet === b[at]);
  }
  // A thousand peers have tens of thousands of fields: no lists of keys are joined for each.
  const keys = Object.keys(a) as (keyof typeof a)[];
  const isAlike = keys.length === Object.keys(b).length && keys.every((key) => key in b);
  return sameFields(a, b, isAlike ? keys : [...keys, ...(Object.keys(b) as typeof keys)]);
}

function sameFields<T extends object>(a: T, b: T, keys: readonly (keyof T)[]): boolean {
  for (const key of keys) if (!same(a[key], b[key])) return false;
  return true;
}
