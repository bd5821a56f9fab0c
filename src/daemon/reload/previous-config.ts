/** The file with the text of the configuration that `reload --undo` brings back; only its owner reads it. */
import { replaceFile } from '../../io/system/state-file.ts';
import type { UnacceptedFile } from './unaccepted.ts';

/** Possible paths: beside the list of peers for the next start. */
export function previousPaths(restartStates: readonly string[]): readonly string[] {
  return restartStates.map((path) => `${path.replace(/\.peers$/, '')}.previous.yaml`);
}

export class PreviousConfig {
  /** The state of a file that a restart must not apply. */
  readonly unaccepted: UnacceptedFile;
  private readonly paths: readonly string[];

  constructor(paths: readonly string[], unaccepted: UnacceptedFile) {
    this.paths = paths;
    this.unaccepted = unaccepted;
  }

  /** Replaces the text; returns the path, or null if none is writable. */
  async savePrevious(text: string): Promise<string | null> {
    for (const path of this.paths) {
      try {
        await replaceFile(path, text);
        return path;
      } catch {
        // The next path; without any, the daemon still has the configuration itself.
      }
    }
    return null;
  }
}
