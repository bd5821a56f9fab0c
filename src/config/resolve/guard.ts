/** Resolves the guard of reloads. */
import type { PrefixSet } from '../../spec/policy.ts';
import type { GuardSpec } from '../../spec/router.ts';
import { percentOf } from '../schema/policy-sections.ts';
import type { Config } from '../schema/schema.ts';

export function guardSpec({ guard }: Config, golden: PrefixSet | null): GuardSpec | null {
  if (guard === undefined) return null;
  const most = guard['withdraw-at-most'];
  return { golden, withdrawPercent: most === undefined ? null : percentOf(most) };
}
