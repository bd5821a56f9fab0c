/** Daemons with sessions for families beside IPv4 and IPv6 unicast, and what they have learned of each route from whom. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DaemonName, daemon } from '../daemons.ts';
import type { Namespace } from '../namespace.ts';
import { apiSocket } from './gobgp-api.ts';

/** What a daemon has of a route: by the address of the peer that it learned it from. */
export type Learned = Map<string, Map<string, string>>;

/** Adds a path, or more text to it. */
export function addTo(learned: Learned, route: string, from: string, text: string): void {
  const paths = learned.get(route) ?? new Map<string, string>();
  learned.set(route, paths.set(from, (paths.get(from) ?? '') + text));
}

function run(ns: Namespace, of: DaemonName, path: string, ...args: readonly string[]): Promise<string> {
  const { program, env } = daemon(of);
  return ns.exec(program(path), args, { env });
}

interface GobgpOptions {
  readonly as: number;
  readonly peers: readonly Pick<Namespace, 'ipv4'>[];
  /** Its names of them. */
  readonly families: readonly string[];
}

/** Starts a GoBGP that waits for its peers. */
export async function startGobgp(ns: Namespace, { as, peers, families }: GobgpOptions): Promise<void> {
  const path = join(ns.folder, 'gobgp.toml');
  const lists = families.map(
    (name) => `  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "${name}"\n`,
  );
  const neighbors = peers.map(
    ({ ipv4 }) => `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${ipv4}"
    peer-as = ${as}
  [neighbors.transport.config]
    local-address = "${ns.ipv4}"
    passive-mode = true
${lists.join('')}`,
  );
  const head = `[global.config]\n  as = ${as}\n  router-id = "${ns.ipv4}"\n  local-address-list = ["${ns.ipv4}"]\n`;
  writeFileSync(path, head + neighbors.join(''));
  const { program, env } = daemon('gobgp');
  const args = ['-f', path, '--api-hosts', `127.0.0.1:50051,unix://${apiSocket(ns)}`];
  await ns.spawn('gobgpd', program('usr/bin/gobgpd'), args, env).answers(() => gobgp(ns, 'global'), /AS:/);
}

export function gobgp(ns: Namespace, ...args: readonly string[]): Promise<string> {
  return run(ns, 'gobgp', 'usr/bin/gobgp', ...args);
}

export interface GobgpPath {
  readonly attrs: readonly { readonly type: number }[];
  readonly 'neighbor-ip'?: string;
}

/** What it has of a family, by its name on the command line. */
export async function gobgpTable(ns: Namespace, name: string): Promise<Record<string, readonly GobgpPath[]>> {
  const text = await gobgp(ns, '-j', 'global', 'rib', '-a', name).catch((error: Error) => {
    if (/network not in table/i.test(error.message)) return '{}';
    throw error;
  });
  return JSON.parse(text) as Record<string, readonly GobgpPath[]>;
}

/** Starts programs of FRR, bgpd last, with the configuration of bgpd. */
export async function startFrr(ns: Namespace, programs: readonly string[], configuration: string): Promise<void> {
  const { folder } = ns;
  const { program, env } = daemon('frr');
  writeFileSync(join(folder, 'vtysh.conf'), 'username root nopassword\n');
  for (const name of programs) {
    const path = join(folder, `${name}.conf`);
    writeFileSync(path, name === 'bgpd' ? configuration : 'log stdout\n');
    const listen = name === 'bgpd' ? ['-l', ns.ipv4] : [];
    const sockets = ['-z', join(folder, 'zserv.sock'), '--vty_socket', folder];
    const args = ['-u', 'root', '-g', 'root', '-P', '0', ...listen, '-i', join(folder, `${name}.pid`), ...sockets];
    const started = ns.spawn(name, program(`usr/lib/frr/${name}`), [...args, '-f', path], env);
    await started.answers(() => vtysh(ns, 'show version', name), /FRRouting \d/);
  }
}

export function vtysh(ns: Namespace, command: string, of = 'bgpd'): Promise<string> {
  const where = ['--vty_socket', ns.folder, '--config_dir', ns.folder, '-d', of];
  return run(ns, 'frr', 'usr/bin/vtysh', ...where, '-c', command);
}

/** Starts BIRD 2. */
export async function startBird(ns: Namespace, configuration: string): Promise<void> {
  const path = join(ns.folder, 'bird.conf');
  writeFileSync(path, configuration);
  const { program, env } = daemon('bird2');
  const args = ['-f', '-c', path, '-s', join(ns.folder, 'bird.ctl')];
  await ns.spawn('bird', program('usr/sbin/bird'), args, env).answers(() => birdc(ns, 'show', 'status'), /is up and/);
}

export function birdc(ns: Namespace, ...command: readonly string[]): Promise<string> {
  return run(ns, 'bird2', 'usr/sbin/birdc', '-s', join(ns.folder, 'bird.ctl'), ...command);
}
