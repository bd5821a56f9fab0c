/**
 * Hosts of a test network: each is a network and a mount namespace that nobody can see from outside and that ends with
 * its processes, so nothing can be left behind. On every host /run is its own, and /etc/passwd has the users that the
 * daemons want.
 *
 *   host ── eth0 ──┐
 *   host ── eth0 ──┼── br0 (in a namespace of its own)
 *   host ── eth0 ──┘
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Background, type ExecOptions, exec } from './process.ts';
import { temporaryFolder } from './temporary.ts';
import { addDiagnostics, waitFor } from './wait-for.ts';

const SYSTEM_USERS = ['frr', '_openbgpd'];
const LOG_TAIL = 2_000;

/** One host of the lab. */
export class Namespace {
  readonly name: string;
  /** Addresses on the LAN. */
  readonly ipv4: string;
  readonly ipv6: string;
  /** A folder for the configuration and sockets of what runs here; seen from outside too. */
  readonly folder: string;
  readonly processes: Background[] = [];
  private readonly holder: Background;

  constructor(name: string, folder: string, ipv4: string, ipv6: string, holder: Background) {
    this.name = name;
    this.folder = folder;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.holder = holder;
  }

  get pid(): number {
    return this.holder.pid;
  }

  exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<string> {
    return exec('nsenter', [...this.entry(), command, ...args], options);
  }

  /** Runs a command in the background; its output is part of what failures show. */
  spawn(
    name: string,
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Background {
    const started = new Background(`${this.name} ${name}`, 'nsenter', [...this.entry(), command, ...args], env);
    this.processes.push(started);
    return started;
  }

  /** Its link-local address on the LAN, or on another interface. */
  async linkLocal(interfaceName = 'eth0'): Promise<string> {
    const json = await this.exec('ip', ['-j', '-6', 'address', 'show', 'dev', interfaceName, 'scope', 'link']);
    const [link] = JSON.parse(json) as { addr_info: { local?: string }[] }[];
    return link!.addr_info.find((one) => one.local !== undefined)!.local!;
  }

  /** Gives the host more addresses, on its loopback interface. */
  async addLoopback(...addresses: readonly string[]): Promise<void> {
    const lines = addresses.map((address) => `addr add ${address} dev lo${address.includes(':') ? ' nodad' : ''}\n`);
    await this.exec('ip', ['-batch', '-'], { input: lines.join('') });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes, this.holder].map((started) => started.kill()));
  }

  private entry(): string[] {
    return ['-t', String(this.pid), '-n', '-m'];
  }
}

/** A LAN with hosts. Make one per test file, close it in `afterAll`. */
export class Lab {
  private readonly hosts: Namespace[] = [];
  private base: { readonly folder: string; readonly bridge: Promise<Background> } | null = null;
  private forgetDiagnostics = () => {};

  /** A host with addresses 10.99.0.`number` and fd99::`number` (in hexadecimal) on the LAN. */
  async host(name: string, number: number): Promise<Namespace> {
    const base = this.open();
    const folder = mkdtempSync(join(base.folder, `${name}-`));
    const ipv4 = `10.99.0.${number}`;
    const ipv6 = `fd99::${number.toString(16)}`;
    const host = new Namespace(name, folder, ipv4, ipv6, await hold(name, folder, base.folder, []));
    this.hosts.push(host);
    const bridge = await base.bridge;
    await exec('nsenter', ['-t', String(bridge.pid), '-n', 'ip', '-batch', '-'], {
      input: `link add v${number} type veth peer name eth0 netns ${host.pid}\nlink set v${number} master br0 up\n`,
    });
    await host.exec('ip', ['-batch', '-'], {
      input: `addr add ${ipv4}/16 dev eth0\naddr add ${ipv6}/64 dev eth0 nodad\nlink set eth0 up\n`,
    });
    return host;
  }

