/**
 * Many BGP peers with BFD in one process, for `bfd.mjs`: at the word `begin` all connect, and their BFD begins in a thread
 * of its own, which is the daemon's; at `count` it is told how many are up, and how often any was lost.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Peer } from './bgp-peer.mjs';

const [count, intervalMs, multiplier, folder] = process.argv.slice(2);
const { BfdThread } = await import(pathToFileURL(join(folder, 'io/bfd/service.js')));
const { parseAddress } = await import(pathToFileURL(join(folder, 'lib/ip.js')));
const HOLD_SECONDS = 90;
const thread = new BfdThread(join(folder, 'io/bfd/worker.js'), (error) => console.error(error));
const statuses = new Map();

async function begin() {
  const interval = Number(intervalMs);
  const spec = { intervalMs: interval, minRxMs: interval, multiplier: Number(multiplier), multihop: false, minTtl: 255 };
  const remote = parseAddress('127.0.0.1');
  for (let i = 0; i < Number(count); i++) {
    const address = `127.${2 + (i >> 8)}.${i & 255}.1`;
    thread.begin({ local: parseAddress(address), remote, interfaceName: null }, spec, {
      onStatus: (status) => statuses.set(i, status),
      onProblem: (problem) => console.error(problem),
    });
    await Peer.connect(address, HOLD_SECONDS);
  }
}

function figures() {
  const all = [...statuses.values()];
  return {
    up: all.filter(({ state }) => state === 'Up').length,
    fast: all.filter(({ detectionUs }) => detectionUs <= Number(intervalMs) * Number(multiplier) * 1000).length,
    flaps: all.reduce((sum, one) => sum + one.flaps, 0),
  };
}

process.on('message', (word) => {
  if (word === 'begin') void begin().then(() => process.send(figures()));
  else process.send(figures());
});
process.on('disconnect', () => process.exit());
