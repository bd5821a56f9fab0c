/**
 * Random policies in the subset that BIRD filters and ours have in common, on the same routes: both accept the same routes
 * and make the same attributes of them. Each policy is a pipe between two tables of one BIRD, with the filter in it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { daemon } from '../lab/daemons.ts';
import { Background, exec } from '../lab/process.ts';
import { describeWithDaemons } from '../lab/requirements.ts';
import { waitFor } from '../lab/wait-for.ts';
import { ImportLab, OUR_AS, policiesOf } from '../policy/lab.ts';

jest.setTimeout(120_000);

const POLICIES = 150;
const PREFIXES = [
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/24',
  '10.1.2.128/25',
  '172.16.0.0/12',
  '0.0.0.0/0',
  '203.0.113.7/32',
];

/** A route as both are given it. */
interface Given {
  readonly prefix: string;
  readonly asPath: readonly number[];
  readonly med: number;
  readonly communities: readonly string[];
  readonly large: readonly string[];
  readonly origin: number;
}

const ROUTES: readonly Given[] = PREFIXES.flatMap((prefix, at) => [
  {
    prefix,
    asPath: [[65_001], [65_001, 65_002], [65_002, 174, 65_010], [65_001, 65_001, 65_005]][at % 4]!,
    med: [0, 100, 150, 50][at % 4]!,
    communities: [['64512:1'], ['64512:2', '64513:1'], [], ['64512:1', '64512:2', '65000:7']][at % 4]!,
    large: at % 3 === 0 ? ['64512:1:2', '64513:7:7'] : [],
    origin: at % 3,
  },
]);

/** A part of a policy in both languages. */
interface Both {
  readonly ours: Readonly<Record<string, unknown>>;
  readonly bird: string;
}

const pair = (text: string) => `(${text.replaceAll(':', ',')})`;
const both = (ours: Both['ours'], bird: string): Both => ({ ours, bird });
const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);

