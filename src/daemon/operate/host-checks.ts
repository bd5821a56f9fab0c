/** The host as `doctor` checks it: limits, memory, settings of the kernel, the clock, and files. One row per check. */
import type { FindingView } from '../../engine/api/operator-commands.ts';
import { parseFileLimit } from '../../io/net/file-limit.ts';
import { missingRights } from '../../io/system/rights.ts';
import type { RouterSpec } from '../../spec/router.ts';

/** What the checks read. */
export interface Host {
  readonly spec: RouterSpec;
  /** The text of a file; null: it is not there. */
  readonly read: (path: string) => string | null;
  /** The permission bits of a file; null: it is not there. */
  readonly mode: (path: string) => number | null;
  readonly configPath: string;
  readonly nowMs: number;
  readonly rssBytes: number;
}

/** Descriptors of everything except sessions. */
const OTHER_FILES = 128;
/** A clock before this time was never set. */
const EARLIEST = Date.UTC(2025, 0, 1);
/** Octets of `optmem_max` that a TCP MD5 key of a listening socket takes in the kernel. */
const KEY_OCTETS = 136;
const MANY_ROUTES = 100_000;

type Check = (host: Host) => FindingView | null;

const CHECKS: readonly Check[] = [
  openFiles,
  memory,
  md5Keys,
  ipv6Routes,
  forwarding,
  backlog,
  clock,
  rights,
  configMode,
];

export function checkHost(host: Host): FindingView[] {
  return CHECKS.map((check) => check(host)).filter((found) => found !== null);
}

function finding(subject: string, text: string, problem?: readonly ['warning' | 'error', string]): FindingView {
  return { severity: problem?.[0] ?? 'ok', subject, text, remedy: problem?.[1] ?? null, place: null };
}

/** Every peer can have two connections for a moment (RFC 4271 6.8). */
function openFiles({ read, spec }: Host): FindingView {
  const limit = parseFileLimit(read('/proc/self/limits') ?? '');
  const peers = spec.peers.length + spec.ranges.reduce((sum, range) => sum + range.limit, 0);
  const wanted = 2 * peers + OTHER_FILES;
  const text = `the limit is ${limit === Number.POSITIVE_INFINITY ? 'unlimited' : limit}, and up to ${peers} peers need ${wanted}`;
  const isLow = limit < wanted;
  return finding(
    'open files',
    text,
    isLow ? ['warning', `set LimitNOFILE=${wanted} or more in the unit, or lower \`limit\` of the ranges`] : undefined,
  );
}

function memory({ read, rssBytes }: Host): FindingView {
  const group = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '';
  const maximum = Number(read(`/sys/fs/cgroup${group}/memory.max`)?.trim());
  const total = Number(/^MemTotal:\s*(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1]) * 1024;
  const limits = [maximum, total].filter((value) => value > 0);
  if (limits.length === 0) return finding('memory', `${megabytes(rssBytes)} in use; the limit is not known`);
  const limit = Math.min(...limits);
  const text = `${megabytes(rssBytes)} of ${megabytes(limit)} in use`;
  const remedy = 'raise MemoryMax of the unit, or the memory of the host; `show memory` names the tables';
  return finding('memory', text, rssBytes > 0.8 * limit ? ['error', remedy] : undefined);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function md5Keys({ spec, read }: Host): FindingView | null {
  const keys = [...spec.peers, ...spec.ranges].filter(({ transport }) => transport.password !== null).length;
  const maximum = Number(read('/proc/sys/net/core/optmem_max'));
  if (keys === 0 || !(maximum > 0)) return null;
  const possible = Math.floor(maximum / KEY_OCTETS);
  const remedy = `sysctl -w net.core.optmem_max=${keys * KEY_OCTETS * 2}, or one key for a whole range`;
  const text = `${keys} of about ${possible} TCP MD5 keys that a listening socket can have`;
  return finding('TCP MD5', text, keys > possible ? ['error', remedy] : undefined);
}

/** Kernels before 6.3 limit all IPv6 routes, which are 4,096 by default. */
function ipv6Routes({ spec, read }: Host): FindingView | null {
  const maximum = Number(read('/proc/sys/net/ipv6/route/max_size'));
  if (spec.fib.mode !== 'install' || !(maximum > 0)) return null;
  const remedy = 'sysctl -w net.ipv6.route.max_size=2147483647';
  const text = `the kernel keeps at most ${maximum} IPv6 routes`;
  return finding('IPv6 routes', text, maximum < MANY_ROUTES ? ['warning', remedy] : undefined);
}

function forwarding({ spec, read }: Host): FindingView | null {
  const value = read('/proc/sys/net/ipv4/ip_forward')?.trim();
  if (spec.fib.mode !== 'install' || value === undefined) return null;
  const remedy =
    'sysctl -w net.ipv4.ip_forward=1, if this host is a router; otherwise the routes serve its own traffic only';
  const isOff = value === '0';
  return finding(
    'forwarding',
    isOff ? 'IPv4 forwarding is off' : 'IPv4 forwarding is on',
    isOff ? ['warning', remedy] : undefined,
  );
}

function backlog({ read }: Host): FindingView | null {
  const maximum = Number(read('/proc/sys/net/core/somaxconn'));
  if (!(maximum > 0)) return null;
  const text = `${maximum} connections can wait to be accepted`;
  return finding(
    'listen queue',
    text,
    maximum < 512
      ? ['warning', 'sysctl -w net.core.somaxconn=4096: many peers may connect at once after a start']
      : undefined,
  );
}

function clock({ nowMs }: Host): FindingView {
  const text = `it is ${new Date(nowMs).toISOString().slice(0, 19)} UTC`;
  const remedy = 'set the clock (NTP): the age of the list of peers for a restart, and all logs, depend on it';
  return finding('clock', text, nowMs < EARLIEST ? ['error', remedy] : undefined);
}

function rights({ spec, read }: Host): FindingView {
  const missing = missingRights(spec.fib.mode, read('/proc/self/status') ?? '');
  const fine = 'the process has the capabilities that the configuration needs';
  return missing === null ? finding('rights', fine) : finding('rights', missing, ['error', 'see docs/INSTALL.md']);
}

function configMode({ spec, mode, configPath }: Host): FindingView | null {
  const bits = mode(configPath);
  if (bits === null) return null;
  const hasKeys = [...spec.peers, ...spec.ranges].some(({ transport }) => transport.password !== null);
  const text = `${configPath} has mode ${(bits & 0o777).toString(8)}`;
  if ((bits & 0o002) !== 0)
    return finding('configuration', `${text}: every user can change it`, ['error', `chmod o-w ${configPath}`]);
  const isOpen = hasKeys && (bits & 0o004) !== 0;
  return finding(
    'configuration',
    text,
    isOpen ? ['warning', `it has passwords, and every user can read it: chmod o-r ${configPath}`] : undefined,
  );
}
