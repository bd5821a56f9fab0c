/** Checks AS numbers: reserved ones, lists that mix iBGP and eBGP, and settings for only one of these. */

import { parseAs, reservedAs } from '../../lib/as-number.ts';
import type { Path } from '../problems/problems.ts';
import { type Effective, type Subject, sideOf } from '../resolve/effective.ts';
import { type CheckContext, sessionSubjects, subjects } from './context.ts';
import type { Report } from './report.ts';

/** Reserved AS numbers (RFC 6793, RFC 7300). */
export function checkReservedAs({ draft, report, ...context }: CheckContext): void {
  if (draft.router.as !== undefined) reserved(draft.router.as, ['router', 'as'], report);
  for (const subject of subjects({ draft, report, ...context })) {
    const rule = subject.says('as') ? subject.get('as') : null;
    const path = [...subject.path, 'as'];
    if (Array.isArray(rule)) listOfAs(rule, path, report);
    else if (rule !== null && rule !== 'internal' && rule !== 'external')
      reserved(rule as number | string, path, report);
  }
}

function listOfAs(list: readonly (number | string)[], path: Path, report: Report): void {
  const seen = new Set<number>();
  for (const [at, value] of list.entries()) {
    const as = parseAs(value)!;
    if (seen.has(as)) report.error([...path, at], `AS ${value} is already in the list`, 'each AS number once');
    seen.add(as);
    reserved(value, [...path, at], report);
  }
}

/** Reports a reserved AS number. */
export function reserved(value: number | string, path: Path, report: Report): void {
  const why = reservedAs(parseAs(value)!);
  if (why === null) return;
  const what = `AS ${value} ${why.why}`;
  if (why.forbidden) report.error(path, what, 'the real AS number of the router');
  else report.warn(path, what, 'your own AS number, or a private one (64512 to 65534)');
}

/** The AS numbers in the rule of a peer or group. */
export function rulesOf(subject: Subject): (number | null)[] {
  const rule = subject.get('as');
  if (rule === null || rule === 'internal' || rule === 'external') return [];
  return (Array.isArray(rule) ? rule : [rule]).map((as: number | string) => parseAs(as));
}

/** A list must not mix iBGP, confederation and eBGP: the kind of a peer is known before it connects. */
export function checkMixedAs(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (!subject.says('as') || sideOf(subject.get('as'), context.domain) !== 'mixed') continue;
    const ours = rulesOf(subject).includes(context.ourAs);
    const mixed = ours ? `our own AS ${context.draft.router.as}` : 'members of our confederation';
    const expected = 'separate groups for internal and external peers';
    context.report.error([...subject.path, 'as'], `the list mixes ${mixed} with other AS numbers`, expected);
  }
}

/** Every session needs a rule for the AS number of the peer. */
export function checkMissingAs(context: CheckContext): void {
  for (const subject of sessionSubjects(context)) {
    if (subject.get('as') !== null || context.report.isUnsure(subject, 'as')) continue;
    const unknownGroup = subject.places.length === 1 && context.report.written([...subject.path, 'group']);
    if (unknownGroup) continue;
    const what =
      subject.path[0] === 'groups'
        ? '`as` is missing in a group with dynamic ranges'
        : '`as` is missing, in the peer and in its group';
    context.report.error(subject.path, what, 'an AS number, a list of AS numbers, `internal` or `external`', {
      at: 'key',
    });
  }
}

/** Only iBGP peers can be clients (RFC 4456). */
export function checkClients(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (context.report.isUnsure(subject, 'as', 'route-reflector-client')) continue;
    if (!subject.says('as') && !subject.says('route-reflector-client')) continue;
    const side = sideOf(subject.get('as'), context.domain);
    if ((side !== 'external' && side !== 'confederation') || !subject.get('route-reflector-client')) continue;
    const own = subject.says('route-reflector-client') ? 'route-reflector-client' : 'as';
    const what = 'a peer in another AS cannot be a client of a route reflector';
    context.report.error([...subject.path, own], what, '`as: internal`, or `route-reflector-client: false` (RFC 4456)');
  }
}