const simple: fc.Arbitrary<Both> = fc.oneof(
  one(
    both({ prefix: '10.0.0.0/8' }, 'net ~ [ 10.0.0.0/8 ]'),
    both({ prefix: '10.0.0.0/8 or-longer' }, 'net ~ [ 10.0.0.0/8+ ]'),
    both({ prefix: '10.0.0.0/8 ge 16 le 24' }, 'net ~ [ 10.0.0.0/8{16,24} ]'),
    both({ prefix: '10.1.0.0/16 le 24' }, 'net ~ [ 10.1.0.0/16{16,24} ]'),
    both({ prefix: ['0.0.0.0/0 ge 25', '0.0.0.0/0'] }, 'net ~ [ 0.0.0.0/0{25,32}, 0.0.0.0/0 ]'),
    both({ length: '> 16' }, 'net.len > 16'),
    both({ length: '<= 24' }, 'net.len <= 24'),
  ),
  one(
    both({ communities: '64512:1' }, `bgp_community ~ [ ${pair('64512:1')} ]`),
    both({ communities: '64512:*' }, `bgp_community ~ [ ${pair('64512:*')} ]`),
    both({ communities: '64512:2-9' }, 'bgp_community ~ [ (64512,2..9) ]'),
    both({ communities: '64512:*:*' }, 'bgp_large_community ~ [ (64512,*,*) ]'),
    both({ communities: '64513:7:7' }, 'bgp_large_community ~ [ (64513,7,7) ]'),
  ),
  one(
    both({ 'as-path': { contains: 65_001 } }, 'bgp_path ~ [= * 65001 * =]'),
    both({ 'as-path': { neighbor: [65_001] } }, 'bgp_path.first = 65001'),
    both({ 'as-path': { origin: '65002-65010' } }, 'bgp_path.last ~ [ 65002..65010 ]'),
    both({ 'as-path': { length: '> 1' } }, 'bgp_path.len > 1'),
    both({ 'as-path': { matches: '65001 * 65005' } }, 'bgp_path ~ [= 65001 * 65005 =]'),
    both({ 'as-path': { matches: '? ?' } }, 'bgp_path ~ [= ? ? =]'),
    both({ 'as-path': { matches: '65001+' } }, 'bgp_path ~ [= 65001 + =]'),
    both({ 'as-path': { matches: '+ 174 +' } }, 'bgp_path ~ [= ? * 174 ? * =]'),
  ),
  one(
    both({ med: '>= 100' }, 'bgp_med >= 100'),
    both({ med: '50 | 150' }, '(bgp_med = 50 || bgp_med = 150)'),
    both({ 'local-pref': '200' }, 'bgp_local_pref = 200'),
    both({ origin: 'egp' }, 'bgp_origin = ORIGIN_EGP'),
  ),
);
const condition: fc.Arbitrary<Both> = fc.oneof(
  { weight: 4, arbitrary: simple },
  {
    weight: 1,
    arbitrary: fc.tuple(simple, simple).map(([a, b]) => both({ any: [a.ours, b.ours] }, `(${a.bird}) || (${b.bird})`)),
  },
  { weight: 1, arbitrary: simple.map((a) => both({ not: a.ours }, `!(${a.bird})`)) },
);
const action: fc.Arbitrary<Both> = one(
  both({ 'local-pref': 200 }, 'bgp_local_pref = 200;'),
  both({ 'local-pref': '+50' }, 'bgp_local_pref = bgp_local_pref + 50;'),
  both({ med: 77 }, 'bgp_med = 77;'),
  both({ med: '+5' }, 'bgp_med = bgp_med + 5;'),
  both({ origin: 'incomplete' }, 'bgp_origin = ORIGIN_INCOMPLETE;'),
  both({ communities: { add: '64512:9' } }, 'bgp_community.add((64512,9));'),
  both({ communities: { remove: '64512:*' } }, 'bgp_community.delete([ (64512,*) ]);'),
  both(
    { communities: { replace: '65000:1' } },
    'bgp_community = -empty-; bgp_large_community = ---empty---; bgp_community.add((65000,1));',
  ),
  both({ communities: { remove: '64512:*:*' } }, 'bgp_large_community.delete([ (64512,*,*) ]);'),
  both(
    { 'as-path': { prepend: { as: 'own', times: 2 } } },
    `bgp_path.prepend(${OUR_AS}); bgp_path.prepend(${OUR_AS});`,
  ),
  both({ 'as-path': { remove: 65_001 } }, 'bgp_path.delete(65001);'),
  both({ 'as-path': { remove: '65002-65010' } }, 'bgp_path.delete([ 65002..65010 ]);'),
);

interface Policy {
  readonly ours: string;
  readonly bird: string;
}

const policy: fc.Arbitrary<Policy> = fc
  .tuple(
    fc.array(fc.tuple(condition, fc.option(action), one('accept', 'reject', 'next', 'next')), {
      minLength: 1,
      maxLength: 5,
    }),
    one('accept', 'reject'),
  )
  .map(([list, otherwise]) => {
    const rules = list.map(([test, set, then], at) => ({
      name: `r${at}`,
      if: test.ours,
      ...(set === null ? {} : { set: set.ours }),
      then,
    }));
    const statements = list.map(([test, set, then]) => {
      const end = then === 'next' ? '' : `${then};`;
      return `  if ${test.bird} then { ${set?.bird ?? ''} ${end} }`;
    });
    return {
      ours: JSON.stringify({ policies: { in: { rules, default: otherwise } } }),
      bird: `${statements.join('\n')}\n  ${otherwise};`,
    };
  });

const ORIGINS = ['ORIGIN_IGP', 'ORIGIN_EGP', 'ORIGIN_INCOMPLETE'];
const WORDS = ['IGP', 'EGP', 'INCOMPLETE'];

