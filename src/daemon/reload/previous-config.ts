/** The file with the text of the configuration that `reload --undo` brings back; only its owner reads it. */
import { replaceFile } from '../../io/system/state-file.ts';

/** Possible paths: beside the list of peers for the next start. */
export function previousPaths(restartStates: readonly string[]): readonly string[] {
  return restartStates.map((path) => `${path.replace(/\.peers$/, '')}.previous.yaml`);
}

export class PreviousConfig {
  private readonly paths: readonly string[];

  constructor(paths: readonly string[]) {
    this.paths = paths;
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
