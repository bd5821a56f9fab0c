/**
 * A chain as it applies to one kind of session: its policies one after another, without the rules and conditions that
 * the session decides (`from` of an import, `to` of an export). Sessions with equal folded chains share results, and
 * update groups.
 */
import type { Action, ChainSpec, Condition, Outcome, PoliciesSpec, SessionMatch } from '../../spec/policy.ts';
import type { SessionFacts } from '../route/route.ts';

export type Direction = 'import' | 'export';

/** A condition in which nothing depends on the session that the chain belongs to. */
export type Folded =
  | Exclude<Condition, { kind: 'all' | 'any' | 'not' | 'policy' | 'to' }>
  | { readonly kind: 'all' | 'any'; readonly of: readonly Folded[] }
  | { readonly kind: 'not'; readonly of: Folded }
  | { readonly kind: 'accepts'; readonly steps: readonly FoldedStep[] };

export interface FoldedStep {
  /** `policy/rule`; `policy/default`, `accept` or `reject` for what ends a policy or a chain. */
  readonly rule: string;
  /** null: always. */
  readonly test: Folded | null;
  readonly actions: readonly Action[];
  readonly then: Outcome;
}

/** The steps of a chain for a session. */
export function foldChain(
  { steps }: Pick<ChainSpec, 'steps'>,
  policies: PoliciesSpec,
  direction: Direction,
  facts: SessionFacts,
): FoldedStep[] {
  const folder = new Folder(policies, direction, facts);
  const out: FoldedStep[] = [];
  for (const name of steps) {
    if (name === 'accept' || name === 'reject') out.push({ rule: name, test: null, actions: [], then: name });
    else out.push(...folder.policy(name));
    if (isLast(out.at(-1))) break;
  }
  // A chain that ends without a decision rejects; the checks of the file do not accept such a chain.
  if (!isLast(out.at(-1))) out.push({ rule: 'reject', test: null, actions: [], then: 'reject' });
  return out;
}

function isLast(step: FoldedStep | undefined): boolean {
  return step !== undefined && step.test === null && step.then !== 'next';
}

class Folder {
  private readonly policies: PoliciesSpec;
  private readonly direction: Direction;
  private readonly facts: SessionFacts;

  constructor(policies: PoliciesSpec, direction: Direction, facts: SessionFacts) {
    this.policies = policies;
    this.direction = direction;
    this.facts = facts;
  }

  /** The rules that can hold, up to one that always decides, and the default. */
  policy(name: string): FoldedStep[] {
    const policy = this.policies.get(name);
    if (policy === undefined) return [{ rule: name, test: null, actions: [], then: 'reject' }];
    const out: FoldedStep[] = [];
    for (const { name: rule, policy: home, test, actions, then } of policy.rules) {
      const folded = test === null ? true : this.condition(test);
      if (folded === false) continue;
      out.push({ rule: `${home}/${rule}`, test: folded === true ? null : folded, actions, then });
      if (isLast(out.at(-1))) return out;
    }
    if (policy.default !== 'next') {
      out.push({ rule: `${name}/default`, test: null, actions: [], then: policy.default });
    }
    return out;
  }

  /** A condition without what the session decides; true or false if that is all of it. */
  private condition(condition: Condition): Folded | boolean {
    switch (condition.kind) {
      case 'all':
        return this.all(condition.of);
      case 'any': {
        const not = this.all(condition.of.map((of) => ({ kind: 'not', of })));
        return negated(not);
      }
      case 'not':
        return negated(this.condition(condition.of));
      case 'from':
        return this.direction === 'import' ? fits(condition.match, this.facts) : condition;
      case 'to':
        return this.direction === 'export' && fits(condition.match, this.facts);
      case 'policy':
        return { kind: 'accepts', steps: this.policy(condition.name) };
      default:
        return condition;
    }
  }

  private all(conditions: readonly Condition[]): Folded | boolean {
    const left: Folded[] = [];
    for (const one of conditions) {
      const folded = this.condition(one);
      if (folded === false) return false;
      if (folded !== true) left.push(folded);
    }
    if (left.length === 0) return true;
    return left.length === 1 ? left[0] : { kind: 'all', of: left };
  }
}

/** The opposite of a condition: that of an AND of opposites is an OR. */
function negated(folded: Folded | boolean): Folded | boolean {
  if (typeof folded === 'boolean') return !folded;
  if (folded.kind === 'not') return folded.of;
  if (folded.kind === 'all' && folded.of.every(({ kind }) => kind === 'not')) {
    return { kind: 'any', of: folded.of.map((one) => (one as { of: Folded }).of) };
  }
  return { kind: 'not', of: folded };
}

/** Whether a session matches. */
export function fits(match: SessionMatch, facts: SessionFacts): boolean {
  const { peers, groups, roles, client, session, labels } = match;
  if (peers !== null && !peers.includes(facts.name)) return false;
  if (groups !== null && !groups.includes(facts.group)) return false;
  if (roles !== null && !roles.includes(facts.role)) return false;
  if (client !== null && client !== facts.client) return false;
  if (session !== null && session !== facts.session) return false;
  return Object.entries(labels).every(([name, values]) => values.includes(facts.labels[name] ?? ''));
}

/** Every condition and action of the steps, for what depends on their kinds. */
export function* partsOf(steps: readonly FoldedStep[]): Iterable<Folded | Action> {
  for (const { test, actions } of steps) {
    if (test !== null) yield* conditionsIn(test);
    yield* actions;
  }
}

/** Every condition of the steps, inner ones as well. */
export function* conditionsOf(steps: readonly FoldedStep[]): Iterable<Folded> {
  for (const { test } of steps) if (test !== null) yield* conditionsIn(test);
}

function* conditionsIn(condition: Folded): Iterable<Folded> {
  yield condition;
  if (condition.kind === 'all' || condition.kind === 'any') for (const one of condition.of) yield* conditionsIn(one);
  else if (condition.kind === 'not') yield* conditionsIn(condition.of);
  else if (condition.kind === 'accepts') yield* conditionsOf(condition.steps);
}
