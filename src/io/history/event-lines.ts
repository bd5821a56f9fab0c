/** Reads the files of the history, the older one first. */
import { type FileHandle, open } from 'node:fs/promises';
import type { KeptEvent } from '../../engine/events/kept-events.ts';
import { LineSplitter } from '../system/lines.ts';

const CHUNK_BYTES = 65_536;
/** No line of ours is longer. */
const MAX_LINE = 1 << 20;

/** The events of `PATH.1` and `PATH`; `undefined` for a line that is none. A missing file has no events. */
export async function* readEvents(path: string): AsyncGenerator<KeptEvent | undefined> {
  // The newer one is opened first: if it is renamed meanwhile, its events come twice, and are not missing.
  const newer = await openIfThere(path);
  const older = await openIfThere(`${path}.1`);
  try {
    if (older !== null) yield* eventsOf(older);
    if (newer !== null) yield* eventsOf(newer);
  } finally {
    await older?.close();
    await newer?.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch {
    return null;
  }
}

async function* eventsOf(file: FileHandle): AsyncGenerator<KeptEvent | undefined> {
  const lines = new LineSplitter(MAX_LINE);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
    if (bytesRead === 0) return;
    for (const line of lines.push(chunk.subarray(0, bytesRead)) ?? []) yield eventOf(line);
  }
}

function eventOf(line: string): KeptEvent | undefined {
  try {
    const event = JSON.parse(line) as KeptEvent;
    const isOurs =
      typeof event.cursor === 'number' && typeof event.event === 'string' && typeof event.fields === 'object';
    return isOurs ? event : undefined;
  } catch {
    return undefined;
  }
}
