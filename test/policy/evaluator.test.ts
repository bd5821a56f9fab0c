/** Random policies on random routes: the compiled chains do what a naive interpreter of the language does. */
import fc from 'fast-check';
import { chainSpec } from '../../src/config/policy/chain-content.ts';
import { readPolicies } from '../../src/config/policy/policies.ts';
import { runs } from '../lab/effort.ts';
import { attribute, type Route } from '../lab/updates.ts';
import { interpret, type NaiveRoute, type NaiveRule, type NaiveWorld } from './interpreter.ts';
import { ImportLab, OUR_AS, PEER, policiesOf } from './lab.ts';

const PREFIXES = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.128/25',
  '172.16.0.0/12',
  '0.0.0.0/0',
  '192.0.2.1/32',
];
const PREFIXES6 = ['::/0', '2001:db8::/32', '2001:db8:1::/48', '2001:db8:1:2::/64', 'fd00::/8'];
const ENTRIES = [
  ...PREFIXES,
  ...PREFIXES6,
  '10.0.0.0/8 or-longer',
  '10.0.0.0/8 ge 16 le 24',
  '10.1.0.0/16 le 24',
  '0.0.0.0/0 ge 25',
  '2001:db8::/32 ge 48 le 64',
  '::/0 le 48',
];
const COMMUNITIES = ['64512:1', '64512:2', '64513:1', '64512:1:2', '64512:7:7'];
const PATTERNS = [...COMMUNITIES, '64512:*', '*:1', '64512:2-9', '64512:*:*', '64000-64600:7:0-9'];
const AS = [65_001, 65_002, 65_010, 64_512, 174];
const AS_ENTRIES = [...AS, '65001-65009', 'customers'];
const TOKENS = ['*', '+', '?', '65001', '65001+', 'customers*', '65002?', '[174,65010]', 'any', '65001-65010*'];
const COMPARISONS = ['100', '> 100', '<= 100', '!= 100', '50-150', '0 | 200'];

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const some = <T>(values: readonly T[]) => fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });

const simple = fc.oneof(
  fc.record({ prefix: fc.oneof(some([...ENTRIES, 'own']), one('own')) }),
  fc.record({ length: one('> 16', '<= 24', '32 | 128', '8-24', '24') }),
  fc.record({ family: one('ipv4-unicast', 'ipv6-unicast') }),
  fc.record({ communities: some(PATTERNS) }),
  fc.record({ 'as-path': fc.record({ origin: some(AS_ENTRIES) }) }),
  fc.record({ 'as-path': fc.record({ neighbor: some(AS_ENTRIES) }) }),
  fc.record({ 'as-path': fc.record({ contains: some(AS_ENTRIES), length: one('> 1', '<= 2', '3') }) }),
  fc.record({ 'as-path': fc.record({ matches: some(TOKENS).map((words) => words.join(' ')) }) }),
  fc.record({ 'next-hop': some(['peer', 'self', '192.0.2.99', '2001:db8::99']) }),
  fc.record({ 'local-pref': one(...COMPARISONS) }),
  fc.record({ med: one(...COMPARISONS) }),
  fc.record({ origin: one('igp', 'egp', 'incomplete') }),
);
const conditions: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 6, arbitrary: simple },
  { weight: 2, arbitrary: fc.tuple(simple, simple).map(([a, b]) => ({ ...a, ...b })) },
  { weight: 1, arbitrary: fc.record({ any: fc.array(simple, { minLength: 1, maxLength: 3 }) }) },
  { weight: 1, arbitrary: fc.tuple(simple, simple).map(([a, b]) => ({ not: { ...a, ...b } })) },
  { weight: 1, arbitrary: fc.record({ policy: one('inner') }) },
);

