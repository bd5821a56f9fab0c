/** Loaded into the daemon: writes what only the process itself knows, a line of JSON each time, to SOAK_PROBE. */
const { appendFileSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { isMainThread } = require('node:worker_threads');

const EVERY_MS = Number(process.env.SOAK_PROBE_MS ?? 10_000);
const file = process.env.SOAK_PROBE;

if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  setInterval(() => {
    const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const { heapUsed } = process.memoryUsage();
    const [p99Ms, maxMs] = [delay.percentile(99), delay.max].map((ns) => Math.round(ns / 1e5) / 10);
    delay.reset();
    appendFileSync(file, `${JSON.stringify({ timers, heapMiB: Math.round(heapUsed / 2 ** 20), p99Ms, maxMs })}\n`);
  }, EVERY_MS).unref();
}
