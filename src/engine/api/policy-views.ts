/** The JSON of `show policies` and `policy test`, and what a policy did to a route in other commands. */

/** The rule of a policy that accepted or rejected a route. */
export interface RulingView {
  /** `policy/rule`; `policy/default`, `accept` or `reject`. */
  readonly rule: string;
  /** The reason that the rule gives, or ''. */
  readonly because: string;
  /** `file:line`, or ''. */
  readonly place: string;
  readonly rejected: boolean;
}

/** A rule that held for a route, and what it changed. */
export interface TracedRuleView {
  readonly rule: string;
  readonly place: string;
  readonly then: 'accept' | 'reject' | 'next';
  readonly changes: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/** What a chain of policies did to a route. */
export interface TraceView extends RulingView {
  readonly rules: readonly TracedRuleView[];
}

/** The result of `policy test`: of one route, or for each rule the number of routes in the tables that end at it. */
export type PolicyTestView =
  | { readonly kind: 'route'; readonly prefix: string; readonly trace: TraceView }
  | { readonly kind: 'rule'; readonly rule: PolicyRuleView };

/** A rule, and the routes held whose import ended at it. */
export interface PolicyRuleView {
  readonly rule: string;
  readonly because: string;
  readonly place: string;
  readonly accepted: number;
  readonly rejected: number;
}

/** A row of `show policies`. */
export interface RuleCountsView extends PolicyRuleView {
  /** Runs of exports that ended at the rule: one for each distinct case, not for each route. */
  readonly exportsAccepted: number;
  readonly exportsRejected: number;
}
