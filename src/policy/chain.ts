/** A compiled chain: what an import or an export does to a route. */
import type { Action } from '../spec/policy.ts';
import { isNlriCondition } from './match/nlri-conditions.ts';
import type { PrefixClasses, PrefixNumbers } from './match/prefix-classes.ts';
import type { Route } from './route/route.ts';
import { REJECTED, type RuleIds } from './rule-ids.ts';
import { type Apply, compileAction, type Ourselves } from './rules/actions.ts';
import { Candidates } from './rules/candidates.ts';
import { compileTest, type Test } from './rules/conditions.ts';
import { Facts, writesOf } from './rules/facts.ts';
import { type Direction, type Folded, type FoldedStep, partsOf } from './rules/folded.ts';

/** Which part of the session a route was learned from changes the result. */
export const ASKS = { nothing: 0, facts: 1, peer: 2 } as const;

/** The session that a folded chain belongs to. */
export interface ChainTerms extends Ourselves {
  readonly direction: Direction;
  /** To another AS: a received MED is not sent unless a rule sets it (RFC 4271 5.1.4). */
  readonly dropsMed: boolean;
  /** Exports: our address in the session, for `self` and `peer`; an import has that of each session. */
  readonly selfAddress: Uint8Array | null;
  /** Exports: the next hop of routes for which no rule decides; null: as received. */
  readonly nextHop: Uint8Array | null;
}

interface Step {
  readonly test: Test | null;
  readonly actions: readonly Apply[];
  /** As `writesOf`. */
  readonly writes: number;
  readonly then: 'accept' | 'reject' | 'next';
  readonly rule: number;
}

interface Compiled {
  readonly steps: readonly Step[];
  readonly facts: Facts;
  readonly candidates: Candidates;
}

/** Receives each rule that holds, before and after its actions. */
export interface Tracer {
  before(rule: number): void;
  after(rule: number, then: Step['then']): void;
}

export class Chain {
  /** Two sessions with the same text have the same chain. */
  readonly key: string;
  readonly terms: ChainTerms;
  readonly folded: readonly FoldedStep[];
  /** What the operator wrote: names of policies. */
  readonly names: readonly string[];
  /** The class of the prefix changes the result. */
  readonly asksPrefix: boolean;
  readonly asksFamily: boolean;
  /** A value of ASKS. */
  readonly asksSession: number;
  /** A rule may decide about the next hop. */
  readonly decidesNextHop: boolean;
  /** Identifies the compiled chain in memoised results; changes whenever it is compiled. */
  id = 0;
  /** The classes that its prefix conditions were compiled for. */
  classes: PrefixClasses | null = null;
  private compiled: Compiled | null = null;
  private rules: RuleIds | null = null;

  constructor(key: string, names: readonly string[], folded: readonly FoldedStep[], terms: ChainTerms) {
    this.key = key;
    this.names = names;
    this.terms = terms;
    this.folded = folded;
    const parts = [...partsOf(folded)];
    const has = (...kinds: (Folded | Action)['kind'][]) => parts.some(({ kind }) => kinds.includes(kind));
    this.asksPrefix = has('prefix', 'length') || parts.some(isNlriCondition);
    this.asksFamily = has('family', 'next-hop');
    const addresses = parts.some((part) => part.kind === 'next-hop' && asksAddress(part, terms.direction));
    const asksName = parts.some((part) => part.kind === 'from' && part.match.peers !== null);
    this.asksSession = addresses || asksName ? ASKS.peer : has('from') ? ASKS.facts : ASKS.nothing;
    this.decidesNextHop = parts.some((part) => part.kind === 'next-hop' && 'to' in part);
  }

  /** Compiles the steps, again after the prefix sets have changed. */
  compile(id: number, prefixes: PrefixNumbers, rules: RuleIds): void {
    this.id = id;
    this.classes = prefixes.classes;
    this.rules = rules;
    const facts = new Facts(this.folded, prefixes);
    const terms = { ...prefixes, facts };
    const steps = this.folded.map(({ test, actions, then, rule }) => ({
      test: test === null ? null : compileTest(test, terms),
      actions: actions.map((action) => compileAction(action, this.terms)),
      writes: writesOf(actions),
      then,
      rule: rules.idOf(rule),
    }));
    this.compiled = { steps, facts, candidates: new Candidates(this.folded, facts) };
  }

  /**
   * Runs the rules on a route, which they change.
   * @returns the number of the rule that decided, with REJECTED if it rejected
   */
  run(route: Route, tracer: Tracer | null = null): number {
    const { compiled } = this;
    if (compiled === null) return REJECTED;
    const { steps, facts, candidates } = compiled;
    facts.read(route);
    candidates.begin();
    for (let i = candidates.next(0); i >= 0; i = candidates.next(i + 1)) {
      const { test, actions, writes, then, rule } = steps[i];
      if (test !== null && !test(route)) continue;
      if (tracer !== null) tracer.before(rule);
      if (actions.length > 0) route.version++;
      for (let j = 0; j < actions.length; j++) actions[j](route);
      if (tracer !== null) tracer.after(rule, then);
      if (then === 'reject') return rule | REJECTED;
      if (then === 'accept') {
        this.finish(route);
        return rule;
      }
      if (writes === 0) continue;
      facts.reread(route, writes);
      candidates.begin();
    }
    return REJECTED;
  }

  /** Counts a result that is kept; imports count the routes that have it. */
  count(rule: number): void {
    if (this.terms.direction === 'export') this.rules?.countExport(rule);
  }

  /** What the session does to a route that the rules left to it. */
  private finish(route: Route): void {
    const { dropsMed, nextHop } = this.terms;
    if (dropsMed && !route.medDecided && route.asPathLength > 0 && route.med >= 0) {
      route.version++;
      route.med = -1;
    }
    if (this.decidesNextHop && !route.nextHopDecided && nextHop !== null) {
      route.version++;
      route.newNextHop = nextHop;
    }
  }

  /** For a digest of update groups. */
  toJSON(): string {
    return this.key;
  }
}

/** Whether the address of the session a route was learned from matters; exports have their own for `self`. */
function asksAddress(part: Extract<Folded | Action, { kind: 'next-hop' }>, direction: Direction): boolean {
  if ('to' in part) return direction === 'import' && (part.to === 'self' || part.to === 'peer');
  return part.peer || (direction === 'import' && part.self);
}
