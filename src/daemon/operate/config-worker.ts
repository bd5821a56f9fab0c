/** The thread that reads a long configuration for `show config`: sends the values in batches, and null at the end. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ConfigView } from '../../engine/api/config-views.ts';
import { type ConfigAsked, readValues } from './config-values.ts';

const BATCH = 200;

let batch: ConfigView[] = [];
for (const value of readValues(workerData as ConfigAsked)) {
  batch.push(value);
  if (batch.length < BATCH) continue;
  parentPort?.postMessage(batch);
  batch = [];
}
parentPort?.postMessage(batch);
parentPort?.postMessage(null);
