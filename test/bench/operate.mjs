/**
 * What operators and monitoring cost a busy daemon: 1,000 peers, a full table that all of them are sent, and then each command,
 * the page and the scrape, with its CPU time, the longest turns of the event loop, and how long a change of a route takes from
 * one peer to another meanwhile. A turn is its CPU time in the main thread; garbage collections are counted apart.
 * Needs root (a network namespace of its own) and `npm run build`.
 *
 *   node test/bench/operate.mjs [peers=1000] [routes=1000000] [program=dist/main.js] [only=scrape,explain] [configured=5000]
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { announcements, Peer } from './bgp-peer.mjs';
import { cpuSeconds, METER } from './cpu.mjs';
import { ready } from './ready.mjs';

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const wordOf = (name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const peers = Number(wordOf('peers', 1000));
const routes = Number(wordOf('routes', 1_000_000));
const configured = Number(wordOf('configured', 5000));
const program = wordOf('program', fileURLToPath(new URL('../../dist/main.js', import.meta.url)));
const only = wordOf('only', '').split(',').filter(Boolean);
const FEEDERS = Math.min(10, peers);
/** A prefix of the table, and a peer of the fleet. */
const [SOME, PEER] = ['20.1.2.0/24', '127.2.7.1'];
const addressOf = (n) => `127.${2 + (n >> 8)}.${n & 255}.1`;

function configuration({ socket, rows = [], policy = 'accept', more = '' }) {
  return `
router: { as: 65000, id: 10.0.0.1 }
listen: [{ address: 127.0.0.1, port: 179 }]
groups: { hosts: { as: 65000, route-reflector-client: true, hold-time: 240, import: ${policy}, graceful-restart: { mode: off }, dynamic: [{ range: 127.0.0.0/8, limit: 5000, attempts-per-minute: 0 }] } }
metrics: { listen: 127.0.0.1:9179 }
web: { listen: 127.0.0.1:9180 }
control: { socket: ${socket} }
${more}
peers:${rows.length === 0 ? ' []' : `\n${rows.join('\n')}`}
`;
}

const rowsOf = (count) =>
  Array.from({ length: count }, (_, n) => `  - { address: 10.${n >> 8}.${n & 255}.1, as: 65000, description: host-${n}, passive: true }`);

