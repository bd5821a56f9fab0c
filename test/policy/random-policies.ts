/**
 * Random policies in the subset that ours has in common with BIRD filters, and in part with route-maps of FRR: each part of
 * a policy is written in all of these languages.
 */
import fc from 'fast-check';
import { OUR_AS } from './lab.ts';

const PREFIXES = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.128/25',
  '172.16.0.0/12',
  '0.0.0.0/0',
  '203.0.113.7/32',
];

/** A route as all are given it. */
export interface Given {
  readonly prefix: string;
  readonly asPath: readonly number[];
  readonly med: number;
  readonly communities: readonly string[];
  readonly large: readonly string[];
  readonly origin: number;
}

export const ROUTES: readonly Given[] = PREFIXES.flatMap((prefix, at) => [
  {
    prefix,
    asPath: [[65_001], [65_001, 65_002], [65_002, 174, 65_010], [65_001, 65_001, 65_005]][at % 4]!,
    med: [0, 100, 150, 50][at % 4]!,
    communities: [['64512:1'], ['64512:2', '64513:1'], [], ['64512:1', '64512:2', '65000:7']][at % 4]!,
    large: at % 3 === 0 ? ['64512:1:2', '64513:7:7'] : [],
    origin: at % 3,
  },
]);

/** A part of a policy in each language. */
interface Part {
  readonly ours: Readonly<Record<string, unknown>>;
  readonly bird: string;
  /** Null: FRR cannot say it. */
  readonly frr: FrrPart | null;
}

interface FrrPart {
  /** Definitions of lists. */
  readonly lists: readonly string[];
  /** Conditions, one of which must hold; or actions, all of which are done. */
  readonly lines: readonly string[];
}

export const pair = (text: string) => `(${text.replaceAll(':', ',')})`;
const both = (ours: Part['ours'], bird: string, frr: FrrPart | null = null): Part => ({ ours, bird, frr });
/** Statements of FRR without lists. */
const says = (...lines: readonly string[]): FrrPart => ({ lists: [], lines });
/** A condition with a list: `%` stands for its name. */
const listed = (name: string, match: string, ...lists: readonly string[]): FrrPart => ({
  lists: lists.map((one) => one.replace('%', name)),
  lines: [match.replace('%', name)],
});
const prefixes = (name: string, ...entries: readonly string[]) =>
  listed(name, 'match ip address prefix-list %', ...entries.map((entry) => `ip prefix-list % permit ${entry}`));
const communities = (name: string, regex: string) =>
  listed(name, 'match community %', `bgp community-list expanded % permit ${regex}`);
const large = (name: string, regex: string) =>
  listed(name, 'match large-community %', `bgp large-community-list expanded % permit ${regex}`);
const paths = (name: string, regex: string) =>
  listed(name, 'match as-path %', `bgp as-path access-list % permit ${regex}`);
const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const simple: fc.Arbitrary<Part> = fc.oneof(
  one(
    both({ prefix: '10.0.0.0/8' }, 'net ~ [ 10.0.0.0/8 ]', prefixes('P1', '10.0.0.0/8')),
    both({ prefix: '10.0.0.0/8 or-longer' }, 'net ~ [ 10.0.0.0/8+ ]', prefixes('P2', '10.0.0.0/8 le 32')),
    both({ prefix: '10.0.0.0/8 ge 16 le 24' }, 'net ~ [ 10.0.0.0/8{16,24} ]', prefixes('P3', '10.0.0.0/8 ge 16 le 24')),
    both({ prefix: '10.1.0.0/16 le 24' }, 'net ~ [ 10.1.0.0/16{16,24} ]', prefixes('P4', '10.1.0.0/16 le 24')),
    both(
      { prefix: ['0.0.0.0/0 ge 25', '0.0.0.0/0'] },
      'net ~ [ 0.0.0.0/0{25,32}, 0.0.0.0/0 ]',
      prefixes('P5', '0.0.0.0/0 ge 25', '0.0.0.0/0'),
    ),
    both({ length: '> 16' }, 'net.len > 16', prefixes('P6', '0.0.0.0/0 ge 17')),
    both({ length: '<= 24' }, 'net.len <= 24', prefixes('P7', '0.0.0.0/0 le 24')),
  ),
  one(
    both({ communities: '64512:1' }, `bgp_community ~ [ ${pair('64512:1')} ]`, communities('C1', '_64512:1_')),
    both({ communities: '64512:*' }, `bgp_community ~ [ ${pair('64512:*')} ]`, communities('C2', '_64512:[0-9]+_')),
    both({ communities: '64512:2-9' }, 'bgp_community ~ [ (64512,2..9) ]', communities('C3', '_64512:[2-9]_')),
    both({ communities: '64512:*:*' }, 'bgp_large_community ~ [ (64512,*,*) ]', large('G1', '_64512:[0-9]+:[0-9]+_')),
    both({ communities: '64513:7:7' }, 'bgp_large_community ~ [ (64513,7,7) ]', large('G2', '_64513:7:7_')),
  ),
  one(
    both({ 'as-path': { contains: 65_001 } }, 'bgp_path ~ [= * 65001 * =]', paths('A1', '_65001_')),
    both({ 'as-path': { neighbor: [65_001] } }, 'bgp_path.first = 65001', paths('A2', '^65001_')),
    both(
      { 'as-path': { origin: '65002-65010' } },
      'bgp_path.last ~ [ 65002..65010 ]',
      paths('A3', '_(6500[2-9]|65010)$'),
    ),
    both({ 'as-path': { length: '> 1' } }, 'bgp_path.len > 1', paths('A4', '[0-9]+ [0-9]+')),
    both(
      { 'as-path': { matches: '65001 * 65005' } },
      'bgp_path ~ [= 65001 * 65005 =]',
      paths('A5', '^65001 ([0-9]+ )*65005$'),
    ),
    both({ 'as-path': { matches: '? ?' } }, 'bgp_path ~ [= ? ? =]', paths('A6', '^[0-9]+ [0-9]+$')),
    both({ 'as-path': { matches: '65001+' } }, 'bgp_path ~ [= 65001 + =]', paths('A7', '^65001( 65001)*$')),
    both(
      { 'as-path': { matches: '+ 174 +' } },
      'bgp_path ~ [= ? * 174 ? * =]',
      paths('A8', '^([0-9]+ )+174( [0-9]+)+$'),
    ),
  ),
  one(
    both({ med: '>= 100' }, 'bgp_med >= 100'),
    both({ med: '50 | 150' }, '(bgp_med = 50 || bgp_med = 150)', says('match metric 50', 'match metric 150')),
    both({ 'local-pref': '200' }, 'bgp_local_pref = 200', says('match local-preference 200')),
    both({ origin: 'egp' }, 'bgp_origin = ORIGIN_EGP', says('match origin egp')),
  ),
);
/** One of two conditions. */
function eitherOf(a: FrrPart | null, b: FrrPart | null): FrrPart | null {
  return a === null || b === null ? null : { lists: [...a.lists, ...b.lists], lines: [...a.lines, ...b.lines] };
}

