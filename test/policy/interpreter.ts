/**
 * A naive interpreter of the policy language: it walks over the YAML values themselves, route by route, and shares
 * nothing with the compiler but the words of the language.
 */
import { parsePrefix } from '../../src/lib/ip.ts';

export interface NaiveRoute {
  readonly prefix: string;
  origin: number;
  asPath: number[];
  nextHop: string;
  med: number | null;
  localPref: number;
  communities: string[];
}

export interface NaiveWorld {
  readonly sets: Record<string, Record<string, readonly (string | number)[]>>;
  readonly policies: Record<string, { rules: readonly NaiveRule[]; default: string }>;
  readonly ownAs: number;
  readonly peer: string;
  readonly self: string;
}

export interface NaiveRule {
  readonly name: string;
  readonly if?: Record<string, unknown>;
  readonly set?: Record<string, unknown>;
  readonly then: string;
}

const many = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** The rule that ends the chain, and the route as it is then. */
export function interpret(world: NaiveWorld, chain: readonly string[], route: NaiveRoute): [string, NaiveRoute] {
  const working = structuredClone(route);
  for (const name of chain) {
    if (name === 'accept') return ['accept', working];
    if (name === 'reject') return ['!reject', working];
    const policy = world.policies[name]!;
    for (const rule of policy.rules) {
      if (rule.if !== undefined && !holds(world, rule.if, working)) continue;
      for (const [key, value] of Object.entries(rule.set ?? {})) set(world, key, value, working);
      if (rule.then === 'accept') return [`${name}/${rule.name}`, working];
      if (rule.then === 'reject') return [`!${name}/${rule.name}`, working];
    }
    if (policy.default === 'accept') return [`${name}/default`, working];
    if (policy.default === 'reject') return [`!${name}/default`, working];
  }
  throw new Error('the chain does not decide');
}

function holds(world: NaiveWorld, condition: Record<string, unknown>, route: NaiveRoute): boolean {
  return Object.entries(condition).every(([key, value]) => {
    const { length } = parsePrefix(route.prefix)!;
    switch (key) {
      case 'prefix':
        return many(value).some((one) => inPrefixes(world, String(one), route.prefix));
      case 'length':
        return compares(String(value), length);
      case 'family':
        return many(value).includes(route.prefix.includes(':') ? 'ipv6-unicast' : 'ipv4-unicast');
      case 'communities':
        return many(value).some((one) => route.communities.some((have) => communityMatches(String(one), have)));
      case 'as-path':
        return pathHolds(world, value as Record<string, unknown>, route.asPath);
      case 'next-hop':
        return many(value).some(
          (one) => route.nextHop === (one === 'peer' ? world.peer : one === 'self' ? world.self : one),
        );
      case 'local-pref':
        return compares(String(value), route.localPref);
      case 'med':
        return route.med !== null && compares(String(value), route.med);
      case 'origin':
        return ['igp', 'egp', 'incomplete'][route.origin] === value;
      case 'any':
        return many(value).some((one) => holds(world, one as Record<string, unknown>, route));
      case 'not':
        return !holds(world, value as Record<string, unknown>, route);
      case 'policy': {
        const { rules, default: otherwise } = world.policies[String(value)]!;
        const rule = rules.find((one) => one.then !== 'next' && (one.if === undefined || holds(world, one.if, route)));
        return (rule?.then ?? otherwise) === 'accept';
      }
      default:
        throw new Error(`no condition ${key}`);
    }
  });
}

