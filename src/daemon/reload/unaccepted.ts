/**
 * A configuration of the file that must not come into force by a restart: its reload waits for a confirmation, or was taken
 * back. The state file has the configuration that is in force instead, and the digest of the one of the file:
 *
 *   {"version":1,"path":"/etc/…/reflectord.yaml","text":"router: …","digest":"9f86d0…"}
 *
 * It is written before the reload is applied, so that a crash at any moment leads back to what was confirmed. A file that
 * has been edited since is a new decision of the operator, and is applied; one that was only moved or renamed is not.
 * A start looks for the state where the configuration of the file puts it, so a configuration that moves it (`control.socket`,
 * `router.restart-state`) has a copy there.
 */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { readTrusted, replaceFile } from '../../io/system/state-file.ts';
import type { RouterSpec } from '../../spec/router.ts';

const VERSION = 1;
/** Maximum size of the state file; a configuration may have thousands of peers. */
const MAX_BYTES = 64 << 20;

export interface Unaccepted {
  /** The path of the configuration. */
  readonly path: string;
  /** The text of the configuration that is to be in force. */
  readonly text: string;
  /** SHA-256 of the file that is not accepted; null: whatever it has, a reload was under way. */
  readonly digest: string | null;
}

/** Possible paths: beside the list of peers for the next start. */
export function unacceptedPaths(restartStates: readonly string[]): readonly string[] {
  return restartStates.map((path) => `${path.replace(/\.peers$/, '')}.unaccepted`);
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export class UnacceptedFile {
  /** Each: possible paths, the preferred one first. The first row is that of the running daemon. */
  private readonly places: (readonly string[])[];
  private readonly pathsOf: (spec: RouterSpec) => readonly string[];

  /** @param pathsOf the possible paths of a daemon that starts with a specification */
  constructor(paths: readonly string[], pathsOf: (spec: RouterSpec) => readonly string[] = () => paths) {
    this.places = [paths];
    this.pathsOf = pathsOf;
  }

  /** A start may look for the state where this specification puts it. */
  alsoFor(spec: RouterSpec): void {
    const paths = this.pathsOf(spec);
    if (!this.places.some((place) => place.join('\n') === paths.join('\n'))) this.places.push(paths);
  }

  /** Resolves when it is on the disk in all places; the result is why it is not, or null. */
  async save(unaccepted: Unaccepted): Promise<string | null> {
    const text = `${JSON.stringify({ version: VERSION, ...unaccepted })}\n`;
    let problem: string | null = null;
    for (const place of this.places) problem ??= await saveIn(place, text);
    return problem;
  }

  /** Resolves when it is gone; the result is why it is not, or null. */
  async remove(): Promise<string | null> {
    let problem: string | null = null;
    for (const path of this.places.flat()) {
      try {
        await rm(path, { force: true });
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ENOTDIR') problem ??= message;
      }
    }
    return problem;
  }

  /**
   * What is to be in force instead of the file `path` with this text; null: the file.
   * @throws Error if a state file cannot be read, or is not trusted
   */
  read(path: string, text: string): Unaccepted | null {
    for (const place of this.places.flat()) {
      const found = readState(place);
      if (found === null) continue;
      if (found.digest === null ? found.path === path : found.digest === digestOf(text)) return found;
    }
    return null;
  }
}

/** Saves the text in the first path that is writable; the result is why none is, or null. */
async function saveIn(paths: readonly string[], text: string): Promise<string | null> {
  let problem: string | null = null;
  for (const path of paths) {
    try {
      await replaceFile(path, text);
      return null;
    } catch (error) {
      problem ??= (error as Error).message;
    }
  }
  return problem ?? 'there is no directory for it';
}

/** null: there is no such file. @throws Error */
function readState(place: string): Unaccepted | null {
  try {
    const state = JSON.parse(readTrusted(place, MAX_BYTES).text) as Record<string, unknown>;
    const { version, path, text, digest } = state;
    if (version !== VERSION || typeof path !== 'string' || typeof text !== 'string')
      throw new Error('it is not of this version');
    return { path, text, digest: typeof digest === 'string' ? digest : null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Error(`${place}: ${message}`);
  }
}
