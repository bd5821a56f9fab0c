/**
 * How fast routes go into the kernel, and what a BGP session notices of it. Needs root, iproute2 and `npm run build`;
 * runs in a network namespace of its own, which ends with it.
 *
 *   node test/bench/kernel.mjs            all parts
 *   node test/bench/kernel.mjs speed      100,000 routes by the driver, and the same lines by `ip -batch`, in turn
 *   node test/bench/kernel.mjs flap       one prefix that changes a thousand times in a second
 *   node test/bench/kernel.mjs session    1,000,000 routes installed, flapped and withdrawn beside a session with
 *                                         keepalives every second
 *
 * Further words: `runs=3`, `speed-routes=100000`, `session-routes=1000000`, `compare=300` (seconds
 * between two comparisons of the whole table; below 60 the session part waits for one).
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { announcement, Peer, withdrawal } from './bgp-peer.mjs';
import { ready } from './ready.mjs';
import { Watcher } from './watcher.mjs';

const DIST = new URL('../../dist/', import.meta.url);
const HOPS = 8;
const words = process.argv.slice(2).filter((word) => word !== '--inside');
const numberOf = (name, fallback) =>
  Number(words.find((word) => word.startsWith(`${name}=`))?.split('=')[1] ?? fallback);
const parts = words.filter((word) => !word.includes('='));
const wants = (part) => parts.length === 0 || parts.includes(part);
const runs = numberOf('runs', 3);
const compareSeconds = numberOf('compare', 300);

function ip(...args) {
  return execFileSync('ip', args, { encoding: 'utf8', maxBuffer: 1 << 30 });
}

function prepare() {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
  ip('addr', 'add', '192.0.2.1/24', 'dev', 'v0');
  ip('link', 'set', 'v1', 'up');
  ip('link', 'set', 'v0', 'up');
  base = routesInKernel();
}

function prefix(i) {
  return `${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`;
}

function hop(i) {
  return `192.0.2.${10 + (i % HOPS)}`;
}

/** Routes that the kernel has by itself. */
let base = 0;

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function installed() {
  return Number(execFileSync('sh', ['-c', 'ip route show proto 186 | wc -l'], { encoding: 'utf8' }));
}

