/** Conditions as functions of the route: one row for each kind. None of them allocates. */
import type { Numbers } from '../../spec/policy.ts';
import { neighborAs, SEGMENT } from '../../wire/attributes/as-path.ts';
import { u24, u32 } from '../../wire/bytes.ts';
import { FAMILIES, type FamilyId } from '../../wire/families.ts';
import { AsPathPattern, anyIn } from '../match/as-path-pattern.ts';
import { CommunityPatterns, KINDS, OCTETS } from '../match/community-patterns.ts';
import { includes } from '../match/numbers.ts';
import type { PrefixNumbers } from '../match/prefix-classes.ts';
import type { Field } from '../route/field.ts';
import type { Route } from '../route/route.ts';
import type { Facts } from './facts.ts';
import { type Folded, type FoldedStep, fits } from './folded.ts';

export type Test = (route: Route) => boolean;

/** Behind the flags and the type of a PMSI tunnel. */
const TUNNEL_LABEL = 2;

/** What conditions are compiled for. */
interface TestTerms extends PrefixNumbers {
  /** The facts of the chain, which are found before its conditions are asked; null: there are none. */
  readonly facts: Facts | null;
}

type Compile<Kind> = (condition: Folded & { readonly kind: Kind }, terms: TestTerms) => Test;

const ROWS: { readonly [Kind in Folded['kind']]: Compile<Kind> } = {
  all: ({ of }, terms) => {
    const tests = of.map((one) => compileTest(one, terms));
    return (route) => {
      for (let i = 0; i < tests.length; i++) if (!tests[i](route)) return false;
      return true;
    };
  },
  any: ({ of }, terms) => {
    const tests = of.map((one) => compileTest(one, terms));
    return (route) => {
      for (let i = 0; i < tests.length; i++) if (tests[i](route)) return true;
      return false;
    };
  },
  not: ({ of }, terms) => {
    const test = compileTest(of, terms);
    return (route) => !test(route);
  },
  accepts: ({ steps }, terms) => compilePredicate(steps, terms),
  prefix: ({ set }, terms) => inClass(terms.ofSet(set), terms),
  length: ({ values }, terms) => inClass(terms.ofLength(values), terms),
  rd: (condition, terms) => inClass(terms.ofNlri(condition), terms),
  'route-type': (condition, terms) => inClass(terms.ofNlri(condition), terms),
  mac: (condition, terms) => inClass(terms.ofNlri(condition), terms),
  // The VNI of a multicast route of EVPN is in its tunnel attribute (RFC 8365 9).
  vni: (condition, terms) => {
    const isInNlri = inClass(terms.ofNlri(condition), terms);
    return (route) =>
      isInNlri(route) || (hasVnis(route.family) && includes(condition.values, tunnelLabel(route.tunnel)));
  },
  family:
    ({ families }) =>
    (route) =>
      families.includes(route.family),
  communities: ({ patterns }) => {
    const compiled = new CommunityPatterns(patterns);
    const kinds = KINDS.filter((kind) => compiled.has(kind));
    return (route) => {
      for (let i = 0; i < kinds.length; i++) if (hasCommunity(route, kinds[i], compiled)) return true;
      return false;
    };
  },
  'as-contains':
    ({ as }) =>
    (route) =>
      contains(route.asPath, as),
  'as-origin':
    ({ as }) =>
    (route) =>
      originIn(route.asPath, as),
  'as-neighbor':
    ({ as }) =>
    (route) => {
      const { bytes, start, end } = route.asPath;
      return includes(as, neighborAs(bytes, start, end));
    },
  'as-matches': ({ tokens }) => {
    const pattern = new AsPathPattern(tokens);
    return ({ asPath: { bytes, start, end } }) => pattern.matches(bytes, start, end);
  },
  'as-length':
    ({ values }) =>
    (route) =>
      includes(values, route.asPathLength),
  'local-pref':
    ({ values }) =>
    (route) =>
      includes(values, route.localPref),
  // A route without the attribute matches no comparison: its value is -1.
  med:
    ({ values }) =>
    (route) =>
      includes(values, route.med),
  aigp:
    ({ values }) =>
    (route) =>
      includes(values, route.aigp),
  origin:
    ({ values }) =>
    (route) =>
      includes(values, route.origin),
  'next-hop': ({ peer, self, prefixes }) => {
    const packed = prefixes.map(({ address, length }) => ({ address, length }));
    return (route) => {
      if (peer && isNextHop(route, route.peerAddress)) return true;
      if (self && isNextHop(route, route.selfAddress)) return true;
      for (let i = 0; i < packed.length; i++) if (isWithin(route, packed[i].address, packed[i].length)) return true;
      return false;
    };
  },
  from:
    ({ match }) =>
    (route) =>
      fits(match, route.source),
};