  /** A cable between two hosts: an interface of this name on each, without addresses but link-local ones. */
  async link(one: Namespace, oneName: string, other: Namespace, otherName: string): Promise<void> {
    const peer = `peer name ${otherName} netns ${other.pid}`;
    await one.exec('ip', ['-batch', '-'], {
      input: `link add ${oneName} type veth ${peer}\nlink set ${oneName} up\n`,
    });
    await other.exec('ip', ['link', 'set', otherName, 'up']);
  }

  /** Runs a command where the bridge is; the port of the host with `number` is v`number` there. */
  async onBridge(command: string, args: readonly string[]): Promise<string> {
    const { pid } = await this.open().bridge;
    return exec('nsenter', ['-t', String(pid), '-n', command, ...args]);
  }

  /** Ends all that was started; then nothing of the lab is left. */
  async close(): Promise<void> {
    this.forgetDiagnostics();
    await Promise.all(this.hosts.map((host) => host.stop()));
    if (this.base === null) return;
    await (await this.base.bridge).kill();
    rmSync(this.base.folder, { recursive: true, force: true });
    this.base = null;
  }

  /** What each process said since this was last asked, the end of it. */
  logs(): string {
    const told = this.hosts
      .flatMap((host) => host.processes)
      .map((one) => ({ title: `--- ${one.name}${one.running ? '' : ' (ended)'}`, text: one.news().slice(-LOG_TAIL) }));
    return told.flatMap(({ title, text }) => (text === '' ? [] : [`${title}\n${text}`])).join('\n');
  }

  /** What all hosts share is made with the first of them. */
  private open(): { readonly folder: string; readonly bridge: Promise<Background> } {
    if (this.base !== null) return this.base;
    const folder = temporaryFolder();
    writeUsers(folder);
    this.forgetDiagnostics = addDiagnostics(() => this.logs());
    const commands = ['ip link add br0 type bridge mcast_snooping 0', 'ip link set br0 up'];
    this.base = { folder, bridge: hold('bridge', folder, folder, commands) };
    return this.base;
  }
}

/** Starts the process whose namespaces the host consists of; `users` is the folder of its passwd and group. */
async function hold(name: string, folder: string, users: string, commands: readonly string[]): Promise<Background> {
  const ready = join(folder, `${name}.ready`);
  const script = [
    'mount -t sysfs sysfs /sys',
    'mount -t tmpfs tmpfs /run',
    'mkdir -m 777 /run/frr /run/openbgpd /run/bird',
    `for file in passwd group; do mount --bind ${users}/$file /etc/$file; done`,
    'for key in all default; do echo 0 > /proc/sys/net/ipv6/conf/$key/accept_dad; done',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    'echo 1 > /proc/sys/net/ipv6/conf/all/forwarding',
    'ip link set lo up',
    ...commands,
    `touch ${ready}`,
    'exec sleep infinity',
  ].join('\n');
  const holder = new Background(name, 'unshare', ['-n', '-m', 'sh', '-ec', script]);
  await waitFor(
    `namespace ${name} is made`,
    () => ({ ready: isThere(ready), running: holder.running, log: holder.log() }),
    (state) => state.ready || !state.running,
  );
  if (!holder.running) throw new Error(`namespace ${name}: ${holder.log()}`);
  return holder;
}

/** The system's users and groups, but with those that the daemons want as they want them. */
function writeUsers(folder: string): void {
  const passwd = SYSTEM_USERS.map((name, i) => `${name}:x:${64000 + i}:${64000 + i}::/run/openbgpd:/bin/false`);
  const group = [...SYSTEM_USERS, 'frrvty'].map((name, i) => `${name}:x:${64000 + i}:root`);
  for (const [file, added] of [
    ['passwd', passwd],
    ['group', group],
  ] as const) {
    const names = new Set(added.map((line) => line.split(':')[0]));
    const system = readFileSync(`/etc/${file}`, 'utf8').split('\n');
    const kept = system.filter((line) => line !== '' && !names.has(line.split(':')[0]));
    writeFileSync(join(folder, file), `${[...kept, ...added].join('\n')}\n`);
  }
}

function isThere(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