function bits(text: string): string {
  return [...parsePrefix(text)!.address].map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

function inPrefixes(world: NaiveWorld, entry: string, prefix: string): boolean {
  if (!entry.includes('/')) return world.sets.prefixes![entry]!.some((one) => inPrefixes(world, String(one), prefix));
  const [base = '', ...words] = entry.split(' ');
  if (base.includes(':') !== prefix.includes(':')) return false;
  const [outer, inner] = [parsePrefix(base)!.length, parsePrefix(prefix)!.length];
  if (!bits(prefix).startsWith(bits(base).slice(0, outer))) return false;
  const most = base.includes(':') ? 128 : 32;
  const at = (word: string) => (words.includes(word) ? Number(words[words.indexOf(word) + 1]) : null);
  const longer = words.includes('or-longer') || (at('ge') !== null && at('le') === null);
  return inner >= (at('ge') ?? outer) && inner <= (at('le') ?? (longer ? most : outer));
}

function compares(text: string, value: number): boolean {
  return text.split('|').some((part) => {
    const [, operator = '', low = '', high] = /^\s*(>=|<=|!=|>|<)?\s*(\d+)(?:-(\d+))?\s*$/.exec(part)!;
    const number = Number(low);
    if (high !== undefined) return value >= number && value <= Number(high);
    if (operator === '>') return value > number;
    if (operator === '>=') return value >= number;
    if (operator === '<') return value < number;
    if (operator === '<=') return value <= number;
    return operator === '!=' ? value !== number : value === number;
  });
}

function communityMatches(pattern: string, community: string): boolean {
  const [wanted, have] = [pattern.split(':'), community.split(':')];
  if (wanted.length !== have.length) return false;
  return wanted.every((part, at) => {
    const number = Number(have[at]);
    if (part === '*') return true;
    const [low, high = low] = part.split('-').map(Number);
    return number >= low! && number <= high!;
  });
}

function asIn(world: NaiveWorld, entry: unknown, as: number): boolean {
  const text = String(entry);
  if (/^[a-z]/.test(text)) return world.sets['as-numbers']![text]!.some((one) => asIn(world, one, as));
  const [low, high = low] = text.split('-').map(Number);
  return as >= low! && as <= high!;
}

function pathHolds(world: NaiveWorld, condition: Record<string, unknown>, path: readonly number[]): boolean {
  const some = (value: unknown, as: number | undefined) =>
    as !== undefined && many(value).some((one) => asIn(world, one, as));
  return Object.entries(condition).every(([key, value]) => {
    if (key === 'origin') return some(value, path.at(-1));
    if (key === 'neighbor') return some(value, path[0]);
    if (key === 'contains') return path.some((as) => some(value, as));
    if (key === 'length') return compares(String(value), path.length);
    return matchTokens(
      world,
      String(value)
        .split(' ')
        .filter((word) => word !== ''),
      path,
    );
  });
}

/** By trying every way to divide the path among the tokens. */
export function matchTokens(world: NaiveWorld, tokens: readonly string[], path: readonly number[]): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return path.length === 0;
  const suffix = token === '?' ? '' : (/[*+?]$/.exec(token)?.[0] ?? '');
  const base = token === '?' ? 'any' : token.slice(0, token.length - suffix.length) || 'any';
  const [min, max] = { '': [1, 1], '*': [0, path.length], '+': [1, path.length], '?': [0, 1] }[suffix] as [
    number,
    number,
  ];
  const matches = (as: number) =>
    base === 'any' ||
    base
      .replace(/^\[|\]$/g, '')
      .split(',')
      .some((one) => asIn(world, one, as));
  for (let count = 0; count <= Math.min(max, path.length); count++) {
    if (count > 0 && !matches(path[count - 1]!)) break;
    if (count >= min && matchTokens(world, rest, path.slice(count))) return true;
  }
  return false;
}

function set(world: NaiveWorld, key: string, value: unknown, route: NaiveRoute): void {
  const changed = (before: number) => {
    const text = String(value);
    return /^[+-]/.test(text) ? Math.min(4_294_967_295, Math.max(0, before + Number(text))) : Number(text);
  };
  switch (key) {
    case 'local-pref':
      route.localPref = changed(route.localPref);
      return;
    case 'med':
      route.med = value === 'remove' ? null : changed(route.med ?? 0);
      return;
    case 'origin':
      route.origin = ['igp', 'egp', 'incomplete'].indexOf(String(value));
      return;
    case 'communities':
      setCommunities(value as Record<string, unknown>, route);
      return;
    case 'as-path':
      setPath(world, value as Record<string, unknown>, route);
      return;
    case 'next-hop':
      route.nextHop = value === 'peer' ? world.peer : value === 'self' ? world.self : String(value);
      return;
    default:
      throw new Error(`no action ${key}`);
  }
}

function setCommunities({ replace, remove, add }: Record<string, unknown>, route: NaiveRoute): void {
  const put = (list: unknown) => {
    for (const one of many(list).map(String)) if (!route.communities.includes(one)) route.communities.push(one);
  };
  if (replace !== undefined) {
    route.communities = [];
    put(replace);
  }
  if (remove !== undefined) {
    route.communities = route.communities.filter(
      (have) => !many(remove).some((one) => communityMatches(String(one), have)),
    );
  }
  if (add !== undefined) put(add);
}

function setPath(world: NaiveWorld, { remove, replace, prepend }: Record<string, unknown>, route: NaiveRoute): void {
  if (remove !== undefined)
    route.asPath = route.asPath.filter((as) => !many(remove).some((one) => asIn(world, one, as)));
  if (replace !== undefined) {
    const { as, with: by } = replace as { as: unknown; with: unknown };
    const number = by === 'own' ? world.ownAs : Number(by);
    route.asPath = route.asPath.map((have) => (many(as).some((one) => asIn(world, one, have)) ? number : have));
  }
  if (prepend !== undefined) {
    const { as, times = 1 } = prepend as { as: unknown; times?: number };
    const number = as === 'own' ? world.ownAs : as === 'neighbor' ? route.asPath[0] : Number(as);
    if (number !== undefined) route.asPath.unshift(...new Array<number>(times).fill(number));
  }
}
