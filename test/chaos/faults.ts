/** What happens to the network, one row each. Behind its end all must be as before, within the promised time. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as bgp from '../lab/bgp-bytes.ts';
import type { Random } from '../model/random.ts';
import { HOLD_SECONDS, type Network } from './network.ts';
import { flapping, lying, silent } from './peers.ts';

export interface Row {
  readonly name: string;
  /** Seconds within which everything is as it should be once the fault is over. */
  readonly promised: number;
  /** About how long the fault itself takes, in seconds. */
  readonly lasts: number;
  /** Throws `Impossible` where the machine cannot do that. */
  readonly run: (network: Network, random: Random) => Promise<unknown>;
}

/** The machine lacks what the fault needs. */
export class Impossible extends Error {}

/** A lost session, a new connection, the routes again; BIRD waits up to 2 s before it connects, GoBGP is dialed. */
const RECONNECT = 30;

async function restart(network: Network, signal: NodeJS.Signals, ...environment: string[]): Promise<void> {
  await network.daemon.kill(signal);
  await network.startDaemon(...environment);
}

/** Ends processes that the daemon started, such as `ip monitor`. */
async function killChildren(network: Network): Promise<void> {
  for (const task of readdirSync(`/proc/${network.daemon.pid}/task`)) {
    const file = `/proc/${network.daemon.pid}/task/${task}/children`;
    const children = await network.ns.exec('cat', [file]).catch(() => '');
    for (const pid of children
      .trim()
      .split(' ')
      .filter((one) => one !== ''))
      process.kill(Number(pid), 'SIGKILL');
  }
}

async function withIp(network: Network, mood: 'hangs' | 'lies' | 'fails', seconds: number): Promise<void> {
  network.setIp(mood);
  await network.under(() => sleep(seconds * 1000));
  network.setIp('sound');
}

/** Another program removes, replaces and floods. */
async function editKernel(network: Network, random: Random): Promise<void> {
  const ip = (...words: string[]) => network.ns.exec('ip', words).catch(() => '');
  const routes = JSON.parse(await ip('-j', 'route', 'show', 'proto', '186')) as { dst: string }[];
  for (let left = 20; left > 0 && routes.length > 0; left--) {
    const { dst } = random.pick(routes);
    await ip('route', 'del', dst, 'proto', '186');
    if (random.chance(50)) await ip('route', 'replace', 'blackhole', dst, 'proto', '186');
  }
  if (random.chance(50)) await ip('route', 'flush', 'proto', '186');
  if (random.chance(50)) await ip('nexthop', 'flush', 'proto', '186');
}

/** Short losses of everything that the reflector sends and receives. */
async function bursts(network: Network, random: Random): Promise<void> {
  for (let left = 10; left > 0; left--) {
    await network.port(1, 'down');
    await sleep(50 + random.below(300));
    await network.port(1, 'up');
    await sleep(200 + random.below(500));
  }
}

async function netem(network: Network, ...words: readonly string[]): Promise<void> {
  const qdisc = (...how: string[]) => network.ns.exec('tc', ['qdisc', ...how]);
  await qdisc('add', 'dev', 'eth0', 'root', ...words).catch((error: Error) => {
    throw new Impossible(`tc ${words[0]}: ${error.message.split('\n').slice(1).join(' ').trim()}`);
  });
  await network.under(() => sleep(8000));
  await qdisc('del', 'dev', 'eth0', 'root');
}

async function fullDisk(network: Network): Promise<void> {
  const fill = 'dd if=/dev/zero of=/run/disk/full bs=1k 2> /dev/null || true';
  await network.ns.exec('sh', ['-c', fill]);
  await network.under(() => sleep(2000));
  await restart(network, 'SIGKILL');
  await network.under(() => sleep(2000));
  await network.ns.exec('rm', ['/run/disk/full']);
}

async function noDescriptors(network: Network): Promise<void> {
  const { pid } = network.daemon;
  const limits = (soft: number) => network.ns.exec('prlimit', ['--pid', String(pid), `--nofile=${soft}:`]);
  await limits(readdirSync(`/proc/${pid}/fd`).length);
  for (let at = 0; at < 4; at++) network.crowd.speakerOf(at)?.end();
  await network.under(() => sleep(4000));
  await limits(1024);
}

async function reloads(network: Network): Promise<void> {
  for (let left = 8; left > 0; left--) {
    const over =
      left % 2 === 0 ? { 'client-to-client': true, 'best-external': true } : { 'hold-time': HOLD_SECONDS + left };
    await network.daemon.reload(network.configuration(over));
  }
  await network.daemon.reload(network.configuration());
}

async function stopped(network: Network, seconds: number): Promise<void> {
  process.kill(network.daemon.pid, 'SIGSTOP');
  await sleep(seconds * 1000);
  process.kill(network.daemon.pid, 'SIGCONT');
}

async function mtu(network: Network, size: number): Promise<void> {
  const set = (to: number) => network.ns.exec('ip', ['link', 'set', 'eth0', 'mtu', String(to)]);
  await set(size);
  await network.under(() => sleep(5000));
  await set(1500);
}

