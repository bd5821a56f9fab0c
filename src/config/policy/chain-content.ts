/** Chains of policies with what identifies their content. */
import type { ChainSpec, Condition, PoliciesSpec, PolicySpec } from '../../spec/policy.ts';

/** A chain as written: `accept`, `reject`, a name, or a list of these. */
export type ChainSetting = string | readonly string[];

/** The steps of a chain with what identifies its content. */
export function chainSpec(setting: ChainSetting, policies: PoliciesSpec): ChainSpec {
  const steps = typeof setting === 'string' ? [setting] : [...setting];
  const key = steps.join('\n');
  const known = contents.get(policies) ?? new Map<string, ChainSpec>();
  contents.set(policies, known);
  const made = known.get(key) ?? { steps, content: contentOf(steps, policies) };
  known.set(key, made);
  return made;
}

/** The chains of one file: a thousand peers with one chain share its text. */
const contents = new WeakMap<PoliciesSpec, Map<string, ChainSpec>>();

/** All that the steps do, without what only describes them. */
function contentOf(steps: readonly string[], policies: PoliciesSpec): string {
  const named = new Set<string>(steps);
  for (const name of named) for (const inner of predicatesIn(policies.get(name))) named.add(inner);
  const parts = [...named].map((name) => {
    const policy = policies.get(name);
    if (policy === undefined) return [name];
    const rules = policy.rules.map(({ name: rule, policy: home, test, actions, then }) => [
      home,
      rule,
      test,
      actions,
      then,
    ]);
    return [name, rules, policy.default];
  });
  return JSON.stringify([steps, parts]);
}

function* predicatesIn(policy: PolicySpec | undefined): Iterable<string> {
  for (const { test } of policy?.rules ?? []) if (test !== null) yield* predicates(test);
}

function* predicates(condition: Condition): Iterable<string> {
  if (condition.kind === 'policy') yield condition.name;
  else if (condition.kind === 'not') yield* predicates(condition.of);
  else if (condition.kind === 'all' || condition.kind === 'any') for (const one of condition.of) yield* predicates(one);
}
