/**
 * The thread that reads a long configuration, for `show config` or for lines that `doctor` names: sends the answers in
 * batches, and null at the end.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type PlacesAsked, placesOf } from './places.ts';
import { type ConfigAsked, readValues } from './values.ts';

const BATCH = 200;

function answersTo(asked: ConfigAsked | PlacesAsked): Iterable<unknown> {
  return 'questions' in asked ? placesOf(asked) : readValues(asked);
}

let batch: unknown[] = [];
for (const value of answersTo(workerData as ConfigAsked | PlacesAsked)) {
  batch.push(value);
  if (batch.length < BATCH) continue;
  parentPort?.postMessage(batch);
  batch = [];
}
parentPort?.postMessage(batch);
parentPort?.postMessage(null);
