/** The thread in which a reload reads the configuration, so that the router works meanwhile. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { guarded } from '../../io/system/guard.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { FAMILIES, useFamily } from '../../wire/families.ts';
import type { ReadOrder } from './read-apart.ts';
import { readConfig } from './read-config.ts';
import { piecesOf } from './spec-pieces.ts';

async function run({ path, running, families, pieces }: ReadOrder & { readonly pieces: MessagePort }): Promise<void> {
  // The ids of families depend on the order in which they were taken into use.
  for (const name of families) useFamily(KNOWN_FAMILIES.find((kind) => kind.name === name)!);
  const read = await readConfig(path, running);
  for (const piece of piecesOf(read)) pieces.postMessage(piece);
  // The thread stays until its pieces are read, and is ended then.
  parentPort!.on(
    'message',
    guarded('a message to the thread that reads the configuration', () => {}),
  );
  parentPort!.postMessage(FAMILIES.map(({ name }) => name));
}

void run(workerData);