async function lostClient(network: Network, random: Random): Promise<void> {
  const [, client] = random.pick([...network.clients]);
  await client.kill();
  await network.under(() => sleep(1000));
  await client.start();
}

export const ROWS: readonly Row[] = [
  {
    name: 'the daemon is killed while routes change, and started again',
    promised: RECONNECT,
    lasts: 3,
    run: (network, random) => network.under(() => sleep(random.below(2000)).then(() => restart(network, 'SIGKILL'))),
  },
  {
    name: 'the daemon is stopped by SIGTERM while routes change, and started again',
    promised: RECONNECT,
    lasts: 3,
    run: (network) => network.under(() => restart(network, 'SIGTERM')),
  },
  {
    name: 'the daemon does not run for longer than the hold time',
    promised: RECONNECT,
    lasts: HOLD_SECONDS + 4,
    run: (network) => network.under(() => stopped(network, HOLD_SECONDS + 3)),
  },
  {
    name: 'the daemon does not run for 2 s',
    promised: 10,
    lasts: 3,
    run: (network) => network.under(() => stopped(network, 2)),
  },
  {
    name: 'the heap of the daemon is limited to 64 MiB',
    promised: RECONNECT,
    lasts: 6,
    run: (network) =>
      network.under(() => restart(network, 'SIGTERM', 'NODE_OPTIONS=--max-old-space-size=64').then(() => sleep(3000))),
  },
  {
    name: 'bursts of loss on the link of the reflector',
    promised: RECONNECT,
    lasts: 7,
    run: (network, random) => network.under(() => bursts(network, random)),
  },
  {
    name: 'the link of the reflector is down for longer than the hold time',
    promised: RECONNECT,
    lasts: HOLD_SECONDS + 4,
    run: async (network) => {
      await network.port(1, 'down');
      await network.under(() => sleep((HOLD_SECONDS + 3) * 1000));
      await network.port(1, 'up');
    },
  },
  {
    name: 'loss and reordering by netem',
    promised: RECONNECT,
    lasts: 8,
    run: (network) => netem(network, 'netem', 'delay', '20ms', '10ms', 'loss', '10%', 'reorder', '25%'),
  },
  {
    name: 'the link of the reflector passes 256 kbit/s and drops the rest',
    promised: RECONNECT,
    lasts: 8,
    run: (network) => netem(network, 'tbf', 'rate', '256kbit', 'burst', '4kb', 'limit', '6kb'),
  },
  {
    name: 'the MTU of the reflector shrinks to 1280',
    promised: RECONNECT,
    lasts: 6,
    run: (network) => mtu(network, 1280),
  },
  {
    name: 'the file system of the list of peers is full, and the daemon is killed',
    promised: RECONNECT,
    lasts: 6,
    run: fullDisk,
  },
  { name: 'the daemon has no file descriptors left', promised: RECONNECT, lasts: 5, run: noDescriptors },
  // The worker is killed after 10 s, and the next attempt is at most 30 s later.
  { name: '`ip` hangs for 12 s', promised: 45, lasts: 13, run: (network) => withIp(network, 'hangs', 12) },
  // Only a comparison sees it: every 10 s here, and 5 s later again for what has changed meanwhile.
  {
    name: '`ip` claims success and does nothing',
    promised: 45,
    lasts: 4,
    run: (network) => withIp(network, 'lies', 3),
  },
  { name: '`ip` fails', promised: 45, lasts: 5, run: (network) => withIp(network, 'fails', 4) },
  {
    name: 'the processes of the daemon are killed (`ip monitor`)',
    promised: 20,
    lasts: 1,
    run: (network) => network.under(() => killChildren(network)),
  },
  { name: 'another program removes and replaces kernel routes', promised: 45, lasts: 3, run: editKernel },
  {
    name: 'peers send what is malformed',
    promised: 15,
    lasts: 4,
    run: (network, random) => network.under(() => lying(network, random)),
  },
  {
    name: 'peers flap',
    promised: 15,
    lasts: 4,
    run: (network, random) => network.under(() => flapping(network, random)),
  },
  { name: 'peers stop reading', promised: RECONNECT, lasts: 6, run: (network) => network.under(() => silent(network)) },
  { name: 'a client is killed and started again', promised: RECONNECT, lasts: 3, run: lostClient },
  {
    name: 'the configuration is reloaded again and again',
    promised: RECONNECT,
    lasts: 4,
    run: (network) => network.under(() => reloads(network)),
  },
  {
    name: 'peers ask for everything again and again',
    promised: 15,
    lasts: 3,
    run: (network) =>
      network.under(async () => {
        for (let at = 0; at < 200; at++) {
          network.crowd.speakerOf(at)?.send(bgp.message(bgp.TYPE.routeRefresh, [0, 1, 0, 1]));
          if (at % 20 === 0) await sleep(50);
        }
      }),
  },
];
