/** Whether the guard lets a reload pass: what it would withdraw is found out first, in slices between other work. */
import type { Engine } from '../../engine/engine.ts';
import { Guard } from '../../engine/trial/guard.ts';
import { diffPolicies } from '../../engine/trial/policy-diff.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { inSlices } from './in-slices.ts';
import { withoutRestart } from './reconfigure.ts';

/** The guard in force; without one, that of the new file: a file that drops the guard is guarded as well. */
export function guardOf(before: RouterSpec, after: RouterSpec): Guard | null {
  const spec = before.guard ?? after.guard;
  return spec === null ? null : new Guard(spec);
}

/** Why the guard refuses a specification, in sentences; none: it does not, or there is no guard. */
export async function refusalsOf(engine: Engine, after: RouterSpec): Promise<readonly string[]> {
  const watch = guardOf(engine.spec, after);
  if (watch === null) return [];
  const spec = withoutRestart(engine.spec, after);
  for await (const item of inSlices(diffPolicies(engine, spec, { resets: new Set(), listed: 0, watch }))) {
    if (item.kind === 'summary') return item.refusals;
  }
  return [];
}
