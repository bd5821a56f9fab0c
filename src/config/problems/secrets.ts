/**
 * TCP MD5 keys in the configuration: their sources, and errors about them that do not show them. The caller reads files
 * and the environment.
 */
import { Secret } from '../../lib/secret.ts';
import type { PasswordSpec } from '../../spec/transport.ts';

/** Maximum length of a TCP MD5 key in Linux, in bytes. */
export const MAX_PASSWORD_BYTES = 80;

/** A key in the configuration; `false` removes the key of the group. */
export type PasswordSetting = string | { readonly file: string } | { readonly env: string } | false;

type SecretSource = { readonly file: string } | { readonly env: string };

/** Reads a file or an environment variable; `problem` says why it cannot be read. */
export type ReadSecret = (source: SecretSource) => { readonly bytes: Uint8Array } | { readonly problem: string };

/** For callers without files and environment. */
export const readsNothing: ReadSecret = () => ({ problem: 'files and the environment are not read here' });

/** What is wrong with a key, and what is expected. */
interface PasswordProblem {
  readonly what: string;
  readonly expected: string;
}

/** The key of a setting (null: none), or what is wrong with it. */
export function readPassword(setting: PasswordSetting, read: ReadSecret): PasswordSpec | PasswordProblem | null {
  if (setting === false) return null;
  if (typeof setting === 'string') {
    return { key: new Secret(new TextEncoder().encode(setting)), source: 'the configuration' };
  }
  const isFile = 'file' in setting;
  const source = isFile ? `the file ${setting.file}` : `the environment variable ${setting.env}`;
  const found = read(setting);
  const expected = `a ${isFile ? 'file that the daemon can read' : 'variable in the environment of the daemon'} with a key of 1 to ${MAX_PASSWORD_BYTES} bytes`;
  if ('problem' in found) return { what: `cannot read the key from ${source}: ${found.problem}`, expected };
  const { length } = withoutLineEnd(found.bytes);
  if (length === 0) return { what: `${source} is empty`, expected };
  if (length > MAX_PASSWORD_BYTES) return { what: `the key in ${source} has ${length} bytes`, expected };
  return { key: new Secret(withoutLineEnd(found.bytes)), source };
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Editors end a file with a line feed, which is not part of the key. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== LINE_FEED) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CARRIAGE_RETURN ? -2 : -1);
}

/** A key name that may hold a secret, misspelled or not, up to its value. */
const KEY_WORD = /[\w-]*(?:pass(?!iv)|pasw|pwd|md5|secret)[\w-]*["']?\s*[:=]\s*/gi;

/** Whether a key of the configuration names a secret, misspelled or not. */
export function isSecretKey(key: string | number | undefined): boolean {
  return typeof key === 'string' && /pass(?!iv)|pasw|pwd|md5|secret/i.test(key);
}

/** A line of the configuration with its secrets replaced by asterisks of the same length. */
export function maskSecrets(line: string): string {
  let masked = line;
  for (const { index, 0: word } of line.matchAll(KEY_WORD)) {
    const start = index + word.length;
    const end = start + valueLength(line.slice(start), line.slice(0, index).includes('{'));
    masked = masked.slice(0, start) + '*'.repeat(end - start) + masked.slice(end);
  }
  return masked;
}

/** Length of the secret value at the beginning of `rest`. @param inFlow within braces on this line */
function valueLength(rest: string, inFlow: boolean): number {
  // The source of a key is not secret.
  if (/^\{\s*["']?(?:file|env)\b/.test(rest)) return 0;
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(rest)?.[0].length;
  return quoted ?? (inFlow ? /^[^,}]*/ : /^.*/).exec(rest)![0].length;
}

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