class Daemon {
  static async start(rows) {
    const daemon = new Daemon();
    daemon.folder = mkdtempSync(join(tmpdir(), 'operate-bench-'));
    daemon.socket = join(daemon.folder, 'control.sock');
    const { socket } = daemon;
    const config = daemon.file('bench.yaml', configuration({ socket, rows }));
    daemon.plan = daemon.file('plan.yaml', configuration({ socket, rows: [...rows, '  - { address: 192.0.2.1, as: 65000 }'] }));
    const more = 'policies: { odd: { rules: [{ name: few, if: { prefix: 20.1.0.0/16 or-longer }, then: reject }], default: accept } }';
    daemon.diff = daemon.file('diff.yaml', configuration({ socket, rows, policy: '[odd]', more }));
    daemon.child = spawn(process.execPath, ['--import', METER, program, 'run', config], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, STATE_DIRECTORY: daemon.folder, METERED: program },
    });
    await ready(socket);
    return daemon;
  }

  file(name, text) {
    writeFileSync(join(this.folder, name), text);
    return join(this.folder, name);
  }

  get memory() {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1]) / 1024);
  }

  /** Resolves when the daemon has done what it has to do. */
  async settled() {
    for (let quiet = 0, last = -1; quiet < 8; await sleep(250)) {
      const now = cpuSeconds(this.child.pid);
      quiet = now - last < 0.03 ? quiet + 1 : 0;
      last = now;
    }
  }

  /** What the meter says of the time in which `run` runs. */
  async metered(run) {
    this.child.send('begin');
    await once(this.child, 'message');
    const octets = await run();
    this.child.send('end');
    const [figures] = await once(this.child, 'message');
    return { octets, ...figures };
  }

  /** The answer of a command. @param pauseMs between two pieces of 64 kB: a slow reader */
  async ask(command, args = {}, pauseMs = 0) {
    const socket = connect({ path: this.socket, highWaterMark: 65_536 });
    socket.write(`${JSON.stringify({ command, arguments: args })}\n`);
    let octets = 0;
    let tail = '';
    for await (const piece of socket) {
      octets += piece.length;
      tail = (tail + piece.subarray(-4000).toString()).slice(-4000);
      if (tail.endsWith('{"end":true}\n')) break;
      if (tail.includes('{"error"')) throw new Error(`${command}: ${tail.slice(0, 300)}`);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    socket.destroy();
    return octets;
  }

  async stop() {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function get(port, path) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  const { length } = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return length;
}

/** Name, how often, and the request. */
const requestsOf = (daemon) => [
  ['nothing', 1, () => sleep(1000).then(() => 0)],
  ['scrape', 20, () => get(9179, '/metrics')],
  ['status', 5, () => daemon.ask('status')],
  ['show peers', 5, () => daemon.ask('show peers')],
  ['show peer', 5, () => daemon.ask('show peer', { peer: PEER })],
  ['show rib', 1, () => daemon.ask('show rib')],
  ['show rib, slow reader', 1, () => daemon.ask('show rib', {}, 2)],
  ['show rib --count', 1, () => daemon.ask('count routes')],
  ['show rib community', 1, () => daemon.ask('show rib', { words: ['community', '1:2'] })],
  ['show rib longer --count', 1, () => daemon.ask('count routes', { words: ['20.0.0.0/8', 'longer'] })],
  ['show peer advertised --count', 1, () => daemon.ask('count routes', { advertised: true, peer: PEER })],
  ['show rib PREFIX', 5, () => daemon.ask('show rib', { target: SOME })],
  ['explain', 2, () => daemon.ask('explain', { prefix: SOME })],
  ['explain --peer', 5, () => daemon.ask('explain', { prefix: SOME, peer: PEER })],
  ['show history', 2, () => daemon.ask('show history')],
  ['show history PREFIX', 2, () => daemon.ask('show history', { words: [SOME] })],
  ['show events', 2, () => daemon.ask('show events')],
  ['show config', 2, () => daemon.ask('show config')],
  ['show groups', 2, () => daemon.ask('show groups')],
  ['show cut', 1, () => daemon.ask('show cut')],
  ['show nexthops', 1, () => daemon.ask('show nexthops')],
  ['show attributes', 1, () => daemon.ask('show attributes')],
  ['show memory', 2, () => daemon.ask('show memory')],
  ['show policies', 1, () => daemon.ask('show policies')],
  ['doctor', 1, () => daemon.ask('doctor')],
  ['plan', 1, () => daemon.ask('plan', { file: daemon.plan })],
  ['policy diff', 1, () => daemon.ask('policy diff', { file: daemon.diff })],
  ...['status', 'peers', `peer?peer=${PEER}`, 'trends', `routes?target=${SOME}`, `explain?prefix=${SOME}`, 'rejected'].map(web),
  ...['events', `history?target=${SOME}`, 'kernel', 'memory'].map(web),
];

const web = (call) => [`web ${call.split('?')[0]}`, 3, () => get(9180, `/api/${call}`)];

async function measure(daemon, probe) {
  console.log('request; octets; wall ms; CPU ms; longest turns without GC, ms CPU; longest GC; change of a route, ms: median, longest');
  for (const [name, times, run] of requestsOf(daemon)) {
    if (only.length > 0 && !only.includes(name)) continue;
    // Once with a peer that changes a route again and again, and once without, whose work is not that of the request.
    await probe?.tell('begin');
    await run();
    const { median = Number.NaN, longest = Number.NaN } = (await probe?.tell('end')) ?? {};
    await sleep(300);
    const startMs = performance.now();
    const { octets, cpuMs, turns, pauses } = await daemon.metered(async () => {
      let last = 0;
      for (let n = 0; n < times; n++) last = await run();
      return last;
    });
    const wallMs = (performance.now() - startMs) / times;
    const list = (all) => all.map((ms) => ms.toFixed(1)).join(' ') || '-';
    const figures = [octets, wallMs.toFixed(0), (cpuMs / times).toFixed(1), list(turns), list(pauses)];
    console.log([name, ...figures, `${median.toFixed(1)} ${longest.toFixed(1)}`].join('; '));
  }
}

/** The peers, in a process of their own; or two of them that time changes of a route. */
async function asFleet() {
  const all = [];
  for (let n = 0; n < peers; n += 50)
    all.push(...(await Promise.all(Array.from({ length: Math.min(50, peers - n) }, (_, i) => Peer.connect(addressOf(n + i), 240)))));
  const messages = [...announcements(routes)];
  const share = Math.ceil(messages.length / FEEDERS);
  await Promise.all(all.slice(0, FEEDERS).map((peer, n) => peer.send(messages.slice(n * share, (n + 1) * share))));
  process.send('sent');
}

async function asProbe() {
  const [from, to] = await Promise.all(['127.200.0.1', '127.200.0.2'].map((address) => Peer.connect(address, 240)));
  const prefix = Buffer.from([24, 203, 0, 113]);
  let times = [];
  let sentMs = Number.NaN;
  to.socket.on('data', (chunk) => {
    if (Number.isNaN(sentMs) || !chunk.includes(prefix)) return;
    times.push(performance.now() - sentMs);
    sentMs = Number.NaN;
  });
  let round = 0;
  let timer;
  const change = () => {
    if (!Number.isNaN(sentMs)) return;
    sentMs = performance.now();
    void from.send([changed(round++)]);
  };
  process.on('message', (word) => {
    if (word === 'begin') {
      times = [];
      timer = setInterval(change, 50);
      process.send('begun');
      return;
    }
    clearInterval(timer);
    if (!Number.isNaN(sentMs)) times.push(performance.now() - sentMs);
    times.sort((a, b) => a - b);
    process.send({ median: times[times.length >> 1], longest: times.at(-1) });
  });
  process.send('established');
}

function changed(round) {
  const [message] = announcements(1);
  const one = Buffer.from(message);
  one.set([203, 0, 113], one.length - 3);
  // Its next hop changes each time.
  one[one.indexOf(Buffer.from([0x40, 3, 4])) + 6] = round & 255;
  return one;
}

async function started(role) {
  const child = fork(fileURLToPath(import.meta.url), [role, ...words]);
  await once(child, 'message');
  const tell = async (word) => {
    child.send(word);
    return (await once(child, 'message'))[0];
  };
  return { tell, stop: () => child.kill('SIGKILL') };
}

async function main() {
  const daemon = await Daemon.start([]);
  const fleet = await started('--fleet');
  await daemon.settled();
  const probe = await started('--probe');
  await daemon.settled();
  console.log(`${peers} peers, ${routes} routes: ${daemon.memory} MB`);
  await measure(daemon, probe);
  console.log(`${daemon.memory} MB after all`);
  probe.stop();
  fleet.stop();
  await daemon.stop();
  if (configured === 0) return;
  only.splice(0, only.length, 'show config', 'plan', 'show peers', 'scrape');
  const second = await Daemon.start(rowsOf(configured));
  console.log(`${configured} configured peers without a session`);
  await measure(second, null);
  await second.stop();
}

const [role] = process.argv.slice(2).filter((word) => word.startsWith('--'));
if (role === '--fleet') await asFleet();
else if (role === '--probe') await asProbe();
else if (role === '--inside') await main();
else {
  const inside = [process.execPath, fileURLToPath(import.meta.url), '--inside', ...words];
  const child = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...inside], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}
