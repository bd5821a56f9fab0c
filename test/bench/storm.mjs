/**
 * A restart storm: many peers connect at the same time to a daemon that has a full table for each of them, beside
 * sessions with a short hold time. Needs root (a network namespace of its own) and `npm run build`.
 *
 *   node test/bench/storm.mjs [peers=1000] [routes=100000] [beside=10] [hold=3] [program=dist/main.js] [json]
 *
 * The storm takes place twice: once on a quiet daemon, then again when all peers drop their sessions and come back at
 * once. The peers are one process, so its own work is part of every figure.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { announcements, Peer } from './bgp-peer.mjs';
import { cpuSeconds } from './cpu.mjs';
import { ready } from './ready.mjs';
import { Watcher } from './watcher.mjs';

const words = process.argv.slice(2).filter((word) => word !== '--inside');
const wordOf = (name, fallback) =>
  words
    .find((word) => word.startsWith(`${name}=`))
    ?.split('=')
    .slice(1)
    .join('=') ?? fallback;
const peers = Number(wordOf('peers', 1000));
const routes = Number(wordOf('routes', 100_000));
const beside = Number(wordOf('beside', 10));
const holdSeconds = Number(wordOf('hold', 3));
const program = wordOf('program', fileURLToPath(new URL('../../dist/main.js', import.meta.url)));

function configuration(socket) {
  return `
router: { as: 65000, id: 10.0.0.1 }
listen: [{ address: 127.0.0.1, port: 179 }]
groups: { hosts: { as: 65000, route-reflector-client: true, hold-time: 240, idle-hold-time: 0, graceful-restart: { mode: off }, dynamic: [{ range: 127.0.0.0/8, limit: 5000 }] } }
metrics: none
control: { socket: ${socket} }
`;
}

async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'storm-bench-'));
  const [config, socket] = [join(folder, 'bench.yaml'), join(folder, 'control.sock')];
  writeFileSync(config, configuration(socket));
  const daemon = spawn(process.execPath, [program, 'run', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(daemon, 'exit');
  const crowd = fork(fileURLToPath(new URL('./crowd.mjs', import.meta.url)), [`${peers}`, `${daemon.pid}`]);
  try {
    await ready(socket);
    const feeder = await Peer.connect('127.0.0.2', 240);
    await feeder.send(announcements(routes));
    const watchers = await Promise.all(
      Array.from({ length: beside }, (_, i) => Watcher.connect(`127.0.1.${i + 1}`, holdSeconds)),
    );
    await sleep(500);
    return { first: await storm(daemon, crowd, watchers), again: await storm(daemon, crowd, watchers) };
  } finally {
    crowd.kill();
    daemon.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds from the first connect to the last peer's step; of the sessions beside, what they noticed. */
async function storm(daemon, crowd, watchers) {
  for (const watcher of watchers) await watcher.longest();
  const cpuBefore = cpuSeconds(daemon.pid);
  crowd.send('storm');
  const [figures] = await once(crowd, 'message');
  const cpu = cpuSeconds(daemon.pid) - cpuBefore;
  await sleep(holdSeconds * 1000); // a hold timer that was neglected is over by then
  const noticed = await Promise.all(watchers.map((watcher) => watcher.longest()));
  return {
    ...figures,
    besideLost: watchers.filter((watcher) => watcher.closed).length,
    besideLongestMs: Math.round(Math.max(...noticed.map(({ longestMs }) => longestMs))),
    idleTimerLateMs: Math.round(Math.max(...noticed.map(({ timerMs }) => timerMs))),
    daemonCpuMs: Math.round(cpu * 1000),
    daemonMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))[1]) / 1024),
  };
}

function print(name, one) {
  console.log(`${name}: ${peers} peers, ${routes} routes for each`);
  console.log(`  all connected ${one.connectedMs} ms, all have our OPEN ${one.openMs} ms, all established ${one.establishedMs} ms`);
  console.log(`  longest from a peer's own connection to our OPEN ${one.longestOpenMs} ms`);
  console.log(`  all have all routes (at least ${one.fewestRoutes}) ${one.routesMs} ms; lost ${one.lost}`);
  console.log(`  ${beside} sessions beside, hold time ${holdSeconds} s: ${one.besideLost} lost, longest silence ${one.besideLongestMs} ms (an idle timer was ${one.idleTimerLateMs} ms late)`);
  console.log(`  daemon ${one.daemonCpuMs} ms CPU, ${one.daemonMb} MB`);
}

if (!process.argv.includes('--inside')) {
  const inside = [process.execPath, fileURLToPath(import.meta.url), '--inside', ...words];
  const child = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...inside], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  const { first, again } = await run();
  if (words.includes('json')) console.log(JSON.stringify({ first, again }));
  else {
    print('the first time', first);
    print('all sessions dropped, and again', again);
  }
  process.exit(); // the threads of the sessions beside
}
