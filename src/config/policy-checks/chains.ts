/** Checks policies, and the chains of groups and peers that name them. */
import type { Action, Condition, PoliciesSpec, RuleSpec } from '../../spec/policy.ts';
import { type CheckContext, subjects } from '../checks/context.ts';
import type { ChainSetting } from '../policy/chain-content.ts';
import { SESSION_KEYS } from '../policy/conditions.ts';
import { shownNames } from '../policy/reader.ts';
import { nearest } from '../problems/nearest.ts';
import type { Path } from '../problems/problems.ts';
import { sideOf } from '../resolve/effective.ts';
import { checkSessionNames } from './sessions.ts';

const DIRECTIONS = ['import', 'export'] as const;

/** All checks of policies. */
export function checkPolicies(context: CheckContext): void {
  reportFindings(context);
  checkChains(context);
  checkLabels(context);
  checkSessionNames(context);
  checkBlackhole(context);
}

/** What the policies themselves say. */
function reportFindings({ report, policies }: CheckContext): void {
  for (const { path, what, expected, ...more } of policies.errors) report.error(path, what, expected, more);
  for (const { path, what, expected, ...more } of policies.warnings) report.warn(path, what, expected, more);
}

/** `next-hop: blackhole` adds a community, which the kernel side acts on only if `fib.blackhole` says how. */
function checkBlackhole({ draft, report, policies: { paths } }: CheckContext): void {
  if ((draft.fib.blackhole ?? false) !== false) return;
  for (const path of paths.values()) {
    const rule = path.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)?.[step], draft);
    const { set } = (rule ?? {}) as { set?: Record<string, unknown> };
    if (set?.['next-hop'] !== 'blackhole') continue;
    const what = 'no packet is dropped here: the rule adds the community BLACKHOLE, and `fib.blackhole` is off';
    report.warn([...path, 'set', 'next-hop'], what, '`fib: { blackhole: true }` as well');
  }
}

/** A chain as it is written, once for a group whose peers inherit it. */
interface WrittenChain {
  readonly path: Path;
  readonly direction: (typeof DIRECTIONS)[number];
  readonly setting: ChainSetting;
  /** The peers are in our AS. */
  readonly internal: boolean;
}

function* chainsOf(context: CheckContext): Iterable<WrittenChain> {
  for (const subject of subjects(context)) {
    for (const direction of DIRECTIONS) {
      const setting = subject.get(direction);
      if (setting !== null && subject.says(direction)) {
        const internal = sideOf(subject.get('as'), context.domain) === 'internal';
        yield { path: [...subject.path, direction], direction, setting, internal };
      }
    }
  }
}

/** Every policy of a chain exists and can be reached, and the last one decides. */
function checkChains(context: CheckContext): void {
  const { policies } = context.policies;
  const used = new Set(context.policies.used);
  const imported = new Set<string>();
  const exported = new Set<string>();
  for (const chain of chainsOf(context)) {
    const names = typeof chain.setting === 'string' ? [chain.setting] : chain.setting;
    for (const name of names) {
      used.add(name);
      (chain.direction === 'import' ? imported : exported).add(name);
    }
    checkSteps(context, chain, names);
    checkOverwritten(context, chain, names);
    checkOwnAs(context, chain, names);
    checkWeight(context, chain, names);
  }
  for (const name of policies.keys()) {
    if (used.has(name)) continue;
    context.report.warn(['policies', name], `nothing uses the policy \`${name}\``, 'a group or peer that uses it', {
      at: 'key',
    });
  }
  for (const name of imported) if (!exported.has(name)) checkNoReceiver(context, policies, name);
}

function checkSteps({ report, policies: { policies } }: CheckContext, chain: WrittenChain, names: readonly string[]) {
  const known = [...new Set(['accept', 'reject', ...policies.keys()])];
  let ended: string | null = null;
  for (const [at, name] of names.entries()) {
    const path = typeof chain.setting === 'string' ? chain.path : [...chain.path, at];
    if (!known.includes(name)) {
      const near = nearest(name, known);
      const suggestion = near === null ? null : `did you mean \`${near}\`?`;
      report.error(path, `${name} is not a policy`, `one of ${shownNames(known)}`, { suggestion });
      return;
    }
    if (ended !== null) {
      report.error(
        path,
        `no route reaches \`${name}\`: \`${ended}\` decides all of them`,
        `nothing behind \`${ended}\``,
      );
      return;
    }
    if (decidesAll(policies, name)) ended = name;
  }
  if (ended !== null) return;
  const last = names.at(-1)!;
  const what = `the chain does not decide: its last policy \`${last}\` ends with \`next\``;
  report.error(chain.path, what, '`accept` or `reject` at its end, or a policy with such a default');
}

/** Whether every route is accepted or rejected by a policy at the latest. */
function decidesAll(policies: PoliciesSpec, name: string): boolean {
  const policy = policies.get(name);
  if (policy === undefined || policy.default !== 'next') return true;
  return policy.rules.some(({ test, then }) => test === null && then !== 'next');
}