const EXTERNAL_ONLY = ['as-override', 'remove-private-as'] as const;

const AREA = { internal: 'AS', confederation: 'confederation' } as const;

/** AS_PATH is not changed toward iBGP peers (RFC 4271 5.1.2). */
export function checkExternalOnly(context: CheckContext): void {
  for (const subject of subjects(context)) {
    for (const name of EXTERNAL_ONLY) {
      if (context.report.isUnsure(subject, 'as', name) || !subject.get(name)) continue;
      if (!subject.says('as') && !subject.says(name)) continue;
      const side = sideOf(subject.get('as'), context.domain);
      if (side !== 'internal' && side !== 'confederation') continue;
      const what = `\`${name}\` is for eBGP peers; AS_PATH is not changed inside the ${AREA[side]}`;
      context.report.error([...subject.path, subject.says(name) ? name : 'as'], what, '`false`, or `as: external`');
    }
  }
}

/** Cluster settings have no effect on peers that are not clients. */
export function checkIdleClusterSettings(context: CheckContext): void {
  for (const subject of sessionSubjects(context)) {
    if (subject.get('route-reflector-client') || context.report.isUnsure(subject, 'route-reflector-client')) continue;
    for (const name of ['cluster-id', 'client-to-client'] as const) {
      if (!subject.says(name)) continue;
      const path = [...subject.path, name];
      context.report.warn(path, 'no effect: the peer is not a client', '`route-reflector-client: true` as well');
    }
  }
}

const POLICIES = ['import', 'export'] as const;
const EFFECT = { import: 'its routes are rejected', export: 'no routes are advertised to it' };

/** RFC 8212: no routes are exchanged with an eBGP peer without a policy. Reported once, where `as` is set. */
export function checkEbgpPolicy(context: CheckContext): void {
  const found = new Map<string, { path: Path; lacking: Set<(typeof POLICIES)[number]> }>();
  for (const subject of sessionSubjects(context)) {
    if (sideOf(subject.get('as') as Effective<'as'>, context.domain) !== 'external') continue;
    const path = subject.pathOf('as')!;
    for (const name of POLICIES.filter((each) => lacks(subject, each, context.report))) {
      const entry = found.get(path.join('\0')) ?? { path, lacking: new Set() };
      found.set(path.join('\0'), entry);
      entry.lacking.add(name);
    }
  }
  for (const { path, lacking } of found.values()) {
    const names = POLICIES.filter((name) => lacking.has(name));
    const effects = names.map((name) => EFFECT[name]).join(', ');
    const what = `an eBGP peer without ${names.map((name) => `\`${name}\``).join(' and ')}: ${effects} (RFC 8212)`;
    context.report.warn(path, what, names.map((name) => `\`${name}: accept\``).join(' and '));
  }
}

function lacks(subject: Subject, name: (typeof POLICIES)[number], report: Report): boolean {
  return subject.get(name) === null && !report.isUnsure(subject, name);
}

/** RFC 9234 4: roles are for eBGP sessions; the strict mode needs a role. */
export function checkRoles(context: CheckContext): void {
  for (const subject of sessionSubjects(context)) {
    const role = subject.get('bgp-role');
    const side = sideOf(subject.get('as'), context.domain);
    if (role !== null && (side === 'internal' || side === 'confederation')) {
      const where = side === 'internal' ? 'our AS' : 'our confederation';
      const what = `\`bgp-role\` is for eBGP peers; this peer is inside ${where} (RFC 9234)`;
      context.report.error(subject.pathOf('bgp-role') ?? subject.path, what, 'no `bgp-role` here');
    }
    if (role === null && subject.get('bgp-role-strict')) {
      const what = 'no effect without `bgp-role`';
      context.report.warn(subject.pathOf('bgp-role-strict') ?? subject.path, what, '`bgp-role` as well');
    }
  }
}