const condition: fc.Arbitrary<Part> = fc.oneof(
  { weight: 4, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc
      .tuple(simple, simple)
      .map(([a, b]) => both({ any: [a.ours, b.ours] }, `(${a.bird}) || (${b.bird})`, eitherOf(a.frr, b.frr))),
  },
  { weight: 1, arbitrary: simple.map((a) => both({ not: a.ours }, `!(${a.bird})`)) },
);
const action: fc.Arbitrary<Part> = one(
  both({ 'local-pref': 200 }, 'bgp_local_pref = 200;', says('set local-preference 200')),
  // FRR adds to 0 if a route has no LOCAL_PREF.
  both({ 'local-pref': '+50' }, 'bgp_local_pref = bgp_local_pref + 50;'),
  both({ med: 77 }, 'bgp_med = 77;', says('set metric 77')),
  both({ med: '+5' }, 'bgp_med = bgp_med + 5;', says('set metric +5')),
  both({ origin: 'incomplete' }, 'bgp_origin = ORIGIN_INCOMPLETE;', says('set origin incomplete')),
  both({ communities: { add: '64512:9' } }, 'bgp_community.add((64512,9));', says('set community 64512:9 additive')),
  both({ communities: { remove: '64512:*' } }, 'bgp_community.delete([ (64512,*) ]);', {
    ...communities('C2', '_64512:[0-9]+_'),
    lines: ['set comm-list C2 delete'],
  }),
  both(
    { communities: { replace: '65000:1' } },
    'bgp_community = -empty-; bgp_large_community = ---empty---; bgp_community.add((65000,1));',
    says('set community 65000:1', 'set large-community none'),
  ),
  both({ communities: { remove: '64512:*:*' } }, 'bgp_large_community.delete([ (64512,*,*) ]);', {
    ...large('G1', '_64512:[0-9]+:[0-9]+_'),
    lines: ['set large-comm-list G1 delete'],
  }),
  both(
    { 'as-path': { prepend: { as: 'own', times: 2 } } },
    `bgp_path.prepend(${OUR_AS}); bgp_path.prepend(${OUR_AS});`,
    says(`set as-path prepend ${OUR_AS} ${OUR_AS}`),
  ),
  both({ 'as-path': { remove: 65_001 } }, 'bgp_path.delete(65001);', says('set as-path exclude 65001')),
  both({ 'as-path': { remove: '65002-65010' } }, 'bgp_path.delete([ 65002..65010 ]);'),
);

interface Rule {
  readonly test: Part;
  readonly set: Part | null;
  readonly then: 'accept' | 'reject' | 'next';
}

export interface Policy {
  readonly ours: string;
  readonly bird: string;
  readonly rules: readonly Rule[];
  readonly otherwise: 'accept' | 'reject';
}

/** @param usable parts that the policies may have */
function policyOf(usable: (part: Part) => boolean): fc.Arbitrary<Policy> {
  const rule: fc.Arbitrary<Rule> = fc.record({
    test: condition.filter(usable),
    set: fc.option(action.filter(usable)),
    then: one<Rule['then']>('accept', 'reject', 'next', 'next'),
  });
  return fc
    .tuple(fc.array(rule, { minLength: 1, maxLength: 5 }), one<Policy['otherwise']>('accept', 'reject'))
    .map(([rules, otherwise]) => ({
      ours: oursOf(rules, otherwise),
      bird: birdOf(rules, otherwise),
      rules,
      otherwise,
    }));
}

function oursOf(rules: readonly Rule[], otherwise: string): string {
  const written = rules.map(({ test, set, then }, at) => ({
    name: `r${at}`,
    if: test.ours,
    ...(set === null ? {} : { set: set.ours }),
    then,
  }));
  return JSON.stringify({ policies: { in: { rules: written, default: otherwise } } });
}

function birdOf(rules: readonly Rule[], otherwise: string): string {
  const statements = rules.map(({ test, set, then }) => {
    const end = then === 'next' ? '' : `${then};`;
    return `  if ${test.bird} then { ${set?.bird ?? ''} ${end} }`;
  });
  return `${statements.join('\n')}\n  ${otherwise};`;
}

/** What BIRD filters and ours can say. */
export const policy = policyOf(() => true);
/** What route-maps can say as well. */
export const commonPolicy = policyOf(({ frr }) => frr !== null);
