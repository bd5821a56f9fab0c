/** Which configuration a start applies: that of the file, or the one that was in force before a reload nobody accepted. */
import type { RouterSpec } from '../../spec/router.ts';
import { type ConfigRead, resolveText } from '../reload/read-config.ts';
import { UnacceptedFile, unacceptedPaths } from '../reload/unaccepted.ts';
import { restartStatePaths } from './restart-state.ts';

type Read = Extract<ConfigRead, { ok: true }>;

interface AtStart {
  readonly config: Read;
  /** Why the configuration in force is not that of the file, or why it should not be; null: it is. */
  readonly undone: string | null;
}

/** Where a daemon that starts with a specification looks for the state of a configuration that was not accepted. */
export function unacceptedPathsOf({ restartState, controlSocket }: RouterSpec): readonly string[] {
  return unacceptedPaths(restartStatePaths(restartState, controlSocket));
}

export function configAtStart(file: Read, path: string): AtStart {
  const state = new UnacceptedFile(unacceptedPathsOf(file.spec));
  try {
    const unaccepted = state.read(path, file.source);
    if (unaccepted === null) return { config: file, undone: null };
    const config = resolveText(unaccepted.text, path);
    if (config.ok)
      return {
        config,
        undone: `${NOT_CONFIRMED}: ${BEFORE} is in force, and ${path} still has the newer one, which \`reload\` applies`,
      };
    return {
      config: file,
      undone: `${NOT_CONFIRMED}, and ${BEFORE} cannot be brought back: ${config.errors.join('; ')}`,
    };
  } catch (error) {
    return {
      config: file,
      undone: `it is not known whether ${path} was confirmed, and it is in force: ${(error as Error).message}`,
    };
  }
}

const NOT_CONFIRMED = 'the configuration of the file was not confirmed, or was undone, before the daemon ended';
const BEFORE = 'the configuration before';
