/** A peer in a thread of its own, so that nothing but the daemon can delay the keepalives that it times. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Peer } from './bgp-peer.mjs';

/** The same from the other side of the thread. */
export class Watcher {
  closed = false;

  static async connect(address, holdSeconds) {
    const watcher = new Watcher();
    watcher.worker = new Worker(new URL(import.meta.url), { workerData: { address, holdSeconds } });
    watcher.worker.unref();
    await watcher.answer();
    return watcher;
  }

  /** The longest time between two keepalives since this was last asked, in milliseconds. */
  async longest() {
    this.worker.postMessage('longest');
    const { longestMs, closed } = await this.answer();
    this.closed = closed;
    return longestMs;
  }

  answer() {
    return once(this.worker, 'message').then(([message]) => message);
  }
}

if (!isMainThread) {
  const { address, holdSeconds } = workerData;
  const peer = await Peer.connect(address, holdSeconds);
  parentPort.on('message', () => {
    const { longestMs, closed } = peer;
    peer.longestMs = 0;
    parentPort.postMessage({ longestMs, closed });
  });
  parentPort.postMessage('established');
}