/** A value that a later rule of the chain replaces for every route. */
function checkOverwritten(
  { report, policies: { policies, paths } }: CheckContext,
  chain: WrittenChain,
  names: readonly string[],
): void {
  const before: { readonly rule: RuleSpec; readonly field: string }[] = [];
  for (const name of names) {
    for (const rule of policies.get(name)?.rules ?? []) {
      const fields = rule.actions.map(fieldOf).filter((field): field is string => field !== null);
      if (rule.test === null) {
        for (const earlier of before.filter(({ field }) => fields.includes(field) && replaces(rule, field))) {
          const path = paths.get(`${earlier.rule.policy}/${earlier.rule.name}`);
          if (path === undefined) continue;
          const what = `no effect in \`${formatChain(chain)}\`: \`${rule.policy}/${rule.name}\` sets \`${earlier.field}\` again for every route`;
          report.warn([...path, 'set'], what, 'the rule behind that one, or a condition there');
        }
      }
      if (rule.then === 'next') before.push(...fields.map((field) => ({ rule, field })));
    }
  }
}

/** RFC 4271 9.1.2: a receiver in our AS rejects an AS path with our AS number as a loop. */
function checkOwnAs(
  { report, ourAs, policies: { policies, paths } }: CheckContext,
  chain: WrittenChain,
  names: readonly string[],
): void {
  if (chain.direction !== 'export' || !chain.internal) return;
  for (const rule of names.flatMap((name) => policies.get(name)?.rules ?? [])) {
    const adds = rule.actions.some(
      (action) =>
        (action.kind === 'as-prepend' && (action.as === 'own' || action.as === ourAs)) ||
        (action.kind === 'as-replace' && (action.with === 'own' || action.with === ourAs)),
    );
    const path = paths.get(`${rule.policy}/${rule.name}`);
    if (!adds || path === undefined || (rule.test !== null && needsReceiver(rule.test))) continue;
    const what = `iBGP peers reject the route as an AS loop: the rule adds our AS number in \`${formatChain(chain)}\``;
    report.warn([...path, 'set', 'as-path'], what, 'an export to eBGP peers, or `if: { to: { role: ebgp } }`');
  }
}

/** A weight is compared in the decision of this router, which an export comes after. */
function checkWeight(
  { report, policies: { policies, paths } }: CheckContext,
  chain: WrittenChain,
  names: readonly string[],
): void {
  if (chain.direction !== 'export') return;
  for (const rule of names.flatMap((name) => policies.get(name)?.rules ?? [])) {
    const path = paths.get(`${rule.policy}/${rule.name}`);
    if (path === undefined || !rule.actions.some(({ kind }) => kind === 'weight')) continue;
    const what = `no effect in \`${formatChain(chain)}\`: a weight is never advertised`;
    report.warn([...path, 'set', 'weight'], what, 'the rule in an import');
  }
}

function formatChain({ path, direction }: WrittenChain): string {
  return `${direction}\` of \`${String(path.at(-2))}`;
}

/** The field of a route that an action sets, for those that hold one value. */
function fieldOf(action: Action): string | null {
  const { kind } = action;
  if (kind === 'communities-add' || kind === 'communities-remove' || kind === 'communities-replace')
    return 'communities';
  return kind === 'local-pref' ||
    kind === 'med' ||
    kind === 'origin' ||
    kind === 'aigp' ||
    kind === 'next-hop' ||
    kind === 'weight'
    ? kind
    : null;
}

function replaces({ actions }: RuleSpec, field: string): boolean {
  if (field === 'communities') return actions.some(({ kind }) => kind === 'communities-replace');
  return actions.some((action) => action.kind === field && !('relative' in action && action.relative));
}

/** `to` names the receiver of a route, which an import does not have. */
function checkNoReceiver({ report, policies: { paths } }: CheckContext, policies: PoliciesSpec, name: string): void {
  for (const rule of policies.get(name)?.rules ?? []) {
    const path = paths.get(`${rule.policy}/${rule.name}`);
    if (path === undefined || rule.test === null || !needsReceiver(rule.test)) continue;
    const what = `this condition never holds: \`to\` is the receiver of a route, and \`${name}\` is an import policy`;
    report.error([...path, 'if'], what, '`from`, or the policy in `export`');
  }
}

function needsReceiver(condition: Condition): boolean {
  if (condition.kind === 'to') return true;
  return condition.kind === 'all' && condition.of.some(needsReceiver);
}

/** Labels that policies know by another meaning. */
function checkLabels(context: CheckContext): void {
  for (const subject of subjects(context)) {
    if (!subject.says('labels')) continue;
    for (const name of Object.keys(subject.get('labels'))) {
      if (!SESSION_KEYS.includes(name)) continue;
      const what = `\`${name}\` cannot be a label: policies know the ${name} of a session anyway`;
      context.report.error([...subject.path, 'labels', name], what, 'another name', { at: 'key' });
    }
  }
}
