/** Checks the timers, the addresses and the next hops of sessions. */

import { formatAddress, parseAddress } from '../../lib/ip.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import type { Path } from '../problems/problems.ts';
import type { Subject } from '../resolve/effective.ts';
import { versionOf } from '../values/addresses.ts';
import { type CheckContext, sessionSubjects, subjects } from './context.ts';

/** A keepalive interval is at most a third of the hold time (RFC 4271 4.4); without a hold time there are none. */
export function checkKeepalive({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    const hold = subject.get('hold-time');
    const keepalive = subject.get('keepalive-time');
    if (keepalive === null || report.isUnsure(subject, 'hold-time', 'keepalive-time')) continue;
    if (!subject.says('hold-time') && !subject.says('keepalive-time')) continue;
    const path = [...subject.path, subject.says('keepalive-time') ? 'keepalive-time' : 'hold-time'];
    const max = Math.floor(hold / 3);
    if (hold === 0) {
      report.error(path, 'no keepalives are sent with a hold time of 0', 'no `keepalive-time`, or a hold time');
    } else if (keepalive > Math.max(max, 1)) {
      const what = `a keepalive time of ${keepalive} seconds is more than a third of the hold time of ${hold}`;
      report.error(
        path,
        what,
        `a \`keepalive-time\` of at most ${max}, or a \`hold-time\` of at least ${keepalive * 3}`,
      );
    }
  }
}

/** The idle hold time of a failing peer grows up to its maximum. */
export function checkIdleHold({ report, ...context }: CheckContext): void {
  for (const subject of subjects({ report, ...context })) {
    const written = subject.pathOf('idle-hold-max-time');
    if (written === null || report.isUnsure(subject, 'idle-hold-time', 'idle-hold-max-time')) continue;
    if (!subject.says('idle-hold-time') && !subject.says('idle-hold-max-time')) continue;
    const [first, max] = [subject.get('idle-hold-time'), subject.get('idle-hold-max-time')];
    if (max >= first) continue;
    const what = `the maximum of ${max} seconds is below \`idle-hold-time\` ${first}`;
    report.error(written, what, `at least ${first}`);
  }
}

/** Both ends of a connection have the same IP version. */
export function checkLocalAddress({ report, peers }: CheckContext): void {
  for (const { subject, address, peer } of peers) {
    const text = subject.get('local-address');
    const local = text === null ? null : parseAddress(text);
    if (local === null || report.isUnsure(subject, 'local-address')) continue;
    if (peer.interface !== undefined) {
      reportLinkLocal(subject, report);
      continue;
    }
    if (local.length === address.length) continue;
    const path = subject.says('local-address') ? [...subject.path, 'local-address'] : [...subject.path, 'address'];
    const what = `\`local-address\` ${text} is ${versionOf(local)}, the peer ${peer.address} is ${versionOf(address)}`;
    report.error(path, what, `both ${versionOf(address)}`);
  }
}

function reportLinkLocal(subject: Subject, report: CheckContext['report']): void {
  const what = 'a session with a peer on an `interface` uses link-local addresses';
  const path = subject.says('local-address') ? [...subject.path, 'local-address'] : [...subject.path, 'interface'];
  report.error(path, what, 'no `local-address`, in the peer and in its group');
}

/** Families to which `next-hop` applies, and those whose IPv4 routes may have IPv6 next hops. */
const REPLACEABLE = new Set(KNOWN_FAMILIES.filter(({ nextHop }) => nextHop.isReplaceable).map(({ name }) => name));
const EXTENSIBLE = new Set(KNOWN_FAMILIES.filter(({ nextHop }) => nextHop.extended.length > 0).map(({ name }) => name));

/** The next hop must have the IP version of the family. Reported once, where it is set. */
export function checkNextHop(context: CheckContext): void {
  const found = new Set<string>();
  for (const subject of sessionSubjects(context)) {
    const path = subject.pathOf('next-hop');
    if (path === null || context.report.isUnsure(subject, 'families', 'next-hop')) continue;
    for (const family of subject.familyNames) {
      if (!REPLACEABLE.has(family)) continue;
      const where = typeof subject.get('next-hop') === 'string' ? path : [...path, family];
      if (found.has(where.join('\0'))) continue;
      if (nextHopMismatch(subject, family, where, context)) found.add(where.join('\0'));
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
  const effect = mode === 'self' ? 'its routes are not advertised' : 'its next hops stay unchanged';
  const what = `${source} has no next hop for ${family}: ${effect}`;
  const ways = `\`families\` without ${family}, or a separate session for it`;
  report.warn(path, what, address.length === 16 ? `\`extended-next-hop: true\`, ${ways}` : ways);
  return true;
}

/** Extended next hops are for IPv4 routes. */
export function checkExtendedNextHop(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (!subject.says('extended-next-hop') || !subject.get('extended-next-hop')) continue;
    if (context.report.isUnsure(subject, 'families') || subject.familyNames.some((family) => EXTENSIBLE.has(family)))
      continue;
    const path = [...subject.path, 'extended-next-hop'];
    const what = 'no effect: it is for IPv4 routes, and `families` has no ipv4-unicast';
    context.report.warn(path, what, '`ipv4-unicast` in `families`, or no `extended-next-hop`');
  }
}

/** The port of a passive peer. */
export function checkIdlePort({ report, peers }: CheckContext): void {
  for (const { subject } of peers) {
    if (!subject.says('port') || !subject.get('passive')) continue;
    const path = [...subject.path, 'port'];
    report.warn(path, 'no effect: this router does not connect to a passive peer', '`passive: false`, or no `port`');
  }
}

/** Settings of paths that another setting overrides. */
export function checkIdlePaths(context: CheckContext): void {
  for (const subject of subjects(context)) {
    const { send = 'best', limit } = subject.get('add-path') ?? {};
    if (subject.says('add-path') && limit !== undefined && send !== 'all') {
      const path = [...subject.path, 'add-path', 'limit'];
      context.report.warn(path, 'no effect: it limits only `send: all`', '`send: all`, or the number as `send`');
    }
    if (!subject.says('best-external') || !subject.get('best-external') || send === 'best') continue;
    const path = [...subject.path, 'best-external'];
    context.report.warn(path, `no effect with \`send: ${send}\``, '`send: best`, or no `best-external`');
  }
}
