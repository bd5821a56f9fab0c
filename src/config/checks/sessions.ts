/** Timers of a session, and addresses that do not go together. */
import { formatAddress, parseAddress } from '../../lib/ip.ts';
import type { Path } from '../problems/problems.ts';
import type { Subject } from '../resolve/effective.ts';
import { versionOf } from '../schema/addresses.ts';
import { type CheckContext, sessionSubjects, subjects } from './context.ts';

/** Keepalives come at least three times in a hold time (RFC 4271 4.4), and not at all without one. */
export function checkKeepalive({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    const hold = subject.get('hold-time');
    const keepalive = subject.get('keepalive-time');
    if (keepalive === null || report.isUnsure(subject, 'hold-time', 'keepalive-time')) continue;
    if (!subject.says('hold-time') && !subject.says('keepalive-time')) continue;
    const path = [...subject.path, subject.says('keepalive-time') ? 'keepalive-time' : 'hold-time'];
    const most = Math.floor(hold / 3);
    if (hold === 0) {
      report.error(path, 'with a hold time of 0 there are no keepalives', 'no `keepalive-time`, or a hold time');
    } else if (keepalive > Math.max(most, 1)) {
      const what = `${keepalive} seconds between keepalives are more than a third of the hold time of ${hold}`;
      report.error(
        path,
        what,
        `a \`keepalive-time\` of at most ${most}, or a \`hold-time\` of at least ${keepalive * 3}`,
      );
    }
  }
}

/** The pause of a failing peer grows up to its bound. */
export function checkIdleHold({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    const written = subject.pathOf('idle-hold-max-time');
    if (written === null || report.isUnsure(subject, 'idle-hold-time', 'idle-hold-max-time')) continue;
    if (!subject.says('idle-hold-time') && !subject.says('idle-hold-max-time')) continue;
    const [first, most] = [subject.get('idle-hold-time'), subject.get('idle-hold-max-time')];
    if (most >= first) continue;
    const what = `the bound of ${most} seconds is below \`idle-hold-time\`, ${first}`;
    report.error(written, what, `at least ${first}`);
  }
}

/** Our end and the peer's end of a connection are of one IP version. */
export function checkLocalAddress({ report, peers }: CheckContext): void {
  for (const { subject, address, peer } of peers) {
    const text = subject.get('local-address');
    const local = text === null ? null : parseAddress(text);
    if (local === null || report.isUnsure(subject, 'local-address')) continue;
    if (peer.interface !== undefined) {
      tellLinkLocal(subject, report);
      continue;
    }
    if (local.length === address.length) continue;
    const path = subject.says('local-address') ? [...subject.path, 'local-address'] : [...subject.path, 'address'];
    const what = `\`local-address\` ${text} is ${versionOf(local)}, the peer ${peer.address} is ${versionOf(address)}`;
    report.error(path, what, `both ${versionOf(address)}`);
  }
}

function tellLinkLocal(subject: Subject, report: CheckContext['report']): void {
  const what = 'the session with a peer on an `interface` runs between link-local addresses';
  const path = subject.says('local-address') ? [...subject.path, 'local-address'] : [...subject.path, 'interface'];
  report.error(path, what, 'no `local-address` for this peer, in its group either');
}

/** A next hop of one IP version does not serve the routes of the other; told once where it is set. */
export function checkNextHop(context: CheckContext): void {
  const told = new Set<string>();
  for (const subject of sessionSubjects(context)) {
    const path = subject.pathOf('next-hop');
    if (path === null || context.report.isUnsure(subject, 'families', 'next-hop')) continue;
    for (const family of subject.get('families')) {
      const where = typeof subject.get('next-hop') === 'string' ? path : [...path, family];
      if (told.has(where.join('\0'))) continue;
      if (nextHopMismatch(subject, family, where, context)) told.add(where.join('\0'));
    }
  }
}

function nextHopMismatch(subject: Subject, family: string, path: Path, { peers, report }: CheckContext): boolean {
  const setting = subject.get('next-hop');
  const mode = typeof setting === 'string' ? setting : (setting[family as keyof typeof setting] ?? 'unchanged');
  const session = peers.find((each) => each.subject === subject)?.address ?? null;
  const address = mode === 'self' ? session : parseAddress(mode);
  if (address === null || (address.length === 4) === family.startsWith('ipv4')) return false;
  if (address.length === 16 && subject.extendedNextHop) return false;
  const source = mode === 'self' ? `a session over ${versionOf(address)}` : formatAddress(address);
  const effect = mode === 'self' ? 'the peer is not told of its routes' : 'there it stays as it came';
  const what = `${source} gives no next hop for ${family}: ${effect}`;
  const ways = `\`families\` without ${family}, or a session of its own for it`;
  report.warn(path, what, address.length === 16 ? `\`extended-next-hop: true\`, ${ways}` : ways);
  return true;
}

/** Extended next hops are of IPv4 routes. */
export function checkExtendedNextHop(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (!subject.says('extended-next-hop') || !subject.get('extended-next-hop')) continue;
    if (context.report.isUnsure(subject, 'families') || subject.get('families').includes('ipv4-unicast')) continue;
    const path = [...subject.path, 'extended-next-hop'];
    const what = 'this has no effect: it lets IPv4 routes have IPv6 next hops, and `families` has no ipv4-unicast';
    context.report.warn(path, what, '`ipv4-unicast` among `families`, or no `extended-next-hop`');
  }
}

/** A port that nobody connects to. */
export function checkIdlePort({ report, peers }: CheckContext): void {
  for (const { subject } of peers) {
    if (!subject.says('port') || !subject.get('passive')) continue;
    const path = [...subject.path, 'port'];
    report.warn(path, 'this has no effect: a passive peer is never connected to', '`passive: false`, or no `port`');
  }
}

/** Words about paths that another word takes the effect from. */
export function checkIdlePaths(context: CheckContext): void {
  for (const subject of subjects(context)) {
    const { send = 'best', limit } = subject.get('add-path') ?? {};
    if (subject.says('add-path') && limit !== undefined && send !== 'all') {
      const path = [...subject.path, 'add-path', 'limit'];
      context.report.warn(path, 'this has no effect: it bounds `send: all`', '`send: all`, or the number as `send`');
    }
    if (!subject.says('best-external') || !subject.get('best-external') || send === 'best') continue;
    const path = [...subject.path, 'best-external'];
    context.report.warn(path, `this has no effect with \`send: ${send}\``, '`send: best`, or no `best-external`');
  }
}