const actions = fc.record(
  {
    'local-pref': one<unknown>(0, 200, '+50', '-200'),
    med: one<unknown>(0, 77, '+5', '-5', 'remove'),
    origin: one('igp', 'egp', 'incomplete'),
    communities: fc.record(
      { add: some(COMMUNITIES), remove: some(PATTERNS), replace: some(COMMUNITIES) },
      { requiredKeys: [] },
    ),
    'as-path': fc.record(
      {
        remove: some(AS_ENTRIES),
        replace: fc.record({ as: some(AS_ENTRIES), with: one<unknown>('own', 65_099) }),
        prepend: fc.record({ as: one<unknown>('own', 'neighbor', 65_077), times: one(1, 3) }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

/** More of them than a word has bits, now and then: the rules that may hold are bits. */
const rules = fc
  .array(
    fc.record(
      { if: conditions, set: actions, then: one('accept', 'reject', 'next', 'next') },
      { requiredKeys: ['then', 'if'] },
    ),
    { maxLength: 40, size: 'small' },
  )
  .map((list) => list.map((rule, at) => ({ name: `r${at}`, ...rule }) as NaiveRule));

const world = fc.record({
  first: rules,
  second: rules,
  inner: rules,
  defaults: fc.tuple(one('next', 'accept'), one('reject', 'accept')),
});

const route = fc.record({
  ipv6: fc.boolean(),
  origin: fc.integer({ min: 0, max: 2 }),
  asPath: fc.array(fc.constantFrom(...AS), { minLength: 1, maxLength: 5 }),
  near: fc.boolean(),
  med: fc.option(one(0, 5, 100, 150)),
  communities: fc.uniqueArray(fc.constantFrom(...COMMUNITIES), { maxLength: 4 }),
});

const octets = (text: string) =>
  text.split(':').flatMap((part) => [24, 16, 8, 0].map((by) => (Number(part) >>> by) & 255));

const standardValue = (text: string) => Number(text.split(':')[0]) * 65_536 + Number(text.split(':')[1]);

function asUpdate({ asPath, origin, med, nextHop, communities }: NaiveRoute): Route {
  const standard = communities.filter((one) => one.split(':').length === 2);
  const large = communities.filter((one) => one.split(':').length === 3);
  return {
    asPath,
    origin,
    nextHop,
    ...(med === null ? {} : { med }),
    ...(standard.length === 0 ? {} : { communities: standard.map(standardValue) }),
    ...(large.length === 0 ? {} : { extra: [attribute(0xc0, 32, large.flatMap(octets))] }),
  };
}

const byKind = (communities: readonly string[]) =>
  [...communities].sort((a, b) => a.split(':').length - b.split(':').length);

test('the compiled chains do what the naive interpreter does', () => {
  fc.assert(
    fc.property(world, fc.array(route, { minLength: 1, maxLength: 6 }), (made, routes) => {
      const naive: NaiveWorld = {
        sets: {
          prefixes: { own: ['10.1.0.0/16 or-longer', '2001:db8:1::/48'] },
          'as-numbers': { customers: [65_001, '65005-65010'] },
        },
        policies: {
          first: { rules: made.first, default: made.defaults[0] },
          second: { rules: made.second, default: made.defaults[1] },
          inner: { rules: made.inner.map((rule) => ({ ...rule, if: withoutPolicy(rule.if) })), default: 'reject' },
        },
        ownAs: OUR_AS,
        peer: PEER,
        self: '192.0.2.1',
      };
      const text = JSON.stringify({ sets: naive.sets, policies: naive.policies });
      const file = readPolicies(JSON.parse(text), () => ({ problem: '' }));
      // A condition that cannot hold is an error of the file, and is tested elsewhere.
      fc.pre(file.errors.length === 0);
      for (const given of routes) {
        const prefixes = given.ipv6 ? PREFIXES6 : PREFIXES;
        const nextHop = given.ipv6 ? '2001:db8::99' : given.near ? PEER : '192.0.2.99';
        const { origin, asPath, med, communities } = given;
        const lab = new ImportLab(file, ['first', 'second']);
        const base = { origin, asPath, med, communities: byKind(communities), nextHop, localPref: 100 };
        lab.announce(prefixes, asUpdate({ ...base, prefix: '' }));
        const results = lab.results();
        for (const prefix of prefixes) {
          const [rule, expected] = interpret(naive, ['first', 'second'], { ...base, prefix });
          const found = results.get(prefix)!;
          const attributes = found.attributes;
          expect([prefix, found.rejected ? `!${found.rule}` : found.rule]).toEqual([prefix, rule]);
          if (found.rejected) continue;
          expect({
            origin: ['IGP', 'EGP', 'INCOMPLETE'].indexOf(attributes.origin),
            asPath: attributes.asPath,
            med: attributes.med,
            localPref: attributes.localPref ?? 100,
            communities: [...attributes.communities, ...attributes.largeCommunities],
            nextHop: found.nextHop,
          }).toEqual({
            origin: expected.origin,
            asPath: expected.asPath.join(' '),
            med: expected.med,
            localPref: expected.localPref,
            communities: byKind(expected.communities),
            nextHop: expected.nextHop,
          });
        }
      }
    }),
    { numRuns: runs(150) },
  );
});

/** A policy may not lead back to itself. */
function withoutPolicy(condition: Record<string, unknown> | undefined): Record<string, unknown> {
  return condition === undefined || 'policy' in condition ? { 'local-pref': '100' } : condition;
}

test('equal chains are one object, also after a reload that changes nothing of them', () => {
  const text = `
sets: { prefixes: { pods: [ "10.0.0.0/8 ge 24" ] } }
policies:
  in: { rules: [ { name: pods, if: { prefix: pods }, then: accept } ], default: reject }
`;
  const before = policiesOf(text);
  const lab = new ImportLab(before, ['in']);
  const chain = lab.peer.importChain!;
  const after = policiesOf(text.replace('policies:', '# a comment\npolicies:'));
  lab.rib.policies.adopt(after.policies, new Set([chain]));
  lab.adopt(after, ['in']);
  expect(lab.peer.importChain).toBe(chain);
  const other = policiesOf(text.replace('ge 24', 'ge 25'));
  lab.rib.policies.adopt(other.policies, new Set([chain]));
  lab.adopt(other, ['in']);
  expect(lab.peer.importChain).not.toBe(chain);
  expect(chainSpec(['in'], before.policies).content).toBe(chainSpec(['in'], after.policies).content);
});
