/**
 * All policies of the router, compiled: the chains of the sessions, and the classes of prefixes that they ask for.
 *
 *   specification ─ fold for a session ─► steps ─ one for all sessions with the same steps ─► Chain
 */
import type { Action, ChainSpec, Condition, PoliciesSpec } from '../spec/policy.ts';
import { Chain, type ChainTerms } from './chain.ts';
import { isNlriCondition } from './match/nlri-conditions.ts';
import { type PrefixClasses, PrefixConditions } from './match/prefix-classes.ts';
import type { SessionFacts } from './route/route.ts';
import { REJECTED, RuleIds, type RuleInfo } from './rule-ids.ts';
import { type Folded, type FoldedStep, foldChain, partsOf } from './rules/folded.ts';

/** The rule that decided about a route. */
export interface Ruling extends RuleInfo {
  readonly rejected: boolean;
}

/** Folded chains kept for each chain of the file: hosts of dynamic ranges choose their names, and come and go. */
const MOST_FOLDS = 4096;

export class Policies {
  readonly rules = new RuleIds();
  /** The classes of prefixes are other ones: what was kept of the previous ones is invalid. */
  onNewClasses: () => void = () => {};
  private specs: PoliciesSpec = new Map();
  private conditions = new PrefixConditions();
  private built: PrefixClasses | null = null;
  /** By what they do (`Chain.key`). */
  private chains = new Map<string, Chain>();
  private readonly factsKeys = new Map<string, number>();
  /** By the chain of the file and the session: folding a long chain for a thousand sessions would take seconds. */
  private readonly folds = new Map<string, Map<string, Chain>>();
  /** A rule asks for the name of a peer: without that, sessions that differ in it alone have one chain. */
  private asksNames = false;
  private lastId = 0;

  /**
   * Replaces all policies. A chain that does the same as before stays the same object.
   * @param inUse chains of sessions and update groups; others are forgotten
   */
  adopt(specs: PoliciesSpec, inUse: ReadonlySet<Chain>): void {
    this.specs = specs;
    this.rules.describe(specs);
    this.folds.clear();
    this.chains = new Map([...this.chains].filter(([, chain]) => inUse.has(chain)));
    const conditions = new PrefixConditions();
    this.asksNames = false;
    for (const condition of conditionsOf(specs)) {
      if ((condition.kind === 'from' || condition.kind === 'to') && condition.match.peers !== null)
        this.asksNames = true;
      if (condition.kind === 'prefix') conditions.ofSet(condition.set);
      else if (condition.kind === 'length') conditions.ofLength(condition.values);
      else if (isNlriCondition(condition)) conditions.ofNlri(condition);
    }
    if (conditions.key === this.conditions.key) return;
    this.conditions = conditions;
    this.built = null;
    this.onNewClasses();
    // A chain with a set that is gone keeps its classes until its sessions have another chain.
    for (const chain of this.chains.values()) if (this.knowsAll(chain)) this.compile(chain);
  }

  /** The policies of another file beside these, which stay in force. The same classes of prefixes are shared. */
  beside(specs: PoliciesSpec): Policies {
    const other = new Policies();
    other.conditions = this.conditions;
    other.built = this.built;
    other.adopt(specs, new Set());
    return other;
  }

  /** Identifies what policies know about a session, apart from its name. */
  factsKeyOf(facts: SessionFacts): number {
    const text = JSON.stringify({ ...facts, name: '' });
    const key = this.factsKeys.get(text) ?? this.factsKeys.size + 1;
    this.factsKeys.set(text, key);
    return key;
  }

  /** The classes of prefixes in force. */
  get classes(): PrefixClasses {
    this.built ??= this.conditions.build();
    return this.built;
  }

