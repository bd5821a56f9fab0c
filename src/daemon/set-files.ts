/**
 * Watches the files of prefixes that policies name, by their size and time: a reload follows once a changed file has
 * stayed the same for one interval, so that a file is not read while it is written.
 */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { guarded } from '../io/system/guard.ts';

const INTERVAL_MS = 2000;

/**
 * @param configPath relative paths start at its folder
 * @param files the files in force
 * @param onChange called once for each change, with the file
 * @returns ends the watch
 */
export function watchSetFiles(
  configPath: string,
  files: () => readonly string[],
  onChange: (file: string) => void,
  intervalMs = INTERVAL_MS,
): () => void {
  /** The stamp of each file as it was last read, and as of the last look. */
  const known = new Map<string, { read: string; seen: string }>();
  const look = () => {
    for (const file of files()) {
      const stamp = stampOf(resolve(dirname(configPath), file));
      const { read, seen } = known.get(file) ?? { read: stamp, seen: stamp };
      const isSettled = stamp !== read && stamp === seen && stamp !== '';
      known.set(file, { read: isSettled ? stamp : read, seen: stamp });
      if (isSettled) onChange(file);
    }
  };
  look();
  const timer = setInterval(
    guarded('watching the files of sets', look, () => {}),
    intervalMs,
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** '' for a file that cannot be read: it is being replaced, or the next reload reports it. */
function stampOf(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return '';
  }
}
