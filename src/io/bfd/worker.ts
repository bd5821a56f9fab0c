/** The thread that BFD runs in, so that neither a long turn of the engine nor garbage collection delays a packet. */
import { parentPort } from 'node:worker_threads';
import { loadLibc } from '../system/libc.ts';
import type { Order } from './messages.ts';
import { BfdRunner } from './runner.ts';

async function run(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('this is a worker');
  await loadLibc();
  const runner = new BfdRunner((news) => port.postMessage(news));
  port.on('message', (order: Order) => runner.obey(order));
}

void run();