  /** The chain of a session. */
  chainFor(spec: ChainSpec, facts: SessionFacts, terms: ChainTerms): Chain {
    const { steps, content } = spec;
    const folds = this.folds.get(content) ?? new Map<string, Chain>();
    this.folds.set(content, folds);
    const asked = this.asksNames ? facts : { ...facts, name: '' };
    const session = JSON.stringify([asked, { ...terms, ...addressesOf(terms) }]);
    const known = folds.get(session);
    if (known !== undefined) return known;
    const chain = this.chainOf(steps, foldChain(spec, this.specs, terms.direction, facts), terms);
    if (folds.size >= MOST_FOLDS) folds.clear();
    folds.set(session, chain);
    return chain;
  }

  /** Folded chains that are kept, for all chains of the file. */
  get keptFolds(): number {
    return [...this.folds.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** What the number of a rule stands for; null: no policy decided. */
  rulingOf(rule: number): Ruling | null {
    const info = rule === 0 ? null : this.rules.infoOf(rule & ~REJECTED);
    return info === null ? null : { ...info, rejected: (rule & REJECTED) !== 0 };
  }

  bytes(): number {
    return this.built?.bytes() ?? 0;
  }

  private chainOf(names: readonly string[], folded: readonly FoldedStep[], terms: ChainTerms): Chain {
    const asked = askedOf(terms, [...partsOf(folded)]);
    const key = JSON.stringify([folded, { ...asked, ...addressesOf(asked) }]);
    const chain = this.chains.get(key) ?? new Chain(key, names, folded, asked);
    this.chains.set(key, chain);
    if (chain.classes !== this.classes) this.compile(chain);
    return chain;
  }

  private compile(chain: Chain): void {
    const { conditions, classes } = this;
    const numbers = {
      ofSet: conditions.ofSet.bind(conditions),
      ofLength: conditions.ofLength.bind(conditions),
      ofNlri: conditions.ofNlri.bind(conditions),
      classes,
    };
    chain.compile(++this.lastId, numbers, this.rules);
  }

  private knowsAll({ folded }: Chain): boolean {
    for (const part of partsOf(folded)) {
      if (part.kind === 'prefix' && !this.conditions.knows(part.set)) return false;
      if (part.kind === 'length' && !this.conditions.knows(part.values)) return false;
      if (isNlriCondition(part) && !this.conditions.knows(part)) return false;
    }
    return true;
  }
}

function addressesOf({ selfAddress, nextHop }: ChainTerms) {
  return { selfAddress: selfAddress?.join('.') ?? null, nextHop: nextHop?.join('.') ?? null };
}

/** The terms without those that no rule asks for, so that sessions which differ in them share a chain. */
function askedOf(terms: ChainTerms, parts: readonly (Folded | Action)[]): ChainTerms {
  const sets = parts.filter((part) => part.kind === 'next-hop' && 'to' in part).length > 0;
  const asksSelf = parts.some((part) => part.kind === 'next-hop' && ('to' in part ? isOurs(part.to) : part.self));
  const asksAs = parts.some((part) => {
    if (part.kind === 'as-prepend') return part.as === 'own';
    return part.kind === 'link-bandwidth' || (part.kind === 'as-replace' && part.with === 'own');
  });
  const setsMed = parts.some(({ kind }) => kind === 'med-remove') || parts.some((part) => isMedAction(part));
  return {
    direction: terms.direction,
    as: asksAs ? terms.as : 0,
    extendedNextHop: sets && terms.extendedNextHop,
    dropsMed: terms.dropsMed && setsMed,
    selfAddress: asksSelf ? terms.selfAddress : null,
    nextHop: sets ? terms.nextHop : null,
  };
}

function isOurs(to: unknown): boolean {
  return to === 'self' || to === 'peer';
}

function isMedAction(part: Folded | Action): boolean {
  return part.kind === 'med' && 'relative' in part;
}

/** Every condition of every policy, inner ones as well. */
function* conditionsOf(specs: PoliciesSpec): Iterable<Condition> {
  for (const { rules } of specs.values()) for (const { test } of rules) if (test !== null) yield* within(test);
}

function* within(condition: Condition): Iterable<Condition> {
  yield condition;
  if (condition.kind === 'all' || condition.kind === 'any') for (const one of condition.of) yield* within(one);
  else if (condition.kind === 'not') yield* within(condition.of);
}
