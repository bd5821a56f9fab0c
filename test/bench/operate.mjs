/**
 * What operators and monitoring cost a busy daemon: the CPU of a scrape with 1,000 peers, and the longest turn of the event loop
 * (in CPU time) during a scrape, `show rib` of 1,000,000 routes to a slow reader, and `show config` of a large file.
 * Needs root (a network namespace of its own) and `npm run build`.
 *
 *   node test/bench/operate.mjs [peers=1000] [routes=1000000] [program=dist/main.js] [only=scrapes,rib,config]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { announcements, Peer } from './bgp-peer.mjs';
import { cpuSeconds } from './cpu.mjs';
import { ready } from './ready.mjs';

const words = process.argv.slice(2).filter((word) => word !== '--inside');
const wordOf = (name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const peers = Number(wordOf('peers', 1000));
const routes = Number(wordOf('routes', 1_000_000));
const program = wordOf('program', fileURLToPath(new URL('../../dist/main.js', import.meta.url)));
const SCRAPES = 20;

/** In the daemon: between two SIGUSR2 it notes the CPU time of each turn, and then prints the longest ones. */
const METER = `data:text/javascript,${encodeURIComponent(`
import { PerformanceObserver } from 'node:perf_hooks';
let turns = null, before, pauses = [];
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) pauses.push(duration);
}).observe({ entryTypes: ['gc'] });
const look = () => {
  if (turns === null) return;
  const { user, system } = process.cpuUsage(before);
  turns.push((user + system) / 1000);
  before = process.cpuUsage();
  setImmediate(look);
};
process.on('SIGUSR2', () => {
  if (turns === null) { turns = []; pauses = []; before = process.cpuUsage(); setImmediate(look); return; }
  turns.sort((a, b) => b - a);
  pauses.sort((a, b) => b - a);
  process.send({ turns: turns.slice(0, 5), pauses: pauses.slice(0, 3) });
  turns = null;
});`)}`;

function configuration(socket, configured) {
  const rows = Array.from({ length: configured }, (_, n) => `  - { address: 10.${n >> 8}.${n & 255}.1, as: 65000, description: host-${n}, passive: true }`);
  return `
router: { as: 65000, id: 10.0.0.1 }
listen: [{ address: 127.0.0.1, port: 179 }]
groups: { hosts: { as: 65000, route-reflector-client: true, hold-time: 240, graceful-restart: { mode: off }, dynamic: [{ range: 127.0.0.0/8, limit: 5000 }] } }
metrics: { listen: 127.0.0.1:9179 }
control: { socket: ${socket} }
peers:${configured === 0 ? ' []' : `\n${rows.join('\n')}`}
`;
}

class Daemon {
  static async start(configured = 0) {
    const daemon = new Daemon();
    daemon.folder = mkdtempSync(join(tmpdir(), 'operate-bench-'));
    daemon.socket = join(daemon.folder, 'control.sock');
    const config = join(daemon.folder, 'bench.yaml');
    writeFileSync(config, configuration(daemon.socket, configured));
    daemon.child = spawn(process.execPath, ['--import', METER, program, 'run', config], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, STATE_DIRECTORY: daemon.folder },
    });
    await ready(daemon.socket);
    return daemon;
  }

  cpu() {
    return cpuSeconds(this.child.pid);
  }

  memory() {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1]) / 1024);
  }

  /** The longest turns, in CPU milliseconds, while `run` runs. */
  async turns(run) {
    this.child.kill('SIGUSR2');
    await sleep(50);
    await run();
    this.child.kill('SIGUSR2');
    const [{ turns, pauses }] = await once(this.child, 'message');
    const text = (list) => list.map((ms) => ms.toFixed(1)).join(', ');
    return `${text(turns)} ms CPU, the longest garbage collections ${text(pauses)}`;
  }

  /** The answer of a command. @param pauseMs between two pieces of 64 kB: a slow reader */
  async ask(command, args = {}, pauseMs = 0, onPiece = () => {}) {
    const socket = connect({ path: this.socket, highWaterMark: 65_536 });
    socket.write(`${JSON.stringify({ command, arguments: args })}\n`);
    let octets = 0;
    for await (const piece of socket) {
      octets += piece.length;
      onPiece();
      if (piece.subarray(-20).includes('{"end":true}')) break;
      if (piece.includes('{"error"')) throw new Error(piece.toString().slice(0, 200));
      if (pauseMs > 0) await sleep(pauseMs);
    }
    socket.destroy();
    return octets;
  }

  async stop() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function scrape() {
  const answer = await fetch('http://127.0.0.1:9179/metrics');
  return (await answer.text()).length;
}

async function scrapes() {
  const daemon = await Daemon.start();
  const sessions = [];
  for (let n = 0; n < peers; n += 50)
    sessions.push(...(await Promise.all(Array.from({ length: Math.min(50, peers - n) }, (_, i) => Peer.connect(`127.${2 + ((n + i) >> 8)}.${(n + i) & 255}.1`, 240)))));
  await sessions[0].send(announcements(1000));
  await sleep(2000);
  for (let n = 0; n < 5; n++) await scrape();
  const before = daemon.cpu();
  let octets = 0;
  for (let n = 0; n < SCRAPES; n++) octets = await scrape();
  const each = ((daemon.cpu() - before) * 1000) / SCRAPES;
  const longest = await daemon.turns(async () => {
    for (let n = 0; n < SCRAPES; n++) await scrape();
  });
  console.log(`scrape with ${peers} peers: ${octets} octets, ${each.toFixed(1)} ms CPU; longest turns ${longest} ms`);
  for (const session of sessions) session.end();
  await daemon.stop();
}

async function rib() {
  const daemon = await Daemon.start();
  const feeder = await Peer.connect('127.0.0.2', 240);
  await feeder.send(announcements(routes));
  await sleep(4000);
  const idle = daemon.memory();
  let most = 0;
  let octets = 0;
  const watch = setInterval(() => {
    most = Math.max(most, daemon.memory());
  }, 100);
  const longest = await daemon.turns(async () => {
    octets = await daemon.ask('show rib', {}, 2);
  });
  clearInterval(watch);
  console.log(`show rib of ${routes} routes to a slow reader: ${octets} octets, memory ${idle} MB before, at most ${most} MB; longest turns ${longest} ms`);
  feeder.end();
  await daemon.stop();
}

async function config() {
  const daemon = await Daemon.start(5000);
  await sleep(1000);
  await daemon.ask('show config');
  let octets = 0;
  const longest = await daemon.turns(async () => {
    octets = await daemon.ask('show config');
  });
  console.log(`show config of 5,000 peers: ${octets} octets; longest turns ${longest} ms`);
  await daemon.stop();
}

if (!process.argv.includes('--inside')) {
  const inside = [process.execPath, fileURLToPath(import.meta.url), '--inside', ...words];
  const child = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...inside], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  const only = wordOf('only', 'scrapes,rib,config').split(',');
  if (only.includes('scrapes')) await scrapes();
  if (only.includes('rib')) await rib();
  if (only.includes('config')) await config();
  process.exit();
}
