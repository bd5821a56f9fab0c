/** A peer in a thread of its own, so that nothing but the daemon can delay the keepalives that it times. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Peer } from './bgp-peer.mjs';

const TICK_MS = 5;

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

  /**
   * In milliseconds, since this was last asked: the longest time between two keepalives, and how late the latest call of
   * a timer of this thread was, which does nothing else: that much any process was held up by the machine.
   */
  async longest() {
    this.worker.postMessage('longest');
    const { longestMs, timerMs, closed } = await this.answer();
    this.closed = closed;
    return { longestMs, timerMs };
  }

  answer() {
    return once(this.worker, 'message').then(([message]) => message);
  }
}

if (!isMainThread) {
  const { address, holdSeconds } = workerData;
  const peer = await Peer.connect(address, holdSeconds);
  let timerMs = 0;
  let lastMs = performance.now();
  setInterval(() => {
    const nowMs = performance.now();
    timerMs = Math.max(timerMs, nowMs - lastMs - TICK_MS);
    lastMs = nowMs;
  }, TICK_MS);
  parentPort.on('message', () => {
    const { longestMs, closed } = peer;
    parentPort.postMessage({ longestMs, timerMs, closed });
    peer.longestMs = 0;
    timerMs = 0;
  });
  parentPort.postMessage('established');
}