/** A condition as a function of the route. */
export function compileTest(condition: Folded, terms: TestTerms): Test {
  const { facts } = terms;
  const fact = facts?.of(condition) ?? -1;
  if (facts !== null && fact >= 0) return hasFact(facts.found, fact);
  return (ROWS[condition.kind] as Compile<Folded['kind']>)(condition as never, terms);
}

function hasFact(found: Uint32Array, fact: number): Test {
  const [word, bit] = [fact >> 5, 1 << (fact & 31)];
  return () => (found[word] & bit) !== 0;
}

function compilePredicate(steps: readonly FoldedStep[], terms: TestTerms): Test {
  const compiled = steps
    .filter(({ then }) => then !== 'next')
    .map(({ test, then }) => ({
      test: test === null ? null : compileTest(test, terms),
      accepts: then === 'accept',
    }));
  return (route) => {
    for (let i = 0; i < compiled.length; i++) {
      const { test, accepts } = compiled[i];
      if (test === null || test(route)) return accepts;
    }
    return false;
  };
}

function inClass(number: number, { classes }: TestTerms): Test {
  return (route) => classes.has(route.prefixClass, number);
}

/** Whether the labels of a family may be VNIs. */
function hasVnis(family: FamilyId): boolean {
  const kinds = FAMILIES[family].codec?.kinds ?? [];
  for (let i = 0; i < kinds.length; i++) if (kinds[i].has.includes('vni')) return true;
  return false;
}

/** The label of a PMSI tunnel attribute (RFC 6514 5), 24 bits; -1: none. */
function tunnelLabel({ bytes, start, end }: Field): number {
  return end - start < TUNNEL_LABEL + 3 ? -1 : u24(bytes, start + TUNNEL_LABEL);
}

function hasCommunity(route: Route, kind: (typeof KINDS)[number], patterns: CommunityPatterns): boolean {
  const { bytes, start, end } = fieldOf(route, kind);
  for (let at = start; at < end; at += OCTETS[kind]) if (patterns.matches(kind, bytes, at)) return true;
  return false;
}

/** The attribute of a kind of communities. */
export function fieldOf(route: Route, kind: (typeof KINDS)[number]): Field {
  if (kind === 'standard') return route.communities;
  return kind === 'large' ? route.large : route.extended;
}

/** Whether one of the numbers is in the path, without the segments of a confederation. */
function contains({ bytes, start, end }: Field, as: Numbers): boolean {
  for (let at = start; at < end; ) {
    const next = at + 2 + bytes[at + 1] * 4;
    if (bytes[at] <= SEGMENT.sequence && anyIn(as, bytes, at + 2, next)) return true;
    at = next;
  }
  return false;
}

/** Whether the AS that originated the route is one of the numbers: the last of the path, or one of a set at its end. */
function originIn({ bytes, start, end }: Field, as: Numbers): boolean {
  let last = -1;
  for (let at = start; at < end; at += 2 + bytes[at + 1] * 4) if (bytes[at] <= SEGMENT.sequence) last = at;
  if (last < 0) return false;
  const behind = last + 2 + bytes[last + 1] * 4;
  return bytes[last] === SEGMENT.set ? anyIn(as, bytes, last + 2, behind) : includes(as, u32(bytes, behind - 4));
}

/** The next hop that the route has now. */
function isNextHop(route: Route, address: Uint8Array): boolean {
  return address.length > 0 && isWithin(route, address, address.length * 8);
}

function isWithin(route: Route, address: Uint8Array, length: number): boolean {
  const { newNextHop } = route;
  const bytes = newNextHop ?? route.nextHop;
  const start = newNextHop === null ? route.nextHopStart : 0;
  const octets = Math.min(16, newNextHop === null ? route.nextHopLength : newNextHop.length);
  if (octets !== address.length) return false;
  const whole = length >> 3;
  for (let i = 0; i < whole; i++) if (bytes[start + i] !== address[i]) return false;
  const mask = (0xff00 >> (length & 7)) & 0xff;
  return mask === 0 || ((bytes[start + whole] ^ address[whole]) & mask) === 0;
}
