/**
 * False alarms of BFD: many sessions with short intervals beside a table that is loaded. Needs root (a network namespace
 * of its own) and `npm run build`.
 *
 *   node test/bench/bfd.mjs [peers=500] [interval=100] [multiplier=3] [routes=1000000] [clients=4] [rounds=3]
 *                           [program=dist/main.js] [json]
 *
 * The peers with BFD are one process, whose BFD is the daemon's own; the clients are told of all routes. Each round
 * loads the table, from one feeder, into a daemon that is at rest, and takes it away again.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { announcements, Peer } from './bgp-peer.mjs';
import { cpuSeconds } from './cpu.mjs';
import { ready } from './ready.mjs';
import { Watcher } from './watcher.mjs';

const words = process.argv.slice(2).filter((word) => word !== '--inside');
const wordOf = (name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const peers = Number(wordOf('peers', 500));
const interval = Number(wordOf('interval', 100));
const multiplier = Number(wordOf('multiplier', 3));
const routes = Number(wordOf('routes', 1_000_000));
const clients = Number(wordOf('clients', 4));
const rounds = Number(wordOf('rounds', 3));
const program = wordOf('program', fileURLToPath(new URL('../../dist/main.js', import.meta.url)));
/** Long enough for some sessions of BFD to be lost, had they been kept waiting. */
const REST_MS = 3000;

function configuration(socket) {
  return `
router: { as: 65000, id: 10.0.0.1 }
listen: [{ address: 127.0.0.1, port: 179 }]
groups:
  guarded: { as: 65000, route-reflector-client: true, hold-time: 90, graceful-restart: { mode: off }, export: reject, bfd: { interval-ms: ${interval}, multiplier: ${multiplier} }, dynamic: [{ range: 127.2.0.0/15 }, { range: 127.4.0.0/14 }] }
  others: { as: 65000, route-reflector-client: true, hold-time: 90, graceful-restart: { mode: off }, dynamic: [{ range: 127.0.0.0/16 }] }
metrics: none
control: { socket: ${socket} }
`;
}

async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'bfd-bench-'));
  const [config, socket] = [join(folder, 'bench.yaml'), join(folder, 'control.sock')];
  writeFileSync(config, configuration(socket));
  const daemon = spawn(process.execPath, [program, 'run', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(daemon, 'exit');
  const crowdProgram = fileURLToPath(new URL('./bfd-crowd.mjs', import.meta.url));
  const crowd = fork(crowdProgram, [`${peers}`, `${interval}`, `${multiplier}`, dirname(program)]);
  const { request } = await import(pathToFileURL(join(dirname(program), 'io/control/client.js')));
  const ask = async (command) => {
    const items = [];
    for await (const item of request(socket, command, {})) items.push(item);
    return items;
  };
  try {
    await ready(socket);
    await Promise.all(Array.from({ length: clients }, (_, i) => Watcher.connect(`127.0.1.${i + 1}`, 90)));
    crowd.send('begin');
    await once(crowd, 'message');
    for (let figures = {}; figures.fast !== peers; ) {
      await sleep(200);
      crowd.send('count');
      [figures] = await once(crowd, 'message');
    }
    const found = [];
    const idle = await cpuOver(daemon.pid, () => sleep(REST_MS));
    for (let round = 0; round < rounds; round++) found.push(await load(daemon, crowd, ask));
    return { idleCpu: idle.cpu / (REST_MS / 1000), found };
  } finally {
    crowd.kill();
    daemon.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One table, there and away again. */
async function load(daemon, crowd, ask) {
  const { cpu, seconds } = await cpuOver(daemon.pid, async () => {
    const feeder = await Peer.connect('127.0.0.2', 90);
    await feeder.send(announcements(routes));
    while ((await ask('status'))[0].prefixes < routes) await sleep(20);
    await sleep(REST_MS / 2);
    feeder.end();
    while ((await ask('status'))[0].prefixes > 0) await sleep(20);
  });
  await sleep(REST_MS / 2);
  crowd.send('count');
  const [theirs] = await once(crowd, 'message');
  const ours = await ask('show bfd');
  return {
    seconds,
    cpu,
    up: ours.filter(({ state }) => state === 'Up').length,
    lostHere: ours.reduce((sum, { flaps }) => sum + flaps, 0),
    lostThere: theirs.flaps,
  };
}

async function cpuOver(pid, work) {
  const [before, begunMs] = [cpuSeconds(pid), performance.now()];
  await work();
  return { cpu: cpuSeconds(pid) - before, seconds: (performance.now() - begunMs) / 1000 };
}

function print({ idleCpu, found }) {
  const atRest = `at rest the daemon takes ${(idleCpu * 100).toFixed(0)} % of a core`;
  console.log(`${peers} sessions, ${interval} ms x ${multiplier}; ${atRest}`);
  for (const { seconds, cpu, up, lostHere, lostThere } of found) {
    const table = `${routes} routes to ${clients} clients and away, ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s CPU`;
    console.log(`  ${table}: ${up} up; lost here ${lostHere}, there ${lostThere}`);
  }
}

if (!process.argv.includes('--inside')) {
  const inside = [process.execPath, fileURLToPath(import.meta.url), '--inside', ...words];
  const script = 'ip link set lo up && exec "$@"';
  const child = spawn('unshare', ['-n', 'sh', '-c', script, 'sh', ...inside], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  const figures = await run();
  if (words.includes('json')) console.log(JSON.stringify(figures));
  else print(figures);
  process.exit(); // the threads of the clients
}
