/** Conditions that no route can meet, by what a file says about them. */
import type { Condition } from '../../spec/policy.ts';
import { KNOWN_FAMILIES } from '../../wire/families/catalog.ts';
import { AFI, FAMILIES, SAFI } from '../../wire/families.ts';
import type { NlriPart } from '../../wire/nlri-marks.ts';

/** A kind of routes that conditions tell apart: a family, or a route type of one. */
interface Routes {
  readonly family: string;
  /** IPv4 and IPv6 unicast: the routes have a prefix. */
  readonly version: 'ipv4' | 'ipv6' | null;
  /** null: none, or one without a name. */
  readonly type: number | null;
  readonly word: string;
  readonly has: readonly NlriPart[];
}

const LONGEST = { ipv4: 32, ipv6: 128 } as const;
const NONE = [{ type: null, word: '', has: [] }] as const;

const ALL: readonly Routes[] = KNOWN_FAMILIES.flatMap(({ name, afi, safi, codec }) => {
  const version = safi !== SAFI.unicast ? null : afi === AFI.ipv6 ? 'ipv6' : 'ipv4';
  const kinds = codec?.kinds ?? NONE;
  return (kinds.length === 0 ? NONE : kinds).map((kind) => ({ family: name, version, ...kind }));
});

/** Families with VNIs, which some route types have in an attribute. */
const WITH_VNI = new Set(ALL.filter(({ has }) => has.includes('vni')).map(({ family }) => family));
/** Numbers of types that have a row, by family. */
const NUMBERED = new Set(ALL.map(({ family, type }) => `${family} ${type}`));

/** Why a condition never holds, in words; null: it may. */
export function neverHolds(condition: Condition): string | null {
  return judge(condition, ALL);
}

/** @param outer the routes that the conditions around it allow */
function judge(condition: Condition, outer: readonly Routes[]): string | null {
  switch (condition.kind) {
    case 'all': {
      const left = outer.filter((routes) => condition.of.every((one) => allows(one, routes)));
      if (left.length === 0) return whyNone(condition.of, outer);
      for (const one of condition.of) {
        const never = judge(one, left);
        if (never !== null) return never;
      }
      return null;
    }
    case 'any': {
      const all = condition.of.map((one) => judge(one, outer));
      return all.length > 0 && all.every((never) => never !== null) ? all[0]! : null;
    }
    default:
      return outer.some((routes) => allows(condition, routes)) ? null : whyNone([condition], outer);
  }
}

/** Whether some of these routes may meet a condition. */
function allows(condition: Condition, routes: Routes): boolean {
  const { family, version, type, word, has } = routes;
  switch (condition.kind) {
    case 'family':
      return condition.families.some((id) => FAMILIES[id]!.name === family);
    case 'length':
      return version !== null && condition.values.some(({ low }) => low <= LONGEST[version]);
    case 'prefix':
      if (version === null) return false;
      return condition.set[version].length > 0 || (condition.set.ipv4.length === 0 && condition.set.ipv6.length === 0);
    case 'rd':
    case 'mac':
      return has.includes(condition.kind);
    case 'vni':
      return WITH_VNI.has(family);
    case 'route-type': {
      if (!has.includes('route-type')) return false;
      if (condition.words.includes(word)) return true;
      if (type !== null) return condition.numbers.some(({ low, high }) => type >= low && type <= high);
      return condition.numbers.some(({ low, high }) => low !== high || !NUMBERED.has(`${family} ${low}`));
    }
    case 'all':
      return condition.of.every((one) => allows(one, routes));
    case 'any':
      return condition.of.some((one) => allows(one, routes));
    default:
      return true;
  }
}

function whyNone(conditions: readonly Condition[], outer: readonly Routes[]): string {
  const kinds = [...new Set(conditions.map(({ kind }) => kind).filter((kind) => NAMED.has(kind)))];
  const words = (['ipv4', 'ipv6'] as const)
    .filter((one) => outer.some(({ version }) => version === one))
    .map((one) => (one === 'ipv4' ? 'IPv4' : 'IPv6'));
  const isPrefix = words.length > 0 && !kinds.some((kind) => OF_NLRI.has(kind));
  const subject = isPrefix
    ? `${words.join(' or ')} prefix`
    : outer.length === ALL.length
      ? 'route'
      : 'route of these families';
  return `no ${subject} has this ${kinds.map((kind) => `\`${kind}\``).join(' and ')}`;
}

const OF_NLRI = new Set<Condition['kind']>(['rd', 'route-type', 'vni', 'mac']);
/** What an error names: conditions that some routes never meet, whatever their attributes are. */
const NAMED = new Set<Condition['kind']>([...OF_NLRI, 'family', 'length', 'prefix', 'all', 'any']);