function birdConfiguration(policies: readonly Policy[]): string {
  const routes = ROUTES.map(({ prefix, asPath, med, communities, large, origin }) => {
    const path = [...asPath].reverse().map((as) => `bgp_path.prepend(${as});`);
    const added = [
      ...communities.map((text) => `bgp_community.add(${pair(text)});`),
      ...large.map((text) => `bgp_large_community.add(${pair(text)});`),
    ];
    const set = [`bgp_origin = ${ORIGINS[origin]};`, 'bgp_path = +empty+;', ...path];
    const empty = ['bgp_community = -empty-;', 'bgp_large_community = ---empty---;'];
    return `  route ${prefix} blackhole { ${[...set, `bgp_med = ${med};`, 'bgp_local_pref = 100;', ...empty, ...added].join(' ')} };`;
  });
  const pipes = policies.map(
    ({ bird }, at) => `ipv4 table t${at};
filter f${at} {
${bird}
}
protocol pipe p${at} { table given; peer table t${at}; import none; export filter f${at}; }`,
  );
  return `log stderr all;
router id 10.99.0.1;
ipv4 table given;
protocol static { ipv4 { table given; };
${routes.join('\n')}
}
${pipes.join('\n')}
`;
}

/** What BIRD shows of a table, by prefix. */
function birdRoutes(text: string): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const route = /^(\d[\d./]*)\s+blackhole/.exec(line);
    const attribute = /^\s+BGP\.(\w+): ?(.*)$/.exec(line);
    if (route !== null) {
      current = {};
      found.set(route[1]!, current);
    } else if (attribute !== null) current[attribute[1]!] = attribute[2]!.trim();
  }
  return found;
}

const sorted = (text: string) =>
  (text.match(/\([^)]*\)/g) ?? []).map((each) => each.slice(1, -1).replaceAll(/,\s*/g, ':')).sort();

describeWithDaemons(['bird2'], 'policies beside BIRD filters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'policy-bird-'));
  const policies = fc.sample(policy, POLICIES);
  let running: Background;
  const ask = (command: string) => {
    const { program, env } = daemon('bird2');
    return exec(program('usr/sbin/birdc'), ['-s', join(folder, 'ctl'), ...command.split(' ')], { env }).catch(String);
  };

  beforeAll(async () => {
    const { program, env } = daemon('bird2');
    const configuration = join(folder, 'bird.conf');
    writeFileSync(configuration, birdConfiguration(policies));
    running = new Background(
      'bird',
      program('usr/sbin/bird'),
      ['-f', '-c', configuration, '-s', join(folder, 'ctl')],
      env,
    );
    await running.answers(() => ask('show status'), /up and running/);
    await waitFor(
      'the pipes are up',
      () => ask('show protocols'),
      (text) => (text.match(/ up /g) ?? []).length > POLICIES,
    );
  });
  afterAll(async () => {
    await running.kill();
    rmSync(folder, { recursive: true });
  });

  test(`${POLICIES} random policies make the same of ${ROUTES.length} routes`, async () => {
    let compared = 0;
    for (const [at, { ours, bird }] of policies.entries()) {
      const lab = new ImportLab(policiesOf(ours), ['in']);
      for (const route of ROUTES) lab.announceText(route);
      const theirs = birdRoutes(await ask(`show route table t${at} all`));
      const accepted = [...lab.results().values()].filter(({ rejected }) => !rejected);
      expect([bird, accepted.map(({ prefix }) => prefix).sort()]).toEqual([bird, [...theirs.keys()].sort()]);
      for (const { prefix, attributes } of accepted) {
        const route = theirs.get(prefix)!;
        compared++;
        expect([
          bird,
          prefix,
          attributes.asPath,
          attributes.med,
          attributes.localPref ?? 100,
          attributes.origin,
        ]).toEqual([
          bird,
          prefix,
          route.as_path ?? '',
          Number(route.med),
          Number(route.local_pref),
          WORDS.find((word) => word.toLowerCase() === route.origin!.toLowerCase()),
        ]);
        expect([bird, prefix, [...attributes.communities].sort()]).toEqual([
          bird,
          prefix,
          sorted(route.community ?? ''),
        ]);
        const large = [...attributes.largeCommunities].sort();
        expect([bird, prefix, large]).toEqual([bird, prefix, sorted(route.large_community ?? '')]);
      }
    }
    expect(compared).toBeGreaterThan(POLICIES);
  });
});