/** 100,000 routes through nexthop objects: the driver, and `ip -batch` with the lines that it writes, in turn. */
async function speed(count) {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-bench-'));
  const [ours, theirs] = [[], []];
  try {
    for (let run = 0; run < runs; run++) {
      theirs.push(byBatch(count, join(folder, 'lines')));
      ours.push(await byDriver(count));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [mine, its] = [median(ours), median(theirs)];
  console.log(`${count} routes through nexthop objects, median of ${runs}:`);
  console.log(`  ip -batch  ${its.toFixed(2)} s  (${theirs.map((s) => s.toFixed(2)).join(', ')})`);
  console.log(`  driver     ${mine.toFixed(2)} s  (${ours.map((s) => s.toFixed(2)).join(', ')})`);
  console.log(`  ratio      ${(mine / its).toFixed(2)}`);
}

function byBatch(count, file) {
  const lines = Array.from({ length: HOPS }, (_, i) => `nexthop add id ${900 + i} via ${hop(i)} dev v0 proto 186`);
  for (let i = 0; i < count; i++) {
    lines.push(`route add ${prefix(i)} table 254 proto 186 metric 20 nhid ${900 + (i % HOPS)}`);
  }
  writeFileSync(file, `${lines.join('\n')}\n`);
  const begun = performance.now();
  ip('-4', '-force', '-batch', file);
  const seconds = (performance.now() - begun) / 1000;
  if (installed() !== count) throw new Error(`ip -batch installed ${installed()} routes`);
  ip('nexthop', 'flush'); // the routes go with them
  return seconds;
}

/** One prefix that leads elsewhere every millisecond, while the kernel takes each change at once. */
async function flap() {
  let hopNow = 1;
  const best = { ...standInRib(), nextHop: () => hopNow };
  const { driver, port, end } = await makeDriver(best);
  let changes = 0;
  const apply = port.apply.bind(port);
  port.apply = (family, batch) => {
    changes += batch.length;
    return apply(family, batch);
  };
  driver.changed(0, 1);
  await driver.settled();
  changes = 0;
  const begun = performance.now();
  for (let i = 1; i <= 1000; i++) {
    while (performance.now() < begun + i) await new Promise((resolve) => setImmediate(resolve));
    hopNow = 1 + (i % 2);
    driver.changed(0, 1);
  }
  await driver.settled();
  console.log(`one prefix that changes 1000 times in ${Math.round(performance.now() - begun)} ms: ${changes} kernel changes`);
  await end();
}

async function makeDriver(best) {
  const { FibDriver } = await import(new URL('fib/driver/driver.js', DIST));
  const { KernelFib } = await import(new URL('io/iproute2/kernel-fib.js', DIST));
  const { NodeLoop, RealClock } = await import(new URL('io/loop/loop.js', DIST));
  const loop = new NodeLoop(new RealClock());
  const port = new KernelFib({ command: ['ip'], table: 254, protocol: 186, metric: 20, timeoutMs: 30_000 });
  const driver = new FibDriver({
    mode: 'install',
    metric: 20,
    families: [0],
    best,
    port,
    schedule: {
      nowMs: () => performance.now(),
      defer: (run) => loop.defer(run),
      wakeAt: (atMs, run) => loop.wakeAt(atMs, run),
    },
    restartMs: 120_000,
    objectIds: { first: 5000, count: 1000 },
    compareMs: 300_000,
    tracked: null,
    onEvent: () => {},
  });
  driver.start();
  await driver.settled();
  const end = async () => {
    await driver.withdraw();
    await driver.stop();
    loop.stop();
  };
  return { driver, port, end };
}

async function byDriver(count) {
  const { driver, end } = await makeDriver(standInRib());
  const begun = performance.now();
  for (let i = 1; i <= count; i++) driver.changed(0, i);
  while (driver.counts(0).pending > 0 || driver.counts(0).installed < count) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const seconds = (performance.now() - begun) / 1000;
  if (installed() !== count) throw new Error(`the driver installed ${installed()} routes`);
  await end();
  return seconds;
}

/** Prefix i leads to next hop 1 + i % HOPS. */
function standInRib() {
  const nothing = () => {};
  return {
    nextHop: (_family, id) => 1 + ((id - 1) % HOPS),
    formatPrefix: (_family, id) => prefix(id - 1),
    formatNextHop: (id) => hop(id - 1),
    intern: () => 0,
    find: () => 0,
    ...{ pin: nothing, unpin: nothing, holdNextHop: nothing, releaseNextHop: nothing },
  };
}

/** The daemon with a feeder of a million routes, and a peer that times the keepalives it gets meanwhile. */
async function session(count) {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-bench-'));
  const config = join(folder, 'bench.yaml');
  const socket = join(folder, 'control.sock');
  writeFileSync(config, configuration(socket));
  const program = fileURLToPath(new URL('main.js', DIST));
  const daemon = spawn(process.execPath, [program, 'run', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(daemon, 'exit');
  // Made beforehand: what takes a core for a second would be measured as well.
  const [first, second, third] = [[...updates(count, 0)], [...updates(count, 1)], [...withdrawals(count)]];
  try {
    await ready(socket);
    const watcher = await Watcher.connect('127.0.0.11', 3);
    const feeder = await Peer.connect('127.0.0.12', 240);
    console.log(`${count} IPv4 routes beside a session with keepalives every second:`);
    await phase('installed', daemon.pid, watcher, () => feeder.send(first), count);
    await phase('led elsewhere', daemon.pid, watcher, () => feeder.send(second), count, 1);
    if (compareSeconds < 60) await phase('compared', daemon.pid, watcher, () => pause(compareSeconds + 5), count, 1);
    await phase('withdrawn', daemon.pid, watcher, () => feeder.send(third), 0);
    await phase('installed again', daemon.pid, watcher, () => feeder.send(first), count);
    await phase('feeder gone', daemon.pid, watcher, () => feeder.end(), 0);
    if (watcher.closed) throw new Error('the session was lost');
  } finally {
    daemon.kill('SIGTERM'); // so that what it has started ends with it
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(socket) {
  return `
router: { as: 65000, id: 10.0.0.1 }
listen: [{ address: 127.0.0.1, port: 179 }]
groups: { hosts: { as: 65000, route-reflector-client: true, hold-time: 240, graceful-restart: { mode: off }, dynamic: [{ range: 127.0.0.0/16 }] } }
metrics: none
control: { socket: ${socket} }
fib: { mode: install, compare-time: ${compareSeconds} }
`;
}

/** Prefixes in one UPDATE. */
const PER_UPDATE = 900;

/** All routes, prefix i by next hop i + `shift`. */
function* updates(count, shift) {
  for (let first = 0; first < HOPS; first++) {
    for (let i = first; i < count; i += HOPS * PER_UPDATE) {
      yield announcement(hop(first + shift), prefixesFrom(i, HOPS, count));
    }
  }
}

function* withdrawals(count) {
  for (let i = 0; i < count; i += PER_UPDATE) yield withdrawal(prefixesFrom(i, 1, count));
}

function prefixesFrom(from, step, count) {
  const end = Math.min(count, from + step * PER_UPDATE);
  return Array.from({ length: Math.ceil((end - from) / step) }, (_, n) => prefix(from + n * step));
}

/** Runs a change to its end in the kernel: how long it took, the daemon's memory, and the longest wait for a keepalive. */
async function phase(name, pid, watcher, change, expected, shift = 0) {
  await watcher.longest();
  const begun = performance.now();
  await change();
  const told = (performance.now() - begun) / 1000;
  for (let left = true; left; ) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    left = routesInKernel() !== expected || (expected > 0 && !(await leads(expected - 1, shift)));
  }
  const seconds = (performance.now() - begun) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 1500)); // the keepalive after it counts as well
  const { longestMs, timerMs } = await watcher.longest();
  const lateMs = Math.max(0, longestMs - 1000);
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  const line = `  ${name.padEnd(24)} ${seconds.toFixed(1).padStart(5)} s (told in ${told.toFixed(1)} s)`;
  const late = `latest keepalive ${Math.round(lateMs)} ms late, an idle timer ${Math.round(timerMs)} ms`;
  console.log(`${line}, ${late}, ${Math.round(rss)} MB`);
}

/** The kernel counts its routes by itself: reading them would take seconds of one core. */
function routesInKernel() {
  const text = readFileSync('/proc/net/fib_triestat', 'utf8');
  const main = text.slice(text.indexOf('Main:'));
  return Number(/Prefixes:\s+(\d+)/.exec(main)[1]) - base;
}

async function leads(i, shift) {
  return ip('route', 'get', prefix(i).replace('0/24', '1')).includes(hop(i + shift));
}

if (!process.argv.includes('--inside')) {
  const inside = [process.execPath, fileURLToPath(import.meta.url), '--inside', ...words];
  const child = spawn('unshare', ['-n', ...inside], { stdio: 'inherit' });
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
} else {
  prepare();
  if (wants('speed')) await speed(numberOf('speed-routes', 100_000));
  if (wants('flap')) await flap();
  if (wants('session')) await session(numberOf('session-routes', 1_000_000));
}
