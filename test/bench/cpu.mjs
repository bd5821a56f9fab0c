/** What a process costs: as others see it, and a meter inside the daemon. */
import { readFileSync } from 'node:fs';

/** CPU seconds of a process, those in the kernel included, to a hundredth. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * A meter inside the daemon (`node --import`): between `begin` and `end` it notes the CPU time of the main thread in each turn,
 * and the garbage collections, which are no work of ours but are part of a turn. `METERED`: the path of the program.
 */
const source = `
import { createRequire } from 'node:module';
import { PerformanceObserver, performance } from 'node:perf_hooks';
const koffi = createRequire(process.env.METERED)('koffi');
const clock = koffi.load('libc.so.6').func('int clock_gettime(int, void *)');
const THREAD = 3;
const read = new BigInt64Array(2);
const cpuMs = () => (clock(THREAD, read), Number(read[0]) * 1e3 + Number(read[1]) / 1e6);
let turns = null, pauses = [], before, total;
new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) pauses.push([startTime, duration]);
}).observe({ entryTypes: ['gc'] });
let startMs;
const look = () => {
  if (turns === null) return;
  const now = cpuMs(), ms = performance.now();
  if (now - before > 1) turns.push([startMs, ms, now - before]);
  before = cpuMs();
  startMs = performance.now();
  setImmediate(look);
};
const top = (list) => list.sort((a, b) => b - a).slice(0, 3);
process.on('message', (word) => {
  if (word === 'begin') {
    turns = [];
    pauses = [];
    total = process.cpuUsage();
    before = cpuMs();
    startMs = performance.now();
    setImmediate(look);
    process.send('begun');
    return;
  }
  const { user, system } = process.cpuUsage(total);
  const noted = turns;
  turns = null;
  setTimeout(() => {
    // A collection is known by its wall time only, so that what is left of the CPU time of its turn is not known.
    const isOwn = ([from, to]) => !pauses.some(([at, duration]) => at < to && at + duration > from);
    const own = noted.filter(isOwn).map(([, , cpu]) => cpu);
    process.send({ cpuMs: (user + system) / 1000, turns: top(own), pauses: top(pauses.map(([, duration]) => duration)) });
  }, 20);
});
process.channel.unref();
`;

export const METER = `data:text/javascript,${encodeURIComponent(source)}`;
