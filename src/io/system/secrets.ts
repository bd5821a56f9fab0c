/** Reads the files that a configuration names: keys of sessions (also from the environment), and sets of prefixes. */
import { dirname, resolve } from 'node:path';
import type { ReadText } from '../../config/policy/sets.ts';
import type { ReadSecret } from '../../config/problems/secrets.ts';
import { readRegular } from './regular-file.ts';

/** A longer file is not a key. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads each file once, so that the checked key is the key in use; a new reader reads again.
 * @param configPath relative paths start at its folder
 */
export function secretReader(configPath: string, environment: NodeJS.ProcessEnv = process.env): ReadSecret {
  const known = new Map<string, ReturnType<ReadSecret>>();
  return (source) => {
    if ('env' in source) return readVariable(environment[source.env]);
    const path = resolve(dirname(configPath), source.file);
    const found = known.get(path) ?? readKeyFile(path);
    known.set(path, found);
    return found;
  };
}

/** A million prefixes with lengths fit. */
const MAX_TEXT = 64 * 1024 * 1024;

/** Reads files of prefixes. @param configPath relative paths start at its folder */
export function textReader(configPath: string): ReadText {
  return (path) => {
    try {
      const bytes = readRegular(resolve(dirname(configPath), path), MAX_TEXT);
      return bytes.length > MAX_TEXT ? { problem: `it has ${bytes.length} bytes` } : { text: bytes.toString('utf8') };
    } catch (error) {
      return { problem: WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message };
    }
  };
}

function readVariable(value: string | undefined): ReturnType<ReadSecret> {
  return value === undefined ? { problem: 'it is not set' } : { bytes: new TextEncoder().encode(value) };
}

function readKeyFile(path: string): ReturnType<ReadSecret> {
  try {
    const bytes = readRegular(path, MAX_BYTES);
    return bytes.length > MAX_BYTES ? { problem: `it has ${bytes.length} bytes` } : { bytes };
  } catch (error) {
    return { problem: WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'the daemon has no permission to read it',
  EISDIR: 'it is a directory',
};
