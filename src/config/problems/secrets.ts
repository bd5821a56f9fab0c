/**
 * Keys of sessions: where they are written, where they come from, and how errors speak of them without showing them.
 * Reading files and the environment is the caller's part. No I/O, no timers.
 */
import { Secret } from '../../lib/secret.ts';
import type { PasswordSpec } from '../../spec/transport.ts';

/** Longest key of TCP MD5 that Linux takes, in bytes. */
export const MAX_PASSWORD_BYTES = 80;

/** A key as a configuration has it; `false`: none, where the group has one. */
export type PasswordSetting = string | { readonly file: string } | { readonly env: string } | false;

export type SecretSource = { readonly file: string } | { readonly env: string };

/** What stands in a file or an environment variable, or, in words, why it cannot be read. */
export type ReadSecret = (source: SecretSource) => { readonly bytes: Uint8Array } | { readonly problem: string };

/** For whoever has neither files nor an environment. */
export const readsNothing: ReadSecret = () => ({ problem: 'files and the environment are not read here' });

/** What is wrong with a key, and what would be right. */
export interface PasswordProblem {
  readonly what: string;
  readonly right: string;
}

/** The key that a setting means (null: none), or what is wrong with it. */
export function readPassword(setting: PasswordSetting, read: ReadSecret): PasswordSpec | PasswordProblem | null {
  if (setting === false) return null;
  if (typeof setting === 'string') {
    return { key: new Secret(new TextEncoder().encode(setting)), source: 'the configuration' };
  }
  const isFile = 'file' in setting;
  const source = isFile ? `the file ${setting.file}` : `the environment variable ${setting.env}`;
  const found = read(setting);
  const right = `a ${isFile ? 'file that the daemon may read' : 'variable of the daemon'}, with a key of 1 to ${MAX_PASSWORD_BYTES} bytes`;
  if ('problem' in found) return { what: `${source} gives no key: ${found.problem}`, right };
  const { length } = withoutLineEnd(found.bytes);
  if (length === 0) return { what: `${source} is empty`, right };
  if (length > MAX_PASSWORD_BYTES) return { what: `the key in ${source} has ${length} bytes`, right };
  return { key: new Secret(withoutLineEnd(found.bytes)), source };
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Editors end a file with a line feed, which is no part of the key. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== LINE_FEED) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CARRIAGE_RETURN ? -2 : -1);
}

/** A word with which a key may be written, right or wrong, up to its value. */
const KEY_WORD = /[\w-]*(?:pass(?!iv)|pasw|pwd|md5|secret)[\w-]*["']?\s*[:=]\s*/gi;

/** Whether a key of the configuration is, or is meant to be, that of a secret. */
export function isSecretKey(key: string | number | undefined): boolean {
  return typeof key === 'string' && /pass(?!iv)|pasw|pwd|md5|secret/i.test(key);
}

/** A line of the configuration with asterisks in place of keys, as long as it was. */
export function maskSecrets(line: string): string {
  let masked = line;
  for (const { index, 0: word } of line.matchAll(KEY_WORD)) {
    const start = index + word.length;
    const end = start + valueLength(line.slice(start), line.slice(0, index).includes('{'));
    masked = masked.slice(0, start) + '*'.repeat(end - start) + masked.slice(end);
  }
  return masked;
}

/** Length of the value at the beginning of `rest` that must not be seen. @param inFlow within braces on this line */
function valueLength(rest: string, inFlow: boolean): number {
  // Where a key comes from may be seen.
  if (/^\{\s*["']?(?:file|env)\b/.test(rest)) return 0;
  const quoted = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/.exec(rest)?.[0].length;
  return quoted ?? (inFlow ? /^[^,}]*/ : /^.*/).exec(rest)![0].length;
}
