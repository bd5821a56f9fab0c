/** Conditions as functions of the route: one row for each kind. None of them allocates. */
import type { Condition, Numbers } from '../../spec/policy.ts';
import { neighborAs, SEGMENT } from '../../wire/attributes/as-path.ts';
import { u32 } from '../../wire/bytes.ts';
import { AsPathPattern, anyIn } from '../match/as-path-pattern.ts';
import { CommunityPatterns, KINDS, OCTETS } from '../match/community-patterns.ts';
import { includes } from '../match/numbers.ts';
import type { PrefixClasses } from '../match/prefix-classes.ts';
import type { Field } from '../route/field.ts';
import type { Route } from '../route/route.ts';
import { type Folded, type FoldedStep, fits } from './folded.ts';

export type Test = (route: Route) => boolean;

/** The numbers of the prefix conditions, and the classes that tell which of them match a prefix. */
export interface PrefixNumbers {
  ofSet(set: Extract<Condition, { kind: 'prefix' }>['set']): number;
  ofLength(values: Numbers): number;
  readonly classes: PrefixClasses;
}

type Compile<Kind> = (condition: Folded & { readonly kind: Kind }, prefixes: PrefixNumbers) => Test;

const ROWS: { readonly [Kind in Folded['kind']]: Compile<Kind> } = {
  all: ({ of }, prefixes) => {
    const tests = of.map((one) => compileTest(one, prefixes));
    return (route) => {
      for (let i = 0; i < tests.length; i++) if (!tests[i](route)) return false;
      return true;
    };
  },
  any: ({ of }, prefixes) => {
    const tests = of.map((one) => compileTest(one, prefixes));
    return (route) => {
      for (let i = 0; i < tests.length; i++) if (tests[i](route)) return true;
      return false;
    };
  },
  not: ({ of }, prefixes) => {
    const test = compileTest(of, prefixes);
    return (route) => !test(route);
  },
  accepts: ({ steps }, prefixes) => compilePredicate(steps, prefixes),
  prefix: ({ set }, prefixes) => inClass(prefixes.ofSet(set), prefixes),
  length: ({ values }, prefixes) => inClass(prefixes.ofLength(values), prefixes),
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
export function compileTest(condition: Folded, prefixes: PrefixNumbers): Test {
  return (ROWS[condition.kind] as Compile<Folded['kind']>)(condition as never, prefixes);
}

function compilePredicate(steps: readonly FoldedStep[], prefixes: PrefixNumbers): Test {
  const compiled = steps
    .filter(({ then }) => then !== 'next')
    .map(({ test, then }) => ({
      test: test === null ? null : compileTest(test, prefixes),
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

function inClass(number: number, prefixes: PrefixNumbers): Test {
  const { classes } = prefixes;
  return (route) => classes.has(route.prefixClass, number);
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
