/** Conditions that no route can meet, by what a file says about them. */
import type { Condition } from '../../spec/policy.ts';
import { AFI, FAMILIES } from '../../wire/families.ts';

const LONGEST = { ipv4: 32, ipv6: 128 } as const;
type Version = keyof typeof LONGEST;

/** Why a condition never holds, in words; null: it may. */
export function neverHolds(condition: Condition): string | null {
  return judge(condition, new Set(['ipv4', 'ipv6']));
}

/** @param outer the IP versions that the conditions around it allow */
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

/** Whether a route of an IP version may meet a condition. */
function allows(condition: Condition, version: Version): boolean {
  switch (condition.kind) {
    case 'family':
      return condition.families.some((family) => versionOf(family) === version);
    case 'length':
      return condition.values.some(({ low }) => low <= LONGEST[version]);
    case 'prefix':
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
  return FAMILIES[family]!.afi === AFI.ipv6 ? 'ipv6' : 'ipv4';
}

function whyNone(conditions: readonly Condition[], outer: ReadonlySet<Version>): string {
  const kinds = [...new Set(conditions.map(({ kind }) => kind).filter((kind) => KNOWN.has(kind)))];
  const versions = [...outer].map((version) => (version === 'ipv4' ? 'IPv4' : 'IPv6')).join(' or ');
  return `no ${versions} prefix has this ${kinds.map((kind) => `\`${kind}\``).join(' and ')}`;
}

const KNOWN = new Set<Condition['kind']>(['family', 'length', 'prefix', 'all', 'any']);
