/**
 * Debian packages without installing them: apt finds the package and those of its dependencies that the system lacks,
 * `dpkg -x` unpacks them into one folder. Package lists that are missing or too old are fetched into the cache folder,
 * so the system's own state is not touched and root is not needed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { CACHE } from './paths.ts';

const OWN_LISTS = join(CACHE, 'apt');
const COMMON = ['-q', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3', '-o', 'Acquire::http::Timeout=30'];
let useOwnLists = false;

/** Unpacks `packageName` and what it needs into `folder`. Throws with apt's words where that is impossible. */
export function unpackPackage(packageName: string, folder: string): void {
  const work = `${folder}.download-${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    download(packageName, work);
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(work)) {
      if (file.endsWith('.deb')) run('dpkg', ['-x', join(work, file), folder], work);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function download(packageName: string, work: string): void {
  try {
    run('apt-get', [...options(), 'download', ...withMissingDependencies(packageName, work)], work);
  } catch (error) {
    if (useOwnLists) throw error;
    fetchLists();
    useOwnLists = true;
    run('apt-get', [...options(), 'download', ...withMissingDependencies(packageName, work)], work);
  }
}

/** What `apt-get install` would add to this system; what it would merely upgrade is there in a version that runs. */
function withMissingDependencies(packageName: string, work: string): string[] {
  const plan = run('apt-get', [...options(), '-s', '--no-install-recommends', 'install', packageName], work);
  const names = new Set([packageName]);
  for (const line of plan.split('\n')) {
    const added = /^Inst (\S+) \(/.exec(line);
    if (added) names.add(added[1]!);
  }
  return [...names];
}

function fetchLists(): void {
  withLock(join(CACHE, 'apt.lock'), () => {
    for (const sub of ['lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(OWN_LISTS, sub), { recursive: true });
    }
    run('apt-get', [...ownListOptions(), 'update'], OWN_LISTS);
  });
}

function ownListOptions(): string[] {
  return [...COMMON, '-o', `Dir::State::Lists=${OWN_LISTS}/lists`, '-o', `Dir::Cache=${OWN_LISTS}/cache`];
}

function options(): string[] {
  return useOwnLists ? ownListOptions() : COMMON;
}

function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 300_000,
      maxBuffer: 1 << 26,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (error) {
    const words = String((error as { stderr?: unknown }).stderr ?? '').trim() || String(error);
    throw new Error(`${command} ${args.filter((arg) => !arg.includes('::')).join(' ')}: ${words}`);
  }
}
