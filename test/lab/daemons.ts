/**
 * The BGP daemons and tools that we are tested against: Debian's packages, unpacked once into the checkout's cache.
 * Nothing is installed or started on the user's system.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { unpackPackage } from './apt.ts';
import { withLock } from './lock.ts';
import { CACHE } from './paths.ts';

interface DaemonRow {
  readonly package: string;
  /** A program as `Daemon.program` takes it, and arguments with which it ends by itself, successfully. */
  readonly probe: readonly [string, ...string[]];
  /** Folders of libraries beside the usual one. */
  readonly libraries?: readonly string[];
  /** A system that has this program is taken as it is: its libraries are of its very version. */
  readonly installed?: string;
}

const ROWS = {
  bird2: { package: 'bird2', probe: ['usr/sbin/bird', '--version'] },
  bird1: { package: 'bird', probe: ['usr/sbin/bird', '--version'] },
  frr: { package: 'frr', probe: ['usr/lib/frr/bgpd', '--version'], libraries: ['frr'] },
  gobgp: { package: 'gobgpd', probe: ['usr/bin/gobgpd', '--version'] },
  exabgp: { package: 'exabgp', probe: ['python3', '-m', 'exabgp', '--version'] },
  openbgpd: { package: 'openbgpd', probe: ['usr/sbin/bgpd', '-V'] },
  bgpdump: { package: 'bgpdump', probe: ['usr/bin/bgpdump', '-T'] },
  prometheus: { package: 'prometheus', probe: ['usr/bin/promtool', '--version'] },
  tshark: { package: 'tshark', probe: ['usr/bin/tshark', '--version'] },
  promtool: { package: 'prometheus', probe: ['usr/bin/promtool', '--version'] },
  ping: { package: 'iputils-ping', probe: ['bin/ping', '-V'] },
  zsh: { package: 'zsh', probe: ['bin/zsh', '--version'] },
  fish: { package: 'fish', probe: ['usr/bin/fish', '--version'] },
  chromium: { package: 'chromium', probe: ['usr/lib/chromium/chromium', '--version'], libraries: ['pulseaudio'] },
  'systemd-analyze': {
    package: 'systemd',
    probe: ['bin/systemd-analyze', '--version'],
    libraries: ['systemd'],
    installed: '/usr/bin/systemd-analyze',
  },
} as const satisfies Record<string, DaemonRow>;

export type DaemonName = keyof typeof ROWS;

/** An unpacked package. */
export interface Daemon {
  readonly name: DaemonName;
  readonly root: string;
  /** What its programs need beside the caller's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of a program, given relative to the package's root; `python3` is its interpreter. */
  program(relative: string): string;
}

const known = new Map<DaemonName, Daemon | Error>();

/** The daemon, fetched and unpacked at the first call on this checkout (seconds). Throws where it cannot be had. */
export function daemon(name: DaemonName): Daemon {
  let found = known.get(name);
  if (found === undefined) {
    found = attempt(name);
    known.set(name, found);
  }
  if (found instanceof Error) throw found;
  return found;
}

/** Why the daemon cannot be had here, or null when it can. */
export function whyMissing(name: DaemonName): string | null {
  try {
    daemon(name);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function attempt(name: DaemonName): Daemon | Error {
  try {
    return obtain(name);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The folder gets its final name only after its program ran from it, so a folder that is there is whole. */
function obtain(name: DaemonName): Daemon {
  const row: DaemonRow = ROWS[name];
  if (row.installed !== undefined && existsSync(row.installed)) return describeDaemon(name, '/usr');
  const root = join(CACHE, 'debs', name);
  if (!existsSync(root)) {
    withLock(`${root}.lock`, () => {
      if (existsSync(root)) return;
      const fresh = `${root}.new`;
      rmSync(fresh, { recursive: true, force: true });
      mkdirSync(fresh, { recursive: true });
      unpackPackage(row.package, fresh);
      probe(describeDaemon(name, fresh));
      renameSync(fresh, root);
    });
  }
  return describeDaemon(name, root);
}

function probe(found: Daemon): void {
  const [program, ...args] = ROWS[found.name].probe;
  const env = { ...process.env, ...found.env };
  execFileSync(found.program(program), args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
}

function describeDaemon(name: DaemonName, root: string): Daemon {
  const row: DaemonRow = ROWS[name];
  const python = join(root, 'usr/bin/python3');
  const program = (relative: string) => {
    if (relative === 'python3') return existsSync(python) ? python : '/usr/bin/python3';
    return join(root, relative);
  };
  return { name, root, env: root === '/usr' ? {} : environment(root, row.libraries ?? []), program };
}

function environment(root: string, libraries: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  const folders = libraryFolders(root, libraries);
  if (folders.length > 0) env.LD_LIBRARY_PATH = folders.join(':');
  const modules = join(root, 'usr/lib/python3/dist-packages');
  if (existsSync(modules)) env.PYTHONPATH = modules;
  if (existsSync(join(root, 'usr/bin/python3'))) env.PYTHONHOME = join(root, 'usr');
  return env;
}

function libraryFolders(root: string, extra: readonly string[]): string[] {
  const folders: string[] = [];
  for (const base of ['usr/lib', 'lib']) {
    const folder = join(root, base);
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder)) {
      if (!entry.endsWith('-linux-gnu')) continue;
      folders.push(...['', ...extra].map((sub) => join(folder, entry, sub)).filter(isFolder));
    }
    folders.push(...extra.map((sub) => join(folder, sub)).filter(isFolder));
  }
  return folders;
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
