/** AS numbers: reserved ones, rules that are both inside and outside, and what goes only with one side. */

import type { Path } from '../problems/problems.ts';
import { type Effective, type Subject, sideOf } from '../resolve/effective.ts';
import { parseAs, reservedAs } from '../schema/as-number.ts';
import { type CheckContext, sessionSubjects, subjects } from './context.ts';
import type { Report } from './report.ts';

/** Numbers that nobody may have (RFC 6793, RFC 7300). */
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
    if (seen.has(as)) report.error([...path, at], `AS ${value} stands in the list already`, 'each AS number once');
    seen.add(as);
    reserved(value, [...path, at], report);
  }
}

/** Tells of a number that nobody may have, or should. */
export function reserved(value: number | string, path: Path, report: Report): void {
  const why = reservedAs(parseAs(value)!);
  if (why === null) return;
  const what = `AS ${value} ${why.why}`;
  if (why.forbidden) report.error(path, what, 'the AS number that the speaker really has');
  else report.warn(path, what, 'an AS number of your own, or one for private use (64512 to 65534)');
}

/** The AS numbers of a peer or group, as far as they are told. */
export function rulesOf(subject: Subject): (number | null)[] {
  const rule = subject.get('as');
  if (rule === null || rule === 'internal' || rule === 'external') return [];
  return (Array.isArray(rule) ? rule : [rule]).map((as: number | string) => parseAs(as));
}

/** A list may not have numbers of several sides: what a peer is to us is known before it connects. */
export function checkMixedAs(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (!subject.says('as') || sideOf(subject.get('as'), context.domain) !== 'mixed') continue;
    const ours = rulesOf(subject).includes(context.ourAs);
    const mixed = ours ? `our own AS ${context.draft.router.as}` : 'members of our confederation';
    const right = 'one group for peers inside the AS, another for those outside';
    context.report.error([...subject.path, 'as'], `the list has ${mixed} and others`, right);
  }
}

/** Every session needs to know which AS numbers it may take. */
export function checkMissingAs(context: CheckContext): void {
  for (const subject of sessionSubjects(context)) {
    if (subject.get('as') !== null || context.report.isUnsure(subject, 'as')) continue;
    const unknownGroup = subject.places.length === 1 && context.report.written([...subject.path, 'group']);
    if (unknownGroup) continue;
    const what =
      subject.path[0] === 'groups'
        ? '`as` is missing, and the group has dynamic ranges'
        : '`as` is missing here and in the group';
    context.report.error(subject.path, what, 'an AS number, a list of AS numbers, `internal` or `external`', {
      at: 'key',
    });
  }
}

/** Reflection is between peers of one AS (RFC 4456). */
export function checkClients(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (context.report.isUnsure(subject, 'as', 'route-reflector-client')) continue;
    if (!subject.says('as') && !subject.says('route-reflector-client')) continue;
    const side = sideOf(subject.get('as'), context.domain);
    if ((side !== 'external' && side !== 'confederation') || !subject.get('route-reflector-client')) continue;
    const own = subject.says('route-reflector-client') ? 'route-reflector-client' : 'as';
    const what = 'a peer of another AS cannot be a client of a route reflector';
    context.report.error([...subject.path, own], what, 'false, or `as: internal` (RFC 4456)');
  }
}

const EXTERNAL_ONLY = ['as-override', 'remove-private-as'] as const;

const AREA = { internal: 'AS', confederation: 'confederation' } as const;

/** Inside the AS nobody changes an AS_PATH (RFC 4271 5.1.2). */
export function checkExternalOnly(context: CheckContext): void {
  for (const subject of subjects(context)) {
    for (const name of EXTERNAL_ONLY) {
      if (context.report.isUnsure(subject, 'as', name) || !subject.get(name)) continue;
      if (!subject.says('as') && !subject.says(name)) continue;
      const side = sideOf(subject.get('as'), context.domain);
      if (side !== 'internal' && side !== 'confederation') continue;
      const what = `\`${name}\` is for peers of another AS: inside the ${AREA[side]} no AS_PATH is changed`;
      context.report.error([...subject.path, subject.says(name) ? name : 'as'], what, 'false, or `as: external`');
    }
  }
}

/** Cluster settings of peers that are no clients change nothing. */
export function checkIdleClusterSettings(context: CheckContext): void {
  for (const subject of sessionSubjects(context)) {
    if (subject.get('route-reflector-client') || context.report.isUnsure(subject, 'route-reflector-client')) continue;
    for (const name of ['cluster-id', 'client-to-client'] as const) {
      if (!subject.says(name)) continue;
      const path = [...subject.path, name];
      context.report.warn(
        path,
        'this has no effect: the peer is not a client',
        '`route-reflector-client: true` with it',
      );
    }
  }
}

const POLICIES = ['import', 'export'] as const;
const EFFECT = { import: 'its routes are rejected', export: 'no routes are sent to it' };

/** RFC 8212: without a policy an eBGP peer gives nothing and gets nothing. Told once where the AS is set. */
export function checkEbgpPolicy(context: CheckContext): void {
  const told = new Map<string, { path: Path; lacking: Set<(typeof POLICIES)[number]> }>();
  for (const subject of sessionSubjects(context)) {
    if (sideOf(subject.get('as') as Effective<'as'>, context.domain) !== 'external') continue;
    const path = subject.pathOf('as')!;
    for (const name of POLICIES.filter((each) => lacks(subject, each, context.report))) {
      const entry = told.get(path.join('\0')) ?? { path, lacking: new Set() };
      told.set(path.join('\0'), entry);
      entry.lacking.add(name);
    }
  }
  for (const { path, lacking } of told.values()) {
    const names = POLICIES.filter((name) => lacking.has(name));
    const effects = names.map((name) => EFFECT[name]).join(', ');
    const what = `a peer of another AS without ${names.map((name) => `\`${name}\``).join(' and ')}: ${effects} (RFC 8212)`;
    context.report.warn(path, what, names.map((name) => `\`${name}: accept\``).join(' and '));
  }
}

function lacks(subject: Subject, name: (typeof POLICIES)[number], report: Report): boolean {
  return subject.get(name) === null && !report.isUnsure(subject, name);
}

/** RFC 9234 4: roles are of sessions with other AS; and the strict rule is about a role. */
export function checkRoles(context: CheckContext): void {
  for (const subject of sessionSubjects(context)) {
    const role = subject.get('bgp-role');
    const side = sideOf(subject.get('as'), context.domain);
    if (role !== null && (side === 'internal' || side === 'confederation')) {
      const ours = side === 'internal' ? 'ours' : 'our confederation';
      const what = `\`bgp-role\` is for peers of other AS, and this one is inside ${ours} (RFC 9234)`;
      context.report.error(subject.pathOf('bgp-role') ?? subject.path, what, 'no `bgp-role` here');
    }
    if (role === null && subject.get('bgp-role-strict')) {
      const what = '`bgp-role-strict` does nothing without `bgp-role`';
      context.report.warn(subject.pathOf('bgp-role-strict') ?? subject.path, what, 'a `bgp-role` beside it');
    }
  }
}
