/** Conditions that no route can meet, by what a file says about them. */
import type { Condition } from '../../spec/policy.ts';
import { FAMILIES } from '../../wire/families.ts';

/** The routes that a condition is about: those of IPv4 and IPv6 unicast have a prefix, those of other families do not. */
type Version = 'ipv4' | 'ipv6' | 'other';
const LONGEST = { ipv4: 32, ipv6: 128, other: -1 } as const;

/** Why a condition never holds, in words; null: it may. */
export function neverHolds(condition: Condition): string | null {
  return judge(condition, new Set(['ipv4', 'ipv6', 'other']));
}

/** @param outer the routes that the conditions around it allow */
function judge(condition: Condition, outer: ReadonlySet<Version>): string | null {
  switch (condition.kind) {
    case 'all': {
      const versions = [...outer].filter((version) => condition.of.every((one) => allows(one, version)));
      if (versions.length === 0) return whyNone(condition.of, outer);
      for (const one of condition.of) {
        const never = judge(one, new Set(versions));
        if (never !== null) return never;
      }
      return null;
    }
    case 'any': {
      const all = condition.of.map((one) => judge(one, outer));
      return all.length > 0 && all.every((never) => never !== null) ? all[0]! : null;
    }
    default:
      return [...outer].some((version) => allows(condition, version)) ? null : whyNone([condition], outer);
  }
}

/** Whether a route of a version may meet a condition. */
function allows(condition: Condition, version: Version): boolean {
  switch (condition.kind) {
    case 'family':
      return condition.families.some((family) => versionOf(family) === version);
    case 'length':
      return condition.values.some(({ low }) => low <= LONGEST[version]);
    case 'prefix':
      if (version === 'other') return false;
      return condition.set[version].length > 0 || (condition.set.ipv4.length === 0 && condition.set.ipv6.length === 0);
    case 'all':
      return condition.of.every((one) => allows(one, version));
    case 'any':
      return condition.of.some((one) => allows(one, version));
    default:
      return true;
  }
}

function versionOf(family: number): Version {
  const { name } = FAMILIES[family]!;
  return name === 'ipv4-unicast' ? 'ipv4' : name === 'ipv6-unicast' ? 'ipv6' : 'other';
}

function whyNone(conditions: readonly Condition[], outer: ReadonlySet<Version>): string {
  const kinds = [...new Set(conditions.map(({ kind }) => kind).filter((kind) => KNOWN.has(kind)))];
  const words = { ipv4: 'IPv4', ipv6: 'IPv6', other: '' };
  const versions = [...outer].map((version) => words[version]).filter((word) => word !== '');
  const subject = versions.length === 0 ? 'route of these families' : `${versions.join(' or ')} prefix`;
  return `no ${subject} has this ${kinds.map((kind) => `\`${kind}\``).join(' and ')}`;
}

const KNOWN = new Set<Condition['kind']>(['family', 'length', 'prefix', 'all', 'any']);
