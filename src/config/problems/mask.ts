/** Values of the configuration without their secrets. */
import { isSecretKey } from './secrets.ts';

/** Of a fixed length, so that it does not show that of the secret; a valid key, so that the result can be read again. */
const MASK = '********';

/** The value of a key; texts of keys that name a secret are replaced. The file or variable with a key is not secret. */
export function mask(key: string | number | undefined, value: unknown): { value: unknown; masked: boolean } {
  let masked = false;
  const walk = (name: string | number | undefined, inside: unknown): unknown => {
    if (Array.isArray(inside)) return inside.map((item) => walk(name, item));
    if (typeof inside === 'object' && inside !== null) {
      return Object.fromEntries(Object.entries(inside).map(([below, item]) => [below, walk(below, item)]));
    }
    if (!isSecretKey(name) || typeof inside === 'boolean' || inside === null) return inside;
    masked = true;
    return MASK;
  };
  const result = walk(key, value);
  return { value: result, masked };
}
