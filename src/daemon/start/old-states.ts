/**
 * Removes lists of peers that no daemon can use any more. Each control socket has its own list, so a daemon that starts
 * with another socket leaves one behind. A running daemon touches its list every few seconds; a list is useless when its
 * age exceeds the time for which peers keep routes, which the list has.
 */
import { constants } from 'node:fs';
import { lstat, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSink } from '../../engine/events/events.ts';

/** The name of a list ends with this. */
export const SUFFIX = '.peers';
/** A list is written under this name first: `.NAME.peers.new`. */
const PARTIAL = /^\..*\.peers\.new$/;
/** A partial file is renamed within seconds, unless the daemon ends meanwhile. */
const PARTIAL_MS = 3_600_000;
/** For a list without that time: the longest restart time (12 bits, RFC 4724 3) and stale time (24 bits, RFC 9494 3). */
const LONGEST_MS = (0xfff + 0xffffff) * 1000;
/** The time is in the first octets of a list. */
const HEAD = 128;
const DAY_MS = 86_400_000;

/**
 * Removes them from the state directory; what cannot be removed stays, without an error.
 * @param nowMs since the epoch
 * @param own paths of the running daemon, which may be about to write them
 */
export async function removeOldStates(
  directory: string,
  nowMs: number,
  own: readonly string[],
  events: EventSink,
): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const isPartial = PARTIAL.test(name);
    if (!isPartial && !name.endsWith(SUFFIX)) continue;
    const path = join(directory, name);
    if (own.includes(path)) continue;
    try {
      const { mtimeMs, uid } = await lstat(path);
      const ageMs = nowMs - mtimeMs;
      // Files of other users are not ours, whatever their names are.
      if (uid !== process.geteuid?.() || ageMs <= (isPartial ? PARTIAL_MS : await usefulMs(path))) continue;
      await unlink(path);
      events.emit({ name: 'daemon.restart-state-removed', path, days: Math.floor(ageMs / DAY_MS) });
    } catch {
      // It is gone, or it stays.
    }
  }
}

/** How long a list is useful after its daemon has ended. */
async function usefulMs(path: string): Promise<number> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const kept = /^\{"version":\d+,"keptSeconds":(\d+)/.exec(buffer.toString('latin1', 0, bytesRead));
    return kept === null ? LONGEST_MS : Math.min(LONGEST_MS, Number(kept[1]) * 1000);
  } finally {
    await file.close();
  }
}
